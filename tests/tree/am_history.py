#!/usr/bin/env python3
"""Compares `patchmilter apply` with git am on series cut from a real history.

usage: am_history.py PATCHMILTER REPOSITORY [--series N] [--seed S] [--jobs J]
                     [--keep DIR] [--form NAME]...

Each series is some commits of REPOSITORY in a row, as git format-patch prints
them with some of its options, mailed in some of the ways that lists and mail
programs have (FORMS), and applied to a base that is its own, older, newer, or
has it already: by `git am --no-3way` and `git am -3` in a work tree, and by
`patchmilter apply`. Compared are whether it applies, which patch fails first,
and the tree. What differs is printed and, with --keep, kept as DIR/SEED-N.mbox
with a line on how to repeat it. Run by hand: some 5 series a second. The exit
status is 1 where something differs.
"""

import argparse
import base64
import collections
import json
import multiprocessing
import os
import pathlib
import quopri
import random
import re
import subprocess
import sys
import tempfile

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "A U Thor",
    "GIT_AUTHOR_EMAIL": "author@example.org",
    "GIT_COMMITTER_NAME": "A U Thor",
    "GIT_COMMITTER_EMAIL": "author@example.org",
}

FOOTER = b"\n-- \nMailing list info: https://lists.example.org/listinfo/x\n"

# git format-patch's options, the commonest ones most often.
DIFF_OPTIONS = [
    [], [], [], [], [], ["--no-renames"], ["-C"], ["-M90%"], ["-U1"], ["-U0"],
    ["-U10"], ["-W"], ["--full-index"], ["--binary"], ["--no-binary"],
    ["--minimal"], ["--patience"], ["--abbrev=7"], ["--abbrev=4"], ["-B"],
    ["-D"], ["--no-prefix"], ["--src-prefix=old/", "--dst-prefix=new/"],
    ["--attach"], ["--inline"], ["-p"], ["--no-signature"], ["--zero-commit"],
    ["--encode-email-headers"], ["diff.suppressBlankEmpty=true"],
    ["--ignore-space-change"], ["--full-index", "--binary", "-C", "-C"],
    ["--find-copies-harder"], ["--no-indent-heuristic"],
    ["diff.mnemonicPrefix=true"], ["--interhunk-context=9"], ["--histogram"],
]


class Mail:
    """Headers as they are printed, without the ones that say how the body is
    encoded, and a body in its own bytes."""

    def __init__(self, raw):
        head, self.body = raw.split(b"\n\n", 1)
        self.head = [field for field in re.split(rb"\n(?![ \t])", head)
                     if not field.lower().startswith(b"from ")]
        self.end = b"\n"
        self.multipart = any(b"multipart/" in field for field in self.head)

    def number(self):
        found = re.search(rb"\nSubject: \[PATCH (\d+)/", b"\n".join(
            [b"", *self.head]))
        return int(found[1]) if found else 1

    def without(self, *names):
        self.head = [field for field in self.head if not
                     field.lower().startswith(tuple(n + b":" for n in names))]

    def encode(self, encoding, body):
        self.without(b"content-transfer-encoding", b"content-type",
                     b"mime-version")
        self.head += [b"MIME-Version: 1.0",
                      b"Content-Type: text/plain; charset=UTF-8",
                      b"Content-Transfer-Encoding: " + encoding]
        self.body = body

    def raw(self):
        text = b"\n".join(self.head) + b"\n\n" + self.body
        return b"From git@example.org Mon Sep 17 00:00:00 2001\n" + (
            text if self.end == b"\n" else text.replace(b"\n", self.end))


def in_patch(mail, change):
    """`change` of the part from the first `diff --git` on."""
    at = mail.body.find(b"\ndiff --git ")
    if at >= 0:
        mail.body = mail.body[:at + 1] + change(mail.body[at + 1:])


def some_lines(rng, text, share, change):
    return b"".join(
        change(line) if rng.random() < share else line
        for line in text.splitlines(keepends=True))


def as_list_part(mail):
    """What mailman does to a mail that it cannot add text to."""
    charset = b"Content-Type: text/plain; charset=utf-8\n"
    mail.without(b"content-type", b"content-transfer-encoding",
                 b"mime-version")
    mail.head += [b"MIME-Version: 1.0",
                  b'Content-Type: multipart/mixed; boundary="====x=="']
    mail.body = (b"--====x==\n" + charset
                 + b"Content-Transfer-Encoding: base64\n\n"
                 + base64.encodebytes(mail.body)
                 + b"\n--====x==\nContent-Type: text/plain; "
                 b"charset=\"us-ascii\"\nMIME-Version: 1.0\n"
                 b"Content-Transfer-Encoding: 7bit\n"
                 b"Content-Disposition: inline\n\n" + FOOTER
                 + b"\n--====x==--\n")


