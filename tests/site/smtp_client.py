"""A raw SMTP client: the bytes given are the bytes sent.

smtplib and swaks mend line ends and headers; a test of "delivered byte for
byte" must not. Input lines end in LF or CRLF; on the wire they end in CRLF,
a leading dot is doubled (RFC 5321, 4.5.2), and nothing else is touched.
"""

import socket


class SmtpError(Exception):
    """An answer other than the expected; `code` is its number."""

    def __init__(self, code, text):
        super().__init__(f"{code} {text}")
        self.code = code


def to_wire(message):
    """Message bytes as they travel after DATA, the final dot included."""
    lines = message.replace(b"\r\n", b"\n").split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return b"".join(
        (b"." if line.startswith(b".") else b"") + line + b"\r\n"
        for line in lines) + b".\r\n"


class SmtpClient:
    """One connection, for any number of mails. Not for several threads."""

    def __init__(self, port, host="127.0.0.1", timeout=60.0):
        self._socket = socket.create_connection((host, port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        try:
            self._answer(220)
            self._command(b"EHLO sender.example.test", 250)
        except Exception:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        """Without QUIT where the other side is gone."""
        try:
            self._command(b"QUIT", 221)
        except (OSError, SmtpError, ValueError):
            pass
        self._file.close()
        self._socket.close()

    def send(self, message, sender, recipients):
        """SmtpError unless every step is taken; the queue's answer if so."""
        self._command(b"MAIL FROM:<%s> BODY=8BITMIME" % sender.encode(), 250)
        for recipient in recipients:
            self._command(b"RCPT TO:<%s>" % recipient.encode(), 250)
        self._command(b"DATA", 354)
        self._socket.sendall(to_wire(message))
        return self._answer(250)

    def begin(self, message, sender, recipients):
        """Everything but the final dot: the mail is in flight after this."""
        self._command(b"MAIL FROM:<%s> BODY=8BITMIME" % sender.encode(), 250)
        for recipient in recipients:
            self._command(b"RCPT TO:<%s>" % recipient.encode(), 250)
        self._command(b"DATA", 354)
        self._socket.sendall(to_wire(message)[:-3])

    def finish(self):
        """The final dot of a mail that was begun."""
        self._socket.sendall(b".\r\n")
        return self._answer(250)

    def _command(self, line, expected):
        self._socket.sendall(line + b"\r\n")
        return self._answer(expected)

    def _answer(self, expected):
        text = []
        while True:
            line = self._file.readline(2048)
            if not line.endswith(b"\n"):
                raise ConnectionError("the SMTP server hung up")
            text.append(line[4:].strip().decode("utf-8", "replace"))
            if line[3:4] != b"-":
                break
        code = int(line[:3])
        if code != expected:
            raise SmtpError(code, " / ".join(text))
        return text[-1]
