#!/usr/bin/env python3
"""How long a series takes to be applied: patchmilter apply, and git am.

usage: apply_speed.py PROGRAM REPOSITORY [--rounds N] [--patches N]

PROGRAM is patchmilter, built for release. REPOSITORY is a git repository; it
is read, never written: a clone that shares its objects is made in a scratch
directory. For the figures of the documentation it is an import of Debian's
linux-source-6.1 (some 80,000 files), made so:

    apt-get download linux-source-6.1 && dpkg -x linux-source-6.1_*.deb deb
    mkdir src && tar -C src --strip-components=1 \\
        -xf deb/usr/src/linux-source-6.1.tar.xz
    git init -q --bare linux.git
    git --git-dir=linux.git --work-tree=src add -A -f
    git --git-dir=linux.git --work-tree=src -c user.name=x \\
        -c user.email=x@example.org commit -q -m import
    git --git-dir=linux.git gc -q

The series is made by random edits of its C files: three files a patch, a few
lines each, one file of three touched again by the next. It is applied with the
base given, in turns:

  patchmilter apply          as a person calls it: mails read, trees in memory
  git worktree add, git am   a checkout of the base, then the series
  git am                     in a work tree that stands at the base already
                             (bringing it back there is not counted)

All must come to the same tree. Prints the median of each and how they compare.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ENVIRONMENT = dict(
    os.environ, GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL="/dev/null",
    GIT_AUTHOR_NAME="A U Thor", GIT_AUTHOR_EMAIL="author@example.org",
    GIT_COMMITTER_NAME="A U Thor", GIT_COMMITTER_EMAIL="author@example.org")


def git(*arguments, cwd, input=None, extra=None):
    return subprocess.run(
        ["git", *arguments], cwd=cwd, input=input, check=True,
        env=dict(ENVIRONMENT, **(extra or {})), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE).stdout


def make_series(clone, base, patches, seed=1):
    """An mbox of `patches` patches on `base`, without a work tree."""
    choose = random.Random(seed)
    listing = git("ls-tree", "-r", "--name-only", base, cwd=clone).decode()
    files = [name for name in listing.splitlines() if name.endswith(".c")]
    extra = {"GIT_INDEX_FILE": os.path.join(clone, "series-index")}
    git("read-tree", base, cwd=clone, extra=extra)
    contents = {}
    last = []
    head = base
    for number in range(patches):
        names = last[:1] + choose.sample(files, 3 - len(last[:1]))
        for name in names:
            if name not in contents:
                contents[name] = git("cat-file", "blob", f"{base}:{name}",
                                     cwd=clone)
            lines = contents[name].split(b"\n")
            for _ in range(3):
                at = choose.randrange(len(lines))
                lines.insert(at, b"/* patch %d */" % number)
            contents[name] = b"\n".join(lines)
            blob = git("hash-object", "-w", "--stdin", cwd=clone,
                       input=contents[name]).decode().strip()
            git("update-index", "--cacheinfo", f"100644,{blob},{name}",
                cwd=clone, extra=extra)
        last = names[1:]
        tree = git("write-tree", cwd=clone, extra=extra).decode().strip()
        head = git("commit-tree", tree, "-p", head, "-m",
                   f"Change {number + 1}", cwd=clone).decode().strip()
    return git("format-patch", "--stdout", f"{base}..{head}", cwd=clone), tree


def timed(action):
    begin = time.monotonic()
    result = action()
    return time.monotonic() - begin, result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("repository")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--patches", type=int, default=10)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    repository = os.path.abspath(options.repository)
    with tempfile.TemporaryDirectory(prefix="patchmilter-bench-") as scratch:
        clone = os.path.join(scratch, "clone.git")
        git("clone", "-q", "--bare", "--shared", repository, clone,
            cwd=scratch)
        base = git("rev-parse", "HEAD", cwd=clone).decode().strip()
        mbox, want = make_series(clone, base, options.patches)
        mails = os.path.join(scratch, "series.mbox")
        with open(mails, "wb") as file:
            file.write(mbox)
        standing = os.path.join(scratch, "standing")
        git("worktree", "add", "-q", "--detach", standing, base, cwd=clone)

        def ours():
            result = subprocess.run(
                [program, "apply", mails, "--tree", repository, "--base", base,
                 "--json"], check=True, stdout=subprocess.PIPE)
            assert want in result.stdout.decode(), "another tree"

        def fresh_work_tree():
            fresh = os.path.join(scratch, "fresh")
            git("worktree", "add", "-q", "--detach", fresh, base, cwd=clone)
            git("am", "-q", mails, cwd=fresh)
            return fresh

        def standing_work_tree():
            git("am", "-q", mails, cwd=standing)
            return standing

        times = {"patchmilter apply": [], "git worktree add, git am": [],
                 "git am": []}
        for number in range(options.rounds + 1):
            took = {}
            took["patchmilter apply"], _ = timed(ours)
            took["git worktree add, git am"], fresh = timed(fresh_work_tree)
            took["git am"], _ = timed(standing_work_tree)
            for tree in (fresh, standing):
                got = git("rev-parse", "HEAD^{tree}", cwd=tree)
                assert got.decode().strip() == want, "another tree"
            git("reset", "-q", "--hard", base, cwd=standing)
            shutil.rmtree(fresh)
            git("worktree", "prune", cwd=clone)
            if number == 0:
                continue  # Caches are cold.
            for name, seconds in took.items():
                times[name].append(seconds)
        files = git("ls-tree", "-r", "--name-only", base, cwd=clone)
        print(f"{options.patches} patches, {files.count(10)} files, "
              f"{options.rounds} rounds")
        medians = {name: statistics.median(all) for name, all in times.items()}
        for name, median in medians.items():
            ratio = median / medians["patchmilter apply"]
            print(f"{name:26} {median * 1000:9.1f} ms  {ratio:6.1f} x   "
                  f"({min(times[name]) * 1000:.1f} to "
                  f"{max(times[name]) * 1000:.1f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
