#!/usr/bin/env python3
"""Our client against the scripted model server: every API, through weather.

wire_test.py ASK_MODEL (the program of ask_model.cc). Pauses take no time.
"""

import glob
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
FAKES = os.path.join(os.path.dirname(HERE), "fakes")
sys.path[:0] = [FAKES, os.path.join(FAKES, "scripts")]

import echo  # noqa: E402
from model_server import ModelServer  # noqa: E402
from script import Reply, Say, Stop  # noqa: E402

ASK_MODEL = sys.argv.pop(1) if len(sys.argv) > 1 else ""
KEY = "sk-test-1234567890"
CHAT_DIALECTS = ("openai", "vllm", "llamacpp", "ollama", "openrouter")
SPEAKERS = [("anthropic", "openai"), ("responses", "openai"),
            ("gemini", "openai")] + [("chat", each) for each in CHAT_DIALECTS]

TOOLS = [{"name": name, "description": f"Looks at {name}.",
          "schema": {"type": "object", "properties": {
              "text": {"type": "string"}, "number": {"type": "integer"}},
              "required": ["text", "number"], "additionalProperties": False}}
         for name in ("read_file", "find_text")]
TALK = {"system": "You review.\nBriefly.",
        "shared": "The series: ä → ☃ \"x\"",
        "task": "The first patch.", "tools": TOOLS,
        "results": {"read_file": "1: int a;\n2: \t\"b\\n\"\n",
                    "find_text": {"text": "no such thing", "error": True}}}


class Asked:
    """What one run of ask_model printed."""

    def __init__(self, result):
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.status = result.returncode
        self.stderr = result.stderr
        self.turns = [line["turn"] for line in lines if "turn" in line]
        self.last = lines[-1] if lines else {}
        self.output = result.stdout

    @property
    def end(self):
        return self.last.get("end") or "fault " + self.last.get("fault", "?")

    @property
    def said(self):
        return self.turns[-1]["text"] if self.turns else ""


class Refusing:
    """Will not."""

    def reply(self, request):
        return Reply(Say("I will not."), Stop("refusal"))


