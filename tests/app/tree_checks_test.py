"""The checks that look into a tree, on repositories of the real git: what each
has to find, and what looks like it and is no fault."""

import email.utils
import json
import os
import re
import subprocess
import tempfile
import unittest

PATCHMILTER = os.environ["PATCHMILTER"]

START = 1_780_000_000
DAY = 86_400


class TreeChecksTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-checks-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.tree = os.path.join(self.directory, "tree")
        os.mkdir(self.tree)
        self.now = START
        self.committer = ("Jane Roe", "jane@example.org")
        self.git("init", "-q", "-b", "main")
        self.lines = [f"line {i}\n" for i in range(1, 41)]
        self.write()
        self.first = self.commit("lamp: Add a lamp")
        self.lines[4] = "a leak\n"
        self.write()
        self.leak = self.commit("[media] lamp: Remember  the level")

    def git(self, *arguments):
        environment = {
            "PATH": os.environ["PATH"], "HOME": self.directory,
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Jane Roe",
            "GIT_AUTHOR_EMAIL": "jane@example.org",
            "GIT_COMMITTER_NAME": self.committer[0],
            "GIT_COMMITTER_EMAIL": self.committer[1],
            "GIT_AUTHOR_DATE": f"{self.now} +0000",
            "GIT_COMMITTER_DATE": f"{self.now} +0000",
        }
        return subprocess.run(["git", "-C", self.tree, *arguments],
                              env=environment, stdout=subprocess.PIPE,
                              text=True, check=True).stdout.rstrip("\n")

    def write(self):
        with open(os.path.join(self.tree, "lamp.c"), "w",
                  encoding="utf-8") as file:
            file.writelines(self.lines)

    def commit(self, subject, body="It was needed."):
        self.now += DAY
        self.git("add", "-A")
        self.git("commit", "-q", "-s", "-m", subject, "-m", body)
        return self.git("rev-parse", "HEAD")

    def patch(self, body="It was needed.", line=4, text="no leak\n",
              base=None):
        """A patch on HEAD, as a mail that is a day younger than HEAD; HEAD
        stays."""
        kept = list(self.lines)
        self.lines[line] = text
        self.write()
        self.commit("lamp: Do not leak", body)
        options = [f"--base={base}"] if base else []
        mail = self.git("format-patch", "--stdout", *options, "HEAD~1")
        self.git("reset", "-q", "--hard", "HEAD~1")
        self.lines = kept
        return mail

    def grow(self):
        """The tree becomes newer than all mails so far."""
        with open(os.path.join(self.tree, "other.c"), "a",
                  encoding="utf-8") as file:
            file.write("int other;\n")
        return self.commit("other: Add one")

    def review(self, mail, *options, tree=None):
        """{check: the mails' text, on one line} of what is found."""
        def run(*more):
            result = subprocess.run(
                [PATCHMILTER, "review", *more, "--tree", tree or self.tree,
                 *options, "-"], input=mail, stdout=subprocess.PIPE, text=True,
                stderr=subprocess.PIPE, check=False, timeout=60)
            self.assertIn(result.returncode, (0, 1), result.stderr)
            return result.stdout
        series = json.loads(run("--json"))["series"]
        self.assertEqual(len(series), 1)
        self.applied = series[0]["apply"]
        self.base = series[0]["base"]
        self.severity = "".join(finding["severity"]
                                for finding in series[0]["findings"])
        said = " ".join(run().split())
        return {finding["category"]: said
                for finding in series[0]["findings"]}

    def fixes(self, value):
        return f"It was needed.\n\nFixes: {value}"


