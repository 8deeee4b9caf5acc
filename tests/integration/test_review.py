"""From SMTP to the archive: a series in, its review out."""

import re
import xml.etree.ElementTree

import site_test
from site_test import (
    ARCHIVE_ADDRESS, MAIN_LIST, REVIEW_BOUNCE, message_id_of, wait_for)

import fixtures
from mail_site import (
    REVIEW_FROM, REVIEW_LIST_ADDRESS, REVIEW_LIST_ID)


def header(mail, name):
    """A header's value, unfolded; "" where it is missing."""
    match = re.search(rb"(?im)^" + re.escape(name.encode())
                      + rb":[ \t]*((?:[^\n]|\n[ \t])*)$",
                      mail.partition(b"\n\n")[0])
    return re.sub(r"\n[ \t]+", " ", match.group(1).decode()) if match else ""


def answered(mail):
    return header(mail, "In-Reply-To").strip("<>")


def footer(mail):
    """The lines below "-- "."""
    text = mail.replace(b"\r\n", b"\n").decode("utf-8")
    return text.rpartition("\n-- \n")[2].splitlines()


def queries_for(line):
    """The lei queries by which public-inbox 1.9 finds a footer line."""
    tokens = re.findall(r"\[(severity_\w+)\]", line)
    if tokens:
        return ["nq:" + token for token in tokens]
    match = re.fullmatch(r"(Review-Of|Patch-Id): <?([^<>]+)>?", line)
    if match:
        return [f'nq:"{match.group(1)}: {match.group(2)}"']
    match = re.fullmatch(r"Patch-Author: (.+) <[^<>]+>", line)
    if match:
        return [f'nq:"Patch-Author: {match.group(1)}"']
    match = re.fullmatch(r"Patch-File: ([^: ]+)(:\d+)?", line)
    if match:
        return [f'nq:"Patch-File: {match.group(1)}"']
    return []


def without_hop(mail):
    """An archived mail without what the hop to the archive put above it.
    (public-inbox drops Delivered-To and X-Original-To itself.)"""
    return re.sub(rb"\AReturn-Path: [^\n]*\n"
                  rb"Received: from [^\n]*\n(?:[ \t][^\n]*\n)+", b"", mail)


