#!/usr/bin/env python3
"""What a review by a model costs: tokens that the provider has cached, bytes
sent for nothing, our own processor time, memory of many reviews at once.

usage: model_review.py BUILD REPOSITORY [--index DIR] [--rounds N]
                       [--at-once N] [--api API]

BUILD is a build directory (release is best). REPOSITORY is an import of
linux-source-6.1 (bench/apply_speed.py says how to make one), which is only
read; --index is an index of it, as `patchmilter index` makes it.

A series of ten patches to drivers/gpu/drm is reviewed by a scripted model
(tests/fakes): in each patch's conversation it reads the patch to its end and
calls 25 tools and more, three at a time, with what a reviewer would ask about
the functions that were changed; it reports a finding for each second patch,
and a verifier looks at each. The server counts what a provider would have
cached. Prices are those of a model of 3 dollars a million tokens, 0.30 cached,
15 for output.

  tokens    after each conversation's first turn: how much of the prompt is read
            from the cache. Goal: 90 %
  bytes     sent, that are neither what was sent before, nor an answer of a
            tool, nor the model's own words. Goal: at most 10 %
  own time  user and system time of the program, waiting apart, with what is
            left of it when nobody reviews: patchmilter review without a model,
            in turns. Goal: 2 s
  memory    --at-once N: anonymous memory of patchmilter-reviewd while it
            reviews N such series side by side. Goal: 600 MiB for 32
"""

import argparse
import json
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "tests", "fakes"))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "fakes", "scripts"))

import reviewer  # noqa: E402
from apply_speed import git  # noqa: E402
from model_server import ModelServer  # noqa: E402

PATCHES = 10
CALLS = 27
KEY = "key-of-the-bench"
DRM = "drivers/gpu/drm/"


class Series:
    """Ten patches, each to functions of two files of drm."""

    def __init__(self, clone, seed):
        self.choose = random.Random(seed)
        base = git("rev-parse", "HEAD", cwd=clone).decode().strip()
        names = [name for name in git(
            "ls-tree", "-r", "--name-only", base, "--", DRM,
            cwd=clone).decode().splitlines() if name.endswith(".c")]
        index = {"GIT_INDEX_FILE": os.path.join(clone, f"index-{seed}")}
        git("read-tree", base, cwd=clone, extra=index)
        self.calls, self.findings, head = {}, [], base
        for number in range(1, PATCHES + 1):
            chosen = self.choose.sample(names, 2)
            asked = []
            for name in chosen:
                text = git("cat-file", "blob", f"{base}:{name}", cwd=clone)
                text, functions, line = self.edited(text.decode("latin-1"),
                                                    number)
                blob = git("hash-object", "-w", "--stdin", cwd=clone,
                           input=text.encode("latin-1")).decode().strip()
                git("update-index", "--cacheinfo", f"100644,{blob},{name}",
                    cwd=clone, extra=index)
                asked += self.questions(number, name, functions)
            if number % 2 and line:
                self.findings.append(self.finding(number, name, line))
            self.choose.shuffle(asked)
            self.calls[str(number)] = asked
            tree = git("write-tree", cwd=clone, extra=index).decode().strip()
            head = git("commit-tree", tree, "-p", head, "-m",
                       f"drm: Change {number} of the series\n\nWhat it did was "
                       "not what was wanted.\n\nSigned-off-by: A U Thor "
                       "<author@example.org>", cwd=clone).decode().strip()
        self.calls["0"] = [{"tool": "search",
                            "args": {"pattern": "drm_dev_register"}}]
        self.calls["verify"] = [
            {"tool": "search", "args": {"pattern": "kfree(state)"}}]
        self.mbox = git("format-patch", "--stdout", "--cover-letter",
                        "--thread", f"{base}..{head}", cwd=clone)

    def edited(self, text, number):
        """Some statements after the openings of functions."""
        lines = text.split("\n")
        places = [at for at, line in enumerate(lines) if line == "{"]
        functions, added = [], ""
        for at in sorted(self.choose.sample(places, min(4, len(places))),
                         reverse=True):
            head = lines[at - 1].split("(")[0].split()
            if head and head[-1].strip("*").isidentifier():
                functions.append(head[-1].strip("*"))
            added = f"\tpr_debug(\"step {number} at {at}\\n\");"
            lines[at + 1:at + 1] = [added, ""]
        return "\n".join(lines), functions, added

    @staticmethod
    def questions(number, path, functions):
        at = f"patched:{number}"
        asked = [{"tool": "read_file",
                  "args": {"path": path, "at": at, "first": first,
                           "last": first + 120}}
                 for first in range(1, 600, 150)]
        asked += [{"tool": "list_directory",
                   "args": {"path": os.path.dirname(path)}},
                  {"tool": "log", "args": {"path": path}}]
        for name in functions:
            asked += [{"tool": "find_references", "args": {"name": name}},
                      {"tool": "find_definition", "args": {"name": name}},
                      {"tool": "search",
                       "args": {"pattern": name, "path": DRM, "context": 2}},
                      {"tool": "function_change",
                       "args": {"number": number, "path": path,
                                "function": name}}]
        return asked

    @staticmethod
    def finding(number, path, line):
        return {"patch": number, "file": path, "lines": ["+" + line],
                "category": "logic", "title": f"Step {number} is logged always",
                "explanation": "Each call writes to the log, also where it "
                               "comes from an interrupt a thousand times a "
                               f"second; {path} had been quiet so far.",
                "reachability": "common", "consequence": "minor",
                "confidence": 0.8}

    def model(self):
        return reviewer.Model(findings=self.findings, calls=self.calls,
                              extra=CALLS, parallel=3)


