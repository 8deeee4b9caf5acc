"""Reviews by a language model, from mails to the reviews' text: the scripted
model behind all four APIs (tests/fakes), the real git, the real program."""

import os
import re
import tempfile
import unittest

import model_fixture as fixture


class ModelTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-model-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.tree, self.mbox = fixture.make_series(self.directory)

    def review(self, server, api, *arguments, **options):
        return fixture.review(self.directory, server.url, api, *arguments,
                              tree=self.tree, **options)

    def refused(self):
        return [entry for entry in fixture.journal(self.directory)
                if entry.get("verdict") != "accepted"]

    def check_review(self, done):
        text = done.stdout
        self.assertIn("The lock is kept on the new error path", text)
        self.assertIn("> +\t\treturn -EBUSY;", text)
        self.assertIn("The name is read after the fan was freed", text)
        # Refuted by the verifier.
        self.assertNotIn("The name may be missing", text)
        self.assertIn("prompts kernel", text)
        self.assertNotIn("not reviewed", text)
        self.assertEqual(done.returncode, 1)

    def test_each_api_reviews_a_series_to_its_end(self):
        for api in fixture.APIS:
            with self.subTest(api=api), \
                    fixture.served(self.directory) as server:
                self.check_review(self.review(server, api))
                self.assertEqual(self.refused(), [])

    def test_what_was_recorded_is_replayed_without_a_server(self):
        cassette = os.path.join(self.directory, "cassette")
        with fixture.served(self.directory) as server:
            recorded = self.review(server, "anthropic", "--record", cassette)
            self.check_review(recorded)
            url = server.url
        class Gone:
            pass
        gone = Gone()
        gone.url = url
        replayed = self.review(gone, "anthropic", "--replay", cassette)
        self.assertEqual(replayed.stdout, recorded.stdout)
        for name in os.listdir(cassette):
            with open(os.path.join(cassette, name), "rb") as file:
                self.assertNotIn(fixture.KEY.encode(), file.read(), name)
        # Another base, another request: refused loudly.
        missed = self.review(gone, "anthropic", "--replay", cassette,
                             "--prompts", "generic-c", check=False)
        self.assertEqual(missed.returncode, 2)
        self.assertIn("was not reviewed: model desk: cannot replay",
                      missed.stderr)
        self.assertIn("the nearest is ", missed.stderr)
        self.assertEqual(missed.stdout, "")

    def test_a_replay_that_misses_later_is_no_review(self):
        cassette = os.path.join(self.directory, "cassette")
        with fixture.served(self.directory) as server:
            self.review(server, "anthropic", "--once", "--record", cassette)
            last = max(os.listdir(cassette), key=lambda name: os.stat(
                os.path.join(cassette, name)).st_mtime_ns)
            os.unlink(os.path.join(cassette, last))
            missed = self.review(server, "anthropic", "--once", "--replay",
                                 cassette, check=False)
        self.assertEqual(missed.returncode, 2)
        self.assertIn("cannot replay", missed.stderr)

    def test_a_claim_that_is_refuted_twice_is_told_once(self):
        # The patch's own reviewer and the second reading report the same.
        findings = [dict(fixture.FINDINGS[0], verdict="refute",
                         verdict_reason="lock_give() stands above it")]
        with fixture.served(self.directory,
                            fixture.scripted(findings)) as server:
            done = self.review(server, "anthropic")
            asked = fixture.journal(self.directory)
        self.assertGreater(len(asked), 0)
        self.assertIn("One finding was checked once more, and was refuted",
                      " ".join(done.stdout.split()))

    def test_a_reviewer_that_does_not_read_to_the_end_is_no_clean_review(self):
        class Lazy(fixture.reviewer.Model):
            def _next_part(self, request, task):
                return None
        model = Lazy(findings=[], calls=[])
        with fixture.served(self.directory, model) as server:
            done = self.review(server, "anthropic")
        self.assertIn("did not read all of", done.stdout)
        self.assertNotIn("No issues found", done.stdout)

    def test_silence_is_read_a_second_time_without_words(self):
        texts = []

        class Silent(fixture.reviewer.Model):
            def reply(self, request):
                texts.append(request.first_text)
                return super().reply(request)
        model = Silent(findings=[], calls=[])
        with fixture.served(self.directory, model) as server:
            done = self.review(server, "chat")
        again = [text for text in texts if "by its code alone" in text]
        self.assertTrue(again)
        for text in again:
            self.assertNotIn("Refuse to start", text)
            self.assertNotIn("It helps", text)
        self.assertIn("1/3  no findings", done.stdout)

    def test_a_series_that_does_not_apply_is_read_for_reference(self):
        fan = os.path.join(self.tree, "fan.c")
        with open(fan, "w", encoding="utf-8") as file:
            file.write("int nothing_of_it;\n")
        fixture.git(self.tree, "commit", "-q", "-a", "--amend", "-m", "other")
        fixture.git(self.tree, "reflog", "expire", "--expire=now", "--all")
        fixture.git(self.tree, "gc", "-q", "--prune=now")
        texts = []

        class Listening(fixture.reviewer.Model):
            def reply(self, request):
                texts.append(request.first_text)
                return super().reply(request)
        model = Listening(findings=fixture.FINDINGS, calls=[])
        with fixture.served(self.directory, model) as server:
            done = self.review(server, "anthropic")
        self.assertTrue(all("Reference mode" in text for text in texts
                            if "Task: merge" not in text))
        self.assertIn("read for reference alone", " ".join(done.stdout.split()))
        self.assertIn("The lock is kept on the new error path", done.stdout)

    def test_names_of_authors_are_not_told(self):
        texts = []

        class Nosy(fixture.reviewer.Model):
            def reply(self, request):
                texts.append(request.text() + "".join(
                    result.text for result in request.last_results))
                return super().reply(request)
        model = Nosy(findings=[], calls={"default": [
            {"tool": "log", "args": {}},
            {"tool": "blame", "args": {"path": "fan.c"}},
            {"tool": "show_commit", "args": {"commit": fixture.git(
                self.tree, "rev-parse", "HEAD").strip()}}]})
        with fixture.served(self.directory, model) as server:
            self.review(server, "anthropic", "--once")
        seen = "\n".join(texts)
        self.assertIn("Refuse to start", seen)
        self.assertNotIn("ada@author.example", seen)
        self.assertNotIn("Ada Example", seen)
        self.assertIn("fan: Add fans", seen)
        self.assertIn("Signed-off-by: (hidden)", seen)

    def test_replies_are_told_by_role(self):
        with open(self.mbox, encoding="utf-8") as file:
            mails = file.read()
        patch = re.search(r"^Message-Id: <([^>]+)>\nIn-Reply-To", mails,
                          re.MULTILINE | re.IGNORECASE)[1]
        with open(self.mbox, "a", encoding="utf-8") as file:
            file.write(
                "\nFrom r Mon Sep 17 00:00:00 2001\n"
                "From: Rob Reader <rob@reader.example>\n"
                "Date: Thu, 28 May 2026 21:00:00 +0000\n"
                f"Message-ID: <reply@reader.example>\nIn-Reply-To: <{patch}>\n"
                "Subject: Re: [PATCH 1/3] fan: Refuse to start without an id\n\n"
                "Who gives the lock back here?\n\nRob\n")
        texts = []

        class Listening(fixture.reviewer.Model):
            def reply(self, request):
                texts.append(request.first_text)
                return super().reply(request)
        model = Listening(findings=[], calls=[])
        with fixture.served(self.directory, model) as server:
            self.review(server, "anthropic")
        with_words = [text for text in texts if "Refuse to start" in text]
        self.assertTrue(with_words)
        for text in with_words:
            self.assertIn("Who gives the lock back here?", text)
            self.assertIn("reviewer 1", text)
            self.assertNotIn("Rob", text)
        for text in texts:
            if text not in with_words:
                self.assertNotIn("Who gives the lock back", text)

    def test_without_a_tree_the_patches_alone_can_be_asked_for(self):
        names = []

        class Looking(fixture.reviewer.Model):
            def reply(self, request):
                names.append(tuple(request.tool_names))
                return super().reply(request)
        model = Looking(findings=fixture.FINDINGS, calls=[])
        with fixture.served(self.directory, model) as server:
            done = fixture.review(self.directory, server.url, "gemini")
        self.assertIn(("show_patch", "report_finding", "finish_review"), names)
        self.assertIn("The lock is kept", done.stdout)


if __name__ == "__main__":
    unittest.main()
