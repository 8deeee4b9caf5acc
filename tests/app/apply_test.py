"""`patchmilter apply`: what it decides, beside git am in a clone, and what it
says of it, for each form in which patches come."""

import base64
import json
import os
import re
import subprocess
import tempfile
import unittest

PATCHMILTER = os.environ["PATCHMILTER"]

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "A U Thor",
    "GIT_AUTHOR_EMAIL": "author@example.org",
    "GIT_COMMITTER_NAME": "A U Thor",
    "GIT_COMMITTER_EMAIL": "author@example.org",
}


def numbered(count, **changed):
    """`count` lines; changed: line_5="text" is line 5's text."""
    return "".join(changed.get(f"line_{i}", f"line {i}") + "\n"
                   for i in range(count))


def quopri_of(body):
    """`body` in quoted-printable, with LF line ends."""
    return b"".join(
        b"=%02X" % byte if byte >= 128 or byte == ord("=") else bytes([byte])
        for byte in body)


class ApplyTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-apply-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.tree = self.path("tree")
        self.git("init", "-q", "-b", "main", self.tree, cwd=self.directory)
        self.write("f", numbered(40))
        self.write("g", numbered(20))
        self.base = self.commit("Base")
        self.write("f", numbered(40, line_5="first"))
        self.commit("First")
        self.write("f", numbered(40, line_5="first", line_30="second"))
        self.write("g", numbered(20, line_10="second"))
        self.commit("Second")
        self.series = self.format("-2")

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def git(self, *arguments, cwd=None, input=None):
        return subprocess.run(
            ["git", *arguments], cwd=cwd or self.tree, env=ENVIRONMENT,
            input=input, check=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE).stdout.decode()

    def write(self, name, text, tree=None):
        with open(os.path.join(tree or self.tree, name), "w",
                  encoding="utf-8", newline="") as file:
            file.write(text)

    def commit(self, subject):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)
        return self.git("rev-parse", "HEAD").strip()

    def format(self, *arguments):
        return self.git("format-patch", "--stdout", *arguments)

    def file(self, name, text):
        mode = "wb" if isinstance(text, bytes) else "w"
        with open(self.path(name), mode) as file:
            file.write(text)
        return self.path(name)

    def run_it(self, *arguments, want, input=None):
        result = subprocess.run(
            [PATCHMILTER, "apply", *arguments], check=False, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            input=input.encode() if isinstance(input, str) else input)
        self.assertEqual(result.returncode, want, result.stderr.decode())
        return result.stdout.decode(), result.stderr.decode()

    def ask(self, file, *arguments, want, base=None):
        """The JSON; `file` as path."""
        out, _ = self.run_it(file, "--tree", self.tree, "--base",
                             base or self.base, "--json", *arguments,
                             want=want)
        return json.loads(out)

    def git_am(self, mails, base, *arguments):
        """The tree that git am makes in a clone; None where it fails."""
        with tempfile.TemporaryDirectory(dir=self.directory) as clone:
            self.git("clone", "-q", "--shared", self.tree, clone)
            self.git("checkout", "-q", base, cwd=clone)
            result = subprocess.run(
                ["git", "am", "-q", *arguments], cwd=clone, env=ENVIRONMENT,
                input=mails if isinstance(mails, bytes) else mails.encode(),
                check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if result.returncode != 0:
                return None
            return self.git("rev-parse", "HEAD^{tree}", cwd=clone).strip()

    def test_a_series_that_applies(self):
        mbox = self.file("mbox", self.series)
        found = self.ask(mbox, want=0)
        self.assertEqual(found["applied"], True)
        self.assertEqual(found["first_failing"], None)
        self.assertEqual(found["how"], ["exact", "exact"])
        self.assertEqual(found["tree"], self.git_am(self.series, self.base))
        self.assertEqual(found["base"], self.base)
        self.assertEqual(found["failures"], [])
        out, _ = self.run_it(mbox, "--tree", self.tree, "--base", self.base,
                             want=0)
        self.assertIn("exact          First\n", out)
        self.assertIn("applies; tree " + found["tree"], out)
        self.assertEqual(self.git("status", "--porcelain"), "")

    def test_standard_input(self):
        out, _ = self.run_it("-", "--tree", self.tree, "--base", self.base,
                             input=self.series, want=0)
        self.assertIn("applies; tree ", out)

    def test_a_series_that_fails_says_where_its_lines_nearly_stand(self):
        self.git("checkout", "-q", self.base)
        self.write("f", "new\n" * 3 + numbered(40, line_31="other"))
        base = self.commit("Moved on")
        mbox = self.file("mbox", self.series)
        self.assertIsNone(self.git_am(self.series, base, "--no-3way"))
        found = self.ask(mbox, base=base, want=1)
        self.assertEqual(found["applied"], False)
        self.assertEqual(found["first_failing"], 2)
        self.assertEqual(found["how"], ["offset"])
        self.assertEqual(len(found["failures"]), 1)
        failure = found["failures"][0]
        self.assertEqual((failure["patch"], failure["path"], failure["hunk"]),
                         (2, "f", 1))
        self.assertEqual(failure["nearest"], {
            "lines": 7, "equal": 6, "first_line": 31, "last_line": 37,
            "differs_at": 35, "wanted": "line 31", "found": "other"})
        out, _ = self.run_it(mbox, "--tree", self.tree, "--base", base,
                             want=1)
        self.assertIn("FAILS", out)
        self.assertIn("nearest: lines 31 to 37, 6 of 7 are equal", out)
        self.assertIn('line 35 is    "other"', out)
        self.assertIn("does not apply: 1 of 2 patches apply", out)

    def test_three_way_as_git_am_3(self):
        self.git("checkout", "-q", self.base)
        self.write("f", numbered(40, line_7="other"))
        self.git("mv", "g", "renamed")
        base = self.commit("Moved on")
        mbox = self.file("mbox", self.series)
        self.assertEqual(self.ask(mbox, base=base, want=1)["how"], [])
        want = self.git_am(self.series, base, "-3")
        self.assertIsNotNone(want)
        found = self.ask(mbox, "--3way", base=base, want=0)
        self.assertEqual(found["tree"], want)
        self.assertEqual(found["how"], ["3way", "3way"])
        # All of it is there: nothing changes.
        found = self.ask(mbox, "--3way", base="main", want=0)
        self.assertEqual(found["how"], ["already there", "already there"])

    def test_mails_of_several_series_go_one_after_the_other(self):
        first = self.format("-1", "HEAD~1")
        second = self.format("-1", "HEAD")
        mbox = self.file("mbox", first + second)
        found = self.ask(mbox, want=0)
        self.assertEqual(found["tree"],
                         self.git_am(first + second, self.base))
        self.assertEqual(
            self.ask(self.file("mbox", second + first), want=0)["patches"], 2)

    def test_crlf_mails_and_encodings_as_git_am_reads_them(self):
        for name, mails in (
                ("crlf", self.series.replace("\n", "\r\n").encode()),
                ("encoded", self.format("-2", "--attach").encode())):
            with self.subTest(name):
                want = self.git_am(mails, self.base)
                self.assertIsNotNone(want)
                self.assertEqual(
                    self.ask(self.file(name, mails), want=0)["tree"], want)

    def test_crlf_inside_an_encoding(self):
        """A mail server has made it of LF: git am keeps the CRs, unless told
        otherwise."""
        headers, body = self.format("-1", "HEAD").encode().split(b"\n\n", 1)
        base = self.git("rev-parse", "HEAD~1").strip()
        mail = (headers + b"\nContent-Transfer-Encoding: base64\n\n" +
                base64.encodebytes(body.replace(b"\n", b"\r\n")))
        self.assertIsNone(self.git_am(mail, base))
        mbox = self.file("mbox", mail)
        _, err = self.run_it(mbox, "--tree", self.tree, "--base", base, want=1)
        self.assertIn("--quoted-cr strip", err)
        want = self.git_am(mail, base, "--quoted-cr=strip")
        self.assertIsNotNone(want)
        found = self.ask(mbox, "--quoted-cr", "strip", base=base, want=0)
        self.assertEqual(found["tree"], want)
        # A new file becomes one with CRs.
        self.write("new", "text\n")
        self.commit("New")
        headers, body = self.format("-1", "HEAD").encode().split(b"\n\n", 1)
        base = self.git("rev-parse", "HEAD~1").strip()
        mail = (headers + b"\nContent-Transfer-Encoding: base64\n\n" +
                base64.encodebytes(body.replace(b"\n", b"\r\n")))
        want = self.git_am(mail, base)
        self.assertIsNotNone(want)
        found = self.ask(self.file("mbox", mail), base=base, want=0)
        self.assertEqual(found["tree"], want)

    def test_a_patch_that_is_not_there_is_said(self):
        first, second = self.series.split("\nFrom ")
        for mails in ("From " + second,
                      first.split("\n---\n")[0] + "\n---\n\nFrom " + second):
            out, err = self.run_it(
                self.file("mbox", mails), "--tree", self.tree, "--base",
                "HEAD~1", want=0)
            self.assertIn("applies; tree", out)
            self.assertIn("passed over: patch 1,", err)

    def test_prefixes_of_other_words_and_none(self):
        self.write("new", "text\n")
        os.makedirs(self.path("tree", "d", "e"))
        self.write("d/e/f", "text\n")
        self.commit("New")
        base = self.git("rev-parse", "HEAD~1").strip()
        for arguments, level in (
                (("--src-prefix=old/", "--dst-prefix=new/"), "--no-3way"),
                (("--no-prefix",), "--no-3way"), (("--no-prefix",), "-3")):
            with self.subTest(arguments, level=level):
                mails = self.format("-1", *arguments)
                want = self.git_am(mails, base, level)
                found = self.ask(self.file("mbox", mails), base=base,
                                 want=1 if want is None else 0)
                self.assertEqual(found["tree"], want)
        # The first directory is lost.
        self.write("d/e/g", "text\n")
        self.commit("Deep")
        base = self.git("rev-parse", "HEAD~1").strip()
        mails = self.format("-1", "--no-prefix")
        want = self.git_am(mails, base)
        self.assertIsNotNone(want)
        found = self.ask(self.file("mbox", mails), base=base, want=0)
        self.assertEqual(found["tree"], want)
        # A merge finds the file by its other name.
        self.write("d/e/g", "other\n")
        self.commit("Changed")
        base = self.git("rev-parse", "HEAD~1").strip()
        mails = self.format("-1", "--no-prefix")
        self.assertIsNone(self.git_am(mails, base))
        out, _ = self.run_it(self.file("mbox", mails), "--tree", self.tree,
                             "--base", base, want=1)
        self.assertIn("without a/ and b/", out)
        want = self.git_am(mails, base, "-3")
        found = self.ask(self.file("mbox", mails), "--3way", base=base,
                         want=1 if want is None else 0)
        self.assertEqual(found["tree"], want)

    def test_files_in_other_charsets_than_the_mails(self):
        """git keeps the diff's bytes, whatever the mail says of itself."""
        old = {"latin1": "caf\xe9\n\xfc\n".encode("latin-1") * 3,
               "utf8": "J\xf6rg\n\xfc\n".encode() * 3}
        new = {"latin1": old["latin1"] + "\xa1ol\xe9! \xa4\n".encode("latin-1"),
               "utf8": old["utf8"] + "caf\xe9 \u20ac\n".encode()}
        for content in (old, new):
            for name, text in content.items():
                with open(self.path("tree", name), "wb") as file:
                    file.write(text)
            self.commit("Gr\xfc\xdfe")
        base = self.git("rev-parse", "HEAD~1").strip()
        made = subprocess.run(
            ["git", "format-patch", "--stdout", "-1", "HEAD"], cwd=self.tree,
            env=ENVIRONMENT, check=True, stdout=subprocess.PIPE).stdout
        headers, body = made.split(b"\n\n", 1)
        headers = b"\n".join(
            line for line in headers.split(b"\n")
            if not line.lower().startswith((b"content-", b"mime-version")))
        encodings = {"8bit": body, "quoted-printable": quopri_of(body),
                     "base64": base64.encodebytes(body)}
        types = ["", *("text/plain; charset=" + charset for charset in (
            "utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252",
            "koi8-r"))]
        for content_type in types:
            for encoding, text in encodings.items():
                with self.subTest(content_type, encoding=encoding):
                    mail = headers
                    if content_type:
                        mail += b"\nContent-Type: " + content_type.encode()
                    mail += (b"\nContent-Transfer-Encoding: " +
                             encoding.encode() + b"\n\n" + text)
                    want = self.git_am(mail, base)
                    self.assertEqual(
                        want, self.git("rev-parse", "HEAD^{tree}").strip())
                    found = self.ask(self.file("mail", mail), base=base,
                                     want=0)
                    self.assertEqual(found["tree"], want)
        # A charset that git does not know it refuses: the same bytes apply.
        mail = (headers + b"\nContent-Type: text/plain; charset=no-such"
                b"\nContent-Transfer-Encoding: 8bit\n\n" + body)
        self.assertIsNone(self.git_am(mail, base))
        found = self.ask(self.file("mail", mail), base=base, want=0)
        self.assertEqual(found["tree"],
                         self.git("rev-parse", "HEAD^{tree}").strip())
        # Where a mailer has made UTF-8 of it all, it applies to neither.
        mail = headers + b"\n\n" + body.decode("latin-1").encode()
        self.assertIsNone(self.git_am(mail, base))
        found = self.ask(self.file("mail", mail), base=base, want=1)
        self.assertEqual(found["applied"], False)

    def test_flowed_mails_in_other_charsets(self):
        old = "caf\xe9\n\xfc\n".encode("latin-1") * 3
        for text in (old, old + b"\xe9\n"):
            with open(self.path("tree", "latin1"), "wb") as file:
                file.write(text)
            self.commit("Flowed")
        base = self.git("rev-parse", "HEAD~1").strip()
        made = subprocess.run(
            ["git", "format-patch", "--stdout", "-1", "HEAD"], cwd=self.tree,
            env=ENVIRONMENT, check=True, stdout=subprocess.PIPE).stdout
        headers, body = made.split(b"\n\n", 1)
        # RFC 3676: a blank in front of what begins with one.
        body = re.sub(rb"^ ", b"  ", body, flags=re.M)
        mail = (headers + b"\nMIME-Version: 1.0\nContent-Type: text/plain; "
                b"charset=iso-8859-1; format=flowed\n"
                b"Content-Transfer-Encoding: 8bit\n\n" + body)
        want = self.git_am(mail, base)
        self.assertEqual(want, self.git("rev-parse", "HEAD^{tree}").strip())
        found = self.ask(self.file("mail", mail), base=base, want=0)
        self.assertEqual(found["tree"], want)

    def test_what_the_mails_say_of_their_base(self):
        self.git("branch", "net-next", self.base)
        mails = self.series + (
            f"base-commit: {self.base}\n"
            f"prerequisite-patch-id: {'1' * 40}\n")
        mbox = self.file("mbox", mails)
        out, _ = self.run_it(mbox, "--tree", self.tree, "--json", want=0)
        found = json.loads(out)
        self.assertEqual(found["base"], self.base)
        self.assertEqual(found["base_reason"], "base-commit")
        self.assertEqual(found["prerequisites"],
                         [{"patch_id": "1" * 40, "commit": None,
                           "elsewhere": None}])
        # Without it the index lines tell.
        out, _ = self.run_it(self.file("mbox", self.series), "--tree",
                             self.tree, "--json", want=0)
        found = json.loads(out)
        self.assertEqual(found["base"], self.base)
        self.assertIn("by index lines of 2 of 2 files", found["base_reason"])

    def test_patches_that_it_needs(self):
        self.write("f", numbered(40, line_5="third", line_30="second"))
        self.commit("Third")
        mbox = self.file("mbox", self.format("-1", f"--base={self.base}"))
        out, _ = self.run_it(mbox, "--tree", self.tree, want=0)
        self.assertIn("has 2 of 2 patches needed on top of the base-commit",
                      out)
        for commit in "HEAD~2", "HEAD~1":
            self.assertIn(
                "  is there: " + self.git("rev-parse", commit)[:12], out)
        self.git("checkout", "-q", "--detach", self.base)
        out, _ = self.run_it(mbox, "--tree", self.tree, want=1)
        self.assertIn("base-commit\n", out)
        self.assertIn("  not found in the recent history of the base, nor in "
                      "what branches have since\n", out)

    def test_a_plain_diff(self):
        for name, text in (
                ("git", self.git("diff", self.base, "HEAD")),
                ("no-prefix-letters",
                 self.git("diff", "--src-prefix=old/", "--dst-prefix=new/",
                          self.base, "HEAD")),
                ("plain",
                 "Some words.\n\nIndex: x/f\n" + "=" * 67 +
                 "\n--- x.orig/f\t2026-11-20 10:00:00.000000000 +0000\n"
                 "+++ x/f\t2026-11-20 10:00:01.000000000 +0000\n"
                 "@@ -1,4 +1,4 @@\n-line 0\n+zero\n line 1\n line 2\n"
                 " line 3\n")):
            with self.subTest(name):
                with tempfile.TemporaryDirectory(dir=self.directory) as clone:
                    self.git("clone", "-q", "--shared", self.tree, clone)
                    self.git("checkout", "-q", self.base, cwd=clone)
                    self.git("apply", "--index", "-", cwd=clone,
                             input=text.encode())
                    want = self.git("write-tree", cwd=clone).strip()
                found = self.ask(self.file(name, text), want=0)
                self.assertEqual(found["tree"], want)

    def test_a_quilt_series(self):
        os.makedirs(self.path("patches", "sub"))
        first = self.git("diff", self.base, "HEAD~1")
        second = self.git("diff", "HEAD~1", "HEAD")
        self.file("patches/first.patch", "Why.\n\n" + first)
        self.file("patches/sub/second.patch", "From: a@example.org\n\n" +
                  second)
        self.file("patches/series",
                  "# order\nfirst.patch\n\nsub/second.patch -p1 # why\n")
        found = self.ask(self.path("patches"), want=0)
        self.assertEqual(found["tree"],
                         self.git("rev-parse", "HEAD^{tree}").strip())
        out, _ = self.run_it(self.path("patches"), "--tree", self.tree,
                             "--base", self.base, want=0)
        self.assertIn("sub/second.patch", out)

    def test_what_cannot_be_tried_is_an_error(self):
        mbox = self.file("mbox", self.series)
        for arguments, words in (
                ((mbox, "--tree", self.path("nowhere")), "nowhere"),
                ((mbox, "--tree", self.tree, "--base", "nobody"), "nobody"),
                ((self.path("no-file"), "--tree", self.tree), "no-file"),
                ((self.file("words", "only words\n"), "--tree", self.tree),
                 "words"),
                ((mbox,), "--tree")):
            with self.subTest(words):
                _, err = self.run_it(*arguments, want=2)
                self.assertIn(words, err)


if __name__ == "__main__":
    unittest.main()
