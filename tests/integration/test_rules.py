"""What is not reviewed, and what is never answered."""

import re
import time

import site_test
from site_test import ARCHIVE_ADDRESS, wait_for

import fixtures
from fixtures import Mail
from test_review import answered


class NotReviewed(site_test.SiteTest):
    """Each case is followed by a series that is reviewed, and that waits as
    long: when its review is there, the case has had its chance."""

    def after_all(self, site, name="sentinel"):
        """Sends a series and waits until its review is archived."""
        series = fixtures.single_patch(site.tree, name)
        site.send(*series.mails)
        wait_for(lambda: series.top.message_id in [
            answered(mail) for mail in site.review_mails()], 90,
                 "the review of " + name)
        site.settle()
        return series

    def reviewed(self, site, *series):
        """The Message-IDs that review mails answer, but for these series'."""
        return sorted(answered(mail) for mail in site.review_mails()
                      if not any(answered(mail) in one.ids for one in series))

    def test_a_series_dated_a_month_ago_is_grouped_and_not_reviewed(self):
        site = self.site()
        site.start()
        old = fixtures.flawed_series(
            site.tree, "old", time.time() - fixtures.MONTH)
        site.send(*old.mails)
        sentinel = self.after_all(site)
        self.assertEqual(self.reviewed(site, sentinel), [])
        self.expect_delivered(site, old.mails + sentinel.mails)
        listed = site.run("list").stdout.decode()
        self.assertIn("fan: Let drivers ask for a duty cycle", listed)
        self.assertIn(old.top.message_id, site.run(
            "show", old.top.message_id).stdout.decode())

    def test_an_author_who_opted_out_is_left_alone(self):
        site = self.site(opt_out=["private@author.example.test"])
        site.start()
        series = fixtures.flawed_series(
            site.tree, "private",
            author=("Pat Private", "private@author.example.test"))
        site.send(*series.mails)
        sentinel = self.after_all(site)
        self.assertEqual(self.reviewed(site, sentinel), [])
        self.expect_delivered(site, series.mails + sentinel.mails)

    def test_another_list_is_let_go(self):
        site = self.site()
        site.start()
        other = fixtures.flawed_series(
            site.tree, "other", list_id=fixtures.OTHER_LIST_ID)
        site.send(*other.mails)
        sentinel = self.after_all(site)
        self.assertEqual(self.reviewed(site, sentinel), [])
        self.assertEqual(sorted(site.archive.message_ids()), sorted(
            sentinel.ids + site.review_ids()))
        self.assertNotIn(other.top.message_id, self.taken_in(site))

    def test_own_mail_is_never_reviewed(self):
        """Mail to our own destinations, and our own mail come back by way of
        the main list, with and without its headers."""
        site = self.site()
        site.start()
        first = self.after_all(site, "first")
        self.assertTrue(site.review_ids())
        # (Mails to the archive alone have passed the milter already: the
        # originals and the reviews. None of the reviews was taken in.)
        for name in site.review_ids():
            self.assertNotIn(name, self.taken_in(site))
        own = [re.sub(rb"\AReturn-Path:[^\n]*\nReceived:[^\n]*\n(?:[ \t]"
                      rb"[^\n]*\n)+", b"", mail)
               for mail in site.review_mails()]
        looped = []
        for mail in own:
            looped.append(Mail(re.sub(
                rb"(?m)^List-Id: .*$",
                b"List-Id: <" + fixtures.MAIN_LIST_ID.encode() + b">", mail),
                "looped"))
        # A patch that pretends to be one of our mails' sender.
        bounce = fixtures.single_patch(site.tree, "bounced")
        bounce.top.sender = ""
        bounce.top.message = bounce.top.message.replace(
            b"List-Id:", b"Auto-Submitted: auto-replied\nList-Id:", 1)
        site.send(*looped, *bounce.mails)
        sentinel = self.after_all(site)
        self.assertEqual(self.reviewed(site, first, sentinel), [])
        # The sentinel is the first one's patch, posted again: what was found in
        # it then is not said again.
        self.assertEqual(
            sorted(answered(mail) for mail in site.review_mails()),
            sorted([first.top.message_id] * 2 + [sentinel.top.message_id]))
        self.expect_no_duplicates(site)

    def test_mail_to_own_destinations_is_not_taken_in(self):
        site = self.site(list_destination=True)
        site.start()
        series = fixtures.flawed_series(
            site.tree, "mine", recipients=(ARCHIVE_ADDRESS,))
        site.send(*series.mails)
        sentinel = self.after_all(site)
        self.assertEqual(self.reviewed(site, sentinel), [])
        for name in series.ids:
            self.assertNotIn(name, self.taken_in(site))

    def test_review_off_is_off(self):
        site = self.site(review={"enabled": "false"})
        site.start()
        series = fixtures.flawed_series(site.tree)
        site.send(*series.mails)
        wait_for(lambda: "fan: Let drivers" in site.run("list").stdout.decode(),
                 60, "the series to be listed")
        site.reviewer.stop()
        site.start_reviewer(arguments=["--once"])
        self.assertEqual(site.reviewer.wait(), 0)
        site.settle()
        self.assertEqual(site.archive.message_ids(), [])

    def taken_in(self, site):
        """All that the intake holds, as one text."""
        return site.intake_bytes().decode("latin-1")


class Revisions(site_test.SiteTest):
    def test_a_second_version_as_a_reply_is_reviewed_by_itself(self):
        """And what the first was told, and is still there, is named in its
        series mail and not said again under its patches."""
        site = self.site()
        site.start()
        first = fixtures.flawed_series(site.tree, "v1")
        site.send(*first.mails)
        wait_for(lambda: len(site.review_mails()) == 4, 90, "v1's review")
        second = fixtures.flawed_series(site.tree, "v2", prefix="PATCH v2")
        second.top.message = second.top.message.replace(
            b"\nMessage-ID:", b"\nIn-Reply-To: <" +
            first.top.message_id.encode() + b">\nMessage-ID:", 1)
        site.send(*reversed(second.mails))
        wait_for(lambda: second.top.message_id in [
            answered(mail) for mail in site.review_mails()], 90, "v2's review")
        site.settle()
        answers = [answered(mail) for mail in site.review_mails()]
        self.assertEqual(
            sorted(answer for answer in answers if answer in first.ids),
            sorted([first.top.message_id] + [
                first.patch(number).message_id
                for number in fixtures.FLAWED_PATCHES]))
        self.assertEqual(
            [answer for answer in answers if answer in second.ids],
            [second.top.message_id])
        top, = (mail for mail in site.review_mails()
                if answered(mail) == second.top.message_id)
        self.assertIn(b"still present", top)
        self.assertNotIn(b"o issues", top)
        self.expect_no_duplicates(site)

    def test_a_series_with_a_hole_is_reviewed_after_the_waiting_time(self):
        site = self.site(review={"wait": '"3s"'})
        site.start()
        series = fixtures.flawed_series(site.tree)
        incomplete = [mail for mail in series.mails
                      if mail is not series.patch(5)]
        site.send(*incomplete)
        wait_for(lambda: series.top.message_id in [
            answered(mail) for mail in site.review_mails()], 90, "the review")
        site.settle()
        top, = (mail for mail in site.review_mails()
                if answered(mail) == series.top.message_id)
        self.assertIn(b"5", top.partition(b"\n\n")[2])
        self.assertNotIn(b"o issues", top)


if __name__ == "__main__":
    site_test.main()
