"""tools/transcript: what was recorded, of any of the four APIs, as text to read;
what is no recording is named; what stands in one is shown and not obeyed."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

import model_fixture as fixture

TOOL = os.path.join(fixture.HERE, "..", "..", "tools", "transcript")


def transcript(*arguments):
    return subprocess.run([sys.executable, "-B", TOOL, *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False, timeout=60)


class TranscriptTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-transcript-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.tree, self.mbox = fixture.make_series(self.directory)

    def record(self, api):
        cassette = os.path.join(self.directory, "cassette-" + api)
        with fixture.served(self.directory) as server:
            fixture.review(self.directory, server.url, api, "--record",
                           cassette, tree=self.tree)
            usage = [entry["usage"] for entry in server.journal.entries()]
        return cassette, usage

    def test_each_api_reads_the_same(self):
        told = {}
        for api in fixture.APIS:
            with self.subTest(api=api):
                cassette, usage = self.record(api)
                done = transcript(cassette)
                self.assertEqual(done.returncode, 0, done.stderr)
                text = done.stdout
                self.assertEqual(
                    re.findall(r"(?m)^## (.*)$", text)[:5],
                    ["review the series", "review patch 1", "review patch 2",
                     "review patch 3", "review patch 3, once more"])
                for finding in fixture.FINDINGS:
                    self.assertIn("## verify a finding: " + finding["title"],
                                  text)
                self.assertIn("- `show_patch number=1`\n", text)
                self.assertIn("  +\t\treturn -EBUSY;\n", text)
                self.assertRegex(text, "- `judge_finding .*verdict=refuted")
                self.assertIn("log_name() checks for NULL in log.c", text)
                self.assertNotIn(fixture.KEY, text)
                # All answers are there, and all that they cost.
                head = [int(number) for number in re.findall(
                    r"\d+", text.partition("\n")[0])]
                self.assertEqual(head[1], len(usage))
                self.assertEqual(len(re.findall(r"(?m)^\*\*\d+\.\*\* ", text)),
                                 len(usage))
                self.assertGreater(head[2], head[3])
                self.assertGreater(head[3], 0)
                self.assertGreater(head[4], 0)
                told[api] = re.findall(r"(?m)^(?:## |- `).*$", text)
        for api in fixture.APIS:
            self.assertEqual(told[api], told["anthropic"], api)

    def test_results_are_shortened(self):
        cassette, _ = self.record("anthropic")
        short = transcript("--lines", "1", cassette).stdout
        long = transcript("--lines", "1000", cassette).stdout
        self.assertTrue(re.search(r"(?m)^  … \d+ lines more$", short))
        self.assertFalse("lines more" in long)
        self.assertNotIn("*thinks:*",
                         transcript("--no-thought", cassette).stdout)

    def test_what_is_no_recording_is_named(self):
        empty = os.path.join(self.directory, "empty")
        os.mkdir(empty)
        done = transcript(empty)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no recording in it", done.stderr)
        cassette, _ = self.record("chat")
        name = sorted(os.listdir(cassette))[0]
        path = os.path.join(cassette, name)
        with open(path, "rb") as file:
            data = file.read()
        for broken in (b"", b"hello\n", data[:len(data) // 2],
                       data.replace(b"path /v1/chat", b"path /v1/hat")):
            with open(path, "wb") as file:
                file.write(broken)
            done = transcript(cassette)
            self.assertEqual(done.returncode, 2, broken[:40])
            self.assertIn(name, done.stderr)
            self.assertNotIn("Traceback", done.stderr)

    def test_what_it_holds_is_shown_and_not_obeyed(self):
        with open(os.path.join(self.tree, "odd.c"), "w",
                  encoding="utf-8") as file:
            file.write("```\n# a heading\n\x1b[2Jgone\u202e\n")
        fixture.git(self.tree, "add", "odd.c")
        fixture.git(self.tree, "commit", "-q", "-m", "odd: Be odd")
        model = fixture.scripted(findings=[], calls=[
            {"tool": "read_file", "args": {"path": "odd.c", "at": "base"}}])
        cassette = os.path.join(self.directory, "cassette")
        with fixture.served(self.directory, model) as server:
            fixture.review(self.directory, server.url, "anthropic", "--record",
                           cassette, "--base", "main", tree=self.tree)
        text = transcript("--lines", "9", cassette).stdout
        self.assertNotIn("\x1b", text)
        self.assertNotIn("\u202e", text)
        # A fence that is longer than what stands inside.
        self.assertRegex(text, r"(?m)^  ````$")


if __name__ == "__main__":
    unittest.main()