class FixesTest(TreeChecksTest):
    def test_what_is_right_is_left_alone(self):
        for value in (f'{self.leak[:12]} ("[media] lamp: Remember the level")',
                      f'{self.leak[:14]} ("lamp: Remember the level")',
                      f'{self.leak} ("[media] Lamp:  remember the level")',
                      f'{self.first[:12]} ("lamp: Add a lamp")',
                      "a link that is no commit"):
            with self.subTest(value=value):
                mail = self.patch(self.fixes(value))
                self.grow()
                found = self.review(mail)
                self.assertEqual(self.applied, "applied")
                self.assertNotIn("fixes-unknown", found)
                self.assertNotIn("fixes-mismatch", found)

    def test_an_unknown_commit_is_said(self):
        mail = self.patch(self.fixes('0123456789ab ("lamp: Add a lamp")'))
        self.grow()
        self.assertIn("0123456789ab", self.review(mail)["fixes-unknown"])

    def test_few_digits_count_with_a_subject_behind_them(self):
        mail = self.patch(self.fixes('012345a ("lamp: Add a lamp")'))
        self.grow()
        self.assertIn("fixes-unknown", self.review(mail))
        self.assertNotIn("fixes-unknown", self.review(
            mail.replace(' ("lamp: Add a lamp")', "")))
        self.assertIn("fixes-mismatch", self.review(mail.replace(
            "012345a", self.with_letter(self.leak)[:10])))

    def with_letter(self, commit):
        """`commit`, if its first digits are not those of a plain number."""
        self.assertRegex(commit[:7], "[a-f]")
        return commit

    def test_a_tag_in_an_earlier_paragraph_counts(self):
        mail = self.patch('Fixes: 0123456789ab ("lamp: Add a\nlamp")\n\n'
                          "It was needed.")
        self.grow()
        self.assertIn("fixes-unknown", self.review(mail))
        self.assertNotIn("fixes-mismatch", self.review(mail.replace(
            "0123456789ab", self.first)))

    def test_unknown_is_not_said_of_a_mail_for_another_tree(self):
        mail = self.patch(self.fixes('0123456789ab ("lamp: Add a lamp")'))
        self.grow()
        for tag, said in (("[PATCH net-next]", False), ("[PATCH tree]", True)):
            found = self.review(mail.replace("[PATCH]", tag))
            self.assertEqual("fixes-unknown" in found, said, tag)
        found = self.review(mail.rstrip("\n") + "\nbase-commit: "
                            "0123456789abcdef0123456789abcdef01234567\n")
        self.assertEqual(self.applied, "applied")
        self.assertNotIn("fixes-unknown", found)

    def test_a_commit_that_was_rewritten_is_unknown(self):
        mail = self.patch(self.fixes(
            f'{self.leak[:12]} ("lamp: Remember the level")'))
        self.git("commit", "-q", "--amend", "-m", "lamp: Remember the level",
                 "-m", "Another text.")
        self.grow()
        found = self.review(mail)
        self.assertIn("in no branch", found["fixes-unknown"])
        self.git("branch", "kept", self.leak)
        self.assertNotIn("fixes-unknown", self.review(mail))

    def test_unknown_is_not_said_where_the_tree_is_older_than_the_mail(self):
        mail = self.patch(self.fixes('0123456789ab ("lamp: Add a lamp")'))
        found = self.review(mail)
        self.assertEqual(self.applied, "applied")
        self.assertNotIn("fixes-unknown", found)

    def test_unknown_is_not_said_of_a_shallow_tree(self):
        mail = self.patch(self.fixes('0123456789ab ("lamp: Add a lamp")'))
        self.grow()
        shallow = os.path.join(self.directory, "shallow")
        self.git("clone", "-q", "--depth", "2", f"file://{self.tree}", shallow)
        found = self.review(mail, "--base", "HEAD", tree=shallow)
        self.assertEqual(self.applied, "applied")
        self.assertNotIn("fixes-unknown", found)

    def test_unknown_is_not_said_where_the_series_belongs_elsewhere(self):
        mail = self.patch(self.fixes('0123456789ab ("lamp: Add a lamp")'))
        self.lines[3] = "quite another line\n"
        self.write()
        self.git("checkout", "-q", "--orphan", "elsewhere")
        self.commit("lamp: Begin anew")
        found = self.review(mail, "--base", "elsewhere")
        self.assertNotEqual(self.applied, "applied")
        self.assertNotIn("fixes-unknown", found)

    def test_another_subject_is_said(self):
        mail = self.patch(
            self.fixes(f'{self.leak[:12]} ("lamp: Add a lamp")'))
        found = self.review(mail)
        self.assertIn("Remember the level", found["fixes-mismatch"])


