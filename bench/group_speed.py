#!/usr/bin/env python3
"""Raw mail to series, on one core, beside the peers, in one run.

group_speed.py BUILD_DIR DIR [--rounds N] [--replay-only]

DIR holds one mail a file (sub-directories too), in order of their names. Every
round runs each contender once, one after the other, all on one core; the table
gives medians. Seconds are of the processor (what a noisy machine's clock says
stands beside them).

  gmime      GMime's parser and decoded text, alone
  parse      our parser
  group      raw mail to series, in memory
  mailinfo   git mailinfo, a process for each patch mail (at most 400 of them)
  b4         Debian's b4 as a library, where it is installed
  replay     patchmilter replay --no-review: through the durable store, with the
             parse worker in its sandbox; all its processes count

Ends with the ratios that docs/development.md names as goals.
"""

import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

MAILINFO_MAILS = 400


class Contender:
    """Seconds of each round: of the processor, by the clock."""

    def __init__(self):
        self.mails = 0
        self.processor = []
        self.clock = []

    def add(self, mails, processor, clock):
        self.mails = mails
        self.processor.append(processor)
        self.clock.append(clock)

    def rate(self):
        return self.mails / statistics.median(self.processor)


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(command, **options):
    """Runs a command; its processor seconds (with its children) and the
    clock's."""
    before, begin = children_seconds(), time.monotonic()
    done = subprocess.run(command, check=True, **options)
    return done, children_seconds() - before, time.monotonic() - begin


def mail_speed(build, paths, contenders):
    done = subprocess.run([build / "bench/mail_speed", "1"], check=True,
                          input=paths, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        mode, mails, processor, clock, _ = line.split()
        contenders.setdefault(mode, Contender()).add(
            int(mails), float(processor), float(clock))


def is_patch(path):
    with open(path, "rb") as mail:
        data = mail.read(1 << 20)
    return b"\ndiff --git " in data and b"[PATCH" in data


def mailinfo(patches, scratch, contenders):
    before, begin = children_seconds(), time.monotonic()
    for path in patches:
        with open(path, "rb") as mail:
            subprocess.run(["git", "mailinfo", scratch / "msg", scratch / "patch"],
                           stdin=mail, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
    contenders.setdefault("mailinfo", Contender()).add(
        len(patches), children_seconds() - before, time.monotonic() - begin)


def b4_group(paths, contenders):
    script = pathlib.Path(__file__).parent / "peers/b4_group.py"
    begin = time.monotonic()
    done = subprocess.run(["/usr/bin/python3", script], input=paths,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return False
    mails, processor, _ = done.stdout.split()
    contenders.setdefault("b4", Contender()).add(
        int(mails), float(processor), time.monotonic() - begin)
    return True


def replay(build, directory, mails, scratch, contenders):
    state = scratch / "state"
    shutil.rmtree(state, ignore_errors=True)
    _, processor, clock = run(
        [build / "app/patchmilter", "replay", directory, "--state", state,
         "--no-review", "--series-json", scratch / "series.json"],
        stdout=subprocess.DEVNULL)
    contenders.setdefault("replay", Contender()).add(mails, processor, clock)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--replay-only", action="store_true",
                        help="the durable store alone, without the peers")
    arguments = parser.parse_args()
    build = arguments.build.resolve()

    files = sorted(str(path) for path in arguments.directory.rglob("*")
                   if path.is_file())
    if not files:
        sys.exit(f"{arguments.directory}: no files")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    paths = "\n".join(files) + "\n"
    contenders = {}
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        patches = [path for path in files if is_patch(path)][:MAILINFO_MAILS]
        have_b4 = True
        for _ in range(arguments.rounds):
            replay(build, arguments.directory, len(files), scratch, contenders)
            if arguments.replay_only:
                continue
            mail_speed(build, paths, contenders)
            mailinfo(patches, scratch, contenders)
            have_b4 = have_b4 and b4_group(paths, contenders)

    size = sum(os.path.getsize(path) for path in files) / 1e6
    print(f"{len(files)} mails, {size:.1f} MB, one core, "
          f"median of {arguments.rounds} interleaved rounds")
    print(f"{'':10}{'mails':>8}{'mails/s':>10}{'us/mail':>10}{'by the clock':>14}")
    for mode, contender in contenders.items():
        clock = contender.mails / statistics.median(contender.clock)
        print(f"{mode:10}{contender.mails:>8}{contender.rate():>10.0f}"
              f"{1e6 / contender.rate():>10.0f}{clock:>14.0f}")
    rates = {mode: contender.rate() for mode, contender in contenders.items()}
    print()

    def goal(text, value, least):
        word = "reached" if value >= least else "NOT REACHED"
        print(f"{text:58}{value:>9.2f}   (goal {least}: {word})")

    goal("through the durable store, thousand mails/s", rates["replay"] / 1e3, 2)
    if "group" in rates:
        goal("raw mail to series in memory, thousand mails/s",
             rates["group"] / 1e3, 6)
        goal("raw mail to series / GMime alone", rates["group"] / rates["gmime"],
             0.6)
        print(f"{'our parser / git mailinfo as processes':58}"
              f"{rates['parse'] / rates['mailinfo']:>9.1f}")
    if "b4" in rates:
        goal("raw mail to series / b4", rates["group"] / rates["b4"], 20)
    elif not arguments.replay_only:
        print("b4 is not installed: no ratio to it")


if __name__ == "__main__":
    main()
