"""patchmilterd on a real sendmail: what is captured and what is delivered are
the bytes that were sent; a killed or hung milter costs no mail."""

import os
import re
import unittest

import intake_files
from daemon import Daemon
from sendmail_site import Sendmail, submit

LIST = b"list@lists.example.org"
HEAD = (b"From: A <a@example.org>\r\nTo: " + LIST + b"\r\n"
        b"Date: Fri, 20 Nov 2026 21:00:00 +0000\r\n"
        b"Message-ID: <%s@example.org>\r\nSubject: [PATCH] %s\r\n")


def mail(name, headers=b"", body=b"body\r\n"):
    return HEAD % (name, name) + headers + b"\r\n" + body


MAILS = {
    b"plain": mail(b"plain"),
    b"folded": mail(b"folded", b"X-Folded: a\r\n\tb\r\n   c\r\n"
                               b"X-None:x\r\nX-Wide:   y \r\n"),
    b"eight-bit": mail(b"eight-bit",
                       b"MIME-Version: 1.0\r\n"
                       b"Content-Type: text/plain; charset=utf-8\r\n"
                       b"Content-Transfer-Encoding: 8bit\r\n",
                       "Grüße\r\n".encode() + b"\xff\xfe\r\n"),
    b"dots": mail(b"dots", body=b".\r\n..\r\n.x\r\n\r\n\r\n"),
    b"patch": mail(b"patch", body=b"---\r\n f | 2 +-\r\n\r\n"
                                  b"@@ -1 +1 @@\r\n-a \r\n+\tb\r\n-- \r\n2\r\n"
                                  * 4000),
}


def without_trace(raw):
    """Without the Received header that the last hop put in front."""
    match = re.match(rb"Received: .*?\r\n(?![ \t])", raw, re.DOTALL)
    return raw[match.end():] if match else raw


class SendmailTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sendmail = Sendmail(os.environ["PATCHMILTER_TEST_PACKAGES"])
        cls.addClassCleanup(cls.sendmail.clean_up)
        cls.sendmail.start()

    def daemon(self, **environment):
        daemon = Daemon(socket="unix:" + self.sendmail.socket_path)
        daemon.socket_path = self.sendmail.socket_path
        self.addCleanup(daemon.clean_up)
        return daemon.start(environment)

    def send(self, raw, recipients=(LIST,)):
        return submit(self.sendmail.port, b"a@example.org", recipients, raw)

    def test_captured_and_delivered_are_what_was_sent(self):
        daemon = self.daemon()
        for raw in MAILS.values():
            self.send(raw)
        self.send(mail(b"elsewhere"), [b"user@example.org"])
        got = intake_files.records(daemon.intake)
        self.assertEqual(len(got), len(MAILS))
        for (name, raw), record in zip(MAILS.items(), got, strict=True):
            with self.subTest(name):
                self.assertEqual(record["raw"], raw)
                self.assertEqual(record["sender"], b"a@example.org")
                self.assertEqual(record["recipients"], [LIST])
                self.assertRegex(record["queue_id"], rb"^[0-9A-Za-z]{10,}$")
                delivered = self.sendmail.sink.wait_for(
                    b"Message-ID: <" + name + b"@")
                self.assertEqual(without_trace(delivered), raw)
        self.sendmail.sink.wait_for(b"Message-ID: <elsewhere@")

    def test_killed(self):
        daemon = self.daemon()
        self.send(mail(b"before-kill"))
        daemon.kill()
        self.assertLess(self.send(mail(b"after-kill")), 2)
        self.sendmail.sink.wait_for(b"Message-ID: <after-kill@")
        daemon.start()
        self.send(mail(b"after-start"))
        self.sendmail.sink.wait_for(b"Message-ID: <after-start@")
        subjects = [re.search(rb"<([a-z-]+)@example.org>\r\nSubject",
                              r["raw"]).group(1)
                    for r in intake_files.records(daemon.intake)]
        self.assertEqual(subjects, [b"before-kill", b"after-start"])

    def test_hung_intake(self):
        daemon = self.daemon(PATCHMILTER_TEST_INTAKE_DELAY_MS="60000")
        self.assertLess(self.send(mail(b"hung")), 4)
        self.sendmail.sink.wait_for(b"Message-ID: <hung@")
        daemon.wait_for("answered at the deadline")


if __name__ == "__main__":
    unittest.main()
