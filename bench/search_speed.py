#!/usr/bin/env python3
"""Searches of a large tree, with the index and by git grep, side by side.

search_speed.py --driver SEARCH_DRIVER --repository DIR [--index DIR]
                [--patchmilter PROGRAM] [--literals 200] [--regexes 50]

Builds the index with `patchmilter index` where PROGRAM is given, and prints how
long it took, its size as a share of the text, and its anonymous memory. Then
asks for each pattern, in turns, the driver (one process, index warm) and
`git grep -n -I` on HEAD, both for the whole answer, and compares every line:

 - literals of eight and more bytes in at most 500 files, picked at random
   (fixed seed) from names and pieces of lines of the tree's own files
 - common literals, and regular expressions of the kinds that people type (by
   `git grep -E`)
 - the same on the last of ten patched trees, made in memory for the driver,
   and as objects of a scratch repository for git
 - definitions of names out of the tree: the 99th percentile
 - what the index takes up after a series of ten patches

Fails where a line differs. Times are medians of --rounds.
"""

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

COMMON = ["include", "return", "struct", "static int", "EXPORT_SYMBOL_GPL",
          "spin_lock", "kfree(", "unsigned long", "of_match_table", "GFP_KERNEL",
          "module_init", "SPDX-License-Identifier"]

# NAME stands for names of the tree.
REGEXES = [
    r"NAME\(", r"\bNAME\b", r"^static .*NAME", r"NAME|NAME", r"(NAME|NAME)\(",
    r"NAME.*NAME", r"struct NAME \*", r"#define\s+NAME", r"NAME\s*=",
    r"->NAME", r"^#include <linux/[a-z]+\.h>$", r"spin_(un)?lock_[a-z]+\(",
    r"[a-z]{3}_lock", r"^int [a-z_]+\(void\)$", r"ret(val)? = -E[A-Z]+;",
    r"0x[0-9a-f]{16}", r"(kzalloc|kmalloc|kcalloc)\(", r"TO" + r"DO:? ",
    r"for \(;;\)", r"goto (out|err|fail)[a-z_]*;", r"^}\s*$",
    r"if \(!?IS_ERR\(", r"\.probe\s*=\s*[a-z0-9_]+_probe,",
    r"MODULE_(AUTHOR|LICENSE)\(", r"[A-Z]{5,}_[0-9]+_MASK",
]

class Driver:
    """One search_driver process."""

    def __init__(self, program, repository, index):
        self.process = subprocess.Popen(
            [program, repository, index], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)

    def ask(self, *fields):
        """Microseconds, lines, bytes, files, blobs read; and the text."""
        line = b"\t".join(
            field if isinstance(field, bytes) else str(field).encode()
            for field in fields)
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        head = self.process.stdout.readline().split()
        if not head:
            sys.exit(f"search_speed: the driver ended at {fields}")
        numbers = [int(word) for word in head[1:]]
        return numbers, self.process.stdout.read(numbers[2])


def git(repository, *arguments, **more):
    return subprocess.run(["git", "-C", repository, *arguments],
                          stdout=subprocess.PIPE, check=True, **more).stdout


def git_grep(repository, tree, pattern, regex):
    """Seconds, and what it printed without the tree's name."""
    command = ["git", "-C", repository, "grep", "-n", "-I", "--no-color",
               "-E" if regex else "-F", "-e", pattern, tree]
    environment = dict(os.environ, LC_ALL="C")
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment,
                          check=False)
    seconds = time.monotonic() - start
    if done.returncode not in (0, 1):
        sys.exit(f"search_speed: git grep failed for {pattern!r}")
    prefix = tree.encode() + b":"
    cut = len(prefix)
    text = b"".join(line[cut:] + b"\n"
                    for line in done.stdout.split(b"\n")[:-1])
    return seconds, text


def pick(repository, driver, count, rng):
    """Literals in at most 500 files, and names, out of the tree's files."""
    listed = git(repository, "ls-tree", "-r", "HEAD").split(b"\n")
    blobs = [line.split()[2] for line in listed
             if line.startswith(b"100") and
             line.split(b"\t")[-1].endswith((b".c", b".h", b".py", b".rst"))]
    literals, names, tried = [], [], set()
    while len(literals) < count:
        blob = rng.choice(blobs).decode()
        lines = git(repository, "cat-file", "blob", blob).split(b"\n")
        line = rng.choice(lines).strip()
        words = re.findall(rb"[A-Za-z_][A-Za-z0-9_]{7,}", line)
        if words and rng.random() < 0.7:
            literal = rng.choice(words)
            names.append(literal)
        elif len(line) >= 12:
            begin = rng.randrange(len(line) - 8)
            literal = line[begin:begin + rng.randrange(8, 30)].strip()
        else:
            continue
        if len(literal) < 8 or b"\t" in literal or b"\0" in literal or \
                literal in tried:
            continue
        tried.add(literal)
        files = driver.ask("count", "-", literal)[0][3]
        if files <= 500:
            literals.append(literal)
    return literals, names