class FivePatchesOutOfOrder(site_test.SiteTest):
    """One site, one series with a duplicate and other mail among it; every
    test looks at what came of it."""

    @classmethod
    def setUpClass(cls):
        cls.shared = site_test.Site(list_destination=True)
        cls.addClassCleanup(lambda: cls.shared.close())
        site = cls.shared
        site.start()
        cls.series = fixtures.flawed_series(site.tree)
        patches, noise = cls.series.patches, fixtures.awkward_mails()
        cls.sent = [noise[0], patches[3], noise[1], patches[0], noise[2],
                    patches[0], noise[3], patches[4], cls.series.top,
                    *noise[4:], patches[2], patches[1]]
        try:
            site.send(*cls.sent)
            cls.wanted_patches = [
                cls.series.patch(number).message_id
                for number in fixtures.FLAWED_PATCHES]
            cls.answers = [cls.series.top.message_id, *cls.wanted_patches]
            wait_for(lambda: len(site.review_ids()) >= len(cls.answers), 90,
                     "the reviews")
            # A last series by itself: when its review is there, all that the
            # first could still bring has come.
            cls.last = fixtures.single_patch(site.tree, "last")
            site.send(*cls.last.mails)
            cls.sent += cls.last.mails
            wait_for(lambda: any(
                answered(mail) == cls.last.top.message_id
                for mail in site.review_mails()), 60, "the last review")
            wait_for(lambda: len(site.review_ids()) >= len(cls.answers) + 2,
                     60, "all reviews")
            site.settle()
        except Exception:
            print(site.describe_failure())
            raise
        cls.reviews = site.review_mails()

    def reviews_of(self, series):
        return [mail for mail in self.reviews if answered(mail) in series.ids]

    def test_list_mail_is_delivered_byte_for_byte(self):
        self.expect_delivered(self.shared, self.sent)

    def test_one_series_mail_and_the_right_patch_mails(self):
        self.assertEqual(
            sorted(answered(mail) for mail in self.reviews_of(self.series)),
            sorted(self.answers))
        # The last series has no cover: the series mail answers patch 1, and
        # so does the mail about that patch.
        self.assertEqual(
            [answered(mail) for mail in self.reviews_of(self.last)],
            [self.last.top.message_id] * 2)

    def test_originals_are_archived_byte_for_byte(self):
        archived = [without_hop(mail) for mail in self.shared.archive.mails()]
        for mail in self.series.mails + self.last.mails:
            self.assertEqual(archived.count(mail.message), 1,
                             mail.message_id)

    def test_nothing_else_is_archived(self):
        self.assertEqual(
            sorted(self.shared.archive.message_ids()),
            sorted(self.series.ids + self.last.ids
                   + [message_id_of(mail) for mail in self.reviews]))
        self.expect_no_duplicates(self.shared)

    def test_review_mails_are_threaded_under_the_originals(self):
        thread = {mail["m"] for mail in self.shared.archive.query(
            "m:" + self.series.top.message_id, threads=True) if mail}
        self.assertEqual(thread, set(self.series.ids) | {
            message_id_of(mail) for mail in self.reviews_of(self.series)})
        for mail in self.reviews_of(self.series):
            references = re.findall("<([^>]+)>", header(mail, "References"))
            self.assertEqual(references[-1], answered(mail))
            self.assertEqual(references[0], self.series.top.message_id)
        page = self.shared.archive.fetch(
            self.series.top.message_id + "/T/").decode()
        for mail in self.reviews_of(self.series):
            self.assertIn(message_id_of(mail), page)

    def test_headers_of_a_review_mail(self):
        subjects = {mail.message_id: header(mail.message, "Subject")
                    for mail in self.series.mails + self.last.mails}
        for mail in self.reviews:
            self.assertEqual(header(mail, "From"), REVIEW_FROM)
            self.assertEqual(header(mail, "To"), ARCHIVE_ADDRESS)
            self.assertEqual(header(mail, "Cc"), "")
            self.assertEqual(header(mail, "Bcc"), "")
            self.assertEqual(header(mail, "Subject"),
                             "Re: " + subjects[answered(mail)])
            self.assertIn(f"<{REVIEW_LIST_ID}>", header(mail, "List-Id"))
            self.assertEqual(header(mail, "Auto-Submitted"), "auto-generated")
            self.assertTrue(header(mail, "X-Patchmilter").startswith("v="))
            self.assertNotIn(fixtures.MAIN_LIST_ID.encode(),
                             mail.partition(b"\n\n")[0])
            self.assertTrue(message_id_of(mail).endswith(
                "@review.example.test"))

    def test_a_patch_mail_quotes_what_was_received(self):
        for number in fixtures.FLAWED_PATCHES:
            patch = self.series.patch(number)
            mail, = (mail for mail in self.reviews_of(self.series)
                     if answered(mail) == patch.message_id)
            body = mail.partition(b"\n\n")[2].decode()
            quoted = [line[2:] for line in body.partition("\n-- \n")[0]
                      .splitlines() if line.startswith("> ")]
            self.assertTrue(quoted, body)
            for line in quoted:
                self.assertIn(line.rstrip(),
                              [one.rstrip() for one in
                               patch.message.decode().splitlines()])

    def test_each_footer_line_is_found_by_its_query(self):
        holders = {}
        for mail in self.reviews:
            for line in footer(mail):
                for query in queries_for(line):
                    holders.setdefault(query, set()).add(message_id_of(mail))
        kinds = {re.match(r'nq:"?([A-Z][\w-]*|severity)', query).group(1)
                 for query in holders}
        self.assertEqual(kinds, {"Review-Of", "Patch-Author", "Patch-File",
                                 "Patch-Id", "severity"})
        for query, ids in holders.items():
            self.assertEqual(set(self.shared.archive.query_ids(query)), ids,
                             query)

    def test_every_patch_mail_has_its_footer_lines(self):
        for number in fixtures.FLAWED_PATCHES:
            patch = self.series.patch(number)
            mail, = (mail for mail in self.reviews_of(self.series)
                     if answered(mail) == patch.message_id)
            lines = footer(mail)
            self.assertIn(f"Review-Of: <{patch.message_id}>", lines)
            self.assertIn("Patch-Author: Ada Example"
                          " <ada@author.example.test>", lines)
            for path in re.findall(r"(?m)^\+\+\+ b/(\S+)$",
                                   patch.message.decode()):
                self.assertTrue(any(re.match(
                    rf"Patch-File: {re.escape(path)}(:\d+)?$", line)
                    for line in lines), (path, lines))

    def test_the_list_id_tells_reviews_from_originals(self):
        query = self.shared.archive.query_ids
        self.assertEqual(query("l:" + REVIEW_LIST_ID),
                         sorted(message_id_of(mail) for mail in self.reviews))
        self.assertEqual(query("l:" + fixtures.MAIN_LIST_ID),
                         sorted(self.series.ids + self.last.ids))

    def test_only_configured_recipients_are_mailed(self):
        site = self.shared
        wait_for(site.postfix.queue_is_empty, 30, "Postfix's queue")
        recipients = set(re.findall(r" to=<([^>]*)>", site.postfix.log_text()))
        self.assertEqual(recipients, {MAIN_LIST, ARCHIVE_ADDRESS,
                                      REVIEW_LIST_ADDRESS})
        for mail in site.archive.mails():
            self.assertEqual(header(mail, "Return-Path"),
                             f"<{REVIEW_BOUNCE}>")

    def test_the_review_list_gets_the_reviews_alone(self):
        mails = self.shared.delivered(REVIEW_LIST_ADDRESS)
        self.assertEqual(
            sorted(answered(mail) for mail in mails),
            sorted(answered(mail) for mail in self.reviews))
        for mail in mails:
            self.assertEqual(header(mail, "To"), REVIEW_LIST_ADDRESS)
        # Two destinations, two mails: never one Message-ID for both.
        self.assertEqual(
            {message_id_of(mail) for mail in mails}
            & {message_id_of(mail) for mail in self.reviews}, set())

    def test_web_pages_and_feeds(self):
        archive = self.shared.archive
        for path in ("", "new.atom", self.series.top.message_id + "/T/",
                     self.series.top.message_id + "/t.atom"):
            self.assertTrue(archive.fetch(path), path)
        feed = xml.etree.ElementTree.fromstring(archive.fetch(
            self.series.top.message_id + "/t.atom"))
        entries = feed.findall("{http://www.w3.org/2005/Atom}entry")
        self.assertEqual(len(entries), 6 + len(self.answers))

    def test_news_server(self):
        archive = self.shared.archive
        wanted = set(archive.message_ids())
        wait_for(lambda: wanted <= set(archive.news_ids()), 60,
                 "the articles")


