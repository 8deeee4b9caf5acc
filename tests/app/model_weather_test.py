"""What stops a review by a model, and what it goes on from: weather, money,
limits, the kill switch."""

import os
import re
import subprocess
import tempfile
import unittest

import model_fixture as fixture
from script import Call, Reply, Weather

class Stormy(fixture.reviewer.Model):
    """Has weather in the place of its answers number `storms`."""

    def __init__(self, storms, **options):
        super().__init__(findings=fixture.FINDINGS, calls=fixture.CALLS,
                         **options)
        self.storms = dict(storms)
        self.asked = 0

    def reply(self, request):
        self.asked += 1
        storm = self.storms.pop(self.asked, None)
        return storm if storm else super().reply(request)


class Endless(fixture.reviewer.Model):
    """Never comes to an end by itself."""

    def reply(self, request):
        if "limit reached" in "".join(
                result.text for result in request.last_results):
            return Reply(Call("read_file", {"path": "fan.c"}))
        return Reply(Call("read_file", {"path": "fan.c",
                                        "first": request.turn}))


class ModelWeatherTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-storm-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.tree, self.mbox = fixture.make_series(self.directory)
        self.state = os.path.join(self.directory, "state")

    def replay(self, server, budget="", model="", retry_for="10min",
               parallel=1):
        config = fixture.write_site(
            self.directory, self.tree, server.url, budget=budget,
            parallel=parallel, model=f'retry_for = "{retry_for}"\n{model}')
        return subprocess.run(
            [os.environ["PATCHMILTER"], "replay", self.mbox, "--state",
             self.state, "--config", config, "--list", "devel"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, timeout=120)

    def mails(self):
        return subprocess.run(
            [os.environ["PATCHMILTER"], "show", "1", "--mails", "--state",
             self.state], stdout=subprocess.PIPE, text=True,
            check=False).stdout

    def expect_whole(self):
        text = self.mails()
        self.assertIn("The lock is kept on the new error path", text)
        self.assertNotIn("Not read whole", text)

    def test_weather_that_passes_is_not_seen(self):
        storms = {
            1: Weather("overloaded"), 3: Weather("rate_limit", after=1),
            5: Weather("reset"), 6: Weather("truncate", after=0.5),
            8: Weather("error_event", error="overloaded", after=0.3),
            10: Weather("bad_gateway"), 12: Weather("server_error"),
            14: Weather("reset", at="stream", after=0.5),
            16: Weather("bad_utf8"), 18: Weather("malformed_json", after=0.5),
        }
        model = Stormy(storms)
        with fixture.served(self.directory, model) as server:
            done = self.replay(server)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(model.storms, {})
        self.expect_whole()

    def test_without_money_it_waits_and_goes_on_from_where_it_was(self):
        for kind in ("credit", "spend_limit", "auth"):
            with self.subTest(kind=kind):
                self.state = os.path.join(self.directory, "state-" + kind)
                model = Stormy({9: Weather(kind)})
                with fixture.served(self.directory, model) as server:
                    done = self.replay(server)
                    self.assertEqual(done.returncode, 2, done.stdout)
                    self.assertIn("cannot go on now", done.stdout)
                    self.assertEqual(model.asked, 9)  # Never tried again.
                    self.assertNotIn(fixture.KEY, done.stdout)
                    done = self.replay(server)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.expect_whole()

    def test_a_model_that_refuses_from_the_first_waits(self):
        # A name that is none there, an effort that it has not: each series
        # would be refused in turn, and be told of as not read.
        model = Stormy({1: Weather("not_found")})
        with fixture.served(self.directory, model) as server:
            done = self.replay(server)
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn("cannot go on now", done.stdout)
            self.assertEqual(model.asked, 1)
            self.assertNotIn("Subject:", self.mails())
            done = self.replay(server)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.expect_whole()

    def test_one_refused_request_among_others_is_said(self):
        # What is in it may be why: the others are had.
        model = Stormy({9: Weather("not_found")})
        with fixture.served(self.directory, model) as server:
            done = self.replay(server)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("the model's provider refused a request", self.mails())

    def test_a_model_that_is_down_costs_no_attempt(self):
        model = Stormy({})
        with fixture.served(self.directory, model) as server:
            server.weather("unavailable", 10000)
            for _ in range(5):  # More than review.max_attempts.
                done = self.replay(server, retry_for="0s")
                self.assertEqual(done.returncode, 2, done.stdout)
        with fixture.served(self.directory, model) as server:
            done = self.replay(server)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.expect_whole()

    def test_the_kill_switch(self):
        model = Stormy({})
        switch = os.path.join(self.directory, "site", "stop-models")
        os.makedirs(os.path.dirname(switch))
        with open(switch, "w", encoding="ascii"):
            pass
        with fixture.served(self.directory, model) as server:
            done = self.replay(server)
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn("models are stopped", done.stdout)
            self.assertEqual(model.asked, 0)
            os.unlink(switch)
            done = self.replay(server)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.expect_whole()

    def cost_within(self, budget, parallel):
        """What a review with that budget has cost, in the words of its mail;
        and all of these."""
        self.state = os.path.join(self.directory, f"state-{parallel}")
        model = Stormy({})
        with fixture.served(self.directory, model) as server:
            done = self.replay(server, budget=f'review = "{budget}"',
                               model="max_output = 2000", parallel=parallel)
        self.assertEqual(done.returncode, 0, done.stdout)
        text = self.mails()
        return float(re.search(r"Cost: ([0-9.]+) USD", text)[1]), text

    def test_money_is_bounded_and_what_was_not_reviewed_is_said(self):
        cost, text = self.cost_within("0.15", 1)
        self.assertIn("budget.review", text)
        self.assertIn("Not read whole", text)
        self.assertNotIn("No issues found", text)
        self.assertLessEqual(cost, 0.15)
        self.assertGreater(cost, 0.01)

    def test_money_is_bounded_side_by_side(self):
        # Which of them comes to read is chance.
        cost, _ = self.cost_within("0.15", 4)
        self.assertLessEqual(cost, 0.15)
        self.assertGreater(cost, 0.01)

    def test_a_month_without_money_asks_nothing(self):
        model = Stormy({})
        with fixture.served(self.directory, model) as server:
            done = self.replay(server, budget='month = "0.00"')
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(model.asked, 0)
        self.assertIn("budget.month", self.mails())

    def test_endless_work_ends_at_the_limit_of_turns(self):
        model = Endless(findings=[], calls=[])
        with fixture.served(self.directory, model) as server:
            done = self.replay(server, budget="turns = 6")
        self.assertEqual(done.returncode, 0, done.stdout)
        turns = {}
        for entry in fixture.journal(self.directory):
            self.assertEqual(entry["verdict"], "accepted", entry)
            turns[entry["conversation"]] = entry["turn"]
        self.assertEqual(set(turns.values()), {8})  # And two of grace.
        text = self.mails()
        self.assertIn("the limit of turns is reached", text)
        self.assertIn("did not read all of", " ".join(text.split()))

    def test_a_small_window_is_never_overflowed(self):
        model = Stormy({})
        with fixture.served(self.directory, model, window=14_000,
                            max_output=2_000) as server:
            done = self.replay(server,
                               model="window = 14000\nmax_output = 2000")
        self.assertEqual(done.returncode, 0, done.stdout)
        for entry in fixture.journal(self.directory):
            self.assertEqual(entry["verdict"], "accepted", entry)

    def test_a_refusal_is_said_and_is_no_silence(self):
        storms = {number: Weather("refusal") for number in range(1, 200)}
        model = Stormy(storms)
        with fixture.served(self.directory, model) as server:
            done = self.replay(server)
        self.assertEqual(done.returncode, 0, done.stdout)
        text = self.mails()
        self.assertIn("the model refused", text)
        self.assertNotIn("No issues found", text)


if __name__ == "__main__":
    unittest.main()