def used(process):
    """User and system seconds of a child that was waited for by wait4."""
    return process.ru_utime + process.ru_stime


def run(command):
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if child.returncode not in (0, 1):
        raise SystemExit(f"status {child.returncode}\n{text[-3000:]}")
    return usage, text


def review_command(options, mbox, server=None):
    command = [os.path.join(options.build, "app", "patchmilter"), "review",
               mbox, "--tree", options.repository, "--base", "HEAD"]
    if options.index:
        command += ["--index", options.index]
    if server:
        command += ["--model", server.url, "--api", options.api, "--dialect",
                    "vllm", "--model-name", "scripted", "--key-file",
                    options.key_file, "--prompts", "drm"]
    return command


def journal_of(log):
    with open(os.path.join(log, "journal.jsonl"), encoding="utf-8") as file:
        entries = [json.loads(line) for line in file]
    refused = [entry for entry in entries if entry["verdict"] != "accepted"]
    if refused:
        raise SystemExit(f"the server has refused: {refused[0]}")
    return entries


_MARK = re.compile(rb',?"cache_control":\{[^{}]*\}')


def common(one, other):
    """How many bytes they begin with in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def is_result(node):
    return isinstance(node, dict) and (
        node.get("type") in ("tool_result", "function_call_output") or
        node.get("role") == "tool" or "functionResponse" in node)


def is_said(node):
    return isinstance(node, dict) and (
        node.get("role") in ("assistant", "model") or
        node.get("type") in ("reasoning", "function_call"))


def told(body):
    """(bytes of tools' answers, bytes of the model's words) in a request."""
    results = said = 0
    waiting = [json.loads(body)]
    while waiting:
        node = waiting.pop()
        if is_result(node):
            results += len(json.dumps(node, ensure_ascii=False).encode())
        elif is_said(node):
            said += len(json.dumps(node, ensure_ascii=False,
                                   separators=(",", ":")).encode())
        elif isinstance(node, dict):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return results, said


def measure_bytes(log, entries):
    """Of all bytes sent: (all, neither repeated, nor results, nor said)."""
    last, seen, sent, waste = {}, [], 0, 0
    for entry in entries:
        with open(os.path.join(log, f"{entry['number']:04}.request.body"),
                  "rb") as file:
            body = file.read()
        sent += len(body)
        # Marks wander; what they stand beside is the same.
        marked = len(body)
        body = _MARK.sub(b"", body)
        waste += marked - len(body)
        before = last.get(entry["conversation"])
        if before is None:
            repeated = max((common(body, other) for other in seen), default=0)
            known = (0, 0)
            seen.append(body)
        else:
            repeated = common(body, before)
            known = told(before)
        last[entry["conversation"]] = body
        results, said = told(body)
        fresh = results - known[0] + said - known[1]
        waste += max(0, len(body) - repeated - fresh)
    return sent, waste


def measure_tokens(entries):
    """After each conversation's first turn: (all, cached)."""
    prompt = cached = 0
    for entry in entries:
        if entry["turn"] == 1:
            continue
        prompt += entry["usage"]["input"]
        cached += entry["usage"]["cached"]
    return prompt, cached