class SecondRun(site_test.SiteTest):
    """The same mails again, the same daemons again: nothing more comes."""

    def test_a_second_run_adds_nothing(self):
        site = self.site()
        site.start()
        series = fixtures.flawed_series(site.tree)
        site.send(*series.mails)
        wait_for(lambda: len(site.archive.message_ids()) >= 6 + 4, 90,
                 "the archive")
        first = sorted(site.archive.message_ids())
        self.assertEqual(len(first), 10)

        for process in (site.reviewer, site.milter):
            process.stop()
        site.start_milter()
        site.start_reviewer()
        site.send(*series.mails)
        # Whatever the second posting brings has come when a later series,
        # which waits as long, is archived.
        later = fixtures.single_patch(site.tree, "later")
        site.send(*later.mails)
        wait_for(lambda: later.top.message_id in
                 [answered(mail) for mail in site.review_mails()], 60,
                 "the later review")
        wait_for(lambda: len(site.archive.message_ids()) >= 13, 60,
                 "the whole archive")
        site.reviewer.stop()
        site.start_reviewer(arguments=["--once"])
        self.assertEqual(site.reviewer.wait(), 0)
        site.settle()
        again = [name for name in site.archive.message_ids()
                 if name not in later.ids]
        reviews_of_later = {message_id_of(mail)
                            for mail in site.review_mails()
                            if answered(mail) in later.ids}
        self.assertEqual(sorted(set(again) - reviews_of_later), first)
        self.expect_no_duplicates(site)
        self.expect_delivered(site, series.mails * 2 + later.mails)


if __name__ == "__main__":
    site_test.main()
