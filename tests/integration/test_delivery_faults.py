"""The server that review mails are handed to fails in every way."""

import site_test
from site_test import REVIEW_BOUNCE, message_id_of, wait_for

import fixtures
from mail_site import ARCHIVE_ADDRESS
from scripted_smtp import ScriptedSmtp

_MAILS = 6 + 1 + len(fixtures.FLAWED_PATCHES)


def unix_lines(mail):
    return mail.replace(b"\r\n", b"\n")


class DeliveryFaults(site_test.SiteTest):

    def site_with(self, server, **arguments):
        self.addCleanup(server.close)
        site = self.site(**arguments)
        site.smtp_port = server.port
        site.start()
        series = fixtures.flawed_series(site.tree)
        site.send(*series.mails)
        return site, series

    def expect_all_once(self, server, series):
        accepted = server.mails(accepted_only=True)
        ids = [message_id_of(unix_lines(mail)) for _, _, mail, _ in accepted]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(set(series.ids) - set(ids), set())
        self.assertEqual(len(ids), _MAILS)
        for sender, recipients, _, _ in accepted:
            self.assertEqual((sender, recipients),
                             (REVIEW_BOUNCE, [ARCHIVE_ADDRESS]))

    def test_server_down_then_up(self):
        server = ScriptedSmtp()
        site, series = self.site_with(server)
        wait_for(lambda: "refused" in self.log_of(site).lower()
                 or "connect" in self.log_of(site).lower(), 60,
                 "a failed delivery in the log")
        self.assertEqual(server.mails(), [])
        server.start()
        wait_for(lambda: len(server.mails()) >= _MAILS, 150, "all mails")
        self.expect_all_once(server, series)
        self.expect_delivered(site, series.mails)

    def test_busy_server_is_tried_again(self):
        """Two mails are put off with 451: they come later, unchanged."""
        server = ScriptedSmtp(lambda recipient, number: "451 4.3.2 busy"
                              if number in (2, 5) else "250 ok")
        server.start()
        _, series = self.site_with(server)
        wait_for(lambda: len(server.mails(accepted_only=True)) >= _MAILS, 150,
                 "all mails")
        self.expect_all_once(server, series)

    def test_refused_mail_is_set_aside(self):
        """550 for one mail: never sent again, and shown; the rest goes on."""
        server = ScriptedSmtp(lambda recipient, number: "550 5.7.1 no"
                              if number == 8 else "250 ok")
        server.start()
        site, _ = self.site_with(server)
        wait_for(lambda: len(server.mails()) >= _MAILS, 60, "all mails")
        status = site.run("status").stdout.decode()
        self.assertIn("550", status + site.run(
            "list", "--failed", check=False).stdout.decode())
        site.reviewer.stop()
        site.start_reviewer(arguments=["--once"])
        self.assertEqual(site.reviewer.wait(), 0)
        self.assertEqual(len(server.mails()), _MAILS)

    def test_lost_answer_sends_the_same_bytes_again(self):
        server = ScriptedSmtp(
            lambda recipient, number: None if number == 7 else "250 ok")
        server.start()
        _, series = self.site_with(server)
        wait_for(lambda: len(server.mails(accepted_only=True)) >= _MAILS, 150,
                 "all mails")
        self.expect_all_once(server, series)
        lost, = (mail for _, _, mail, said in server.mails() if said is None)
        self.assertEqual(
            [mail for _, _, mail, said in server.mails()
             if said and message_id_of(unix_lines(mail)) ==
             message_id_of(unix_lines(lost))], [lost])

    def log_of(self, site):
        with open(site.reviewer.log_path, encoding="utf-8") as log:
            return log.read()


if __name__ == "__main__":
    site_test.main()