def cost_of(entries):
    total = 0.0
    for entry in entries:
        usage = entry["usage"]
        total += (usage["input"] - usage["cached"]) * 3.0
        total += usage["cached"] * 0.3 + usage["output"] * 15.0
    return total / 1e6


def tool_calls(entries):
    calls = {}
    for entry in entries:
        calls.setdefault(entry["conversation"], 0)
        calls[entry["conversation"]] += entry.get("calls", 0) if isinstance(
            entry.get("calls"), int) else len(entry.get("calls") or [])
    return sorted(calls.values())


def report_one(options, series, mbox, scratch):
    own, alone, wall = [], [], []
    for number in range(options.rounds):
        log = os.path.join(scratch, f"log-{number}")
        with ModelServer(series.model(), key=KEY, log=log,
                         dialect="vllm") as server:
            begin = time.monotonic()
            usage, text = run(review_command(options, mbox, server))
            wall.append(time.monotonic() - begin)
        own.append(used(usage))
        usage, _ = run(review_command(options, mbox))
        alone.append(used(usage))
    entries = journal_of(log)
    prompt, cached = measure_tokens(entries)
    sent, waste = measure_bytes(log, entries)
    turns = len(entries)
    cost = cost_of(entries)
    calls = tool_calls(entries)
    print(f"api {options.api}, {PATCHES} patches, {options.rounds} rounds")
    print(f"  conversations {len(calls)}, turns {turns}, tool calls "
          f"{sum(calls)} (the ten longest: {calls[-10:]})")
    total = sum(entry["usage"]["input"] for entry in entries)
    written = sum(entry["usage"]["output"] for entry in entries)
    print(f"  input {total} tokens, output {written}; "
          f"cost {cost:.2f} USD, {cost / PATCHES:.3f} a patch")
    print(f"  cached after first turns   {100 * cached / prompt:.1f} %  "
          f"(goal 90)")
    print(f"  bytes sent                 {sent}, of them for nothing "
          f"{100 * waste / sent:.1f} %  (goal 10)")
    print(f"  own time                   {statistics.median(own):.2f} s  "
          f"(goal 2; checks alone {statistics.median(alone):.2f} s; "
          f"by the clock {statistics.median(wall):.1f} s)")
    if "0 findings" in text:
        raise SystemExit("nothing was found")


CONFIG = """\
[state]
directory = "{state}"
[intake]
directory = "{intake}"
[identity]
from = "Review <review@r.example>"
bounce = "bounce@r.example"
[smtp]
url = "smtp://127.0.0.1:9"
[review]
engine = "model"
model = "main"
prompts = "drm"
max_age = "3660d"
settle = 0
parallel = {at_once}
[[model]]
name = "main"
api = "{api}"
dialect = "vllm"
url = "{url}"
model = "scripted"
key_file = "{key}"
parallel = 1000
[budget]
review = "1000.00"
[[destination]]
name = "list"
kind = "list"
address = "list@r.example"
[[tree]]
name = "linux"
path = "{tree}"
{index}
[[list]]
name = "devel"
addresses = ["devel@lists.example"]
destinations = ["list"]
trees = ["linux"]
"""


