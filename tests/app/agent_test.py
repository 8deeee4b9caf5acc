"""Agents as they are run: real processes, good ones and bad ones; by us and by
patchmilter-agentd. Whatever they do, no process and no file of theirs is left."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

DRIVER = os.environ["AGENT_DRIVER"]
AGENTD = os.environ["AGENTD"]
FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "fake_agent.py")
SECRET = "sk-secret-0123456789abcdef"


class AgentCase(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="pm-agent-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.runs = self.path("runs")
        os.mkdir(self.runs)
        self.environment = {
            "PATH": os.environ["PATH"], "TMPDIR": self.runs,
            "ANTHROPIC_API_KEY": SECRET, "CREDENTIALS_DIRECTORY": "/run/cred",
            "HTTPS_PROXY": "http://127.0.0.1:9", "HOME": "/nonexistent",
            "LD_LIBRARY_PATH": "/nonexistent"}

    def path(self, name):
        return os.path.join(self.directory, name)

    def command(self, mode, *more):
        return [sys.executable, "-B", FAKE, mode, "{mcp_config}", *more]

    def start(self, **task):
        driver = subprocess.Popen(
            [DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.environment, text=True)
        self.addCleanup(self.end, driver)
        driver.stdin.write(json.dumps(task) + "\n")
        driver.stdin.flush()
        return driver

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None and not stream.closed:
                stream.close()

    def run_agent(self, mode, *more, **task):
        """What the driver says of a run; nothing of it may be left."""
        driver = self.start(command=self.command(mode, *more), **task)
        out, self.errors = driver.communicate(timeout=240)
        self.assertEqual(driver.returncode, 0, self.errors)
        self.assert_nothing_left()
        return json.loads(out.splitlines()[-1])

    def processes(self):
        """Those that were started with a path of ours."""
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == os.getpid():
                continue
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    line = file.read()
            except OSError:
                continue
            if self.runs.encode() in line:
                found.append((name, line))
        return found

    def assert_nothing_left(self):
        self.assertEqual(self.processes(), [])
        self.assertEqual(os.listdir(self.runs), [])

    def wait_until(self, condition, what):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    def arguments(self, said, number):
        return json.loads(said["calls"][number]["arguments"])


class RunsHere:
    """Run by the process that reviews."""

    def task(self, mode, *more, **task):
        return self.run_agent(mode, *more, **task)


class RunsThere(AgentCase):
    """Run by patchmilter-agentd, which alone knows the command."""

    client = ""

    def setUp(self):
        super().setUp()
        self.socket = self.path("agent.sock")
        self.daemon = None

    def configure(self, command, **settings):
        lines = [f"[agent]\nsocket = {json.dumps(self.socket)}",
                 f"client = {json.dumps(self.client)}",
                 "[[model]]\nname = \"agent\"\napi = \"command\"",
                 f"command = {json.dumps(command)}"]
        lines += [f"{name} = {json.dumps(value)}"
                  for name, value in settings.items()]
        with open(self.path("agentd.toml"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def serve(self):
        log = open(self.path("agentd.log"), "ab")
        self.addCleanup(log.close)
        self.daemon = subprocess.Popen(
            [AGENTD, "--config", self.path("agentd.toml")], stderr=log,
            env=self.environment)
        self.addCleanup(self.end, self.daemon)
        self.wait_until(lambda: os.path.exists(self.socket), "no socket")

    def log(self):
        with open(self.path("agentd.log"), encoding="utf-8") as file:
            return file.read()

    def task(self, mode, *more, **task):
        settings = {name: task.pop(name)
                    for name in ("environment", "credential_file",
                                 "credential_name") if name in task}
        self.configure(self.command(mode, *more), **settings)
        self.serve()
        # What the socket says of a command is not heard.
        driver = self.start(agent_socket=self.socket,
                            command=["/bin/false"], **task)
        out, errors = driver.communicate(timeout=240)
        self.assertEqual(driver.returncode, 0, errors)
        self.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(timeout=60), 0)
        self.errors = self.log()
        self.assert_nothing_left()
        self.assertFalse(os.path.exists(self.socket))
        return json.loads(out.splitlines()[-1])


class Behaviour:
    """What holds wherever an agent runs."""

    def test_it_reviews_with_our_tools(self):
        said = self.task("good", prompt="Look at \u00e4 patch.")
        self.assertEqual(said.get("kind"), "finished", said)
        self.assertEqual([call["name"] for call in said["calls"]],
                         ["show_patch", "report_finding", "finish_review"])
        found = self.arguments(said, 1)
        self.assertEqual(found["prompt"], "Look at \u00e4 patch.")
        self.assertEqual(found["names"],
                         ["show_patch", "report_finding", "finish_review"])
        self.assertEqual(found["patch"], "the patch")
        self.assertEqual((said["turns"], said["cost"], said["input"],
                          said["output"], said["model"]),
                         (7, 250000, 1110, 50, "large"))

    def test_it_sees_nothing_of_ours(self):
        credential = self.path("credential")
        with open(credential, "w", encoding="utf-8") as file:
            file.write("{\"token\": \"abc\"}")
        said = self.task(
            "surroundings", "{tools}", "{max_turns}", "{max_usd}", "{other}",
            credential_file=credential, credential_name=".agent/auth.json",
            environment=["PROXY=http://proxy", "GEMINI={gemini_home}"],
            turns=9, max_cost=1239999)
        self.assertEqual(said.get("kind"), "finished", said)
        seen = self.arguments(said, 0)
        environment = seen["environment"]
        run = os.path.dirname(environment["HOME"])
        self.assertTrue(run.startswith(self.runs + "/"))
        self.assertEqual(environment, {
            "HOME": run + "/home", "TMPDIR": run + "/tmp",
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
            "TERM": "dumb", "PROXY": "http://proxy",
            "GEMINI": run + "/home"})
        self.assertEqual(seen["descriptors"], [0, 1, 2])
        self.assertEqual((seen["work"], seen["tmp"]), ([], []))
        # Between it and HOME is nothing, so nothing above HOME is found first.
        self.assertEqual(seen["at"], run + "/home/work")
        mode, settings = seen["home"].pop(".gemini/settings.json")
        self.assertEqual(mode, "0o600")
        self.assertIn(run + "/mcp.sock", settings)
        self.assertEqual(seen["home"], {
            ".agent/auth.json": ["0o600", "{\"token\": \"abc\"}"]})
        self.assertEqual(seen["above"], ["home", "mcp.json", "mcp.sock", "tmp",
                                         "token"])
        self.assertEqual(seen["mode"], "0o700")
        self.assertTrue(seen["session"])
        self.assertEqual(seen["privileges"], "1")
        self.assertEqual(seen["core"], ["0", "0"])
        self.assertEqual((seen["ignored"], seen["blocked"]), (0, 0))
        self.assertEqual(seen["arguments"], [
            "mcp__patchmilter__show_patch,mcp__patchmilter__report_finding,"
            "mcp__patchmilter__finish_review", "9", "1.23", "{other}"])

    def test_processes_that_it_leaves_are_ended(self):
        self.assertEqual(self.task("orphans")["kind"], "finished")

    def test_files_that_it_leaves_are_removed(self):
        kept = self.path("kept")
        os.mkdir(kept)
        with open(os.path.join(kept, "file"), "w", encoding="utf-8"):
            pass
        mode = os.stat(kept).st_mode
        self.assertEqual(self.task("litter", kept)["kind"], "finished")
        self.assertEqual(os.listdir(kept), ["file"])
        self.assertEqual(os.stat(kept).st_mode, mode)

    def test_too_much_output_ends_it(self):
        said = self.task("flood")
        self.assertEqual((said.get("kind"), said["fault"]),
                         ("fault", "protocol"), said)
        self.assertIn("64 MiB", said["reason"])

    def test_its_time_ends_it(self):
        said = self.task("hang", time=3)
        self.assertEqual((said.get("kind"), said["reason"]),
                         ("limit", "its time"), said)
        self.assertEqual(len(said["calls"]), 1)

    def test_a_finished_review_counts_whatever_comes_after(self):
        self.assertEqual(self.task("hang_at_the_end", time=3)["kind"],
                         "finished")

    def test_how_it_died_is_said(self):
        said = self.task("killed")
        self.assertEqual(said.get("kind"), "fault", said)
        self.assertIn("signal 9", said["reason"])

    def test_what_it_says_of_its_failure_is_in_the_log_without_its_key(self):
        credential = self.path("credential")
        with open(credential, "w", encoding="utf-8") as file:
            file.write(SECRET)
        said = self.task("failed", credential_file=credential,
                         credential_name="key")
        self.assertEqual(said.get("kind"), "fault", said)
        self.assertIn("exit status 3", said["reason"])
        self.assertIn("the key is [hidden]", self.errors)
        self.assertNotIn(SECRET, self.errors + json.dumps(said))

    def test_ending_without_a_word_is_no_review(self):
        self.assertEqual(self.task("silent")["kind"], "silent")

    def test_nonsense_is_answered_and_passed(self):
        said = self.task("garbage")
        self.assertEqual(said.get("kind"), "finished", said)
        self.assertEqual(len(said["calls"]), 1)

    def test_who_does_not_read_is_not_heard(self):
        said = self.task("deaf", bytes=100000, turns=100000)
        self.assertEqual(said.get("kind"), "finished", said)
        self.assertLess(len(said["calls"]), 100)

    def test_it_may_come_again(self):
        said = self.task("comes_again")
        self.assertEqual(said.get("kind"), "finished", said)
        self.assertEqual([self.arguments(said, i)["who"] for i in range(3)],
                         ["first", "second", "third"])

    def test_without_the_token_nobody_is_heard(self):
        said = self.task("wrong_token")
        self.assertEqual(said.get("kind"), "finished", said)
        self.assertEqual([call["name"] for call in said["calls"]],
                         ["finish_review"])

    def test_after_its_end_nothing_is_taken(self):
        said = self.task("talks_on")
        self.assertEqual(said.get("kind"), "finished", said)
        self.assertEqual(len(said["calls"]), 1)

    def test_past_its_calls_only_reports_are_taken_and_then_nothing(self):
        said = self.task("endless", turns=10)
        self.assertEqual((said.get("kind"), said["reason"]),
                         ("limit", "its limit of 10 tool calls"), said)
        limited = [call["limit_reached"] for call in said["calls"]]
        self.assertEqual(limited, [False] * 10 + [True] * 64)
        # From the eighth call on it is told; past the limit more plainly.
        reports = [json.loads(call["arguments"]) for call in said["calls"]
                   if call["name"] == "report_finding"]
        self.assertEqual([report["blocks"] for report in reports],
                         [1, 1, 1, 1, 2, 2, 2, 2])
        self.assertIn("is near", reports[4]["last"])
        self.assertIn("is reached", reports[5]["last"])

    def test_questions_without_end_end(self):
        said = self.task("restless")
        self.assertEqual((said.get("kind"), said["reason"]),
                         ("limit", "its number of questions"), said)

    def test_it_is_stopped_when_we_are(self):
        said = self.task("hang", time=600, stop_at_call=1)
        self.assertEqual(said.get("kind"), "stopped", said)


class HereTest(RunsHere, Behaviour, AgentCase):
    def test_too_much_on_standard_error_ends_it(self):
        self.assertIn("64 MiB", self.task("flood_errors")["reason"])

    def test_a_program_that_is_not_there_is_named_a_fault(self):
        driver = self.start(command=["/nonexistent/agent"])
        said = json.loads(driver.communicate(timeout=60)[0])
        self.assertEqual((said.get("kind"), said["fault"]), ("fault", "request"))
        self.assertIn("No such file", said["reason"])
        self.assert_nothing_left()

    def test_a_credential_that_is_not_there_is_an_error(self):
        said = self.run_agent("good", credential_name="x",
                              credential_file=self.path("none"))
        self.assertIn(self.path("none"), said["error"])

    def test_nothing_is_left_when_we_are_killed(self):
        driver = self.start(command=self.command("hang"), time=600,
                            park_at_call=1)
        self.assertEqual(driver.stdout.readline(), "parked\n")
        self.assertNotEqual(self.processes(), [])
        driver.kill()
        driver.wait()
        self.wait_until(lambda: not self.processes() and
                        not os.listdir(self.runs), "something is left")

    def test_its_time_passes_while_a_tool_works(self):
        driver = self.start(command=self.command("hang"), time=2,
                            park_at_call=1)
        self.assertEqual(driver.stdout.readline(), "parked\n")
        self.wait_until(lambda: not os.listdir(self.runs), "it lives on")
        out, errors = driver.communicate("go on\n", timeout=60)
        self.assertEqual(json.loads(out)["reason"], "its time", errors)
        self.assert_nothing_left()


class AgentdTest(Behaviour, RunsThere):
    def test_a_model_that_it_does_not_have_is_refused(self):
        self.configure(self.command("good"))
        self.serve()
        driver = self.start(agent_socket=self.socket, model="other",
                            command=self.command("good"))
        said = json.loads(driver.communicate(timeout=60)[0])
        self.assertIn("no [[model]] \"other\"", said["error"])
        self.assert_nothing_left()

    def test_who_is_not_its_client_is_refused(self):
        self.client = "nobody"
        self.configure(self.command("good"))
        self.serve()
        driver = self.start(agent_socket=self.socket)
        said = json.loads(driver.communicate(timeout=60)[0])
        self.assertIn(f"user {os.getuid()} may not ask", said["error"])

    def test_a_stranger_is_refused(self):
        self.configure(self.command("good"))
        self.serve()
        for sent in (b"GET / HTTP/1.1\r\n\r\n", b"\x00\x03\x00\x00\x00abc",
                     b"\x00\xff\xff\xff\xff", b"\x02\x00\x00\x00\x00",
                     b"\x09\x00\x00\x00\x00"):
            with socket.socket(socket.AF_UNIX) as stranger:
                stranger.settimeout(30)
                stranger.connect(self.socket)
                stranger.sendall(sent)
                stranger.shutdown(socket.SHUT_WR)
                answer = b""
                while block := stranger.recv(4096):
                    answer += block
            self.assertEqual(answer[:1], b"\x04", sent)

    def test_no_daemon_is_said(self):
        driver = self.start(agent_socket=self.path("none.sock"))
        said = json.loads(driver.communicate(timeout=60)[0])
        # As a provider that is out of reach: its reviews wait.
        self.assertEqual((said["kind"], said["fault"]), ("fault", "network"))
        self.assertIn("is patchmilter-agentd running?", said["reason"])

    def parked(self):
        self.configure(self.command("hang"))
        self.serve()
        driver = self.start(agent_socket=self.socket, time=600,
                            park_at_call=1)
        self.assertEqual(driver.stdout.readline(), "parked\n")
        self.assertNotEqual(self.processes(), [])
        return driver

    def nothing_is_left(self):
        return not self.processes() and not os.listdir(self.runs)

    def test_nothing_is_left_when_who_asked_is_killed(self):
        driver = self.parked()
        driver.kill()
        driver.wait()
        self.wait_until(self.nothing_is_left, "something is left")
        self.assertIsNone(self.daemon.poll())

    def test_nothing_is_left_when_it_is_killed(self):
        driver = self.parked()
        self.daemon.kill()
        self.daemon.wait()
        self.wait_until(self.nothing_is_left, "something is left")
        said = json.loads(driver.communicate("go on\n", timeout=60)[0])
        self.assertIn("agentd", said["error"])

    def test_stopping_it_stops_its_runs(self):
        driver = self.parked()
        self.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(timeout=60), 0)
        self.assert_nothing_left()
        out, errors = driver.communicate("go on\n", timeout=60)
        self.assertIn("\"kind\":\"stopped\"", out, errors)

    def test_faults_of_its_configuration_are_said(self):
        with open(self.path("bad.toml"), "w", encoding="utf-8") as file:
            file.write("[agent]\nsocket = \"/s\"\n")
        result = subprocess.run(
            [AGENTD, "--check", "--config", self.path("bad.toml")],
            stderr=subprocess.PIPE, text=True, check=False, timeout=60)
        self.assertEqual(result.returncode, 2)
        self.assertIn("nothing to run", result.stderr)
        # What it names and is not there, all at once.
        with open(self.path("bad.toml"), "w", encoding="utf-8") as file:
            file.write("[agent]\nclient = \"nobody-of-this-name\"\n"
                       "[[model]]\nname = \"a\"\napi = \"command\"\n"
                       "command = [\"/nonexistent/agent\"]\n"
                       "credential_file = \"/nonexistent/key\"\n"
                       "credential_name = \"key\"\n")
        result = subprocess.run(
            [AGENTD, "--check", "--config", self.path("bad.toml")],
            stderr=subprocess.PIPE, text=True, check=False, timeout=60)
        self.assertEqual(result.returncode, 2)
        self.assertIn("there is no user \"nobody-of-this-name\"",
                      result.stderr)
        self.assertIn("model \"a\": /nonexistent/agent: No such file",
                      result.stderr)
        self.assertIn("credential_file /nonexistent/key: No such file",
                      result.stderr)


del RunsThere, Behaviour

if __name__ == "__main__":
    unittest.main()
