"""A model that obeys whoever speaks to it.

It reads its patch, looks around, and searches all that it was given (what the
operator tells it, the system text, aside) for orders "OBEY-name"; each stands
for a case (case.py), and it does what that says. Where it sees none it is a fair
reviewer, and reports the fault that each patch of the suite has.

What it does follows from the conversation alone, but for two records that tests
read: `seen` (case, kind of conversation), `asked` (case, call, result).
"""

import collections
import json
import os
import re
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
FAKES = os.path.join(HERE, "..", "fakes")
sys.path[:0] = [FAKES, os.path.join(FAKES, "scripts")]

import reviewer  # noqa: E402
from case import pseudo_words  # noqa: E402
from script import Call, Reply, Say, Text, ToolResult  # noqa: E402

SHOW, REPORT, FINISH, JUDGE = ("show_patch", "report_finding", "finish_review",
                               "judge_finding")
ORDER = re.compile(r"OBEY[-_]([a-z0-9]+)")
LOOKS = 3  # Calls with which it looks around.


class View:
    """What one conversation has given to the model so far."""

    def __init__(self, request):
        self.request = request
        self.calls = request.calls()
        self.task = reviewer.task_of(request)
        self.texts = [part.text for part in request.parts("user")
                      if isinstance(part, (Text, ToolResult))]
        self.orders = list(dict.fromkeys(
            name for text in self.texts for name in ORDER.findall(text)))
        self.patch = next((result.text for call, result in self.calls
                           if call.name == SHOW and result
                           and not result.error), "")
        path = re.search(r"^\+\+\+ \"?b/(.*?)\"?$", self.patch, re.MULTILINE)
        self.path = path[1] if path else ""
        self.kind = "verify" if self.task.kind == "verify" else (
            "again" if "by its code alone" in request.first_text
            else self.task.kind)

    @property
    def lines(self):
        """True lines of the patch, to hang a finding on."""
        added = re.findall(r"^\+[^+].*$", self.patch, re.MULTILINE)
        return [line for line in added if "return -EBUSY" in line][:1] or \
            added[-1:]

    def finding(self, name, **fields):
        """Well formed, at a true place, with words that no other has."""
        words = pseudo_words(name, 24)
        place = {"patch": self.task.patch, "file": self.path,
                 "lines": self.lines} if self.path else {"patch": 0}
        return {**place, "category": "locking",
                "title": "The lock stays taken when " + " ".join(words[:5]),
                "explanation": "It stays so where " + " ".join(words[5:]) + ".",
                "reachability": "rare", "consequence": "crash",
                "confidence": 0.9, **fields}


def failed(result):
    """Two of the APIs have no mark for it."""
    return result.error or result.text.startswith("error: ")


def request_text(view):
    return "\n".join(view.texts)


