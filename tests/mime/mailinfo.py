#!/usr/bin/env python3
"""Compares mail_facts with git itself on any mails: no test, a tool.

usage: mailinfo.py [-v] MAIL_FACTS DIR...

Each mail below the directories that we take for a patch is given to `git
mailinfo` and `git patch-id --stable` as well. Author, email, title, message,
patch text and patch-id must be equal; each difference must fall under one of
the RULES, which are the cases where git refuses or keeps what a person would
mend (docs/mime.md, "What is mended, and marked"). What falls under none is
printed, and the exit is 1.
"""
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile


def facts_of(program, paths):
    done = subprocess.run([program, "--texts"], input="".join(p + "\n" for p in paths),
                          capture_output=True, text=True, check=True, errors="replace")
    # Not splitlines(): it parts at U+0085 and U+2028 too.
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def git_facts(path, *options):
    """What git makes of the mail."""
    with tempfile.TemporaryDirectory() as scratch, open(path, "rb") as mail:
        message = os.path.join(scratch, "message")
        patch = os.path.join(scratch, "patch")
        # Not --encoding=UTF-8: git 2.39 takes that for --no-encoding.
        done = subprocess.run(["git", "-c", "i18n.commitEncoding=UTF-8", "mailinfo",
                               *options, message, patch],
                              stdin=mail, capture_output=True)
        got = {"rc": done.returncode, "error": done.stderr.decode(errors="replace")}
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            key, _, value = line.partition(": ")
            got.setdefault(key, value)
        for name, file in (("message", message), ("patch", patch)):
            with open(file, "rb") as bytes_:
                got[name] = bytes_.read()
        done = subprocess.run(["git", "patch-id", "--stable"], input=got["patch"],
                              capture_output=True)
        ids = done.stdout.decode().split()
        got["patch_id"] = ids[0] if ids else ""
        return got


def is_utf8(data):
    try:
        data.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


def ascii_lines(ours, theirs):
    """Both without the lines that are not ASCII on either side."""
    ours, theirs = dict(ours), dict(theirs)
    for key in ours:
        left, right = ours[key].split(b"\n"), theirs[key].split(b"\n")
        for i in range(min(len(left), len(right))):
            if not left[i].isascii() or not right[i].isascii():
                left[i] = right[i] = b"?"
        ours[key], theirs[key] = b"\n".join(left), b"\n".join(right)
    return ours, theirs


def without_cr(texts):
    # git takes "\r\n" behind an in-body header for a line of the message.
    return {key: text.replace(b"\r\n", b"\n").strip(b"\n") for key, text in texts.items()}


def trimmed(texts):
    return {key: text.strip() for key, text in texts.items()}


def footless(ours, theirs):
    """Theirs with what stands behind ours and holds no diff cut off."""
    cut = dict(theirs)
    for key in ours:
        more = theirs[key][len(ours[key]):]
        if theirs[key].startswith(ours[key]) and b"\n@@ -" not in more:
            cut[key] = ours[key]
    return cut


# Each: name, and what must hold of (our facts, git's) that it can be so, and
# what makes the two texts equal where it is the reason. They are tried in this
# order, one upon the other, until the two are equal.
RULES = (
    ("CRLF inside an encoded text is mended",
     lambda o, g: any("CRLF" in x for x in o["problems"]),
     lambda ours, theirs: (without_cr(ours), without_cr(theirs))),
    ("bytes that are not the charset's are replaced",
     lambda o, g: any("bytes" in x or "charset" in x for x in o["problems"]),
     ascii_lines),
    ("the patch is UTF-8; git leaves it in the mail's charset",
     lambda o, g: not is_utf8(g["patch"]),
     ascii_lines),
    ("a line end in front of a boundary is the boundary's",
     lambda o, g: o["multipart"],
     lambda ours, theirs: (trimmed(ours), trimmed(theirs))),
    ("parts without a diff (a list's footer, HTML) stay out",
     lambda o, g: o["parts"] > 1,
     lambda ours, theirs: (ours, footless(ours, theirs))),
    ("a multipart in a multipart; git takes its boundaries for text",
     lambda o, g: o["parts"] > 1 and
     re.search(rb"^--\S+\nContent-Type:", g["message"], re.I | re.M),
     lambda ours, theirs: (ours, ours)),
    ("a mail as attachment is not the patch",
     lambda o, g: o["parts"] > 1 and
     re.search(rb"^Subject: .*", g["patch"], re.M),
     lambda ours, theirs: (ours, footless(ours, {
         key: re.split(rb"^MIME-Version: ", text, flags=re.M)[0].strip()
         for key, text in theirs.items()}))),
)