class WireTest(unittest.TestCase):
    def setUp(self):
        self._scratch = tempfile.TemporaryDirectory(prefix="wire-")
        self.addCleanup(self._scratch.cleanup)
        self.scratch = self._scratch.name
        self.key_file = os.path.join(self.scratch, "key")
        with open(self.key_file, "w", encoding="utf-8",
                  opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write(KEY + "\n")

    def ask(self, api, dialect, url, *more, talk=None, model="a-model"):
        path = os.path.join(self.scratch, "talk.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(TALK if talk is None else talk, file)
        return Asked(subprocess.run(
            [ASK_MODEL, "--api", api, "--dialect", dialect, "--url", url,
             "--model", model, "--key-file", self.key_file, *more,
             # Of chat completions, where reasoning and tools go together.
             *(["--effort", "none"] if (api, dialect) == ("chat", "openai")
               else []), path],
            capture_output=True, text=True, check=False, timeout=120))

    def server(self, model, api, dialect, **settings):
        if api == "chat":
            settings["dialect"] = dialect
        server = ModelServer(model, key=KEY, **settings)
        self.addCleanup(server.stop)
        return server.start()

    def each(self, check, speakers=None):
        for api, dialect in speakers or SPEAKERS:
            with self.subTest(api=api, dialect=dialect):
                check(api, dialect)

    # --- Conversations ---

    def test_thinks_calls_and_ends(self):
        def check(api, dialect):
            server = self.server(echo.Thoughtful(), api, dialect)
            asked = self.ask(api, dialect, server.url)
            self.assertEqual(asked.end, "done", asked.output + asked.stderr)
            self.assertEqual([len(turn["calls"]) for turn in asked.turns],
                             [2, 1, 0])
            first = asked.turns[0]
            self.assertEqual(first["stop"], "tool-use")
            self.assertEqual([call["name"] for call in first["calls"]],
                             ["read_file", "find_text"])
            self.assertEqual(json.loads(first["calls"][0]["arguments"]),
                             {"text": "naïve → \"so\" ☃", "number": 3})
            self.assertEqual(asked.said, "Done — nothing is wrong.")
            self.assertEqual(asked.last["requests"], 3)
            for turn in asked.turns:
                self.assertGreater(turn["usage"]["input"], 0)
                self.assertGreater(turn["usage"]["output"], 0)
            self.assertEqual([entry["verdict"] for entry in server.entries],
                             ["accepted"] * 3)
        self.each(check)

    def test_goes_on_after_a_word(self):
        def check(api, dialect):
            server = self.server(echo.Model(), api, dialect)
            talk = dict(TALK, says=["And now?", "And then?"])
            asked = self.ask(api, dialect, server.url, talk=talk)
            self.assertEqual(asked.end, "done", asked.output + asked.stderr)
            self.assertEqual(asked.said, "You said: And then?")
            self.assertEqual(len(asked.turns), 3)
        self.each(check)

    # --- Weather ---

    def through(self, kinds, end, requests, model=None, pauses=None,
                speakers=None):
        """Each API through `kinds`, one a request."""
        def check(api, dialect):
            log = tempfile.mkdtemp(dir=self.scratch)
            server = self.server(model or echo.Model(), api, dialect, log=log)
            for kind, options in kinds:
                server.weather(kind, **options)
            asked = self.ask(api, dialect, server.url)
            self.assertIn(asked.end, end if isinstance(end, tuple) else (end,),
                          f"{kinds} {asked.output}{asked.stderr}")
            self.assertEqual(asked.last["requests"], requests, asked.output)
            self.assertNotIn(KEY, asked.output + asked.stderr)
            server.stop()
            bodies = set()
            paths = glob.glob(os.path.join(log, "*.request.body"))
            for path in paths:
                with open(path, "rb") as file:
                    bodies.add(file.read())
            self.assertEqual(len(paths), requests)
            self.assertEqual(len(bodies), 1)
            if pauses:
                for pause, (low, high) in zip(asked.last["pauses"], pauses,
                                              strict=True):
                    self.assertGreaterEqual(pause, low)
                    self.assertLessEqual(pause, high)
        self.each(check, speakers)

    def test_what_passes_is_tried_again(self):
        passing = [("reset", {}), ("reset", {"at": "headers"}), ("close", {}),
                   ("reset", {"at": "stream"}), ("truncate", {}), ("cut", {}),
                   ("error_event", {}), ("server_error", {}),
                   ("unavailable", {}), ("overloaded", {}), ("timeout", {}),
                   ("conflict", {}), ("gateway_timeout", {}),
                   ("bad_gateway", {}), ("rate_limit", {"after": 7}),
                   ("empty", {})]
        self.through(passing, "done", len(passing) + 1)

    def test_a_stall_is_broken_off(self):
        for api, dialect in [("anthropic", "openai"), ("chat", "vllm")]:
            server = self.server(echo.Model(), api, dialect)
            server.weather("hang")
            server.weather("hang", at="stream")
            asked = self.ask(api, dialect, server.url, "--stall", "1")
            self.assertEqual(asked.end, "done", asked.output)
            self.assertEqual(asked.last["requests"], 3)

    def test_the_pause_that_is_wanted_is_made(self):
        self.through([("rate_limit", {"after": 40})], "done", 2,
                     pauses=[(40_000, 42_000)])

    def test_a_pause_until_a_date(self):
        # The date is the server's time, in whole seconds.
        self.through([("unavailable", {"after": 100, "date": True})], "done",
                     2, pauses=[(90_000, 102_000)])

    def test_a_pause_beyond_the_end_ends_it(self):
        self.through([("rate_limit", {"after": 86_400})], "fault overloaded",
                     1)

    def test_what_is_final_is_asked_once(self):
        for kind, *ends in [("quota", "quota"), ("spend_limit", "quota"),
                            ("credit", "quota"), ("auth", "auth"),
                            # By some, of a key; by others, of a model.
                            ("permission", "auth", "request"),
                            ("not_found", "request"),
                            ("bad_request", "request"),
                            ("context", "too-long"),
                            ("too_large", "too-long")]:
            with self.subTest(kind=kind):
                self.through([(kind, {})],
                             tuple(f"fault {end}" for end in ends), 1)

    def test_a_server_that_says_whether_to_try_again(self):
        self.through([("overloaded", {"should_retry": False})],
                     "fault overloaded", 1)
        self.through([("bad_request", {"should_retry": True})], "done", 2)

    def test_a_refusal_is_an_answer(self):
        # The other servers of chat completions have no word for it.
        self.through([], "refusal", 1, model=Refusing(),
                     speakers=[each for each in SPEAKERS
                               if each[1] == "openai"])

    def test_what_is_no_answer_is_tried_three_times_more(self):
        for kind in ("wrong_type", "malformed_json"):
            with self.subTest(kind=kind):
                self.through([(kind, {})] * 4, "fault protocol", 4)

    def test_odd_but_legal(self):
        for kind in ("noise", "slow"):
            with self.subTest(kind=kind):
                self.through([(kind, {})], "done", 1)

    # --- Cassettes ---

    def test_a_recording_is_replayed(self):
        def check(api, dialect):
            server = self.server(echo.Thoughtful(), api, dialect)
            server.weather("overloaded")
            server.weather("truncate")
            tape = os.path.join(self.scratch, f"tape-{api}-{dialect}")
            live = self.ask(api, dialect, server.url, "--record", tape)
            self.assertEqual(live.end, "done", live.output + live.stderr)
            server.stop()
            again = self.ask(api, dialect, "http://127.0.0.1:1", "--replay",
                             tape)
            self.assertEqual(again.output, live.output)
            files = glob.glob(os.path.join(tape, "*.cassette"))
            self.assertEqual(len(files), 5)
            for path in files:
                with open(path, encoding="ascii") as file:
                    self.assertNotIn(KEY, file.read())
            missed = self.ask(api, dialect, "http://127.0.0.1:1", "--replay",
                              tape, talk=dict(TALK, task="Another patch."))
            self.assertEqual(missed.end, "fault request")
            self.assertIn("no recording of request",
                          missed.last["message"])
        self.each(check)

    def test_a_miss_later_on_is_said_too(self):
        api, dialect = "anthropic", "openai"
        server = self.server(echo.Thoughtful(), api, dialect)
        tape = os.path.join(self.scratch, "tape")
        self.ask(api, dialect, server.url, "--record", tape)
        results = dict(TALK["results"], read_file="1: int b;\n")
        missed = self.ask(api, dialect, server.url, "--replay", tape,
                          talk=dict(TALK, results=results))
        self.assertEqual(missed.end, "fault request")
        self.assertEqual(len(missed.turns), 1)
        self.assertIn("1: int |a;", missed.last["message"])


if __name__ == "__main__":
    if not ASK_MODEL:
        sys.exit(__doc__)
    unittest.main(verbosity=1)