def compare(kind, repository, tree, driver, patterns, regex, rounds):
    """Rows of (pattern, own seconds, git's), and the number that differ."""
    rows, different = [], 0
    for pattern in patterns:
        own, peer = [], []
        for _ in range(rounds):
            numbers, got = driver.ask("text", "e" if regex else "-", pattern)
            own.append(numbers[0] / 1e6)
            seconds, want = git_grep(repository, tree, pattern, regex)
            peer.append(seconds)
        if got != want:
            different += 1
            print(f"  {kind}: lines differ for {pattern!r}: "
                  f"{got.count(10)} and {want.count(10)}")
        rows.append((pattern, statistics.median(own), statistics.median(peer)))
    ratios = sorted(peer / own for _, own, peer in rows)
    slowest = min(rows, key=lambda row: row[2] / row[1])
    own = [row[1] for row in rows]
    peer = [row[2] for row in rows]
    print(f"{kind}: {len(rows)} patterns, median {statistics.median(own)*1e3:.1f}"
          f" ms and git grep {statistics.median(peer)*1e3:.0f} ms; ratio median "
          f"{statistics.median(ratios):.0f}, least {ratios[0]:.2f} "
          f"({slowest[0]!r}: {slowest[1]*1e3:.0f} and {slowest[2]*1e3:.0f} ms); "
          f"{different} with other lines", flush=True)
    return different


def build(program, repository, index):
    """Runs `patchmilter index`, and watches its anonymous memory."""
    start = time.monotonic()
    process = subprocess.Popen([program, "index", "--tree", repository,
                                "--index", index])
    most = 0
    done = threading.Event()

    def watch():
        nonlocal most
        while not done.wait(0.05):
            try:
                with open(f"/proc/{process.pid}/status") as status:
                    for line in status:
                        if line.startswith("RssAnon:"):
                            most = max(most, int(line.split()[1]))
            except OSError:
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    done.set()
    watcher.join()
    if code != 0:
        sys.exit("search_speed: the index was not built")
    print(f"building: {time.monotonic() - start:.1f} s, anonymous memory "
          f"{most / 1024:.0f} MiB at most", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--driver", required=True)
    parser.add_argument("--repository", required=True)
    parser.add_argument("--index")
    parser.add_argument("--patchmilter")
    parser.add_argument("--literals", type=int, default=200)
    parser.add_argument("--regexes", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        index = options.index or os.path.join(scratch, "index")
        if options.patchmilter:
            build(options.patchmilter, options.repository, index)
        sizes = sum(os.stat(os.path.join(index, name)).st_size
                    for name in os.listdir(index))
        text = sum(int(line.split()[3])
                   for line in git(options.repository, "ls-tree", "-r", "-l",
                                   "HEAD").split(b"\n")
                   if line.startswith(b"100"))
        print(f"index: {sizes / 1e6:.0f} MB, {100 * sizes / text:.1f} % of "
              f"{text / 1e6:.0f} MB", flush=True)
        driver = Driver(options.driver, options.repository, index)
        opened = driver.ask("tree", "HEAD")[0][0]
        print(f"opening the tree: {opened / 1e3:.1f} ms")
        literals, names = pick(options.repository, driver, options.literals,
                               rng)
        regexes = []
        while len(regexes) < options.regexes:
            one = REGEXES[len(regexes) % len(REGEXES)]
            while "NAME" in one:
                one = one.replace("NAME", rng.choice(names).decode(), 1)
            regexes.append(one)
        different = 0
        for kind, patterns, regex in (("literals", literals, False),
                                      ("common literals", COMMON, False),
                                      ("regular expressions", regexes, True)):
            different += compare(kind, options.repository, "HEAD", driver,
                                 patterns, regex, options.rounds)
        # Names that are defined are asked for; warm, as a daemon's would be.
        driver.ask("symbol", names[0])
        times = sorted(driver.ask("symbol", rng.choice(names))[0][0]
                       for _ in range(1000))
        print(f"definitions: median {times[500] / 1e3:.2f} ms, 99th percentile "
              f"{times[990] / 1e3:.2f} ms, of 1000")
        print(f"memory of the driver: "
              f"{driver.ask('memory')[0][0] / 1024:.0f} MiB anonymous")
        for directory in ("drivers/net/", "kernel/", "fs/"):
            took = driver.ask("patch", directory, 10, options.seed)[0][0]
            print(f"taking up 10 patches of 3 files in {directory}: "
                  f"{took / 1e3:.1f} ms")
        # What the driver made, written to a scratch repository for git.
        bare = os.path.join(scratch, "patched.git")
        subprocess.run(["git", "clone", "-q", "--bare", "--shared",
                        options.repository, bare], check=True)
        driver.ask("write", bare)
        with open(os.path.join(bare, "patched-tree"), "rb") as name:
            tree = name.read().decode().strip()
        some = [b"patched_3_by_the_bench", b"by_the_bench"] + literals[:20]
        different += compare("patched tree, literals", bare, tree, driver,
                             some, False, 1)
        different += compare("patched tree, regular expressions", bare, tree,
                             driver, [r"patched_[0-9]+_by_"] + regexes[:5],
                             True, 1)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
