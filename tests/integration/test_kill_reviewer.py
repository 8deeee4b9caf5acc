"""kill -9 of patchmilter-reviewd in the middle of each of its steps.

PATCHMILTER_TEST_STOP_AT makes the daemon stop itself at a named point; the
test sees it stopped there (state T) before it kills, so the kill is proved to
hit mid-step. Then it is started again, and the archive must come to hold just
what it holds when nobody is killed.
"""

import os
import random
import re
import time

import site_test
from site_test import message_id_of, wait_for

import fixtures
from mail_site import SOURCE
from test_review import answered, header

# In the order in which a mail meets them; docs/development.md lists them.
STOP_POINTS = (
    "ingest.before-commit", "ingest.after-commit",
    "group.before-commit", "review.started", "review.before-commit",
    "review.after-commit", "deliver.before-send", "deliver.after-send")

_REVIEWS = 1 + len(fixtures.FLAWED_PATCHES)
_MAILS = 6 + _REVIEWS


class KillReviewer(site_test.SiteTest):
    wanted = None

    def outcome(self, site):
        """What the archive holds, comparable between sites: which mail each
        review mail answers, with which Message-ID and verdict."""
        wait_for(lambda: len(site.review_mails()) >= _REVIEWS and len(
            site.archive.message_ids()) >= _MAILS, 120, "the whole archive")
        # Nothing more may come: run whatever is left to its end.
        site.reviewer.stop()
        site.start_reviewer(arguments=["--once"])
        self.assertEqual(site.reviewer.wait(), 0)
        site.settle()
        self.expect_no_duplicates(site)
        return sorted(
            (message_id_of(mail), answered(mail), header(mail, "Subject"),
             header(mail, "X-Patchmilter")) for mail in site.archive.mails())

    def prepared_site(self):
        """The series is in the intake; the reviewer has not run yet."""
        site = self.site()
        site.start(reviewer=False)
        series = fixtures.flawed_series(site.tree, date=self.date)
        site.send(*series.mails)
        self.expect_delivered(site, series.mails)
        return site

    @classmethod
    def setUpClass(cls):
        cls.date = int(time.time()) - 600

    def undisturbed(self):
        """Found out once."""
        if KillReviewer.wanted is None:
            site = self.prepared_site()
            site.start_reviewer()
            KillReviewer.wanted = self.outcome(site)
        return KillReviewer.wanted

    def kill_at(self, name):
        site = self.prepared_site()
        site.start_reviewer(stop_at=name)
        wait_for(lambda: site.reviewer.stopped()
                 or not site.reviewer.running(), 60, f"it to stop at {name}")
        self.assertTrue(site.reviewer.stopped(), name)
        before = len(site.archive.message_ids())
        self.assertLess(before, _MAILS, "there was nothing left to lose")
        site.reviewer.kill()
        site.start_reviewer()
        return self.outcome(site)

    def test_every_stop_point_is_tested(self):
        found = set()
        for room in ("app", "review", "publish", "store"):
            directory = os.path.join(SOURCE, room)
            for name in os.listdir(directory):
                if name.endswith(".cc"):
                    with open(os.path.join(directory, name),
                              encoding="utf-8") as file:
                        found |= set(re.findall(r'\bStopPoint\("([^"]+)"\)',
                                                file.read()))
        self.assertEqual(found, set(STOP_POINTS))

    def test_killed_at_random_moments(self):
        """No stop points: killed again and again after a moment's work."""
        wanted = self.undisturbed()
        site = self.prepared_site()
        seed = random.SystemRandom().randrange(1 << 30)
        moments = random.Random(seed)
        for _ in range(12):
            site.start_reviewer()
            # Not a wait for anything: the moment is what is random here.
            time.sleep(moments.uniform(0.02, 0.8))
            site.reviewer.kill()
        site.start_reviewer()
        self.assertEqual(self.outcome(site), wanted, f"seed {seed}")


def _add_test(name):
    def test(self):
        self.assertEqual(self.kill_at(name), self.undisturbed())
    test.__doc__ = f"killed at {name}"
    setattr(KillReviewer,
            "test_at_" + name.replace(".", "_").replace("-", "_"), test)


for _name in STOP_POINTS:
    _add_test(_name)


if __name__ == "__main__":
    site_test.main()
