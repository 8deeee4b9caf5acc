"""patchmilter replay, with real parts: a public-inbox made by public-inbox's
own programs, tar, git, a terminal, and signals."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "site"))
from processes import process_state, wait_for  # noqa: E402

PATCHMILTER = os.path.join(os.environ["PATCHMILTER_BUILD"], "app",
                           "patchmilter")
ADDRESS = "list@list.example.test"
START = 1_735_776_000  # 2025-01-02T00:00:00Z


def stamp(offset):
    hours, rest = divmod(offset, 3600)
    return (f"Thu, 2 Jan 2025 {hours:02}:{rest // 60:02}:{rest % 60:02}"
            " +0000")


def mail(number, count, series, offset):
    """A patch (0: the cover) of series `series`, which came at `offset`."""
    root = f"{series}-0@author.example.test"
    lines = [
        "Received: from author.example.test by list.example.test; "
        + stamp(offset),
        f"From: Ada Example <ada{series}@author.example.test>",
        f"To: {ADDRESS}",
        f"Subject: [PATCH {number}/{count}] lib: change {series}.{number}",
        f"Message-ID: <{series}-{number}@author.example.test>",
        f"Date: {stamp(offset)}"]
    if number:
        lines += [f"In-Reply-To: <{root}>", f"References: <{root}>"]
    lines.append("")
    if not number:
        lines += ["Why all of this.", ""]
    else:
        lines += [
            "Why this.", "", "From here on it is shorter.", "",
            "Signed-off-by: Ada Example <ada@author.example.test>", "---",
            f"diff --git a/lib/f{number}.c b/lib/f{number}.c",
            f"--- a/lib/f{number}.c", f"+++ b/lib/f{number}.c",
            "@@ -1 +1 @@", "-int a;", f"+int a{series};", "-- ", "2.43.0", ""]
    return "\n".join(lines).encode()


def list_of(series):
    """Series of a cover and three patches, in order of arrival, mixed."""
    mails = []
    for one in range(series):
        at = one * 40
        mails += [mail(2, 3, one, at), mail(0, 3, one, at + 1),
                  mail(1, 3, one, at + 2), mail(3, 3, one, at + 3)]
    return mails


def state_of(state):
    """All that a replay leaves, but for when it did it and where it read."""
    database = sqlite3.connect(f"file:{state}/state.db?mode=ro", uri=True)
    try:
        rows = {}
        for name, what in (("mails", "id, message_id, arrival, state, kind"),
                           ("series", "*"), ("series_mails", "*"),
                           ("reviews", "*"), ("findings", "*"),
                           ("outbox", "message_id, kind, bytes, state")):
            rows[name] = database.execute(
                f"SELECT {what} FROM {name} ORDER BY 1, 2").fetchall()
        return rows
    finally:
        database.close()


class ReplayTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-replay-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.mails = list_of(5)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, data):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def run_tool(self, *arguments, **options):
        environment = dict(
            os.environ, HOME=self.directory, PI_CONFIG=self.path("pi-config"),
            PI_EMERGENCY=self.path("emergency"), ORIGINAL_RECIPIENT=ADDRESS,
            GIT_CONFIG_NOSYSTEM="1")
        result = subprocess.run(arguments, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=False,
                                env=environment, timeout=60, **options)
        self.assertEqual(result.returncode, 0, result.stdout)

    def replay(self, source, state, *arguments, want=0, **options):
        result = subprocess.run(
            [PATCHMILTER, "replay", source, "--state", self.path(state),
             *arguments], capture_output=True, text=True, check=False,
            timeout=120, **options)
        self.assertEqual(result.returncode, want, result.stderr)
        return result

    def mbox(self, mails, name="box"):
        return self.write(name, b"".join(
            b"From ada@author.example.test Thu Jan  2 00:00:00 2025\n"
            + re.sub(rb"(?m)^(>*From )", rb">\1", one) + b"\n"
            for one in mails))

    def directory_of(self, mails):
        for number, one in enumerate(mails):
            self.write(f"mails/{number:04}.eml", one)
        return self.path("mails")

    def inbox(self, mails, version):
        """Made by public-inbox-init and public-inbox-mda."""
        name = f"inbox-v{version}"
        inbox = self.path(name)
        self.run_tool("public-inbox-init", f"-V{version}", "-L", "basic", name,
                      inbox, "http://list.example.test/", ADDRESS)
        self.run_tool("git", "config", "-f", self.path("pi-config"),
                      "publicinboxmda.spamcheck", "none")
        for one in mails:
            self.run_tool("public-inbox-mda", "--no-precheck", input=one)
        return inbox

    def popen(self, *arguments, **options):
        process = subprocess.Popen([PATCHMILTER, *arguments], **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def stopped_at(self, point, source, state, *arguments):
        """A replay that has stopped itself at a stop point."""
        process = self.popen(
            "replay", source, "--state", self.path(state), *arguments,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, PATCHMILTER_TEST_STOP_AT=point))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        wait_for(lambda: process_state(process.pid) == "T", 60, point)
        return process


class Sources(ReplayTest):
    def grouping(self, source, state):
        out = self.path(state + ".json")
        self.replay(source, state, "--no-review", "--series-json", out)
        with open(out, encoding="utf-8") as file:
            return json.load(file)["series"]

    def test_every_kind_of_source_gives_the_same_series(self):
        directory = self.directory_of(self.mails)
        want = self.grouping(directory, "state-directory")
        self.assertEqual(len(want), 5)
        for one in want:
            self.assertTrue(one["complete"])
            self.assertEqual([patch["n"] for patch in one["patches"]],
                             [1, 2, 3])
            self.assertTrue(one["cover"].endswith("-0@author.example.test"))
        sources = {"mbox": self.mbox(self.mails)}
        for packer in ("", "z", "J", "j"):
            tar = self.path("mails.tar" + packer)
            self.run_tool("tar", f"-c{packer}f", tar, "--sort=name", "-C",
                          directory, ".")
            sources["tar" + packer] = tar
        for number, one in enumerate(self.mails):
            box = "new" if number % 2 else "cur"
            self.write(f"maildir/{box}/{START + number}.M1.host", one)
        sources["maildir"] = self.path("maildir")
        for name, source in sources.items():
            with self.subTest(name):
                self.assertEqual(self.grouping(source, "state-" + name), want)

    def test_public_inboxes(self):
        want = self.grouping(self.directory_of(self.mails[:8]), "state-want")
        inbox = self.inbox(self.mails[:8], 2)
        self.assertEqual(self.grouping(inbox, "state-v2"), want)
        self.assertEqual(
            self.grouping(os.path.join(inbox, "git", "0.git"), "state-epoch"),
            want)
        # It has grown, and a mail was removed from it.
        self.run_tool("public-inbox-mda", "--no-precheck",
                      input=self.mails[8])
        self.run_tool("public-inbox-learn", "rm", input=self.mails[0])
        result = self.replay(inbox, "state-v2", "--no-review")
        self.assertIn("9 mails read, 1 new", result.stdout)

    def test_a_public_inbox_of_the_first_format(self):
        want = self.grouping(self.directory_of(self.mails[:4]), "state-want")
        inbox = self.inbox(self.mails[:4], 1)
        self.assertEqual(self.grouping(inbox, "state-v1"), want)
        converted = self.path("converted")
        self.run_tool("public-inbox-convert", inbox, converted)
        self.assertEqual(self.grouping(converted, "state-v2"), want)

    def test_review_takes_them_too(self):
        tar = self.path("x.tar.gz")
        self.run_tool("tar", "-czf", tar, "-C",
                      self.directory_of(self.mails[:4]), ".")
        result = subprocess.run([PATCHMILTER, "review", "--json", tar],
                                capture_output=True, text=True, check=False,
                                timeout=60)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        series, = json.loads(result.stdout)["series"]
        self.assertEqual(len(series["patches"]), 3)


class Again(ReplayTest):
    def test_a_second_replay_changes_nothing(self):
        source = self.mbox(self.mails)
        self.replay(source, "state")
        before = state_of(self.path("state"))
        self.assertEqual(len(before["reviews"]), 5)
        # However the path is spelled.
        result = self.replay("./box", "state", cwd=self.directory)
        self.assertIn("20 mails read, 0 new", result.stdout)
        self.assertEqual(state_of(self.path("state")), before)

    def test_killed_anywhere_it_goes_on(self):
        source = self.mbox(self.mails)
        self.replay(source, "whole")
        want = state_of(self.path("whole"))
        for point in ("group.before-commit", "review.before-commit"):
            with self.subTest(point):
                killed = self.stopped_at(point, source, point)
                killed.kill()
                killed.wait()
                self.replay(source, point)
                self.assertEqual(state_of(self.path(point)), want)

    def test_a_source_that_has_grown(self):
        self.replay(self.mbox(self.mails), "whole")
        for count in (3, 4, 11, 20):
            self.replay(self.mbox(self.mails[:count]), "grown", "--no-review")
        result = self.replay(self.mbox(self.mails), "grown")
        self.assertIn("20 mails read, 0 new", result.stdout)
        self.assertEqual(state_of(self.path("grown"))["series_mails"],
                         state_of(self.path("whole"))["series_mails"])

    def test_two_at_once(self):
        source = self.mbox(self.mails)
        first = self.stopped_at("group.before-commit", source, "state")
        result = self.replay(source, "state", want=2)
        self.assertIn(str(first.pid), result.stderr)
        first.send_signal(signal.SIGCONT)
        self.assertIn("20 new", first.communicate(timeout=60)[0])

    def test_with_reviews_off_it_groups_and_ends(self):
        config = self.write("off.toml", b"""