def signed(mail):
    mail.without(b"content-type", b"content-transfer-encoding",
                 b"mime-version")
    mail.head += [b'Content-Type: multipart/signed; micalg="pgp-sha256";\n'
                  b'\tprotocol="application/pgp-signature"; boundary="sig"']
    mail.body = (b"This is a signed mail\n--sig\nContent-Type: text/plain\n"
                 b"Content-Transfer-Encoding: quoted-printable\n\n"
                 + quopri.encodestring(mail.body) + b"\n--sig\n"
                 b"Content-Type: application/pgp-signature; name=a.asc\n\n"
                 b"-----BEGIN PGP SIGNATURE-----\n\n"
                 b"iQIzBAABCAAdFiEE\n-----END PGP SIGNATURE-----\n\n--sig--\n")


def as_traditional(text):
    """Only what diff -u prints."""
    return re.sub(
        rb"^(diff --git .*|index .*|(old|new|deleted file|new file) mode .*"
        rb"|similarity .*)\n", b"", text, flags=re.M)


def without_index(text):
    return re.sub(rb"^index .*\n", b"", text, flags=re.M)


def lying_hunks(rng):
    def change(match):
        number = int(match[1]) + rng.choice((-30, -3, -1, 1, 2, 40))
        return b"@@ -%d" % max(number, 0) + match[2]
    return lambda text: re.sub(rb"^@@ -(\d+)(.*)", change, text, flags=re.M)


def miscounted(rng):
    def change(match):
        return match[0] if rng.random() < .7 else match[1] + b"%d @@" % (
            max(int(match[2]) + rng.choice((-1, 1)), 0))
    return lambda text: re.sub(rb"^(@@ -\d+,\d+ \+\d+,)(\d+) @@", change, text,
                               flags=re.M)


def make_forms():
    forms = {}

    def form(function):
        forms[function.__name__.rstrip("_")] = function

    @form
    def plain(_rng, _mail):
        pass

    @form
    def footer(_rng, mail):
        mail.body += FOOTER

    @form
    def crlf(_rng, mail):
        mail.end = b"\r\n"

    @form
    def base64_(_rng, mail):
        mail.encode(b"base64", base64.encodebytes(mail.body))

    @form
    def base64_footer(_rng, mail):
        mail.encode(b"base64", base64.encodebytes(mail.body + FOOTER))

    @form
    def base64_crlf(_rng, mail):
        mail.encode(b"base64", base64.encodebytes(
            mail.body.replace(b"\n", b"\r\n")))

    @form
    def quoted(_rng, mail):
        mail.encode(b"quoted-printable", quopri.encodestring(mail.body))

    @form
    def quoted_crlf(_rng, mail):
        mail.encode(b"quoted-printable", quopri.encodestring(mail.body))
        mail.end = b"\r\n"

    @form
    def list_part(_rng, mail):
        as_list_part(mail)

    @form
    def signed_(_rng, mail):
        signed(mail)

    @form
    def munged(_rng, mail):
        mail.head = [b"From: A via x <x@lists.example.org>"
                     if field.startswith(b"From:") else field
                     for field in mail.head] + [b"Reply-To: a@example.org"]
        mail.body = b"From: A <a@example.org>\n\n" + mail.body + FOOTER

    @form
    def latin1(_rng, mail):
        mail.encode(b"8bit", mail.body)
        mail.head = [field.replace(b"UTF-8", b"iso-8859-1")
                     for field in mail.head]

    @form
    def flowed(_rng, mail):
        mail.head = [field + b"; format=flowed"
                     if field.lower().startswith(b"content-type") else field
                     for field in mail.head]

    @form
    def blanks_cut(rng, mail):
        in_patch(mail, lambda text: some_lines(
            rng, text, .9, lambda line: line.rstrip(b" \t\n") + b"\n"))

    @form
    def empty_context(_rng, mail):
        in_patch(mail, lambda text: text.replace(b"\n \n", b"\n\n"))

    @form
    def tabs_gone(rng, mail):
        in_patch(mail, lambda text: some_lines(
            rng, text, .1, lambda line: line.replace(b"\t", b" " * 8)))

    @form
    def wrapped(_rng, mail):
        in_patch(mail, lambda text: re.sub(
            rb"^([ +-].{70,}?) (.+)$", rb"\1\n\2", text, flags=re.M))

    @form
    def nbsp(rng, mail):
        in_patch(mail, lambda text: some_lines(
            rng, text, .05, lambda line: line.replace(b" ", b"\xc2\xa0")))

    @form
    def line_lost(rng, mail):
        in_patch(mail, lambda text: some_lines(
            rng, text, .01, lambda _line: b""))

    @form
    def stuffed(_rng, mail):
        in_patch(mail, lambda text: re.sub(rb"^( )", rb"  ", text, flags=re.M))

    @form
    def traditional(_rng, mail):
        in_patch(mail, as_traditional)

    @form
    def no_index(_rng, mail):
        in_patch(mail, without_index)

    @form
    def lying(rng, mail):
        in_patch(mail, lying_hunks(rng))

    @form
    def miscounted_(rng, mail):
        in_patch(mail, miscounted(rng))

    @form
    def comment_before(_rng, mail):
        mail.body = mail.body.replace(
            b"\n---\n", b"\n---\nChanges in v2:\n - a thing: --- b\n--\n"
            b"+++ 1\n@@ yes\n\n", 1)

    @form
    def comment_after(_rng, mail):
        mail.body += b"\nThis is untested.\n\n> diff --git a/x b/x\n-- \nMe\n"

    @form
    def scissors(_rng, mail):
        mail.body = b"Hello, below is it\n\n-- >8 --\nSubject: b\n\n" + mail.body

    @form
    def diff_in_message(_rng, mail):
        mail.body = (b"As in\n\n  diff --git a/a b/a\n  --- a/a\n  +++ b/a\n"
                     b"  @@ -1 +1 @@\n  -a\n  +b\n\n" + mail.body)

    @form
    def header_in_message(_rng, mail):
        mail.body = b"Subject: [PATCH] other\nDate: Thu, 1 Jan 2026 10:00:00 +0100\n\n" + mail.body

    @form
    def html(_rng, mail):
        text = mail.body
        mail.without(b"content-type", b"content-transfer-encoding")
        mail.head += [b"Content-Type: multipart/alternative; boundary=alt"]
        mail.body = (b"--alt\nContent-Type: text/plain; charset=utf-8\n\n"
                     + text + b"\n--alt\nContent-Type: text/html\n\n"
                     b"<html><pre>patch</pre></html>\n--alt--\n")
    return forms