class AlreadyAppliedTest(TreeChecksTest):
    def apply(self, mail):
        """A maintainer takes the mail."""
        self.committer = ("Max Maintainer", "max@example.org")
        with open(os.path.join(self.directory, "mail"), "w",
                  encoding="utf-8") as file:
            file.write(mail)
        self.now += DAY
        self.git("am", "-q", os.path.join(self.directory, "mail"))
        self.lines[4] = "no leak\n"
        return self.git("rev-parse", "HEAD")

    def later(self, mail, days=9):
        """The same mail, sent `days` after all that is there."""
        date = email.utils.formatdate(self.now + days * DAY)
        return re.sub("^Date: .*$", "Date: " + date, mail, count=1,
                      flags=re.MULTILINE)

    def test_what_was_there_when_it_was_sent_is_said(self):
        mail = self.patch()
        there = self.apply(mail)
        mail = self.later(mail)
        found = self.review(mail, "--base", "main")
        self.assertIn(there[:12], found["already-applied"])
        self.assertNotIn("does-not-apply", found)
        # On the commit that its index lines name, which is older, too.
        self.assertIn("already-applied", self.review(mail))

    def test_what_was_taken_since_is_left_alone(self):
        mail = self.patch()
        self.apply(mail)
        self.assertNotIn("already-applied",
                         self.review(mail, "--base", "main"))

    def test_what_was_taken_back_since_is_left_alone(self):
        mail = self.patch()
        self.apply(mail)
        self.lines[4] = "a leak\n"
        self.write()
        self.commit("Revert it")
        found = self.review(self.later(mail), "--base", "main")
        self.assertEqual(self.applied, "applied")
        self.assertNotIn("already-applied", found)

    def test_a_branch_of_ones_own_is_left_alone(self):
        self.committer = ("Max Maintainer", "max@example.org")
        self.lines[4] = "no leak\n"
        self.write()
        self.commit("lamp: Do not leak")
        # Its date is the commit's; sent later, its committer is its author.
        mail = self.git("format-patch", "--stdout", "HEAD~1")
        self.assertNotIn("already-applied", self.review(mail))
        self.assertIn("already-applied", self.review(self.later(mail)))
        self.committer = ("Jane Roe", "jane.roe@example.com")
        self.git("commit", "-q", "--amend", "--no-edit")
        self.assertNotIn("already-applied", self.review(self.later(mail)))

    def test_what_says_so_itself_is_left_alone(self):
        mail = self.patch()
        there = self.apply(mail)
        mail = self.later(mail)
        for tag in ("[COMMITTED PATCH]", "[PATCH][pushed]", "[PATCH applied]",
                    "[PATCH 6.12.y]", "[PATCH 6.12 001/100]",
                    "[PATCH stable-rc]"):
            self.assertNotIn("already-applied",
                             self.review(mail.replace("[PATCH]", tag)), tag)
        for line in (f"commit {there} upstream.",
                     f"[ Upstream commit {there} ]",
                     f"(cherry picked from commit {there})", there[:8]):
            self.assertNotIn(
                "already-applied",
                self.review(mail.replace("It was needed.", line)), line)
        self.assertIn("already-applied", self.review(mail))


