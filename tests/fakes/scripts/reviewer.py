"""A careful reviewer: reads its patch to the end, asks around, reports what a
file tells it to, and finishes.

It knows its task from the conversation's first text (`task_of`) and from its
tools, and works with any of the four APIs. What it does is set by the
environment:

- REVIEWER_FINDINGS: a JSON file, a list of findings as in
  docs/findings.schema.json, or an object with `findings`. Each may have two
  fields of our own, which are not reported: `verdict` ("confirm", the default,
  or "refute") and `verdict_reason`.
- REVIEWER_CALLS: a JSON file, a list of {"tool", "args"}, or an object of such
  lists by patch number ("0": the series), "verify" and "default". `{patch}` in
  a text becomes the number.
- REVIEWER_EXTRA: so many of those calls at least, over and over (0: each once).
- REVIEWER_PARALLEL: calls in one turn (3).
- REVIEWER_THINK: 0 for no thinking.
- REVIEWER_SUMMARY: what is said to finish_review.

What it has done it reads off the conversation, so that a request that is sent
again gets the same answer.
"""

import json
import os
import re
from dataclasses import dataclass

from script import Call, Reply, Say, Stop, Think

REPORT, FINISH, JUDGE, SHOW = ("report_finding", "finish_review",
                               "judge_finding", "show_patch")
OURS = ("verdict", "verdict_reason")
_CURSOR = re.compile(r'cursor "([^"]+)"')


@dataclass
class Task:
    """`kind`: patch, series or verify. `patch`: 0 where it is the series."""
    kind: str
    patch: int = 0


def task_of(request):
    """From a line such as `Task: review patch 3`, `Task: review the series`,
    `Task: verify a finding`; where none is there, from the tools."""
    line = re.search(r"^Task: (.*)$", request.first_text, re.MULTILINE)
    said = line[1] if line else ""
    if said.startswith("verify") or JUDGE in request.tool_names:
        return Task("verify")
    number = re.search(r"patch (\d+)", said)
    if number:
        return Task("patch", int(number[1]))
    return Task("series")


def finish_arguments(request, summary):
    """What finish_review's schema asks for; `summary` for its texts."""
    return _fill(request, FINISH, {"summary": summary, "complete": True})


def _fill(request, name, wanted):
    """The wanted fields that the tool has, and something for each that it
    requires besides."""
    schema = next((tool.schema for tool in request.tools
                   if tool.name == name), {})
    properties = schema.get("properties", {})
    args = {field: value for field, value in wanted.items()
            if field in properties}
    for field in schema.get("required", []):
        if field in args:
            continue
        kind = properties.get(field, {})
        if "enum" in kind:
            args[field] = kind["enum"][0]
        else:
            args[field] = {"integer": 0, "number": 0, "boolean": False,
                           "array": [], "object": {}}.get(
                kind.get("type"), next(iter(wanted.values()), ""))
    return args


