#!/usr/bin/env python3
"""Compares apply_corpus with what git decided on a corpus of real series.

usage: apply_corpus.py PROGRAM TREE CORPUS BRANCH

CORPUS holds ltp-apply.json (per series: root, patches, date, base_sha,
applies, first_failing_patch, tree; applies_3way and tree_3way where it does
not), *.manifest.jsonl.xz and *.tar.xz with the mails. Each series is applied
with its base given, plainly and by three-way merges, and with the base left to
us. Decodes the mails with git mailinfo. Run by hand.
"""

import collections
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
        for with_base, level in ((True, "plain"), (True, "3way"),
                                 (False, "plain")):
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
                [program, tree, branch, level], input="\n".join(lines) + "\n",
                stdout=subprocess.PIPE, text=True, check=True)
            differ = 0
            chosen = collections.Counter()
            for line in run.stdout.splitlines():
                got = line.split("\t")
                want = dict(truth[int(got[0])])
                if level == "3way" and not want["applies"]:
                    want["applies"] = want.get("applies_3way", False)
                    want["tree"] = want.get("tree_3way")
                    want.pop("first_failing_patch", None)
                applies = got[1] == "applied"
                failing = None if applies else int(got[3]) + 1
                if with_base:
                    same = (applies == want["applies"] and
                            got[2] == want["base_sha"] and
                            ("first_failing_patch" not in want or
                             failing == want["first_failing_patch"]) and
                            (not applies or got[4] == want["tree"]))
                else:
                    # The index lines may name a better base than the date.
                    same = applies or not want["applies"]
                    chosen[applies, got[2] == want["base_sha"]] += 1
                if not same:
                    differ += 1
                    print("DIFFERS", "base given" if with_base else "", level,
                          line, {k: want.get(k) for k in
                                 ("root", "base_sha", "applies", "tree",
                                  "first_failing_patch", "reason")})
                elif not applies or "3way" in got[-1]:
                    print("as git:", got[3:], want.get("git_says"))
            print(f"{len(truth)} series,", level,
                  "base given," if with_base else "base chosen,", differ,
                  "differ")
            for (applies, same), count in sorted(chosen.items()):
                print("  ", count, "apply" if applies else "do not apply",
                      "on the base of the corpus" if same else
                      "on another base")
            wrong += differ
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