class DoesNotApplyTest(TreeChecksTest):
    def test_the_nearest_match_is_named(self):
        self.lines[5] = "line that nobody else has\n"
        self.write()
        self.commit("lamp: A private change")
        mail = self.patch()
        base = self.leak
        mail = mail.rstrip("\n") + f"\nbase-commit: {base}\n"
        self.git("reset", "-q", "--hard", base)
        found = self.review(mail)
        self.assertIn("nearest match is at line 2", found["does-not-apply"])
        self.assertIn("line 6 differs", found["does-not-apply"])

    def on_a_private_change(self, body="It was needed."):
        """A patch on a commit that is not in any branch, where a context line
        is another one; its blobs are in the repository."""
        kept = list(self.lines)
        self.lines[6] = "line that nobody else has\n"
        self.write()
        self.commit("lamp: A private change")
        mail = self.patch(body)
        self.git("reset", "-q", "--hard", self.leak)
        self.lines = kept
        return mail

    def test_a_merge_that_helps_hides_nothing(self):
        mail = self.on_a_private_change()
        mail = mail.rstrip("\n") + f"\nbase-commit: {self.leak}\n"
        found = self.review(mail)
        self.assertEqual(self.applied, "applied")
        said = found["does-not-apply"]
        self.assertIn("nearest match is at line 2", said)
        self.assertIn("line 7 differs", said)
        self.assertIn("A three-way merge with the version that its index lines "
                      "name makes it apply.", said)
        self.assertIn("applies by a three-way merge only", said)
        self.assertIn("(base-commit), applied by three-way merge", said)

    def test_a_merge_alone_is_no_fault(self):
        mail = self.on_a_private_change()
        found = self.review(mail)
        self.assertEqual(self.applied, "applied")
        self.assertNotIn("does-not-apply", found)

    def test_what_applies_is_not_merged(self):
        mail = self.patch()
        found = self.review(mail.rstrip("\n") +
                            f"\nbase-commit: {self.leak}\n")
        self.assertEqual(self.applied, "applied")
        self.assertEqual(found, {})

    def test_unknown_is_not_said_where_only_a_merge_helps(self):
        mail = self.on_a_private_change(
            self.fixes('0123456789ab ("lamp: Add a lamp")'))
        self.grow()
        self.git("commit", "-q", "--allow-empty", "-m", "later")
        found = self.review(mail)
        self.assertEqual(self.applied, "applied")
        self.assertNotIn("fixes-unknown", found)


class PrerequisiteTest(TreeChecksTest):
    """A series on top of a patch that stands on top of its base-commit, as
    `git format-patch --base` says it."""

    def setUp(self):
        super().setUp()
        self.lines[4] = "needed\n"
        self.write()
        self.needed = self.commit("lamp: What is needed")
        self.mail = self.patch(base=self.leak, line=5)
        self.assertIn("prerequisite-patch-id", self.mail)
        self.git("reset", "-q", "--hard", self.leak)
        self.lines[4] = "a leak\n"

    def test_a_branch_that_has_it_is_the_base(self):
        self.git("checkout", "-q", "-b", "next", self.needed)
        found = self.review(self.mail)
        self.assertEqual(self.applied, "applied")
        self.assertEqual(found, {})
        self.assertEqual(self.base, self.needed)

    def test_that_it_is_nowhere_is_said(self):
        found = self.review(self.mail)
        self.assertEqual(self.applied, "reference")
        said = found["does-not-apply"]
        self.assertEqual(self.severity, "low")
        self.assertIn("1 of the 1 patch that it names as needed on top of that "
                      "(prerequisite-patch-id) was not found in the tree", said)
        self.assertIn("1 of the 1 patch that it says it needs "
                      "(prerequisite-patch-id) was not found in that tree.",
                      said)

    def test_where_the_base_has_it_the_series_is_at_fault(self):
        self.mail = self.mail.replace(
            f"base-commit: {self.leak}", f"base-commit: {self.needed}")
        self.mail = self.mail.replace("\n-line 6\n", "\n-no such line\n")
        found = self.review(self.mail)
        self.assertEqual(self.severity, "medium")
        self.assertIn("The patches that it names as needed are behind that "
                      "commit.", found["does-not-apply"])

    def test_where_it_is_elsewhere_nothing_is_said(self):
        self.mail = self.mail.replace("\n-line 6\n", "\n-no such line\n")
        self.git("checkout", "-q", "-b", "next", self.needed)
        found = self.review(self.mail)
        self.assertEqual(self.applied, "reference")
        self.assertNotIn("does-not-apply", found)


if __name__ == "__main__":
    unittest.main()
