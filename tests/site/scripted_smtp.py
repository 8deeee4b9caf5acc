"""An SMTP server that answers what a test tells it to: down, busy, refusing,
or gone after it has taken the mail. Keeps what it was given."""

import socket
import threading


class ScriptedSmtp:
    """Answers come from `script`: called with (recipient, number of this
    mail, from 1) at the final dot; returns a line such as "250 ok" or "451
    busy", or None to hang up without an answer (the mail is kept)."""

    def __init__(self, script=lambda recipient, number: "250 ok"):
        self._script = script
        self._lock = threading.Lock()
        self._mails = []   # (sender, recipients, bytes with CRLF, answer)
        self._listener = None
        # Bound and not listening: connections are refused, nobody else can
        # take the port.
        self._reserved = socket.socket()
        self._reserved.bind(("127.0.0.1", 0))
        self.port = self._reserved.getsockname()[1]

    def start(self):
        self._listener = self._reserved
        self._listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        try:
            self._reserved.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._reserved.close()

    def mails(self, accepted_only=False):
        with self._lock:
            return [mail for mail in self._mails if not accepted_only
                    or (mail[3] or "").startswith("2")]

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,),
                             daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rwb") as stream:
            def answer(line):
                stream.write(line.encode() + b"\r\n")
                stream.flush()

            answer("220 scripted.example.test ESMTP")
            sender, recipients = None, []
            for line in stream:
                verb = line.strip().upper()
                if verb.startswith((b"EHLO", b"HELO")):
                    answer("250-scripted.example.test\r\n250 8BITMIME")
                elif verb.startswith(b"MAIL FROM:"):
                    sender, recipients = _address(line), []
                    answer("250 ok")
                elif verb.startswith(b"RCPT TO:"):
                    recipients.append(_address(line))
                    answer("250 ok")
                elif verb == b"DATA":
                    answer("354 go on")
                    mail = _read_mail(stream)
                    with self._lock:
                        number = len(self._mails) + 1
                    said = self._script(recipients[0], number)
                    with self._lock:
                        self._mails.append((sender, recipients, mail, said))
                    if said is None:
                        return
                    answer(said)
                elif verb == b"QUIT":
                    answer("221 bye")
                    return
                else:
                    answer("250 ok")


def _address(line):
    return line.partition(b"<")[2].partition(b">")[0].decode()


def _read_mail(stream):
    lines = []
    for line in stream:
        if line == b".\r\n":
            break
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)
