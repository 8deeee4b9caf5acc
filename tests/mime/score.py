#!/usr/bin/env python3
"""Scores mail_facts against a corpus of real mails: no test, a tool.

usage: PATCHMILTER_CORPUS=DIR score.py MAIL_FACTS LIST...

DIR holds subjects.json (shapes of subjects with the readings of two other
tools), and for each LIST: LIST.tar.xz, LIST.manifest.jsonl.xz and
LIST.mailinfo.jsonl.xz (what `git mailinfo` and `git patch-id --stable` make of
each patch). The mails are unpacked to a scratch directory. Differences that are
meant are counted apart: a reply mark behind a list tag, and CRLF inside an
encoded text.
"""
import collections
import json
import lzma
import os
import re
import subprocess
import sys
import tarfile
import tempfile


def facts(program, lines, *args):
    done = subprocess.run([program, *args], input="".join(l + "\n" for l in lines),
                          capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def read_lines(path):
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def score_subjects(program, corpus):
    with open(os.path.join(corpus, "subjects.json"), encoding="utf-8") as file:
        shapes = json.load(file)
    got = facts(program, [json.dumps(s["subject"]) for s in shapes], "--subjects")
    count = collections.Counter()
    for shape, ours in zip(shapes, got):
        if not shape["agree"]:
            continue
        theirs = shape["b4"]
        numbered = theirs["numbered"]
        want = {key: theirs[key]
                for key in ("reply", "version", "patch", "rfc", "resend", "title")}
        want["n"] = theirs["n"] if numbered else None
        want["of"] = theirs["of"] if numbered else None
        wrong = [key for key in want if ours[key] != want[key]]
        if not wrong:
            count["equal"] += 1
        elif ours["reply"] and re.match(r"\s*(\[[^]]*\]\s*)?\w+\s*[:：]",
                                        shape["subject"]):
            count["meant: a reply mark behind a list tag, or not English"] += 1
        else:
            count["different"] += 1
            print("  ", shape["subject"][:70], wrong)
    total = sum(count.values())
    print(f"subjects: {total} where the two agree:", dict(count))


def score_list(program, corpus, name, scratch):
    with tarfile.open(os.path.join(corpus, name + ".tar.xz")) as tar:
        tar.extractall(scratch)
    files = {m["n"]: os.path.join(scratch, m["file"])
             for m in read_lines(os.path.join(corpus, name + ".manifest.jsonl.xz"))}
    wanted = [w for w in read_lines(os.path.join(corpus, name + ".mailinfo.jsonl.xz"))
              if w["rc"] == 0]
    count = collections.Counter()
    for want, got in zip(wanted, facts(program, [files[w["no"]] for w in wanted])):
        if got["kind"] not in ("patch", "untagged-diff"):
            count["no patch: " + got["kind"]] += 1
            continue
        wrong = []
        if (got["author"] or got["email"]) != want["author"]:
            wrong.append("author")
        if got["email"] != want["email"]:
            wrong.append("email")
        if got["title"] != want["subject"]:
            wrong.append("subject")
        if got["patch_id"] != (want.get("patch_id") or ""):
            wrong.append("patch-id")
        if not got["round_trip"]:
            wrong.append("round trip")
        crlf = any("CRLF" in problem for problem in got["problems"])
        if not crlf and got["msg_sha1"] != want["msg_sha1"]:
            wrong.append("message")
        if not crlf and got["patch_sha1"] != want["patch_sha1"]:
            wrong.append("patch")
        if wrong:
            count["different"] += 1
            print("  ", want["no"], wrong, got["problems"])
        else:
            count["meant: CRLF in an encoded text" if crlf else "equal"] += 1
    print(f"{name}: {len(wanted)} mails that git mailinfo reads:", dict(count))


def main():
    corpus = os.environ.get("PATCHMILTER_CORPUS", "")
    if len(sys.argv) < 2 or not os.path.isdir(corpus):
        sys.exit(__doc__)
    score_subjects(sys.argv[1], corpus)
    for name in sys.argv[2:]:
        with tempfile.TemporaryDirectory() as scratch:
            score_list(sys.argv[1], corpus, name, scratch)


if __name__ == "__main__":
    main()