[identity]
from = "Reviews <reviews@example.test>"
bounce = "bounces@example.test"
[review]
enabled = false
[[destination]]
name = "archive"
kind = "archive"
address = "archive@example.test"
[[list]]
name = "dev"
list_id = ["dev.example.test"]
destinations = ["archive"]
""")
        result = self.replay(self.mbox(self.mails), "state", "--config", config)
        self.assertIn("5 series, 0 findings", result.stdout)

    def test_an_interrupt_ends_it_cleanly(self):
        source = self.mbox(self.mails)
        process = self.stopped_at("group.before-commit", source, "state")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn("the same command goes on", err)
        self.assertNotIn("20 mails read", out)
        self.replay(source, "state")
        self.replay(source, "whole")
        self.assertEqual(state_of(self.path("state")),
                         state_of(self.path("whole")))


class Faults(ReplayTest):
    def test_a_source_that_is_cut_keeps_what_came_before(self):
        tar = self.path("mails.tar")
        self.run_tool("tar", "-cf", tar, "--sort=name", "-C",
                      self.directory_of(self.mails), ".")
        with open(tar, "r+b") as file:
            file.truncate(15 * 1024)
        result = self.replay(tar, "state", "--no-review", want=2)
        self.assertIn("mails.tar is cut or damaged", result.stderr)
        self.assertIn("the same command goes on", result.stderr)
        self.assertGreater(len(state_of(self.path("state"))["mails"]), 5)

    def test_a_disk_that_is_full(self):
        # A limit on the size of files is what a test can set without a disk.
        source = self.mbox(self.mails * 50)
        result = subprocess.run(
            ["sh", "-c", 'trap "" XFSZ; ulimit -f 1200; exec "$@"', "sh",
             PATCHMILTER, "replay", source, "--state", self.path("state"),
             "--no-review"], capture_output=True, text=True, check=False,
            timeout=60)
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn("state.db", result.stderr)
        self.assertIn("the same command goes on", result.stderr)
        result = self.replay(source, "state", "--no-review")
        self.assertIn("5 series", result.stdout)

    def test_a_partial_clone(self):
        work = self.path("work")
        self.run_tool("git", "init", "-q", work)
        self.write("work/m", self.mails[0])
        self.run_tool("git", "-C", work, "add", "m")
        self.run_tool("git", "-C", work, "-c", "user.name=A", "-c",
                      "user.email=a@author.example.test", "commit", "-q", "-m",
                      "one")
        self.run_tool("git", "-C", work, "config", "uploadpack.allowFilter",
                      "true")
        clone = self.path("clone.git")
        self.run_tool("git", "clone", "-q", "--bare", "--filter=blob:none",
                      "file://" + work, clone)
        result = self.replay(clone, "state", want=2)
        self.assertIn("partial clone", result.stderr)


class Terminal(ReplayTest):
    def on_a_terminal(self, width, *arguments):
        """What a replay writes to a terminal of `width` columns."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, width, 0, 0))
        process = self.popen("replay", *arguments, stdin=theirs,
                             stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        written = b""
        while True:
            select.select([ours], [], [], 60)
            try:
                some = os.read(ours, 65536)
            except OSError:  # The other end is closed.
                break
            if not some:
                break
            written += some
        self.assertEqual(process.wait(60), 0, written)
        return written.decode()

    def test_a_bar_that_fits_and_goes_away(self):
        source = self.mbox(self.mails * 20)
        for width in (100, 50, 20):
            with self.subTest(width):
                written = self.on_a_terminal(
                    width, source, "--state", self.path(f"s{width}"),
                    "--no-review")
                lines = [line for line in re.split(
                    r"\r|\n|\x1b\[K", written) if line]
                self.assertTrue(any("mails" in line for line in lines), lines)
                self.assertLess(max(map(len, lines)), width)
                if width != 50:  # There it fits before the rate is known.
                    self.assertEqual(
                        any(line.startswith("[") for line in lines),
                        width == 100)
                self.assertTrue(written.endswith("\r\x1b[K"), written)

    def test_nothing_elsewhere(self):
        result = self.replay(self.mbox(self.mails), "state", "--no-review")
        self.assertEqual(result.stderr, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