FORMS = make_forms()


def git(directory, *arguments, check=True, input=None):
    return subprocess.run(
        ["git", "-C", directory, *arguments], env=ENVIRONMENT, check=check,
        input=input, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Comparison:
    def __init__(self, patchmilter, repository, scratch):
        self.patchmilter = patchmilter
        self.repository = repository
        self.clone = os.path.join(scratch, "clone")
        git(".", "clone", "-q", "--shared", "--no-checkout", repository,
            self.clone)
        self.mbox = os.path.join(scratch, "mbox")

    def checkout(self, base):
        """False where the repository lacks objects of it."""
        # There is one where git has crashed.
        pathlib.Path(self.clone, ".git/index.lock").unlink(missing_ok=True)
        done = git(self.clone, "checkout", "-qf", "--detach", base, check=False)
        git(self.clone, "clean", "-ffdqx")
        return done.returncode == 0

    def commits(self, *arguments):
        return git(self.repository, "rev-list", *arguments).stdout.decode(
            ).split()

    def asked_git(self, base, level):
        self.checkout(base)
        am = git(self.clone, "am", "-q", level, self.mbox, check=False)
        if am.returncode < 0 or am.returncode > 128:
            git(self.clone, "am", "--quit", check=False)
            return None
        failing = None
        if am.returncode != 0:
            state = pathlib.Path(self.clone, ".git/rebase-apply")
            if not state.exists():
                # Nothing in it is a mail.
                return {"applied": False, "first_failing": None, "tree": None,
                        "said": am.stderr.decode(errors="replace")}
            failing = self.numbers[int((state / "next").read_text()) - 1]
        tree = None
        if failing != self.numbers[0]:
            tree = git(self.clone, "rev-parse", "HEAD^{tree}"
                       ).stdout.decode().strip()
        if am.returncode != 0:
            git(self.clone, "am", "--quit")
        return {"applied": failing is None, "first_failing": failing,
                "tree": tree,
                "said": am.stderr.decode(errors="replace")[:400]}

    def asked_us(self, base, level):
        run = subprocess.run(
            [self.patchmilter, "apply", self.mbox, "--tree", self.repository,
             "--base", base, "--json"] + (["--3way"] if level == "-3" else []),
            env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            check=False)
        if run.returncode not in (0, 1):
            return {"applied": False, "first_failing": "error", "tree": None,
                    "said": run.stderr.decode(errors="replace")[:400]}
        found = json.loads(run.stdout)
        return {"applied": found["applied"],
                "first_failing": found["first_failing"],
                "tree": found["tree"], "said": found["reason"]}

    def series(self, rng, tips, forms):
        """Its base, and what it was made by; its mails are in self.mbox, which
        is empty where the repository lacks objects."""
        tip = rng.choice(tips)
        count = rng.choice((1, 1, 1, 2, 2, 3, 4, 6, 10))
        options = rng.choice(DIFF_OPTIONS)
        form = rng.choice(forms)
        config = [word for option in options if "=true" in option
                  for word in ("-c", option)]
        options = [option for option in options if "=true" not in option]
        printed = git(self.repository, *config, "format-patch", "--stdout",
                      "--subject-prefix=PATCH", f"-{count}", *options,
                      tip, check=False).stdout
        mails = [Mail(b"From " + raw) for raw in re.split(
            rb"(?m)^From (?=[0-9a-f]{40} Mon Sep 17 00:00:00 2001$)",
            printed)[1:]]
        for mail in mails:
            if not mail.multipart or form in ("plain", "crlf", "footer"):
                FORMS[form](rng, mail)
        # git format-patch counts commits that are empty, and prints them not.
        self.numbers = [mail.number() for mail in mails]
        pathlib.Path(self.mbox).write_bytes(
            b"\n".join(mail.raw() for mail in mails))
        first = self.commits("--no-merges", f"-{count}", tip)[-1]
        where = rng.choice(("own", "own", "older", "older", "newer", "has"))
        if where == "own":
            base = self.commits("-2", first)[-1]
        elif where == "older":
            base = self.commits("--first-parent",
                                f"-{rng.randrange(2, 400)}", first)[-1]
        elif where == "newer":
            later = self.commits("--first-parent", f"{tip}..{tips[0]}")
            base = later[-min(len(later), rng.randrange(1, 300))
                         ] if later else tip
        else:
            base = tip
        return base, f"{form} {' '.join(options)} {where} {len(mails)} {tip}"


def compare(arguments):
    options, number = arguments
    found = collections.Counter()
    rng = random.Random(f"{options.seed}/{number}")
    with tempfile.TemporaryDirectory(prefix="am-history-",
                                     dir=options.scratch) as scratch:
        comparison = Comparison(options.patchmilter, options.repository,
                                scratch)
        tips = comparison.commits("--no-merges", "HEAD")
        for n in range(number, options.series, options.jobs):
            rng = random.Random(f"{options.seed}/{n}")
            base, made = comparison.series(rng, tips, options.form)
            if (not os.path.getsize(comparison.mbox)
                    or not comparison.checkout(base)):
                found["passed over"] += 1
                continue
            for level in ("--no-3way", "-3"):
                want = comparison.asked_git(base, level)
                if want is None:
                    found["git crashed"] += 1
                    continue
                got = comparison.asked_us(base, level)
                found[level, "applies" if want["applied"] else "fails"] += 1
                same = all(got[key] == want[key]
                           for key in ("applied", "first_failing", "tree"))
                # What git cannot read as mail has no tree to compare.
                if not want["applied"] and want["tree"] is None:
                    same = not got["applied"]
                if not same:
                    found[level, "differs"] += 1
                    found["differs", made.split()[0]] += 1
                    name = f"{options.seed}-{n}"
                    print(f"{name} {level} base {base} {made}\n"
                          f"  git {want}\n  we  {got}", flush=True)
                    if options.keep:
                        pathlib.Path(options.keep, f"{name}.mbox").write_bytes(
                            pathlib.Path(comparison.mbox).read_bytes())
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("patchmilter")
    parser.add_argument("repository")
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scratch", help="where the work trees are made")
    parser.add_argument("--keep")
    parser.add_argument("--form", action="append", choices=sorted(FORMS))
    options = parser.parse_args()
    options.patchmilter = os.path.abspath(options.patchmilter)
    options.repository = os.path.abspath(options.repository)
    options.form = options.form or sorted(FORMS)
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    total = collections.Counter()
    with multiprocessing.Pool(options.jobs) as pool:
        for found in pool.imap_unordered(
                compare, [(options, n) for n in range(options.jobs)]):
            total += found
    for key, count in sorted(total.items(), key=str):
        print(key if isinstance(key, str) else " ".join(key), count)
    return 1 if any("differs" in key for key in total) else 0


if __name__ == "__main__":
    sys.exit(main())
