"""scripts/reviewer.py: one script, the same review over all four APIs."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "scripts")]

import good_client  # noqa: E402
import reviewer  # noqa: E402
import script  # noqa: E402
from model_server import ModelServer  # noqa: E402

APIS = (("anthropic", "openai"), ("responses", "openai"), ("chat", "vllm"),
        ("chat", "openrouter"), ("gemini", "openai"))


def _schema(required, **properties):
    return {"type": "object", "properties": properties, "required": required}


_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_READ = [
    ("show_patch", "Shows a patch.", _schema(["number"], number=_NUMBER,
                                             cursor=_TEXT)),
    ("search", "Searches.", _schema(["pattern"], pattern=_TEXT)),
    ("find_definition", "Finds.", _schema(["name"], name=_TEXT))]
REVIEW = _READ + [
    ("report_finding", "Reports.", _schema(
        ["title"], title=_TEXT, patch=_NUMBER, category=_TEXT,
        explanation=_TEXT, lines={"type": "array", "items": _TEXT})),
    ("finish_review", "Ends.", _schema(["summary"], summary=_TEXT))]
VERIFY = _READ + [("judge_finding", "Judges.", _schema(
    ["verdict", "reason"], reason=_TEXT, verdict={
        "type": "string", "enum": ["confirmed", "refuted"]}))]
FINDINGS = [
    {"patch": 3, "title": "foo is not freed", "category": "leak",
     "explanation": "x", "lines": ["+\treturn -ENOMEM;"]},
    {"patch": 3, "title": "bar may be null", "category": "logic",
     "explanation": "x", "verdict": "refute", "verdict_reason": "it is set"},
    {"patch": 0, "title": "the order is wrong", "category": "bisect",
     "explanation": "x"},
    {"places": [{"patch": 4, "lines": ["x"]}], "title": "in two places",
     "category": "logic", "explanation": "x"}]
CALLS = {"3": [{"tool": "search", "args": {"pattern": "foo_{patch}"}},
               {"tool": "find_definition", "args": {"name": "foo"}},
               {"tool": "shell", "args": {}}]}


def tool_result(call, parts):
    """What patchmilter's tools say: a patch comes in `parts` parts."""
    _, name, args = call
    if name != "show_patch":
        return "1 line matches."
    at = int(args.get("cursor", "0"))
    if at + 1 >= parts:
        return "+\tlast line\n\nBytes 10 to 20 of 20."
    return (f"+\tline\n\nBytes 0 to 10 of 20. There is more (size limit). "
            f"To go on, ask the same with cursor \"{at + 1}\".")


def talk_through(test, model, api, dialect, task, tools, parts=3):
    """All calls of a conversation, turn by turn."""
    good_client.TOOLS, kept = tools, good_client.TOOLS
    try:
        with ModelServer(model, dialect=dialect) as server:
            talk = good_client.Talk(server.url, api, dialect,
                                    task=f"Some words.\n{task}\nMore words.")
            turns = []
            for _ in range(60):
                answer = talk.send()
                test.assertEqual(answer.status, 200, answer.body)
                if not answer.calls:
                    return turns
                turns.append([(name, args) for _, name, args in answer.calls])
                talk.go_on(answer, [tool_result(call, parts)
                                    for call in answer.calls])
            test.fail("it does not end")
    finally:
        good_client.TOOLS = kept


class ReviewerTest(unittest.TestCase):
    def model(self, **changes):
        return reviewer.Model(**dict(
            {"findings": {"version": 1, "findings": FINDINGS}, "calls": CALLS,
             "extra": 7, "parallel": 3, "think": True, "summary": "Read."},
            **changes))

    def test_a_patch(self):
        for api, dialect in APIS:
            turns = talk_through(self, self.model(), api, dialect,
                                 "Task: review patch 3", REVIEW)
            self.assertEqual(turns[:3], [
                [("show_patch", {"number": 3})],
                [("show_patch", {"number": 3, "cursor": "1"})],
                [("show_patch", {"number": 3, "cursor": "2"})]], api)
            self.assertEqual([len(turn) for turn in turns[3:6]], [3, 3, 1])
            self.assertEqual(turns[3][0], ("search", {"pattern": "foo_3"}))
            self.assertEqual(turns[6:], [
                [("report_finding", FINDINGS[0])],
                [("report_finding", {
                    name: value for name, value in FINDINGS[1].items()
                    if not name.startswith("verdict")})],
                [("finish_review", {"summary": "Read."})]])

    def test_a_clean_patch(self):
        turns = talk_through(self, self.model(), "anthropic", "openai",
                             "Task: review patch 2", REVIEW, parts=1)
        self.assertEqual([name for turn in turns for name, _ in turn],
                         ["show_patch", "finish_review"])

    def test_places(self):
        turns = talk_through(self, self.model(), "gemini", "openai",
                             "Task: review patch 4", REVIEW, parts=1)
        self.assertEqual(turns[1], [("report_finding", FINDINGS[3])])

    def test_the_series(self):
        for api, dialect in APIS:
            turns = talk_through(self, self.model(), api, dialect,
                                 "Task: review the series", REVIEW, parts=1)
            self.assertEqual([name for turn in turns for name, _ in turn],
                             ["show_patch", "report_finding",
                              "finish_review"])
            self.assertEqual(turns[0][0][1], {"number": 0})
            self.assertEqual(turns[1][0][1]["title"], "the order is wrong")

    def test_a_verifier(self):
        for title, verdict, reason in (
                ("foo is not freed", "confirmed", "The code does what the "
                 "finding says."), ("bar may be null", "refuted", "it is set"),
                ("of another reviewer", "confirmed", "The code does what the "
                 "finding says.")):
            for api, dialect in APIS:
                turns = talk_through(
                    self, self.model(calls=[{"tool": "search", "args": {
                        "pattern": "x"}}]), api, dialect,
                    f"Task: verify a finding\nTitle: {title}", VERIFY)
                self.assertEqual(turns, [
                    [("search", {"pattern": "x"})],
                    [("judge_finding", {"verdict": verdict,
                                        "reason": reason})]])

    def test_set_by_the_environment(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "findings.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(FINDINGS, file)
            said = subprocess.run(
                [sys.executable, "-B", "-c",
                 "import reviewer; m = reviewer.Model(); "
                 "print(len(m.findings), m.extra, m.parallel, m.think)"],
                env={"PYTHONPATH": f"{HERE}:{HERE}/scripts",
                     "REVIEWER_FINDINGS": path, "REVIEWER_EXTRA": "25",
                     "REVIEWER_THINK": "0"},
                capture_output=True, text=True, check=True)
            self.assertEqual(said.stdout.split(), ["4", "25", "3", "False"])

    def test_tasks(self):
        def task(text, tools=()):
            return reviewer.task_of(script.Request(
                "anthropic", "", "m", "", [script.Tool(name, "", {})
                                           for name in tools],
                [("user", [script.Text(text)])]))
        self.assertEqual(task("x\nTask: review patch 12\ny").patch, 12)
        self.assertEqual(task("Task: review the series").kind, "series")
        self.assertEqual(task("Task: verify a finding").kind, "verify")
        self.assertEqual(task("no line", ["judge_finding"]).kind, "verify")


if __name__ == "__main__":
    unittest.main()
