"""The scratch site itself: what ./demo promises about the machine."""

import os
import subprocess
import sys
import unittest

import site_test
from site_test import SiteError, wait_for

import fixtures
from fixtures import Mail
from processes import group_alive, process_state


class ScratchSite(site_test.SiteTest):

    def test_postfix_delivers_every_byte(self):
        """Without a milter: what the other tests compare with."""
        site = self.site()
        site.start(milter=False, reviewer=False)
        mails = (fixtures.flawed_series(site.tree).mails
                 + fixtures.awkward_mails())
        site.send(*mails)
        self.expect_delivered(site, mails)

    def test_nothing_leaves_the_machine(self):
        """Mail to anybody stays in a Maildir; no SMTP client is there."""
        site = self.site()
        site.start(milter=False, reviewer=False)
        mail = Mail(b"Subject: out\n\ntext\n", "out",
                    recipients=("someone@example.com", "root@localhost",
                                "someone@[192.0.2.1]"))
        site.send(mail)
        wait_for(lambda: len(site.stray()) == 3, 30, "the stray mails")
        with open(os.path.join(site.directory, "postfix/etc/master.cf"),
                  encoding="ascii") as master:
            programs = {line.split()[7] for line in master if line.strip()}
        self.assertEqual(programs & {"smtp", "lmtp", "relay", "pipe", "local"},
                         set())

    def test_two_sites_beside_each_other(self):
        first, second = self.site(), self.site()
        for site in (first, second):
            site.start(milter=False, reviewer=False)
        mail = fixtures.talk("one")
        first.send(mail)
        self.expect_delivered(first, [mail])
        self.assertEqual(second.delivered(), [])

    def test_nothing_is_left_behind(self):
        site = self.site()
        site.start(milter=False, reviewer=False)
        site.archive.query("s:nothing")
        pids = [process.pid for process in site.processes()]
        lei = site.archive.lei_pid()
        directory = site.directory
        site.close()
        for pid in pids:
            self.assertFalse(group_alive(pid))
        wait_for(lambda: process_state(lei) in (None, "Z"), 20,
                 "lei's daemon to end")
        self.assertFalse(os.path.exists(directory))

    def test_a_killed_test_leaves_no_process(self):
        """The guardian ends what a test that was killed has started."""
        program = (
            "import sys; sys.path[:0] = {path!r}\n"
            "from mail_site import Site\n"
            "site = Site(); site.start(milter=False, reviewer=False)\n"
            "print(site.directory, *(p.pid for p in site.processes()),"
            " flush=True)\n"
            "import os; os.kill(os.getpid(), 9)\n").format(path=sys.path[:3])
        done = subprocess.run([sys.executable, "-B", "-c", program],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, -9, done.stderr)
        directory, *pids = done.stdout.split()
        self.addCleanup(subprocess.run, ["rm", "-rf", directory], check=True)
        self.assertGreaterEqual(len(pids), 4)
        wait_for(lambda: not any(group_alive(int(pid)) for pid in pids), 20,
                 "the guardian")

    def test_a_long_directory_is_refused(self):
        with self.assertRaisesRegex(SiteError, "TMPDIR"):
            site_test.Site(directory="/tmp/" + "x" * 80)


class Scripts(unittest.TestCase):
    """./demo and ./test refuse what they do not know, and change nothing."""

    def run_script(self, *argv):
        top = os.path.dirname(os.path.dirname(os.path.dirname(
            os.path.abspath(__file__))))
        return subprocess.run([os.path.join(top, argv[0]), *argv[1:]],
                              capture_output=True, text=True, check=False)

    def test_help(self):
        for script in ("demo", "test", "tools/install-deps"):
            done = self.run_script(script, "--help")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("usage:" if "/" not in script else "install-deps",
                          done.stdout)

    def test_unknown_arguments(self):
        for argv in (("demo", "--frob"), ("demo", "--mail"),
                     ("demo", "--mail", "/does/not/exist"),
                     ("test", "--sanitize", "everything"),
                     ("test", "--jobs", "none"),
                     ("tools/install-deps", "everything"),
                     ("tools/unpack-postfix",)):
            done = self.run_script(*argv)
            self.assertNotEqual(done.returncode, 0, argv)
            self.assertTrue(done.stderr, argv)


if __name__ == "__main__":
    site_test.main()