def explain(facts, git, wrong):
    """The rules that explain what is wrong; None where they do not."""
    ours = {key: facts[key].encode() for key in ("message", "patch")}
    theirs = {key: git[key] for key in ("message", "patch")}
    used = []
    for name, holds, change in RULES:
        if ours == theirs:
            break
        if holds(facts, git):
            before = (ours, theirs)
            ours, theirs = change(ours, theirs)
            if (ours, theirs) != before:
                used.append(name)
    if ours != theirs or ("patch-id" in wrong and not used):
        return None
    if "author" in wrong or "email" in wrong:
        if facts["from"] != facts["poster"]:
            used.append("the list has munged From")
        elif "\ufffd" in git["Author"] and "email" not in wrong:
            used.append("bytes above 127 in From are read")
        else:
            return None
    if "title" in wrong or "round trip" in wrong:
        return None
    return " + ".join(used)


def differences(ours, git):
    wrong = []
    if git["rc"] != 0:
        return ["refused: " + git["error"].strip()[:100]]
    if (ours["author"] or ours["email"]) != git.get("Author", ""):
        wrong.append("author")
    if ours["email"] != git.get("Email", ""):
        wrong.append("email")
    if ours["title"] != git.get("Subject", ""):
        wrong.append("title")
    if ours["message"].encode() != git["message"]:
        wrong.append("message")
    if ours["patch"].encode() != git["patch"]:
        wrong.append("patch")
    if ours["patch_id"] != git["patch_id"]:
        wrong.append("patch-id")
    return wrong


def score(program, directory, verbose):
    paths = sorted(os.path.join(base, name) for base, _, names in os.walk(directory)
                   for name in names)
    all_facts = facts_of(program, paths)
    patches = [f for f in all_facts if f["kind"] in ("patch", "untagged-diff")]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        gits = list(pool.map(git_facts, [f["path"] for f in patches]))
    count = collections.Counter()
    for ours, git in zip(patches, gits):
        wrong = differences(ours, git)
        if not ours["round_trip"]:
            wrong.append("round trip")
        if not wrong:
            count["equal"] += 1
            continue
        if "cannot convert" in git["error"]:
            git = git_facts(ours["path"], "-n")
            rule = explain(ours, git, differences(ours, git))
            if rule is not None:
                rule = "git refuses the charset; else equal" + (rule and ": ") + rule
        else:
            rule = explain(ours, git, wrong)
        if rule is None:
            count["DIFFERENT"] += 1
        else:
            count[rule] += 1
        if rule is None or verbose:
            print("  ", ours["path"], rule or "unexplained", wrong, ours["problems"])
    print(f"{directory}: {len(all_facts)} mails, {len(patches)} patches:")
    for rule, number in count.most_common():
        print(f"  {number:6} {rule}")
    return count["DIFFERENT"]


def main():
    arguments = sys.argv[1:]
    verbose = "-v" in arguments
    arguments = [a for a in arguments if a != "-v"]
    if len(arguments) < 2:
        sys.exit(__doc__)
    bad = sum(score(arguments[0], d, verbose) for d in arguments[1:])
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
