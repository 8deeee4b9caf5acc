"""The base of every integration test: a scratch site per test class or test.

Run by ctest (see CMakeLists.txt) or by hand:
    PATCHMILTER_BUILD=build/dev python3 tests/integration/test_review.py
As root; as another user it starts itself again under `sudo -n`.
PATCHMILTER_KEEP=1 leaves the directories of failed sites for a look.
"""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "site"))

# pylint: disable=wrong-import-position,unused-import
from fixtures import MAIN_LIST  # noqa: E402
from mail_site import (  # noqa: E402
    ARCHIVE_ADDRESS, REVIEW_BOUNCE, Site)
from processes import SiteError, wait_for  # noqa: E402
from review_archive import message_id_of  # noqa: E402

_PASSED_ON = ("PATCHMILTER_BUILD", "PATCHMILTER_PARTS", "PATCHMILTER_KEEP",
              "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")


class SiteTest(unittest.TestCase):
    """site() makes a site that ends with the test; says what its logs say
    where the test fails."""

    maxDiff = 4000

    def site(self, **arguments):
        site = Site(**arguments)
        self.addCleanup(self._close, site)
        return site

    def _close(self, site):
        failed = self._failed()
        if failed:
            print(f"\n{self.id()}: {site.describe_failure()}",
                  file=sys.stderr)
        site.close(keep=failed and bool(os.environ.get("PATCHMILTER_KEEP")))

    def _failed(self):
        outcome = self._outcome  # Stable since Python 3.4; no public way.
        result = getattr(outcome, "result", None)
        if result is None:
            return False
        return any(test is self or getattr(test, "test_case", None) is self
                   for test, _ in result.failures + result.errors) or \
            any(test is self for test, error in
                getattr(outcome, "errors", []) if error)

    # What every site must hold, whatever happened to it.

    def expect_delivered(self, site, mails, timeout=60):
        """The main list's mailbox holds these mails, byte for byte, and no
        other; nobody else was mailed."""
        site.wait_until_delivered(len(mails), timeout=timeout)
        wait_for(site.postfix.queue_is_empty, timeout, "Postfix's queue")
        got = sorted(site.delivered())
        want = sorted(mail.message for mail in mails)
        if got != want:
            self.assertEqual([message_id_of(mail) for mail in got],
                             [message_id_of(mail) for mail in want])
            for one, other in zip(got, want):
                self.assertEqual(one, other)
        self.assertEqual(site.stray(), [])

    def expect_no_duplicates(self, site):
        ids = site.archive.message_ids()
        self.assertEqual(sorted(ids), sorted(set(ids)))


def main():
    """unittest.main() as root."""
    if os.geteuid() != 0:
        os.execvp("sudo", ["sudo", "-n", "--preserve-env="
                           + ",".join(_PASSED_ON), sys.executable, *sys.argv])
    unittest.main(verbosity=2)
