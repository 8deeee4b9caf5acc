#!/usr/bin/env python3
"""Compares apply_corpus with what git decided on a corpus of real series.

usage: apply_corpus.py PROGRAM TREE CORPUS BRANCH

CORPUS holds ltp-apply.json (per series: root, patches, date, base_sha,
applies, first_failing_patch, tree), *.manifest.jsonl.xz and *.tar.xz with the
mails. Decodes the mails with git mailinfo. Run by hand.
"""

import json
import lzma
import pathlib
import subprocess
import sys
import tarfile
import tempfile


def main():
    program, tree, corpus, branch = sys.argv[1:5]
    corpus = pathlib.Path(corpus)
    truth = json.load(open(corpus / "ltp-apply.json"))["series"]
    manifest = {}
    for name in corpus.glob("*.manifest.jsonl.xz"):
        for line in lzma.open(name, "rt"):
            mail = json.loads(line)
            manifest[mail["msgid"]] = mail["file"]
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in corpus.glob("*.tar.xz"):
            tarfile.open(name).extractall(scratch)
        for with_base in (True, False):
            lines = []
            for number, series in enumerate(truth):
                files = []
                for msgid in series["patches"]:
                    patch = pathlib.Path(scratch, f"{len(lines)}-{len(files)}")
                    raw = pathlib.Path(scratch, manifest[msgid]).read_bytes()
                    # git mailsplit takes the CRs away.
                    subprocess.run(
                        ["git", "mailinfo", "/dev/null", patch],
                        input=raw.replace(b"\r\n", b"\n"),
                        stdout=subprocess.DEVNULL, check=True)
                    files.append(str(patch))
                base = series["base_sha"] if with_base else ""
                lines.append("\t".join(
                    [str(number), str(series["date"]), base] + files))
            run = subprocess.run(
                [program, tree, branch], input="\n".join(lines) + "\n",
                stdout=subprocess.PIPE, text=True, check=True)
            for line in run.stdout.splitlines():
                got = line.split("\t")
                want = truth[int(got[0])]
                applies = got[1] == "applied"
                failing = None if applies else int(got[3]) + 1
                same = (applies == want["applies"] and
                        got[2] == want["base_sha"] and
                        failing == want.get("first_failing_patch") and
                        (not applies or got[4] == want["tree"]))
                if not same:
                    wrong += 1
                    print("DIFFERS", "base given" if with_base else "", line,
                          {k: want.get(k) for k in
                           ("root", "base_sha", "applies", "tree",
                            "first_failing_patch", "reason")})
                elif not applies:
                    print("fails as for git:", got[3:], want.get("git_says"))
            print(len(truth), "series,", wrong, "differ so far")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