def _load(variable, default):
    path = os.environ.get(variable)
    if not path:
        return default
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class Model:
    def __init__(self, findings=None, calls=None, extra=None, parallel=None,
                 think=None, summary=None):
        """Arguments stand in for the environment, in tests."""
        env = os.environ.get
        found = _load("REVIEWER_FINDINGS", []) if findings is None else findings
        self.findings = found["findings"] if isinstance(found, dict) else found
        self.calls = _load("REVIEWER_CALLS", []) if calls is None else calls
        self.extra = int(env("REVIEWER_EXTRA", "0")) if extra is None else extra
        self.parallel = int(env("REVIEWER_PARALLEL", "3")) \
            if parallel is None else parallel
        self.think = env("REVIEWER_THINK", "1") != "0" \
            if think is None else think
        self.summary = env("REVIEWER_SUMMARY", "Read from end to end.") \
            if summary is None else summary

    def reply(self, request):
        task = task_of(request)
        if task.kind == "verify":
            return self._verify(request)
        return self._review(request, task)

    # Reviewing.

    def _review(self, request, task):
        done = [call for call, _ in request.calls()]
        if any(call.name == FINISH for call in done):
            return self._with_thought(request, "All is said.",
                                      Say("The review is finished."))
        next_part = self._next_part(request, task)
        if next_part is not None:
            return self._with_thought(
                request, f"Patch {task.patch}, from where I was.", next_part)
        wanted = self._questions(request, task)
        asked = sum(1 for call in done
                    if call.name not in (SHOW, REPORT, FINISH))
        if asked < len(wanted):
            batch = wanted[asked:asked + self.parallel]
            return self._with_thought(request, "What does the tree say of it?",
                                      *batch)
        findings = self._findings_of(task)
        reported = sum(1 for call in done if call.name == REPORT)
        if reported < len(findings) and REPORT in request.tool_names:
            return self._with_thought(request, "This is a fault.", Call(
                REPORT, self._shown(findings[reported])))
        if FINISH in request.tool_names:
            return self._with_thought(request, "Nothing else.", Call(
                FINISH, finish_arguments(request, self.summary)))
        return Reply(Say(self.summary), Stop("end"))

    def _next_part(self, request, task):
        """show_patch until there is no cursor any more; None when it is read.
        A tool that fails is not asked for ever."""
        if SHOW not in request.tool_names or (task.kind == "series"
                                              and not self._has_cover(request)):
            return None
        parts = [(call, result) for call, result in request.calls()
                 if call.name == SHOW
                 and call.args.get("number") == task.patch]
        if not parts:
            return Call(SHOW, {"number": task.patch})
        _, result = parts[-1]
        if result is None or result.error:
            return None
        cursor = _CURSOR.findall(result.text)
        if not cursor or "There is more" not in result.text and \
                "To go on" not in result.text:
            return None
        used = {call.args.get("cursor") for call, _ in parts}
        if cursor[-1] in used:
            return None
        return Call(SHOW, {"number": task.patch, "cursor": cursor[-1]})

    @staticmethod
    def _has_cover(request):
        return "no cover letter" not in request.first_text.lower()

    def _questions(self, request, task):
        calls = self.calls
        if isinstance(calls, dict):
            name = "verify" if task.kind == "verify" else str(task.patch)
            calls = calls.get(name, calls.get("default", []))
        calls = [each for each in calls if each["tool"] in request.tool_names]
        if not calls:
            return []
        count = len(calls) if task.kind == "verify" else max(len(calls),
                                                             self.extra)
        return [Call(calls[index % len(calls)]["tool"], _numbered(
            calls[index % len(calls)].get("args", {}), task.patch))
            for index in range(count)]

    def _findings_of(self, task):
        return [finding for finding in self.findings
                if _patch_of(finding) == task.patch]

    @staticmethod
    def _shown(finding):
        return {name: value for name, value in finding.items()
                if name not in OURS}

    # Verifying.

    def _verify(self, request):
        calls = request.calls()
        if any(call.name == JUDGE for call, _ in calls):
            return self._with_thought(request, "It is judged.",
                                      Say("The finding is judged."))
        questions = self._questions(request, Task("verify"))[:self.parallel]
        if questions and not calls:
            return self._with_thought(request, "Can it be refuted?",
                                      *questions)
        finding = self._finding_in(request.text())
        verdict = (finding or {}).get("verdict", "confirm")
        reason = (finding or {}).get("verdict_reason",
                                     "The code does what the finding says.")
        return self._with_thought(request, f"I {verdict} it.", Call(
            JUDGE, self._judgement(request, verdict, reason)))

    def _finding_in(self, text):
        """The finding of the file whose title stands in the text."""
        for finding in self.findings:
            if finding.get("title") and finding["title"] in text:
                return finding
        return None

    @staticmethod
    def _judgement(request, verdict, reason):
        """In the words that judge_finding's schema has for it."""
        schema = next((tool.schema for tool in request.tools
                       if tool.name == JUDGE), {})
        args = _fill(request, JUDGE, {"reason": reason, "explanation": reason,
                                      "proof": reason})
        for name, kind in schema.get("properties", {}).items():
            for word in kind.get("enum", []):
                if str(word).startswith(verdict[:6]):
                    args[name] = word
            if kind.get("type") == "boolean" and (
                    "confirm" in name or "holds" in name or "true" in name):
                args[name] = verdict == "confirm"
            if kind.get("type") == "boolean" and "refute" in name:
                args[name] = verdict != "confirm"
        return args

    def _with_thought(self, request, thought, *pieces):
        if not self.think:
            return Reply(*pieces)
        return Reply(Think(f"{thought} (turn {request.turn})"), *pieces)


def _patch_of(finding):
    if "places" in finding:
        return finding["places"][0].get("patch", 0)
    return finding.get("patch", 0)


def _numbered(args, patch):
    """`{patch}` in texts, or as a whole value a number."""
    return {name: patch if value == "{patch}" else
            value.replace("{patch}", str(patch)) if isinstance(value, str)
            else value for name, value in args.items()}
