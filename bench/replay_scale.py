#!/usr/bin/env python3
"""A long list in one replay: memory, and whether time per mail stays flat.

replay_scale.py BUILD_DIR [--mails N] [--seed S] [--save FILE]

bench/list_mbox writes N mails of a simulated list, as an mbox, into the
standard input of `patchmilter replay - --no-review`, which reads as fast as it
goes: so the time at which each thousand is taken tells its speed. Twice a
second the anonymous memory (RssAnon of /proc/PID/status) of patchmilter and of
its parse worker is read. All on one core.

Prints a line for each tenth of the way, the largest memory, and the ratio of
the last tenth's time per mail to that of the second (in the first, tables are
small and the parse worker starts).
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

GOAL_MEMORY = 300
GOAL_FLAT = 1.25


def anonymous(pid):
    """MiB of anonymous memory; 0 where the process has gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0.0


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as listed:
            return [int(child) for child in listed.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


class Memory(threading.Thread):
    """Samples a process and its children until it is told to stop."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.stop = threading.Event()
        self.own = self.workers = self.both = self.now = 0.0

    def run(self):
        while not self.stop.wait(0.5):
            self.now = anonymous(self.pid)
            workers = sum(anonymous(child) for child in children(self.pid))
            self.own = max(self.own, self.now)
            self.workers = max(self.workers, workers)
            self.both = max(self.both, self.now + workers)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--mails", type=int, default=150_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", help="where to write the times of each "
                        "thousand, one a line")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    scratch = pathlib.Path(tempfile.mkdtemp())
    mails = subprocess.Popen(
        [build / "bench/list_mbox", str(arguments.mails), str(arguments.seed)],
        stdout=subprocess.PIPE)
    reader = subprocess.Popen(
        [build / "app/patchmilter", "replay", "-", "--state", scratch / "state",
         "--no-review"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    memory = Memory(reader.pid)
    memory.start()
    thousands = []
    taken = size = 0
    begin = time.monotonic()
    try:
        for line in mails.stdout:
            if line.startswith(b"From list_mbox "):
                taken += 1
                if taken % 1000 == 0:
                    thousands.append((time.monotonic() - begin, memory.now))
            size += len(line)
            reader.stdin.write(line)
        reader.stdin.close()
        said = reader.stdout.read().decode()
        if reader.wait() != 0 or mails.wait() != 0:
            sys.exit("replay failed")
        whole = time.monotonic() - begin
    finally:
        for child in (mails, reader):
            if child.poll() is None:
                child.kill()
                child.wait()
        memory.stop.set()
        memory.join()
        state = sum(path.stat().st_size
                    for path in (scratch / "state").glob("*"))
        shutil.rmtree(scratch)

    print(said.strip().splitlines()[0])
    steps = [thousands[0][0]] + [after[0] - before[0] for before, after
                                 in zip(thousands, thousands[1:])]
    if arguments.save:
        with open(arguments.save, "w", encoding="ascii") as save:
            save.writelines(f"{step:.4f}\n" for step in steps)
    print(f"{taken} mails, {size / 1e6:.0f} MB, {whole:.0f} s: "
          f"{taken / whole:.0f} mails/s; state.db {state / 1e6:.0f} MB")
    tenth = max(1, len(steps) // 10)
    tenths = [steps[at:at + tenth] for at in range(0, len(steps), tenth)][:10]
    print(f"{'up to':>8}{'ms per 1000':>14}{'memory, MiB':>14}")
    for number, part in enumerate(tenths, 1):
        last = min(number * tenth, len(thousands)) - 1
        print(f"{(last + 1) * 1000:>8}{1000 * statistics.median(part):>14.0f}"
              f"{thousands[last][1]:>14.0f}")
    print(f"largest memory: patchmilter {memory.own:.0f} MiB, parse worker "
          f"{memory.workers:.0f} MiB, together {memory.both:.0f} MiB "
          f"(goal below {GOAL_MEMORY}: "
          f"{'reached' if memory.both < GOAL_MEMORY else 'NOT REACHED'})")
    if len(tenths) > 2:
        flat = statistics.median(tenths[-1]) / statistics.median(tenths[1])
        print(f"time per mail, last tenth / second: {flat:.2f} (goal at most "
              f"{GOAL_FLAT}: {'reached' if flat <= GOAL_FLAT else 'NOT REACHED'})")


if __name__ == "__main__":
    main()
