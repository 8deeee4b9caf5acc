"""List mail is sacred: patchmilterd killed, hung, absent, its disk gone."""

import os
import re
import signal
import threading
import time

import site_test
from site_test import wait_for

import fixtures
from smtp_client import SmtpClient

# Past this a mail has been held too long: content_timeout of the tested
# setting is 10 s, its command_timeout 5 s.
_LONGEST_HOLD = 20


class MilterFaults(site_test.SiteTest):

    def test_killed_while_mail_flows(self):
        """Killed again and again, and started again, while four connections
        send: every mail is accepted at once and delivered."""
        site = self.site()
        site.start(reviewer=False)
        patches = fixtures.flawed_patches(site.tree)
        streams = [[fixtures.series_mails(patches, f"s{number}-{turn}")
                    for turn in range(25)] for number in range(4)]
        faults = []

        def send(stream):
            # A connection for each series: one that has lost its milter goes
            # on without.
            try:
                for series in stream:
                    site.send(*series.mails)
            except Exception as error:  # pylint: disable=broad-except
                faults.append(error)

        def stored():
            with open(site.milter.log_path, "rb") as log:
                return log.read().count(b": stored ")

        senders = [threading.Thread(target=send, args=(stream,))
                   for stream in streams]
        for sender in senders:
            sender.start()

        def flowing():
            return any(sender.is_alive() for sender in senders)

        kills = 0
        while flowing():
            # Only while mail flows through it: this one has stored some.
            seen = stored()
            wait_for(lambda seen=seen: stored() > seen + 3 or not flowing(),
                     60, "mail to flow")
            if not flowing():
                break
            site.milter.kill()
            kills += 1
            site.start_milter()
        for sender in senders:
            sender.join()
        self.assertEqual(faults, [])
        self.assertGreaterEqual(kills, 5)
        mails = [mail for stream in streams for series in stream
                 for mail in series.mails]
        self.expect_delivered(site, mails)
        # What it had answered for before it was killed is in the intake.
        with open(site.milter.log_path, encoding="utf-8") as log:
            queue_ids = re.findall(r"(\w+): stored ", log.read())
        taken_in = site.intake_bytes()
        for queue_id in queue_ids:
            self.assertIn(queue_id.encode(), taken_in)

    def test_killed_in_the_middle_of_a_message(self):
        """The mail is half sent when the milter dies: it is delivered, and
        what was accepted before is still taken in after the restart."""
        site = self.site()
        site.start()
        series = fixtures.flawed_series(site.tree)
        site.send(*series.mails)
        big = fixtures.talk("big", text="all work and no play\n" * 40000)
        with SmtpClient(site.postfix.port) as client:
            client.begin(big.message, big.sender, big.recipients)
            site.milter.kill()
            client.finish()
        self.expect_delivered(site, series.mails + [big])
        site.start_milter()
        wait_for(lambda: len(site.review_mails()) == 4, 90, "the review")

    def test_stopped_by_term_in_the_middle_of_a_message(self):
        site = self.site()
        site.start(reviewer=False)
        big = fixtures.talk("big", text="all work and no play\n" * 40000)
        with SmtpClient(site.postfix.port) as client:
            client.begin(big.message, big.sender, big.recipients)
            started = time.monotonic()
            site.milter.stop(timeout=6)
            self.assertLess(time.monotonic() - started, 6)
            client.finish()
        self.expect_delivered(site, [big])

    def test_hung(self):
        """It accepts connections and never answers (SIGSTOP)."""
        site = self.site()
        site.start(reviewer=False)
        site.milter.signal(signal.SIGSTOP)
        wait_for(site.milter.stopped, 10, "the milter to stop")
        mails = fixtures.flawed_series(site.tree).mails
        started = time.monotonic()
        site.send(*mails[:1])
        self.assertLess(time.monotonic() - started, _LONGEST_HOLD)
        self.expect_delivered(site, mails[:1])
        site.milter.signal(signal.SIGCONT)
        site.send(*mails[1:])
        self.expect_delivered(site, mails)

    def test_hung_in_the_middle_of_a_message(self):
        site = self.site()
        site.start(reviewer=False)
        mail, = fixtures.single_patch(site.tree).mails
        with SmtpClient(site.postfix.port) as client:
            client.begin(mail.message, mail.sender, mail.recipients)
            site.milter.signal(signal.SIGSTOP)
            wait_for(site.milter.stopped, 10, "the milter to stop")
            started = time.monotonic()
            client.finish()
            self.assertLess(time.monotonic() - started, _LONGEST_HOLD)
        self.expect_delivered(site, [mail])

    def test_absent(self):
        site = self.site()
        site.use_milter()
        site.start(milter=False, reviewer=False)
        mails = fixtures.flawed_series(site.tree).mails
        started = time.monotonic()
        site.send(*mails)
        self.assertLess(time.monotonic() - started, _LONGEST_HOLD)
        self.expect_delivered(site, mails)
        # It appears, and Postfix finds it without a restart.
        site.start_milter()
        site.start_reviewer()
        again = fixtures.flawed_series(site.tree, "again")
        site.send(*again.mails)
        wait_for(lambda: len(site.review_mails()) == 4, 90, "the review")

    def test_intake_cannot_be_written(self):
        """The intake's directory is replaced by a file: mail goes on."""
        site = self.site()
        site.start(reviewer=False)
        first = fixtures.flawed_series(site.tree, "before")
        site.send(*first.mails)
        os.rename(site.intake, site.intake + ".away")
        with open(site.intake, "wb"):
            pass
        site.milter.kill()
        site.start_milter(must_run=False)
        second = fixtures.flawed_series(site.tree, "during")
        site.send(*second.mails)
        self.expect_delivered(site, first.mails + second.mails)
        site.milter.kill()
        os.unlink(site.intake)
        os.rename(site.intake + ".away", site.intake)
        site.start_milter()
        site.start_reviewer()
        wait_for(lambda: len(site.review_mails()) >= 4, 90, "the review")


if __name__ == "__main__":
    site_test.main()
