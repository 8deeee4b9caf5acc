"""From SMTP to the archive, reviewed by a language model: a scripted one behind
each of the four APIs, asked by the real daemon."""

import os
import sys
import unittest

import site_test
from mail_site import Site
from site_test import wait_for

import fixtures
from mail_site import SOURCE

sys.path.insert(0, os.path.join(SOURCE, "tests", "fakes"))
sys.path.insert(0, os.path.join(SOURCE, "tests", "fakes", "scripts"))

import reviewer  # noqa: E402
from model_server import ModelServer  # noqa: E402

KEY = "key-of-the-site-0123456789"
TITLE = "The duty cycle is not limited"
FINDING = {
    "patch": 2, "file": "drivers/fan/acme-fan.c",
    "lines": ["+\tduty = fan_percent_to_duty(duty);"],
    "category": "units", "title": TITLE,
    "explanation": "acme_fan_set_duty() takes a percentage now, and its other "
                   "callers still pass a duty cycle, so that the fan is slow.",
    "reachability": "common", "consequence": "misbehaviour",
    "confidence": 0.9,
}
CALLS = {"default": [
    {"tool": "read_file", "args": {"path": "drivers/fan/acme-fan.c"}},
    {"tool": "search", "args": {"pattern": "set_duty"}}]}


class ReviewedByAModel(unittest.TestCase):
    def review(self, api):
        model = reviewer.Model(findings=[FINDING], calls=CALLS)
        with ModelServer(model, key=KEY, dialect="vllm") as server, \
                Site(model={"api": f'"{api}"', "url": f'"{server.url}"',
                            "model": '"scripted"', "dialect": '"vllm"',
                            "key": KEY}) as site:
            site.start()
            series = fixtures.flawed_series(site.tree, "model")
            site.send(*series.mails)
            wait_for(lambda: site.idle(len(series.mails)), 120, "the review")
            site.settle()
            mails = site.review_mails()
            found = [mail for mail in mails
                     if b"[medium] units:" in mail
                     or b"[high] units:" in mail]
            self.assertEqual(len(found), 1, mails)
            self.assertIn(b"engine=model", found[0])
            self.assertIn(b"> +\tduty = fan_percent_to_duty(duty);", found[0])
            self.assertEqual(site.stray(), [])
            refused = [entry for entry in server.journal.entries()
                       if entry["verdict"] != "accepted"]
            self.assertEqual(refused, [])
            # The key is in nothing that the site keeps.
            for folder, _, names in os.walk(site.directory):
                for name in names:
                    path = os.path.join(folder, name)
                    if name == "model-key" or not os.path.isfile(path):
                        continue
                    with open(path, "rb") as file:
                        self.assertNotIn(KEY.encode(), file.read(), path)

    def test_anthropic(self):
        self.review("anthropic")

    def test_responses(self):
        self.review("responses")

    def test_chat_completions(self):
        self.review("chat")

    def test_gemini(self):
        self.review("gemini")


if __name__ == "__main__":
    site_test.main()
