"""Reviews by a language model, from mails to the reviews' text: the scripted
model behind all four APIs (tests/fakes), the real git, the real program."""

import json
import os
import re
import subprocess
import tempfile
import unittest

import model_fixture as fixture
from script import Reply, Say


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

    def test_who_merges_joins_only_what_would_be_told(self):
        lock, free, name = fixture.FINDINGS
        # The gravest, had it not been left undecided.
        undecided = dict(free, verdict="undecided")
        beside = dict(name, category="lifetime", verdict="confirm")
        told = self.merged([undecided, beside])
        self.assertIn("fan->name can be NULL", told)
        self.assertNotIn("frees fan and then", told)
        # What words make one with a finding goes where that goes.
        twice = dict(beside, title=beside["title"] + " at last")
        told = self.merged([free, beside, twice, lock])
        self.assertIn("frees fan and then", told)
        self.assertIn("takes fan->lock and returns", told)
        self.assertNotIn("fan->name can be NULL", told)

    def merged(self, findings):
        """The mails of a review whose findings are all one, says who merges
        them."""
        class Joining(fixture.reviewer.Model):
            def reply(self, request):
                if not request.schema:
                    return super().reply(request)
                count = len(re.findall(r"^finding \d+, ", request.first_text,
                                       re.MULTILINE))
                return Reply(Say(json.dumps(
                    {"same": [list(range(1, count + 1))]})))
        with fixture.served(self.directory, Joining(
                findings=findings, calls=[])) as server:
            return " ".join(self.review(server, "anthropic").stdout.split())


class RevisionTest(unittest.TestCase):
    """What was said of a revision, when the next one is reviewed."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-revision-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.tree, self.mbox = fixture.make_series(self.directory)
        self.state = os.path.join(self.directory, "state")

    def run_it(self, *arguments):
        done = subprocess.run(
            [os.environ["PATCHMILTER"], *arguments, "--state", self.state],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def replay(self, findings, mbox):
        """What each conversation was told at its beginning."""
        told = {}

        class Listening(fixture.reviewer.Model):
            def reply(self, request):
                told[request.conversation] = request.first_text
                return super().reply(request)
        model = Listening(findings=findings, calls=[])
        with fixture.served(self.directory, model) as server:
            config = fixture.write_site(self.directory, self.tree, server.url)
            self.run_it("replay", mbox, "--config", config, "--list", "devel")
        return list(told.values())

    def test_the_next_revision_is_told_and_tells_once(self):
        lock, free, _ = fixture.FINDINGS
        first = self.replay([lock, free], self.mbox)
        for text in first:
            self.assertNotIn("The review of v1 said this", text)
        # The lock's is found again, in other words; the other one is not.
        again = dict(lock, title="A new error path keeps the lock",
                     explanation="On it fan_start() returns -EBUSY and holds "
                                 "fan->lock, which it took: the next caller "
                                 "waits for ever.")
        second = self.replay([again], fixture.revise(self.directory, self.mbox))
        told = re.compile(
            r"The review of v1 said this\..*\n\[\[\[ \w+ findings of the "
            r"revision before: .*\n(?:.*\n)*?\]\]\] ")
        with_words = [text for text in second if "Refuse to start" in text
                      and "Task: merge" not in text]
        kinds = {re.search(r"^Task: (.*)$", text, re.MULTILINE)[1]
                 for text in with_words}
        self.assertEqual(kinds, {"review the series", "review patch 1",
                                 "review patch 2", "review patch 3"})
        for text in with_words:
            self.assertIn(f"[medium] fan.c fan_start: {lock['title']}\n",
                          told.search(text)[0])
            self.assertIn(f" fan.c fan_free: {free['title']}\n",
                          told.search(text)[0])
        for text in second:
            if text not in with_words:
                self.assertNotIn(lock["title"], text)

        number = next(str(series["id"]) for series in json.loads(
            self.run_it("list", "--json")) if series["version"] == 2)
        shown = json.loads(self.run_it("show", number, "--json"))
        fates = {finding["title"]: finding.get("fate")
                 for finding in shown["reviews"][0]["findings"]}
        self.assertEqual(fates.pop(lock["title"], None), None)
        self.assertEqual(fates[again["title"]], "still-present")
        self.assertEqual(fates[free["title"]], "not-touched")
        self.assertEqual([mail["kind"] for mail in shown["outbox"]],
                         ["series"])
        mails = self.run_it("show", number, "--mails")
        mails = mails[mails.index("\nmails:"):]
        text = " ".join(mails.split())
        # And what a check has said.
        self.assertIn("Of the 3 findings on v1, 2 are still present, 1 is on "
                      "code that stands as it stood.", text)
        self.assertIn("Still present, and not said again: "
                      f"[medium] 1/3 {lock['title']}", text)
        self.assertNotIn("> +", mails)


if __name__ == "__main__":
    unittest.main()
