"""The command line as a person meets it: what it prints, its exit status, and
that a replay which was killed goes on where it was."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

PATCHMILTER = os.environ["PATCHMILTER"]

MAIL = """From author@example.org Mon Sep 17 00:00:00 2001
From: A U Thor <author@example.org>
Subject: [PATCH] lib: say hello
Message-ID: <one@example.org>
Date: Fri, 20 Nov 2026 21:00:00 +0000

Why this is so.
---
diff --git a/a.c b/a.c
--- a/a.c
+++ b/a.c
@@ -1 +1 @@
-int a;
+int b;
"""


class CommandTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-command-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.mbox = self.path("mails.mbox")
        with open(self.mbox, "w", encoding="utf-8") as file:
            file.write(MAIL)

    def path(self, name):
        return os.path.join(self.directory, name)

    def run_it(self, *arguments, want, **options):
        options.setdefault("stdout", subprocess.PIPE)
        result = subprocess.run([PATCHMILTER, *arguments], text=True,
                                stderr=subprocess.PIPE, check=False,
                                timeout=60, **options)
        self.assertEqual(result.returncode, want, result.stderr)
        return result

    def test_review_says_what_it_found(self):
        result = self.run_it("review", self.mbox, want=1)
        self.assertIn("sign-off", result.stdout)
        found = json.loads(
            self.run_it("review", "--json", self.mbox, want=1).stdout)
        self.assertEqual(found["series"][0]["findings"][0]["category"],
                         "sign-off")

    def test_what_format_patch_prints_is_one_series_whatever_its_dates(self):
        def mail(number, total, year, title, version=""):
            return (MAIL.replace("Message-ID: <one@example.org>\n", "")
                    .replace("[PATCH] lib: say hello",
                             f"[PATCH{version} {number}/{total}] {title}")
                    .replace("20 Nov 2026", f"20 Nov {year}"))

        first = [mail(1, 3, 2021, "one"), mail(2, 3, 2026, "two"),
                 mail(3, 3, 2019, "three")]
        second = [mail(1, 2, 2026, "four"), mail(2, 2, 2024, "five")]
        third = [mail(1, 2, 2026, "four", " v2"), mail(2, 2, 2024, "five", " v2")]
        with open(self.mbox, "w", encoding="utf-8") as file:
            file.write("\n".join(first + second + third))
        found = json.loads(
            self.run_it("review", "--json", self.mbox, want=1).stdout)
        self.assertEqual(
            sorted((series["title"], series["version"], series["missing"])
                   for series in found["series"]),
            [("four", 1, []), ("four", 2, []), ("one", 1, [])])

    def test_a_series_with_a_cover_and_patches_of_others(self):
        def mail(number, author, title, day):
            return (MAIL.replace("Message-ID: <one@example.org>\n", "")
                    .replace("A U Thor <author@example.org>", author)
                    .replace("[PATCH] lib: say hello",
                             f"[PATCH {number}/3] {title}")
                    .replace("20 Nov", f"{day} Nov")
                    .replace("+++ b/a.c", f"+++ b/{title}.c")
                    .replace("---\ndiff", f"Signed-off-by: {author}\n---\ndiff"))

        jane = "Jane Roe <jane@example.org>"
        joern = "J\u00f6rn Doe <joern@example.org>"
        cover = mail(0, jane, "cover", 20)
        cover = cover[:cover.index("---\ndiff")]
        with open(self.mbox, "w", encoding="utf-8") as file:
            file.write("\n".join((cover, mail(1, jane, "one", 1),
                                  mail(2, joern, "two", 9),
                                  mail(3, jane, "three", 19))))
        found = json.loads(self.run_it("review", "--json", self.mbox,
                                       want=1).stdout)
        self.assertEqual(len(found["series"]), 1)
        self.assertEqual(found["series"][0]["missing"], [])
        # Who sends another's patch signs it, too.
        self.assertEqual(
            [(finding["category"], finding["patch"])
             for finding in found["series"][0]["findings"]],
            [("sign-off", 2)])
        # Without a cover nobody knows who will send them.
        with open(self.mbox, "w", encoding="utf-8") as file:
            file.write("\n".join((mail(1, jane, "one", 1),
                                  mail(2, joern, "two", 9),
                                  mail(3, jane, "three", 19))))
        found = json.loads(self.run_it("review", "--json", self.mbox,
                                       want=0).stdout)
        self.assertEqual(len(found["series"]), 1)
        self.assertEqual(found["series"][0]["missing"], [])

    def grouped(self, mails):
        """A state in which the mbox `mails` was grouped; the options for it."""
        with open(self.mbox, "w", encoding="utf-8") as file:
            file.write(mails)
        state = self.path("state")
        self.run_it("replay", self.mbox, "--state", state, "--no-review",
                    want=0)
        return ["--state", state]

    def test_explain_says_in_words_why_a_mail_stands_where_it_stands(self):
        def mail(name, subject, parent=None, extra="", body=None):
            text = MAIL.replace("one@example.org", name + "@example.org")
            text = text.replace("[PATCH] lib: say hello", subject)
            if parent:
                extra += f"In-Reply-To: <{parent}@example.org>\n"
            text = text.replace("Date:", extra + "Date:")
            if body is not None:
                text = text[:text.index("\n\n") + 2] + body
            return text + "\n"

        mails = {
            "cover": mail("cover", "[PATCH 0/2] lib: greet", body="Two.\n"),
            "p1": mail("p1", "[PATCH 1/2] lib: say hello", "cover"),
            "p2": mail("p2", "[PATCH 2/2] lib: say goodbye", "cover"),
            "reply": mail("reply", "Re: [PATCH 1/2] lib: say hello", "p1",
                          body="> int b;\n\nWhy?\n"),
            "notice": mail("notice", 'Patch "lib: say hello" has been added to'
                           " the 6.1-stable tree", "p1"),
            "other": mail("other", "hello", body="Hi.\n"),
        }
        where = self.grouped("".join(mails.values()) + mails["p1"])
        for name in mails:
            out = self.run_it("explain", *where, f"{name}@example.org",
                              want=0).stdout
            # The mail, what it is, and at least one line of why.
            self.assertGreaterEqual(len(out.splitlines()), 3, out)
        told = self.run_it("explain", *where, "p2@example.org", want=0).stdout
        self.assertIn("patch 2 of 2, version 1", told)
        for form in ("<p2@example.org>", " p2@example.org ",
                     "mid:p2@example.org", "id:p2@example.org",
                     "https://lists.example.org/dev/p2@example.org/",
                     "https://lists.example.org/dev/p2%40example.org/T/#u"):
            self.assertEqual(
                self.run_it("explain", *where, form, want=0).stdout, told)
        twice = self.run_it("explain", *where, "p1@example.org",
                            want=0).stdout
        self.assertIn("again", twice)
        unknown = self.run_it("explain", *where, "<no@example.org>", want=2)
        self.assertIn("<no@example.org>", unknown.stderr)
        self.assertNotIn("<<", unknown.stderr)

    def test_list_in_a_state_that_is_none_names_those_there_are(self):
        where = self.grouped(MAIL)
        wrong = self.run_it("list", *where, "--in", "bogus", want=2)
        self.assertIn("bogus", wrong.stderr)
        for name in ("waiting", "queued", "reviewed", "grouped", "superseded",
                     "failed", "removed"):
            self.assertIn(name, wrong.stderr)
            self.run_it("list", *where, "--in", name, want=0)
        listed = self.run_it("list", *where, "--in", "waiting", want=0)
        self.assertIn("say hello", listed.stdout)

    def reviewed(self):
        """A state with one review; the options for it, and its file."""
        state = self.path("state")
        self.run_it("replay", self.mbox, "--state", state, want=0)
        return ["--state", state], os.path.join(state, "state.db")

    @staticmethod
    def change(file, *statements):
        database = sqlite3.connect(file)
        for statement in statements:
            database.execute(statement)
        database.commit()
        database.close()

    def test_show_says_which_engine_it_was_what_it_cost_and_what_fell(self):
        where, file = self.reviewed()
        insert = ("INSERT INTO findings(series, round, patch, path, new_line,"
                  " severity, category, title, fingerprint, dropped_by,"
                  " drop_reason) VALUES(1, 1, 1, 'a.c', 3, 'high', 'locking',"
                  " '{}', '', '{}', '{}')")
        self.change(
            file,
            "UPDATE reviews SET engine = 'large', engine_version = 'kernel-1',"
            " cost = '0.42 USD'",
            insert.format("the lock is held", "verifier",
                          "refuted:\nit is dropped in b()"),
            insert.format("no such line", "anchor", "the quote is not there"))
        out = self.run_it("show", *where, "1", want=0).stdout
        self.assertIn("by large kernel-1 at", out)
        self.assertIn("cost 0.42 USD", out)
        self.assertNotIn("the lock is held", out)
        self.assertIn("2 findings fell at a gate: see --dropped", out)
        out = self.run_it("show", *where, "1", "--dropped", want=0).stdout
        self.assertIn("dropped [high] locking: the lock is held\n"
                      "      patch 1, a.c:3\n"
                      "      at gate verifier: refuted: it is dropped in b()",
                      out)
        self.assertIn("at gate anchor: the quote is not there", out)
        self.assertNotIn("see --dropped", out)
        told = json.loads(self.run_it("show", *where, "1", "--dropped",
                                      "--json", want=0).stdout)["reviews"][0]
        self.assertEqual(told["engine_version"], "kernel-1")
        self.assertEqual(told["cost"], "0.42 USD")
        self.assertIn(("verifier", "refuted:\nit is dropped in b()"),
                      [(finding.get("dropped_by"), finding.get("reason"))
                       for finding in told["findings"]])

    HOSTILE = ("a\x1b[2Jb\x1b]0;pwned\x07c\rd\ne\x9bf\x9d0;x\x9cg\x00h\x7fi"
               "\u202ej\u2066k\u200bl\u2028m\ufeffn\U000e0041o")

    def hostile_findings(self):
        """A review with a finding of hostile words, and one that fell."""
        with open(self.mbox, "w", encoding="utf-8") as file:
            file.write(MAIL)
        where, file = self.reviewed()
        database = sqlite3.connect(file)
        database.execute("UPDATE reviews SET engine_version = ?, cost = ?",
                         (self.HOSTILE + "engine", self.HOSTILE + "cost"))
        for dropped in ("", "verifier"):
            name = dropped or "told"
            database.execute(
                "INSERT INTO findings(series, round, patch, path, new_line,"
                " severity, category, title, fingerprint, dropped_by,"
                " drop_reason) VALUES(1, 1, 1, ?, 3, 'high', ?, ?, '', ?, ?)",
                (self.HOSTILE + "path", self.HOSTILE + name,
                 self.HOSTILE + "title " + "long " * 190 + "\xff",
                 dropped, self.HOSTILE + "reason" if dropped else ""))
            # What is no UTF-8 at all.
            database.execute(
                "INSERT INTO findings(series, round, patch, path, new_line,"
                " severity, category, title, fingerprint, dropped_by,"
                " drop_reason) VALUES(1, 1, 1, CAST(x'612fff1b5b324a' AS TEXT),"
                " 0, 'low', CAST(x'c29bfe' AS TEXT), CAST(x'e280' AS TEXT), '',"
                " ?, '')", (dropped,))
        database.commit()
        database.close()
        return where

    def assert_harmless(self, data):
        text = data.decode("utf-8")  # It is UTF-8, in the first place.
        self.assertNotRegex(text, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f"
                                  "\u2028-\u202e\u2060-\u206f\ufeff"
                                  "\U000e0000-\U000e0fff]")
        return text

    def test_a_hostile_finding_drives_no_terminal(self):
        where = self.hostile_findings()

        def show(*arguments):
            done = subprocess.run([PATCHMILTER, "show", *where, "1",
                                   *arguments], stdout=subprocess.PIPE,
                                  check=True, timeout=60)
            return self.assert_harmless(done.stdout)

        clean = ("a [2Jb ]0;pwned c d e\\u{9b}f\\u{9d}0;x\\u{9c}g h i"
                 "\\u{202e}j\\u{2066}k\\u{200b}l\\u{2028}m\\u{feff}n"
                 "\\u{e0041}o")
        plain = show()
        told = f"  [high] {clean}told: {clean}title long "
        self.assertIn(told, plain)
        self.assertIn(f"\n      patch 1, {clean}path:3\n", plain)
        self.assertIn(f"{clean}engine at ", plain)
        self.assertIn(f"  cost {clean}cost\n", plain)
        self.assertNotIn("verifier", plain)
        dropped = show("--dropped")
        self.assertIn(told, dropped)
        self.assertIn(f"  dropped [high] {clean}verifier: {clean}title long ",
                      dropped)
        self.assertIn(f"      at gate verifier: {clean}reason\n", dropped)
        # A line each, whatever is in them.
        self.assertEqual(len(dropped.splitlines()),
                         len(plain.splitlines()) + 2 * 3 - 1)
        found = json.loads(show("--dropped", "--json"))["reviews"][0][
            "findings"]
        self.assertIn(self.HOSTILE + "path", [each["path"] for each in found])

    def test_a_hostile_title_that_is_not_reviewed_drives_no_terminal(self):
        with open(self.mbox, "w", encoding="utf-8") as file:
            cover = MAIL[:MAIL.index("---\n")]
            file.write(cover.replace(
                "[PATCH] lib: say hello",
                "[PATCH 0/2] =?utf-8?q?lib=1B]0;x=07_=C2=9B2J_=E2=80=AEhi?="))
        done = subprocess.run([PATCHMILTER, "review", self.mbox],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, timeout=60)
        self.assertIn("was not reviewed", self.assert_harmless(done.stderr))
        self.assert_harmless(done.stdout)

    def test_a_paused_review_is_shown_with_its_reason_and_next_try(self):
        where, file = self.reviewed()
        out = self.run_it("list", *where, "--failed", want=0).stdout
        self.assertEqual(out, "nothing has failed\n")
        self.assertNotIn("waiting  ",
                         self.run_it("status", *where, want=0).stdout)
        self.change(file, "UPDATE jobs SET state = 'queued', attempts = 0,"
                    " reason = 'large: no credit', next_try = 1800000000")
        out = self.run_it("list", *where, "--failed", want=0).stdout
        self.assertIn("review of series 1 (round 1) is tried again at"
                      " 2027-01-15T08:00:00Z: large: no credit", out)
        self.assertNotIn("nothing has failed", out)
        told = json.loads(self.run_it("list", *where, "--failed", "--json",
                                      want=0).stdout)
        want = {"series": 1, "round": 1, "attempts": 0,
                "reason": "large: no credit",
                "next_try": "2027-01-15T08:00:00Z"}
        self.assertEqual(told["waiting"], [want])
        self.assertEqual(told["jobs"], [])
        self.assertIn("1 review is tried again, at 2027-01-15T08:00:00Z the"
                      " first: large: no credit",
                      self.run_it("status", *where, want=0).stdout)
        told = json.loads(self.run_it("status", *where, "--json",
                                      want=0).stdout)
        self.assertEqual(told["waiting"], [want])

    def test_status_says_what_models_cost(self):
        where, file = self.reviewed()
        self.assertNotIn("models",
                         self.run_it("status", *where, want=0).stdout)
        self.change(
            file, "INSERT INTO ledger(series, round, conversation, list,"
            " author, time, model, input, cache_read, cache_write, output,"
            " cost, estimated, open) VALUES(1, 1, 'a', 'dri-devel', 'a@b',"
            f" {int(time.time()) - 60}, 'large', 1000, 900, 50, 10, 420000, 0,"
            " 0)")
        out = self.run_it("status", *where, want=0).stdout
        self.assertIn("models    0.42 USD in the last day, 0.42 USD in 30 days",
                      out)
        self.assertIn("          large on dri-devel: 0.42 USD (1 review,"
                      " 1 request)", out)
        told = json.loads(self.run_it("status", *where, "--json",
                                      want=0).stdout)["spending"]
        self.assertEqual(told["day"], told["month"])
        self.assertEqual(told["day"][0]["micro_dollars"], 420000)
        self.assertEqual(told["day"][0]["cache_read_tokens"], 900)

    def test_a_model_that_is_named_wrongly_is_said_by_option(self):
        address = ("--model", "http://127.0.0.1:9", "--model-name", "x")
        for arguments, said in (
                (("--model", "http://127.0.0.1:99999", "--model-name", "x"),
                 "patchmilter: --model \"http://127.0.0.1:99999\" must be "),
                (("--model", "http://models.example", "--model-name", "x",
                  "--key-file", "key"),
                 "--model: a key would be sent in the clear"),
                ((*address, "--key-file", "none"),
                 self.path("none") + ": No such file"),
                ((*address, "--budget", "1"), "--budget counts by prices"),
                (("--model", "127.0.0.1:9", "-c", "none.toml"),
                 "an address begins with http:// or https://"),
                (("--model", "main", "-c", "none.toml", "--effort", "low"),
                 "--effort goes with an address"),
                (("--api", "chat"), "--api goes with --model"),
                (("--index", "x"), "--index needs --tree")):
            result = self.run_it("review", self.mbox, *arguments, want=2,
                                 cwd=self.directory)
            self.assertIn(said, result.stderr)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
            self.assertNotRegex(result.stderr, r":\d+:\d+: ")

    def test_a_base_that_is_not_there_is_named(self):
        subprocess.run(["git", "init", "-q", self.path("empty")], check=True)
        for command in (("review", self.mbox), ("apply", self.mbox),
                        ("query",)):
            result = self.run_it(
                *command, "--tree", self.path("empty"), "--base", "nope",
                *(("list-directory",) if command == ("query",) else ()), want=2)
            self.assertIn("\"nope\"", result.stderr)
            self.assertIn("no such commit, branch or tag", result.stderr)
            self.assertNotIn("`branches`", result.stderr)

    def test_output_that_cannot_be_written_is_an_error(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = self.run_it("review", self.mbox, want=2, stdout=full)
        self.assertIn("could not be written", result.stderr)

    def test_a_tree_is_found_from_a_directory_in_it(self):
        tree = self.path("tree")
        inside = os.path.join(tree, "drivers")
        os.makedirs(inside)
        with open(os.path.join(tree, "a.c"), "w", encoding="utf-8") as file:
            file.write("int a;\n")
        for command in (["init", "-q"], ["add", "a.c"],
                        ["-c", "user.name=A", "-c", "user.email=a@b.example",
                         "commit", "-q", "-m", "one"]):
            subprocess.run(["git", "-C", tree, *command], check=True,
                           env=dict(os.environ, HOME=self.directory,
                                    GIT_CONFIG_NOSYSTEM="1"))
        result = self.run_it("review", "--tree", inside, self.mbox, want=1)
        self.assertIn("applies to", result.stdout)
        result = self.run_it("review", "--tree", inside, "--base", "none",
                             self.mbox, want=2)
        self.assertIn("none", result.stderr)

    def test_a_subject_turns_no_terminal_around(self):
        with open(self.mbox, "w", encoding="utf-8") as file:
            file.write(MAIL.replace("say hello", "=?utf-8?q?say_=E2=80=AEhi?="))
        result = self.run_it("review", self.mbox, want=1)
        self.assertNotIn("\u202e", result.stdout)

    def test_a_source_that_is_not_there_changes_nothing(self):
        state = self.path("state")
        result = self.run_it("replay", self.path("none"), "--state", state,
                             want=2)
        self.assertIn("is not there", result.stderr)
        self.assertFalse(os.path.exists(state))

    def test_a_replay_that_was_killed_goes_on(self):
        state = self.path("state")
        replay = subprocess.Popen(
            [PATCHMILTER, "replay", self.mbox, "--state", state],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(os.environ,
                     PATCHMILTER_TEST_STOP_AT="review.before-commit"))
        end = time.monotonic() + 60
        while True:
            with open(f"/proc/{replay.pid}/stat", encoding="utf-8") as stat:
                if stat.read().rsplit(")", 1)[1].split()[0] == "T":
                    break
            self.assertLess(time.monotonic(), end, "it did not stop")
            time.sleep(0.02)
        replay.send_signal(signal.SIGKILL)
        replay.wait()
        self.run_it("replay", self.mbox, "--state", state, want=0)
        status = json.loads(
            self.run_it("status", "--json", "--state", state, want=0).stdout)
        self.assertEqual(status["series"], {"reviewed": 1})
        self.assertEqual(status["outbox"], {"held": 2})
        # And a second replay changes nothing.
        again = self.run_it("replay", self.mbox, "--state", state, want=0)
        self.assertIn("0 new", again.stdout)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