def anonymous(pid):
    """Anonymous memory of a process and its children, in bytes; its threads."""
    total, threads = 0, 0
    waiting = [pid]
    while waiting:
        each = waiting.pop()
        try:
            with open(f"/proc/{each}/status", encoding="ascii") as file:
                fields = dict(line.split(":", 1) for line in file)
            with open(f"/proc/{each}/task/{each}/children",
                      encoding="ascii") as file:
                waiting += [int(child) for child in file.read().split()]
        except OSError:
            continue
        total += int(fields.get("RssAnon", "0 kB").split()[0]) * 1024
        threads += int(fields["Threads"])
    return total, threads


class Many:
    """A model for many series at once: by the words of their titles."""

    def __init__(self, model):
        self.model = model

    def reply(self, request):
        return self.model.reply(request)


def report_many(options, clone, scratch):
    state = os.path.join(scratch, "state")
    intake = os.path.join(scratch, "intake")
    os.mkdir(intake)
    first = Series(clone, 1)
    with ModelServer(Many(first.model()), key=KEY, dialect="vllm",
                     latency=options.latency) as server:
        config = os.path.join(scratch, "site.toml")
        other = os.path.join(scratch, "other.toml")  # A replay's state is its.
        for path, where in ((config, state), (other, state + "-other")):
            with open(path, "w", encoding="utf-8") as file:
                file.write(CONFIG.format(
                    state=where, intake=intake, at_once=options.at_once,
                    api=options.api, url=server.url, key=options.key_file,
                    tree=options.repository, index=f'index = "{options.index}"'
                    if options.index else ""))
        for number in range(options.at_once):
            series = first if number == 0 else Series(clone, number + 1)
            mbox = os.path.join(scratch, f"many-{number}.mbox")
            with open(mbox, "wb") as file:
                file.write(series.mbox)
            run([os.path.join(options.build, "app", "patchmilter"), "replay",
                 mbox, "--state", state, "--config", other, "--list", "devel",
                 "--no-review"])
        daemon = subprocess.Popen(
            [os.path.join(options.build, "app", "patchmilter-reviewd"),
             "--config", config], stderr=subprocess.PIPE, text=True)
        most, threads, reviewed = 0, 0, 0
        begin = time.monotonic()
        try:
            while reviewed < options.at_once:
                line = daemon.stderr.readline()
                if not line:
                    raise SystemExit("the daemon has ended")
                reviewed += " reviewed list=" in line
                now, count = anonymous(daemon.pid)
                most, threads = max(most, now), max(threads, count)
        finally:
            daemon.terminate()
            daemon.communicate()
        took = time.monotonic() - begin
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{options.at_once} reviews at once: anonymous memory at most "
          f"{most / 2**20:.0f} MiB (goal 600), {threads} threads, "
          f"{took:.0f} s by the clock, "
          f"{usage.ru_utime + usage.ru_stime:.0f} s of processor with the "
          f"reading of the mails")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("repository")
    parser.add_argument("--index", default="")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=0)
    parser.add_argument("--latency", type=float, default=2.0)
    parser.add_argument("--api", default="anthropic")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    options.repository = os.path.abspath(options.repository)
    options.index = options.index and os.path.abspath(options.index)
    with tempfile.TemporaryDirectory(prefix="patchmilter-bench-") as scratch:
        options.key_file = os.path.join(scratch, "key")
        with open(options.key_file, "w", encoding="ascii") as file:
            file.write(KEY)
        os.chmod(options.key_file, 0o600)
        clone = os.path.join(scratch, "clone.git")
        git("clone", "-q", "--bare", "--shared", options.repository, clone,
            cwd=scratch)
        if options.at_once:
            report_many(options, clone, scratch)
            return
        series = Series(clone, 1)
        mbox = os.path.join(scratch, "series.mbox")
        with open(mbox, "wb") as file:
            file.write(series.mbox)
        report_one(options, series, mbox, scratch)


if __name__ == "__main__":
    main()
