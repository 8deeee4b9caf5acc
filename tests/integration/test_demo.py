"""What ./demo runs after the build: the whole show, its options, its end."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

import site_test
from site_test import wait_for

import fixtures
from mail_site import SOURCE
from processes import process_state
from source_tree import SourceTree

sys.path.insert(0, os.path.join(SOURCE, "tests", "fakes"))
sys.path.insert(0, os.path.join(SOURCE, "tests", "fakes", "scripts"))

import reviewer  # noqa: E402
from model_server import ModelServer  # noqa: E402
from script import Weather  # noqa: E402

KEY = "key-of-the-demo-0123456789"


class Demo(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="pm-demo-")
        self.addCleanup(scratch.cleanup)
        self.scratch = scratch.name
        os.chmod(self.scratch, 0o755)

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-B", os.path.join(SOURCE, "tools/demo_site.py"),
             *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env={**os.environ, "TMPDIR": self.scratch,
                            "PYTHONUNBUFFERED": "1"})

    def run_demo(self, *arguments, status=0):
        demo = self.start(*arguments)
        output, _ = demo.communicate(timeout=240)
        self.assertEqual(demo.returncode, status, output)
        return output

    def expect_nothing_left(self):
        self.assertEqual(os.listdir(self.scratch), [])

    def test_the_show(self):
        output = self.run_demo()
        self.assertIn("11 of 11 mails are in the list's mailbox", output)
        self.assertIn("Nothing was mailed to anybody else", output)
        self.assertEqual(len(re.findall(r"(?m)^   review ", output)),
                         1 + len(fixtures.FLAWED_PATCHES), output)
        self.assertIn("finds 4 mails", output)
        self.assertIn("Reviewed by checks alone", output)
        self.assertRegex(output, r"(?m)^   \| X-Patchmilter: v=")
        self.assertIn("/T/\n", output)
        self.assertIn("/t.atom\n", output)
        self.assertIn("nntp://127.0.0.1:", output)
        self.expect_nothing_left()

    def model_demo(self, model):
        path = os.path.join(self.scratch, "key")
        with open(path, "w", encoding="ascii") as file:
            file.write(KEY + "\n")
        os.chmod(path, 0o600)
        with ModelServer(model, key=KEY, dialect="vllm") as server:
            output = self.run_demo("--model", server.url, "--model-name",
                                   "scripted", "--key-file", path)
            refused = [entry for entry in server.journal.entries()
                       if entry["verdict"] == "refused"]
        self.assertEqual(refused, [])
        self.assertNotIn(KEY, output)
        self.assertIn(f", at {server.url}\n", output)
        os.unlink(path)
        self.expect_nothing_left()
        return output

    def test_a_model_reviews_and_what_it_read_is_said(self):
        # The other APIs: test_model.py.
        output = self.model_demo(reviewer.Model(findings=[{
            "patch": 2, "file": "drivers/fan/acme-fan.c",
            "lines": ["+\tduty = fan_percent_to_duty(duty);"],
            "category": "units", "title": "The duty cycle is not limited",
            "explanation": "Other callers of acme_fan_set_duty() still pass a "
                           "duty cycle.",
            "reachability": "always", "consequence": "crash",
            "confidence": 0.9}], calls=[]))
        self.assertIn("A language model reviewed each patch by itself, and the "
                      "series as a whole.", " ".join(output.split()))
        self.assertRegex(output, r"(?m)^   model:  scripted, prompts kernel ")
        self.assertRegex(output, r"(?m)^   cost:   no prices are known; \d+k? "
                                 r"tokens read")
        self.assertNotIn("Not read whole", output)
        self.assertIn("] units: Other callers", output)

    def test_a_model_that_reviews_nothing_is_not_called_a_reviewer(self):
        class Refusing:
            def reply(self, request):
                return Weather("refusal")
        output = self.model_demo(Refusing())
        self.assertIn("A language model reviewed 0 of 5 patches to the end.",
                      output)
        self.assertIn("Not read whole", output)

    def test_own_mail_and_tree_kept_and_stopped(self):
        tree = SourceTree(os.path.join(self.scratch, "own"))
        mbox = os.path.join(self.scratch, "own.mbox")
        with open(mbox, "wb") as file:
            # As `git format-patch --stdout` writes it: no Message-IDs.
            file.write(b"".join(fixtures.flawed_patches(tree)))
        output = self.run_demo("--keep", "--mail", mbox, "--tree",
                               os.path.join(self.scratch, "own", "work"))
        self.assertIn("The site is left running", output)
        self.assertIn("applied", output)
        site = re.search(r"./demo --stop (\S+)", output).group(1)
        self.assertTrue(os.path.isdir(site))
        output = self.run_demo("--stop", site)
        for name in ("patchmilterd", "patchmilter-reviewd", "postfix", "lei",
                     "public-inbox-watch", "public-inbox-httpd"):
            self.assertIn(f"stopped {name}\n", output)
        self.assertFalse(os.path.exists(site))

    def test_mail_without_a_series(self):
        path = os.path.join(self.scratch, "one.eml")
        with open(path, "wb") as file:
            # From a mailbox, with what Postfix takes out of any mail.
            file.write(b"Return-Path: <list-bounces+a=b@example.test>\n"
                       b"From: a@b.example.test\nSubject: hello\n"
                       b"Content-Length: 5\n\ntext\n")
        self.assertIn("No review was made", self.run_demo("--mail", path))

    def test_bad_input_changes_nothing(self):
        empty = os.path.join(self.scratch, "empty.mbox")
        with open(empty, "wb"):
            pass
        self.assertIn("no mail in it",
                      self.run_demo("--mail", empty, status=1))
        self.assertIn("is not a git repository",
                      self.run_demo("--tree", self.scratch, status=1))
        self.assertIn("no site that --keep left",
                      self.run_demo("--stop", self.scratch, status=1))
        self.assertEqual(os.listdir(self.scratch), ["empty.mbox"])

    def interrupted(self, number, status):
        demo = self.start()
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if line.startswith("== Sending"):
                break
        demo.send_signal(number)
        lines += demo.stdout.readlines()
        demo.stdout.close()
        self.assertEqual(demo.wait(60), status, "".join(lines))
        self.assertIn("all stopped", "".join(lines))
        self.expect_nothing_left()
        wait_for(lambda: not self.users_of_scratch(), 20,
                 "the site's processes to end")

    def users_of_scratch(self):
        """Processes that were started with a path in our directory."""
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == os.getpid():
                continue
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    if self.scratch.encode() in file.read() and \
                            process_state(int(name)) not in (None, "Z"):
                        found.append(name)
            except OSError:
                continue
        return found

    def test_ctrl_c(self):
        self.interrupted(signal.SIGINT, 130)

    def test_term(self):
        self.interrupted(signal.SIGTERM, 143)


if __name__ == "__main__":
    site_test.main()
