"""`patchmilter mcp` and `patchmilter query`: the questions of a reviewer, asked
of a small repository as agents and people ask them, and as nobody should."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest

PATCHMILTER = os.environ["PATCHMILTER"]
REVIEWD = os.environ["REVIEWD"]

VERSION = "io.modelcontextprotocol/protocolVersion"
STATELESS = {"_meta": {VERSION: "2026-07-28"}}

FILE = """#include "fan.h"

int fan_speed(struct fan *fan)
{
\treturn fan->speed;
}

int fan_stop(struct fan *fan)
{
\tfan->speed = 0;
\treturn 0;
}
"""


class Repository:
    """A work tree with two commits, and a series of two patches on top."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "tree")
        os.mkdir(self.path)
        self.git("init", "-q", "-b", "main")
        self.write("drivers/fan.c", FILE)
        self.write("include/fan.h", "struct fan {\n\tint speed;\n};\n")
        self.commit("fan: Add a fan")
        self.write("include/fan.h",
                   "struct fan {\n\tint speed;\n\tint duty;\n};\n")
        self.commit("fan: Keep the duty cycle")
        self.base = self.git("rev-parse", "HEAD")
        self.write("drivers/fan.c", FILE.replace("return 0;", "return 1;"))
        self.commit("fan: Say that it has stopped")
        self.write("drivers/pump.c", "int pump_speed;\n")
        self.commit("pump: Add a pump")
        self.series = os.path.join(directory, "series.mbox")
        with open(self.series, "w", encoding="utf-8") as file:
            file.write(self.git("format-patch", "--stdout", "--cover-letter",
                                f"--base={self.base}", f"{self.base}..main"))
        self.fix = self.git("rev-parse", "HEAD~1")
        self.git("branch", "newer")
        self.git("reset", "-q", "--hard", self.base)

    def git(self, *arguments):
        environment = {
            "PATH": os.environ["PATH"], "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Jane Roe",
            "GIT_AUTHOR_EMAIL": "jane@example.org",
            "GIT_COMMITTER_NAME": "Jane Roe",
            "GIT_COMMITTER_EMAIL": "jane@example.org",
        }
        return subprocess.run(["git", "-C", self.path, *arguments],
                              env=environment, stdout=subprocess.PIPE,
                              text=True, check=True).stdout.rstrip("\n")

    def write(self, path, text):
        whole = os.path.join(self.path, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8") as file:
            file.write(text)

    def commit(self, subject):
        self.git("add", "-A")
        self.git("commit", "-q", "-s", "-m", subject)


class McpCase(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-mcp-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.repository = Repository(self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def query(self, *arguments, want=0):
        result = subprocess.run(
            [PATCHMILTER, "query", "--tree", self.repository.path, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            check=False, timeout=60)
        self.assertEqual(result.returncode, want,
                         result.stdout + result.stderr)
        return result

    def talk(self, lines, options=None):
        """The answers to `lines` (objects, or the very bytes)."""
        if options is None:
            options = ["--tree", self.repository.path, "--series",
                       self.repository.series]
        sent = b"".join(
            (line if isinstance(line, bytes) else json.dumps(line).encode())
            + b"\n" for line in lines)
        result = subprocess.run([PATCHMILTER, "mcp", *options], input=sent,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, check=False,
                                timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def call(self, name, arguments=None, number=1):
        return {"jsonrpc": "2.0", "id": number, "method": "tools/call",
                "params": {"name": name, "arguments": arguments or {}}}

    def ask(self, tool, **arguments):
        """(body, status) of a tool that answers."""
        answer = self.talk([self.call(tool, arguments)])[0]
        self.assertFalse(answer["result"]["isError"], answer)
        texts = [block["text"] for block in answer["result"]["content"]]
        return ("" if len(texts) == 1 else texts[0]), texts[-1]


class ProtocolTest(McpCase):
    def test_with_a_handshake(self):
        answers = self.talk([
            {"jsonrpc": "2.0", "id": 0, "method": "initialize",
             "params": {"protocolVersion": "2025-06-18", "capabilities": {},
                        "clientInfo": {"name": "test", "version": "1"}}},
            {"jsonrpc": "2.0", "method": "notifications/initialized"},
            {"jsonrpc": "2.0", "id": "a", "method": "tools/list"},
            {"jsonrpc": "2.0", "id": 2, "method": "ping"},
        ])
        self.assertEqual([answer["id"] for answer in answers], [0, "a", 2])
        begin = answers[0]["result"]
        self.assertEqual(begin["protocolVersion"], "2025-06-18")
        self.assertIn("tools", begin["capabilities"])
        self.assertIn("2 patches", begin["instructions"])
        names = [tool["name"] for tool in answers[1]["result"]["tools"]]
        self.assertIn("read_file", names)
        self.assertNotIn("resultType", answers[1]["result"])
        self.assertEqual(answers[2]["result"], {})

    def test_an_unknown_version_gets_the_newest_with_a_handshake(self):
        for version in ("1999-01-01", "2026-07-28", 7, None):
            answer = self.talk([
                {"jsonrpc": "2.0", "id": 0, "method": "initialize",
                 "params": {"protocolVersion": version}}])[0]
            self.assertEqual(answer["result"]["protocolVersion"],
                             "2025-11-25")

    def test_without_a_handshake(self):
        answers = self.talk([
            {"jsonrpc": "2.0", "id": 0, "method": "server/discover",
             "params": STATELESS},
            {"jsonrpc": "2.0", "id": 1, "method": "tools/list",
             "params": STATELESS},
            {"jsonrpc": "2.0", "id": 2, "method": "tools/call",
             "params": {**STATELESS, "name": "list_directory"}},
        ])
        found = answers[0]["result"]
        self.assertIn("2026-07-28", found["supportedVersions"])
        self.assertIn("2 patches", found["instructions"])
        for answer in answers:
            self.assertEqual(answer["result"]["resultType"], "complete")
            self.assertEqual(
                answer["result"]["_meta"]
                ["io.modelcontextprotocol/serverInfo"]["name"], "patchmilter")
        for key in ("ttlMs", "cacheScope"):
            self.assertIn(key, found)
            self.assertIn(key, answers[1]["result"])

    def test_a_version_that_nobody_speaks_is_refused(self):
        answer = self.talk([
            {"jsonrpc": "2.0", "id": 5, "method": "tools/list",
             "params": {"_meta": {VERSION: "2030-01-01"}}}])[0]
        self.assertEqual(answer["error"]["code"], -32022)
        self.assertEqual(answer["error"]["data"],
                         {"supported": ["2026-07-28"],
                          "requested": "2030-01-01"})

    def test_bad_lines_are_answered_and_passed(self):
        cases = [
            (b"{", None, -32700),
            (b"\xff\xfe", None, -32700),
            (b"[" * 5000, None, -32700),
            (b"7", None, -32600),
            (b"[]", None, -32600),
            ({"id": 1, "method": "ping"}, 1, -32600),
            ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, 1, -32600),
            ({"jsonrpc": "2.0", "id": [1], "method": "ping"}, None, -32600),
            ({"jsonrpc": "2.0", "id": None, "method": "ping"}, None, -32600),
            ({"jsonrpc": "2.0", "id": 1, "method": 7}, 1, -32600),
            ({"jsonrpc": "2.0", "id": 1}, 1, -32600),
            ({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}, 1,
             -32602),
            ({"jsonrpc": "2.0", "id": 1, "method": "resources/list"}, 1,
             -32601),
            ({"jsonrpc": "2.0", "id": 1, "method": "tools/call"}, 1, -32602),
            (self.call("no_such_tool"), 1, -32602),
            (b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * (1 << 20) + b'"}',
             None, -32600),
        ]
        lines = [line for line, _, _ in cases]
        answers = self.talk(lines + [self.call("list_directory", number=99)])
        self.assertEqual(len(answers), len(cases) + 1)
        for (line, identity, code), answer in zip(cases, answers):
            with self.subTest(line=str(line)[:80]):
                self.assertEqual(answer["id"], identity)
                self.assertEqual(answer["error"]["code"], code)
        self.assertEqual(answers[-1]["id"], 99)
        self.assertFalse(answers[-1]["result"]["isError"])

    def test_what_asks_for_no_answer_gets_none(self):
        answers = self.talk([
            {"jsonrpc": "2.0", "method": "tools/call",
             "params": {"name": "list_directory"}},
            {"jsonrpc": "2.0", "id": 3, "result": {}},
            b"", b"   ", b"\r",
            [{"jsonrpc": "2.0", "method": "notifications/cancelled"}],
            {"jsonrpc": "2.0", "id": 4, "method": "ping"},
        ])
        self.assertEqual([answer["id"] for answer in answers], [4])

    def test_a_batch_is_answered_as_one(self):
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        answers = self.talk([[ping, {**ping, "id": 2}], [ping] * 51])
        self.assertEqual([answer["id"] for answer in answers[0]], [1, 2])
        self.assertEqual(answers[1]["error"]["code"], -32600)

    def test_bad_arguments_are_a_result_that_says_so(self):
        for arguments, said in [
                ({}, "/path: is missing"),
                ({"path": "a", "first": "x"}, "/first: must be an integer"),
                ({"path": "a", "shell": "ls"}, "no such parameter"),
                ({"path": "drivers/none.c"}, "drivers/none.c"),
                ({"path": "drivers/fan.c", "at": "patched:9"}, "patch 9"),
                ([], "must be an object")]:
            with self.subTest(arguments=arguments):
                answer = self.talk([self.call("read_file", arguments or {})
                                    if arguments != [] else
                                    {"jsonrpc": "2.0", "id": 1,
                                     "method": "tools/call",
                                     "params": {"name": "read_file",
                                                "arguments": []}}])[0]
                self.assertTrue(answer["result"]["isError"])
                self.assertIn(said, answer["result"]["content"][0]["text"])


class QuestionsTest(McpCase):
    def test_every_tool_answers(self):
        self.assertIn("Subject: [PATCH 1/2] fan: Say",
                      self.ask("show_patch", number=1)[0])
        self.assertIn("\treturn 0;", self.ask(
            "read_file", path="drivers/fan.c", at="base")[0])
        self.assertIn("\treturn 1;", self.ask(
            "read_file", path="drivers/fan.c")[0])
        body, status = self.ask("read_file", path="drivers/fan.c",
                                function_of_line=10)
        self.assertIn("fan_stop", body)
        self.assertNotIn("fan_speed", body)
        self.assertIn("lines 8 to 12", status)
        self.assertEqual(self.ask("list_directory", path="drivers")[0],
                         "drivers/fan.c\ndrivers/pump.c\n")
        self.assertEqual(
            self.ask("list_directory", path="drivers", at="patched:1")[0],
            "drivers/fan.c\n")
        self.assertEqual(self.ask("find_files", glob="*.h")[0],
                         "include/fan.h\n")
        self.assertEqual(self.ask("search", pattern="int pump")[0],
                         "drivers/pump.c:1:int pump_speed;\n")
        self.assertIn("drivers/fan.c:8:",
                      self.ask("find_references", name="fan_stop")[0])
        self.assertIn("Keep the duty cycle",
                      self.ask("log", path="include/fan.h")[0])
        self.assertIn("+\tint duty;", self.ask(
            "show_commit", commit=self.repository.base)[0])
        body = self.ask("blame", path="drivers/fan.c")[0]
        self.assertIn("patch 1     11\t\treturn 1;", body)
        body = self.ask("diff", **{"from": "base", "to": "patched"})[0]
        self.assertIn("+int pump_speed;", body)
        body = self.ask("function_change", number=1, path="drivers/fan.c",
                        function="fan_stop")[0]
        self.assertIn("-\treturn 0;", body)
        self.assertIn("+\treturn 1;", body)

    def test_states_bear_the_numbers_of_the_patches(self):
        with open(self.repository.series, encoding="utf-8") as file:
            mails = file.read()
        # The second alone, as when the first was sent elsewhere only.
        second = mails[mails.rindex("\nFrom ") + 1:]
        with open(self.repository.series, "w", encoding="utf-8") as file:
            file.write(second)
        self.assertEqual(
            self.ask("read_file", path="drivers/pump.c", at="patched:2")[0],
            "     1\tint pump_speed;\n")
        self.assertIn("patch 2 ", self.ask("blame", path="drivers/pump.c")[0])
        answer = self.talk([self.call("function_change", {
            "number": 2, "path": "drivers/pump.c", "line": 1})])[0]
        self.assertIn("lies in no function",
                      answer["result"]["content"][0]["text"])
        answer = self.talk([self.call("read_file", {
            "path": "drivers/fan.c", "at": "patched:1"})])[0]
        self.assertTrue(answer["result"]["isError"])

    def test_the_fix_is_not_seen_past_the_history_limit(self):
        limited = ["--tree", self.repository.path, "--series",
                   self.repository.series, "--history-limit"]
        for arguments in (self.call("show_commit",
                                    {"commit": self.repository.fix}),
                          self.call("log", {"at": "newer"}),
                          self.call("read_file", {"at": "newer",
                                                  "path": "drivers/pump.c"})):
            answer = self.talk([arguments], limited)[0]
            self.assertTrue(answer["result"]["isError"], answer)

    def test_a_person_gets_lines_and_a_status(self):
        result = self.query("read-file", "include/fan.h", "--last", "2")
        self.assertEqual(result.stdout,
                         "     1\tstruct fan {\n     2\t\tint speed;\n")
        self.assertIn("lines 1 to 2 of 4", result.stderr)
        result = self.query("--json", "list-directory")
        self.assertEqual(json.loads(result.stdout)["lines"],
                         ["drivers/", "include/"])
        whole = self.query("--all", "--lines", "1", "read-file",
                           "include/fan.h").stdout
        self.assertEqual(len(whole.splitlines()), 4)
        part = json.loads(self.query("--json", "--lines", "1", "read-file",
                                     "include/fan.h").stdout)
        self.assertFalse(part["whole"])
        rest = self.query("read-file", "include/fan.h", "--cursor",
                          part["cursor"]).stdout
        self.assertEqual(len(rest.splitlines()), 3)

    def test_all_of_an_answer_is_one_answer(self):
        wide = "\u00e9" * 1_500_000
        self.repository.write("wide", wide + "\nend\n")
        self.repository.write("many", "x\n" * 6000)
        self.repository.commit("Add many lines")
        commit = self.repository.git("rev-parse", "HEAD")
        shown = self.query("--all", "show-commit", commit, "--path", "wide")
        self.assertEqual(shown.stdout.splitlines()[-2:], ["+" + wide, "+end"])
        size = len(shown.stdout.encode())
        self.assertEqual(shown.stderr, f"Bytes 0 to {size} of {size}.\n")
        answer = json.loads(self.query(
            "--all", "--json", "show-commit", commit, "--path",
            "wide").stdout)
        self.assertEqual(answer["lines"], shown.stdout.splitlines())
        self.assertTrue(answer["whole"])
        self.assertNotIn("cursor", answer)
        result = self.query("--all", "read-file", "many")
        self.assertEqual(len(result.stdout.splitlines()), 6000)
        self.assertIn("lines 1 to 6000 of 6000.", result.stderr)
        result = self.query("--all", "search", "x", "--path", "many")
        self.assertTrue(result.stderr.startswith("6000 lines match."))
        lines = self.query("--all", "blame", "many").stdout.splitlines()
        self.assertEqual(len(lines), 6002)
        self.assertEqual(lines[6000:],
                         ["", f"{commit[:12]} Jane Roe: Add many lines"])
        nothing = json.loads(self.query("--all", "--json", "search",
                                        "no such text", want=1).stdout)
        self.assertEqual(nothing["lines"], [])

    def test_a_desk_can_ask_every_branch(self):
        for at in ("newer", "HEAD"):
            self.query("read-file", "drivers/fan.c", "--at", at)
        newer = self.repository.git("rev-parse", "newer")
        for base in ([], ["--base", "HEAD~1"]):
            self.query(*base, "show-commit", newer)
            self.query(*base, "--history-limit", "show-commit", newer, want=2)
            self.query(*base, "--history-limit", "read-file", "drivers/fan.c",
                       "--at", "newer", want=2)
        self.assertIn("and the branches HEAD, main, newer", self.query(
            "read-file", "a", "--at", "nowhere", want=2).stderr)

    def test_a_search_is_bounded_in_time(self):
        self.repository.write("huge", "y" * 3_000_000)
        self.repository.write("words", "y " * 400_000 + "yq\n")
        self.repository.write("lines", ("y" * 999 + "\n") * 3000)
        self.repository.commit("Add what takes long")
        monster = "y.{400}" * 40 + "z"
        passed_over = "1 line would have taken too long"
        for path, said, arguments in (
                ("huge", passed_over, {"pattern": monster}),
                ("lines", "", {"pattern": monster}),
                ("words", passed_over,
                 {"pattern": "y.*y", "whole_word": True})):
            with self.subTest(path=path):
                begin = time.monotonic()
                answer = self.talk([self.call("search", {
                    "regex": True, "path": path, **arguments})],
                    ["--tree", self.repository.path])[0]["result"]
                self.assertLess(time.monotonic() - begin, 30)
                self.assertFalse(answer["isError"], answer)
                self.assertIn(said, answer["content"][-1]["text"])

    def test_exit_status_says_what_came_of_it(self):
        self.query("search", "no such text", want=1)
        self.assertIn("/first: ", "/" + self.query(
            "read-file", "include/fan.h", "--first", "0",
            want=2).stderr.split("--")[1])
        self.query("read-file", "../../etc/passwd", want=2)
        self.query("read-file", want=2)
        self.query("--series", "/nonexistent", "read-file", "a", want=2)

    def test_nothing_in_the_repository_changes(self):
        before = subprocess.run(
            ["find", self.repository.path, "-printf", "%p %T@ %s\n"],
            stdout=subprocess.PIPE, check=True).stdout
        self.talk([self.call("read_file", {"path": "drivers/pump.c"}),
                   self.call("log"), self.call("search", {"pattern": "fan"})])
        after = subprocess.run(
            ["find", self.repository.path, "-printf", "%p %T@ %s\n"],
            stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(before, after)


class DaemonTest(McpCase):
    """The same questions, of a running patchmilter-reviewd."""

    def setUp(self):
        super().setUp()
        self.socket = self.path("questions.sock")
        self.config = self.path("patchmilter.toml")
        state = self.path("state")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"""
[intake]
directory = "{self.path('intake')}"
[state]
directory = "{state}"
[identity]
from = "Review <review@example.org>"
bounce = "bounce@example.org"
[questions]
socket = "{self.socket}"
max_calls = 6
[[destination]]
name = "archive"
kind = "list"
address = "reviews@example.org"
[[tree]]
name = "main"
path = "{self.repository.path}"
index = "{self.path('index')}"
[[list]]
name = "local"
list_id = ["devel.example.org"]
destinations = ["archive"]
trees = ["main"]
""")
        os.mkdir(self.path("intake"))
        subprocess.run([PATCHMILTER, "replay", self.repository.series,
                        "--state", state, "--no-review"], check=True,
                       timeout=60, stdout=subprocess.DEVNULL)
        listed = json.loads(subprocess.run(
            [PATCHMILTER, "list", "--state", state, "--json"], check=True,
            stdout=subprocess.PIPE).stdout)
        self.number = str(listed[0]["id"])
        self.daemon = subprocess.Popen([REVIEWD, "-c", self.config],
                                       stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(self.socket) == 0:
                    return
            time.sleep(0.02)
        self.fail("the daemon does not listen")

    def stop(self):
        if self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(timeout=30), 0)

    def connect(self, *options):
        return ["--connect", self.socket, *options]

    def refused(self, *options):
        result = subprocess.run([PATCHMILTER, "mcp", *options],
                                stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, text=True,
                                stderr=subprocess.PIPE, check=False,
                                timeout=60)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, "")
        return result.stderr

    def test_a_series_is_asked_about(self):
        answers = self.talk(
            [{"jsonrpc": "2.0", "id": 0, "method": "initialize",
              "params": {"protocolVersion": "2025-11-25"}},
             self.call("read_file", {"path": "drivers/pump.c"}),
             self.call("show_patch", {"number": 2})],
            self.connect("--series-id", self.number))
        self.assertIn("2 patches", answers[0]["result"]["instructions"])
        self.assertIn("int pump_speed;",
                      answers[1]["result"]["content"][0]["text"])
        self.assertIn("pump: Add a pump",
                      answers[2]["result"]["content"][0]["text"])

    def test_a_tree_alone_is_asked_about(self):
        answers = self.talk([self.call("list_directory")],
                            self.connect("--tree-name", "main"))
        self.assertEqual(answers[0]["result"]["content"][0]["text"],
                         "drivers/\ninclude/\n")

    def test_the_daemon_keeps_an_index_of_its_trees(self):
        def segments():
            directory = self.path("index")
            found = os.listdir(directory) if os.path.isdir(directory) else []
            return [name for name in found if name.startswith("segment-")]
        deadline = time.monotonic() + 60
        while not segments() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertTrue(segments())
        answers = self.talk([self.call("search", {"pattern": "fan_stop"})],
                            self.connect("--tree-name", "main"))
        self.assertIn("drivers/fan.c:8:",
                      answers[0]["result"]["content"][0]["text"])

    def test_all_who_ask_about_a_series_share_its_limits(self):
        four = [self.call("list_directory")] * 4
        options = self.connect("--series-id", self.number)
        errors = [answer["result"]["isError"]
                  for _ in range(2) for answer in self.talk(four, options)]
        self.assertEqual(errors, [False] * 6 + [True] * 2)
        # Another's are its own.
        other = self.talk(four, self.connect("--tree-name", "main"))
        self.assertFalse(any(a["result"]["isError"] for a in other))

    def test_two_ask_at_once(self):
        options = self.connect("--series-id", self.number)
        asking = [subprocess.Popen([PATCHMILTER, "mcp", *options],
                                   stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
                  for _ in range(2)]
        line = json.dumps(self.call("list_directory")).encode() + b"\n"
        for one in asking:
            one.stdin.write(line)
            one.stdin.flush()
        for one in asking:
            self.assertIn(b"drivers/", one.stdout.readline())
        for one in asking:
            one.communicate(timeout=30)
            self.assertEqual(one.returncode, 0)

    def test_questions_may_be_asked_faster_than_they_are_answered(self):
        """Neither side waits for the other to read."""
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list",
                "params": {**STATELESS, "padding": "x" * 1000}}
        answers = self.talk([call] * 1000,
                            self.connect("--tree-name", "main"))
        self.assertEqual(len(answers), 1000)
        self.assertIn("tools", answers[-1]["result"])

    def test_a_daemon_that_ends_meanwhile_is_said(self):
        asking = subprocess.Popen(
            [PATCHMILTER, "mcp", *self.connect("--tree-name", "main")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        line = json.dumps(self.call("list_directory")).encode() + b"\n"
        asking.stdin.write(line)
        asking.stdin.flush()
        self.assertIn(b"drivers/", asking.stdout.readline())
        self.stop()
        self.assertIn(b"has ended the conversation", asking.stderr.read())
        self.assertNotEqual(asking.wait(timeout=30), 0)
        asking.stdin.close()
        asking.stdout.close()
        asking.stderr.close()

    def test_one_too_many_hears_why(self):
        idle = []
        for _ in range(16):
            one = socket.socket(socket.AF_UNIX)
            self.addCleanup(one.close)
            one.settimeout(30)
            one.connect(self.socket)
            one.sendall(b'{"patchmilter": 1, "tree": "main"}\n')
            self.assertIn(b"ok", one.recv(100))
            idle.append(one)
        for _ in range(20):
            self.assertIn("conversations are open already", self.refused(
                *self.connect("--tree-name", "main")))

    def test_what_is_not_there_is_said(self):
        self.assertIn("no series 424242", self.refused(
            *self.connect("--series-id", "424242")))
        self.assertIn("no tree", self.refused(
            *self.connect("--tree-name", "none")))
        self.assertIn("--series-id", self.refused(*self.connect()))
        self.assertIn("questions.socket", self.refused(
            "--connect", self.path("none.sock"), "--series-id", "1"))

    def test_a_stranger_hears_what_is_expected(self):
        for line in (b"GET / HTTP/1.1\r\n\r\n", b"{}\n", b"\n",
                     b'{"patchmilter": 2, "series": 1}\n',
                     b'{"patchmilter": 1, "series": 1, "tree": "main"}\n'):
            with socket.socket(socket.AF_UNIX) as stranger:
                stranger.settimeout(30)
                stranger.connect(self.socket)
                stranger.sendall(line)
                answer = b""
                while block := stranger.recv(4096):
                    answer += block
            self.assertIn("begins with", json.loads(answer)["error"])

    def test_a_conversation_does_not_hold_the_daemon_up(self):
        with socket.socket(socket.AF_UNIX) as idle:
            idle.connect(self.socket)
            self.stop()
        self.assertFalse(os.path.exists(self.socket))


if __name__ == "__main__":
    unittest.main()