class Model:
    def __init__(self, cases):
        self.cases = {case.name: case for case in cases}
        self.seen = collections.Counter()
        self.asked = collections.defaultdict(list)
        self._lock = threading.Lock()

    def reply(self, request):
        view = View(request)
        if request.schema:
            return self._merge(view)
        if view.kind == "verify":
            return self._verify(view)
        if any(call.name == FINISH and result and not failed(result)
               for call, result in view.calls):
            return Reply(Say("It is done."))
        if not view.calls and not self._unread(view):
            return Reply(Call(SHOW, {"number": view.task.patch}))
        if view.task.patch:
            if view.path and len(view.calls) < 1 + LOOKS:
                return Reply(*self._looks(view))
        return self._obey(view)

    def _unread(self, view):
        """Who is told to be silent at once does not even read."""
        return any(case.payload == "unread" for case in self._orders(view))

    @staticmethod
    def _looks(view):
        directory = view.path.rpartition("/")[0]
        return [Call("read_file", {"path": view.path, "at": "patched"}),
                Call("log", {"path": view.path}),
                Call("search", {"pattern": "QUIRK", "path": directory})]

    def _orders(self, view):
        """Those that are meant for this conversation."""
        found = []
        for name in view.orders:
            case = self.cases.get(name)
            if case is None:
                continue
            with self._lock:
                self.seen[name, view.kind] += 1
            if case.patch in (0, view.task.patch):
                found.append(case)
        return found

    def _verify(self, view):
        if view.calls and view.calls[-1][0].name == JUDGE:
            return Reply(Say("It is judged."))
        if not view.calls and SHOW in view.request.tool_names:
            number = re.search(r"^patch (\d+) ", view.request.first_text,
                               re.MULTILINE)
            number = int(number[1]) if number else 0
            return Reply(Call(SHOW, {"number": number}))
        refuted = any(self.cases[name].aim == "refute" for name in view.orders
                      if name in self.cases)
        if refuted:
            self._orders(view)
        return Reply(Call(JUDGE, {
            "verdict": "refuted" if refuted else "confirmed",
            "reason": "As I was told. \x1b[2J\u202e\x9bfoo" if refuted else
            "The code does it."}))

    def _merge(self, view):
        """Which findings are one: all of them, if somebody says so."""
        joined = [case for case in self._orders(view) if case.aim == "join"]
        numbers = [int(number) for number in re.findall(
            r"(?m)^finding (\d+), patch", request_text(view))]
        return Reply(Say(json.dumps({"same": [numbers] if joined else []})))

    def _obey(self, view):
        orders = self._orders(view)
        silent = any(case.aim == "silence" for case in orders)
        wanted = []
        for case in orders:
            pieces = getattr(self, "_" + case.aim)(view, case)
            if pieces is None:  # For ever.
                return Reply(*self._again(view, case))
            wanted += pieces
            if case.aim == "talk":
                return Reply(*pieces)
        if view.task.patch and view.path and not silent and not any(
                case.aim in ("words", "quote", "ask", "join") for case in orders):
            wanted.append(Call(REPORT, self._own(view)))
        done = [call for index, (call, _) in enumerate(view.calls)
                if index or call.name != SHOW]
        looks = LOOKS if view.path else 0
        at = len(done) - looks
        if at < len(wanted):
            return Reply(*wanted[at:at + 8])
        return Reply(Call(FINISH, {"complete": True}))

    def _own(self, view):
        """The fault that it finds by itself, known by its file."""
        stem = view.path.rpartition("/")[2].partition(".")[0]
        case = self.cases.get(stem.rpartition("_")[2])
        name = case.name if case else stem
        finding = view.finding(name + " fault")
        finding["explanation"] += f" {case.fault if case else stem}"
        return finding

    # What each aim does: pieces, or None for what never ends.

    @staticmethod
    def _words(view, case):
        if not view.path and case.patch:
            return []
        payload = case.payload(view) if callable(case.payload) else case.payload
        payloads = payload if isinstance(payload, list) else [payload]
        findings = []
        for index, each in enumerate(payloads):
            finding = view.finding(f"{case.name} {index}", **case.extra)
            if case.part in ("explanation", "suggestion"):
                each = f"{case.mark} holds. {each}" if "\n" not in each else \
                    f"{case.mark} holds.\n\n{each}"
            if case.part == "explanation":
                finding["explanation"] += " " + each
            else:
                finding["explanation"] += f" {case.mark}"
                finding[case.part] = each
            findings.append(Call(REPORT, finding))
        return findings

    @staticmethod
    def _quote(view, case):
        return [Call(REPORT, {**view.finding(case.name), "explanation":
                              f"{case.mark} " + " ".join(pseudo_words(
                                  case.name, 20)), **each})
                for each in case.payload] if view.path else []

    @staticmethod
    def _silence(view, case):
        del view, case
        return []

    @staticmethod
    def _talk(view, case):
        del view
        return [Say(case.payload)]

    @staticmethod
    def _refute(view, case):
        del view, case
        return []

    def _ask(self, view, case):
        """Asks, and then tells all that it was told."""
        if not view.path:
            return []
        calls = [Call(name, args) for name, args in case.payload]
        answered = [(call, result) for call, result in view.calls[1 + LOOKS:]
                    if result is not None]
        if len(answered) < len(calls):
            return calls
        # Without the marks: a finding that has them is not taken.
        told = [re.sub(r"(?m)^(\[\[\[|\]\]\]) .*\n", "", result.text)
                [:30 if failed(result) else 600]
                for _, result in answered[:len(calls)]]
        with self._lock:
            self.asked[case.name] = answered[:len(calls)]
        finding = view.finding(case.name)
        finding["explanation"] += f" {case.mark}\n\n" + "\n\n".join(
            told)
        finding["explanation"] = finding["explanation"][:16000]
        return calls + [Call(REPORT, finding)]

    @staticmethod
    def _join(view, case):
        """Its own finding carries the order on, to who merges findings."""
        if not view.path:
            return []
        finding = view.finding(case.name + " fault")
        finding["explanation"] += f" {case.fault} {case.order}"
        return [Call(REPORT, finding)]

    @staticmethod
    def _none(view, case):
        del view, case
        return []

    @staticmethod
    def _endless(view, case):
        del view, case

    @staticmethod
    def _again(view, case):
        calls = case.payload(len(view.calls)) if callable(case.payload) else \
            case.payload
        return [Call(name, args) for name, args in calls]
