"""A review by a model is killed at every request that it sends, and goes on
where it was: with the same bytes, and to the same mails.

$PATCHMILTER_KILL_APIS: by which APIs, with commas between (anthropic)."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

import model_fixture as fixture

class Killing(fixture.reviewer.Model):
    """Kills the process that asks, at its request number `at`."""

    def __init__(self):
        super().__init__(findings=fixture.FINDINGS, calls=fixture.CALLS)
        self.lock = threading.Lock()
        self.at = 0
        self.asked = 0
        self.process = None

    def reply(self, request):
        with self.lock:
            self.asked += 1
            if self.asked == self.at and self.process:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()
        return super().reply(request)


class ModelKillTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-kill-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.tree, self.mbox = fixture.make_series(self.directory)

    def start(self, config, state):
        return subprocess.Popen(
            [os.environ["PATCHMILTER"], "replay", self.mbox, "--state", state,
             "--config", config, "--list", "devel"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def mails(self, state):
        done = subprocess.run(
            [os.environ["PATCHMILTER"], "list", "--state", state, "--json"],
            stdout=subprocess.PIPE, text=True, check=True)
        self.assertIn('"reviewed"', done.stdout)
        shown = subprocess.run(
            [os.environ["PATCHMILTER"], "show", "1", "--mails", "--state",
             state], stdout=subprocess.PIPE, text=True, check=False)
        # What a review cost depends on what was asked twice.
        return [line for line in shown.stdout.splitlines()
                if not line.startswith(("Date:", "Cost:")) and
                not line.endswith("requests")]

    def bodies(self):
        """Each request that was asked, by the hash of its body; what was asked
        again is there once. None was refused."""
        found = set()
        log = os.path.join(self.directory, "log")
        for entry in fixture.journal(self.directory):
            self.assertEqual(entry["verdict"], "accepted", entry)
        for name in os.listdir(log):
            if not name.endswith(".request.body"):
                continue
            with open(os.path.join(log, name), "rb") as file:
                found.add(hashlib.sha256(file.read()).hexdigest())
        return found

    def run_killed(self, api, at, parallel=1):
        state = os.path.join(self.directory, f"state-{api}-{at}")
        model = Killing()
        model.at = at
        shutil.rmtree(os.path.join(self.directory, "log"), ignore_errors=True)
        with fixture.served(self.directory, model) as server:
            config = fixture.write_site(self.directory, self.tree,
                                        server.url, api, parallel)
            process = self.start(config, state)
            with model.lock:
                model.process = process
            output = process.communicate(timeout=120)[0]
            if at:
                self.assertEqual(process.returncode, -signal.SIGKILL, output)
                again = self.start(config, state)
                output = again.communicate(timeout=120)[0]
                self.assertEqual(again.returncode, 0, output)
            else:
                self.assertEqual(process.returncode, 0, output)
        return model.asked, self.bodies(), self.mails(state)

    def try_every_turn(self, api):
        asked, bodies, mails = self.run_killed(api, 0)
        self.assertGreater(asked, 10)
        self.assertIn("The lock is kept on the new error path",
                      "\n".join(mails))
        for at in range(1, asked + 1):
            with self.subTest(api=api, killed_at=at):
                again, same, printed = self.run_killed(api, at)
                # The request that was killed is sent once more, no other.
                self.assertEqual(again, asked + 1)
                self.assertEqual(same, bodies)
                self.assertEqual(printed, mails)

    def test_killed_at_every_turn_it_goes_on_with_the_same_bytes(self):
        for api in os.environ.get("PATCHMILTER_KILL_APIS",
                                  "anthropic").split(","):
            self.try_every_turn(api)

    def test_killed_among_conversations_side_by_side(self):
        parallel = 4
        asked, bodies, mails = self.run_killed("responses", 0, parallel)
        for at in range(2, asked + 1, 7):
            with self.subTest(killed_at=at):
                again, same, printed = self.run_killed("responses", at,
                                                       parallel)
                # Each that was under way is sent once more at most.
                self.assertLessEqual(again, asked + parallel)
                self.assertEqual(same, bodies)
                self.assertEqual(printed, mails)


if __name__ == "__main__":
    unittest.main()
