"""The MTA's side of the milter protocol (version 6), for tests.

Python 3, standard library only. Speaks to a milter as Postfix and sendmail do:
negotiates, sends macros before each command, waits for an answer exactly where
one was agreed upon. Numbers are those of libmilter/mfdef.h.
"""

import socket
import struct

ALL_ACTIONS = 0x1FF
ALL_STEPS = 0x1FFFFF

NO_UNKNOWN = 0x100
NR_HDR = 0x80
NR_CONN = 0x1000
NR_HELO = 0x2000
NR_MAIL = 0x4000
NR_RCPT = 0x8000
NR_DATA = 0x10000
NR_UNKN = 0x20000
NR_EOH = 0x40000
NR_BODY = 0x80000
HDR_LEADSPC = 0x100000

CONTINUE = b"c"
ACCEPT = b"a"

# What an MTA would do to a mail on such an answer; none may ever come.
HARMFUL = b"drty4f+-2behimq"


class LetGo(Exception):
    """The milter has let the mail go, at the step given."""


class MilterClient:
    def __init__(self, address, timeout=20):
        """`address`: a path, or (host, port)."""
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
        else:
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            self.socket = socket.socket(family)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        self.steps = 0
        self.actions = 0

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Packets.
    def send(self, command, data=b""):
        self.socket.sendall(struct.pack(">I", len(data) + 1) + command + data)

    def receive(self):
        size = struct.unpack(">I", self._exactly(4))[0]
        packet = self._exactly(size)
        answer, data = packet[:1], packet[1:]
        assert answer not in [bytes([c]) for c in HARMFUL], answer
        return answer, data

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise ConnectionError("the milter closed the connection")
            data += piece
        return data

    def macros(self, command, **values):
        data = b"".join(
            name.encode() + b"\0" + value.encode() + b"\0"
            for name, value in values.items()
        )
        self.send(b"D", command + data)

    def step(self, command, data=b"", no_reply=0):
        """One command; the answer, or CONTINUE where none was agreed."""
        self.send(command, data)
        if self.steps & no_reply:
            return CONTINUE
        return self.receive()[0]

    # Steps.
    def negotiate(self, actions=ALL_ACTIONS, steps=ALL_STEPS):
        self.send(b"O", struct.pack(">III", 6, actions, steps))
        answer, data = self.receive()
        assert answer == b"O", answer
        version, self.actions, self.steps = struct.unpack(">III", data[:12])
        assert version <= 6
        assert self.steps & ~steps == 0, "wanted more than was offered"
        return self.actions, self.steps

    def open(self, name="mx.example.org", address="192.0.2.7",
             helo="mx.example.org", **offer):
        self.negotiate(**offer)
        self.connect(name, address)
        self.helo(helo)
        return self

    def connect(self, name, address):
        self.macros(b"C", j="mirror.example.org")
        family = b"6" if ":" in address else b"4"
        return self.step(
            b"C",
            name.encode() + b"\0" + family + struct.pack(">H", 25)
            + address.encode() + b"\0",
            NR_CONN,
        )

    def helo(self, name):
        return self.step(b"H", name.encode() + b"\0", NR_HELO)

    def mail(self, sender, **macros):
        self.macros(b"M", **macros)
        return self.step(b"M", sender + b"\0", NR_MAIL)

    def recipient(self, address, **macros):
        self.macros(b"R", **macros)
        return self.step(b"R", address + b"\0", NR_RCPT)

    def data(self, **macros):
        self.macros(b"T", **macros)
        return self.step(b"T", b"", NR_DATA)

    def header(self, name, value):
        if not self.steps & HDR_LEADSPC and value.startswith(b" "):
            value = value[1:]
        return self.step(b"L", name + b"\0" + value + b"\0", NR_HDR)

    def end_of_headers(self, **macros):
        self.macros(b"N", **macros)
        return self.step(b"N", b"", NR_EOH)

    def body(self, chunk):
        return self.step(b"B", chunk, NR_BODY)

    def end_of_message(self, **macros):
        self.macros(b"E", **macros)
        return self.step(b"E")

    def abort(self):
        self.send(b"A")

    def quit(self):
        self.send(b"Q")

    def quit_new_connection(self):
        self.send(b"K")

    def message(self, raw, sender=b"<author@example.org>",
                recipients=(b"<list@lists.example.org>",), queue_id="QID1",
                chunk=65535):
        """Sends a whole mail, as an MTA shows it. Returns the step at which
        the milter was done with it: "data", "eoh" or "eom"."""
        self.mail(sender)
        for recipient in recipients:
            self.recipient(recipient)
        if self.data(i=queue_id) == ACCEPT:
            return "data"
        head, _, body = raw.partition(b"\r\n\r\n")
        for name, value in headers_of(head):
            assert self.header(name, value) == CONTINUE
        if self.end_of_headers(i=queue_id) == ACCEPT:
            return "eoh"
        for start in range(0, len(body), chunk):
            assert self.body(body[start:start + chunk]) == CONTINUE
        answer = self.end_of_message(i=queue_id)
        assert answer in (CONTINUE, ACCEPT), answer
        return "eom"


def headers_of(head):
    """The headers as (name, value), folds as LF, as MTAs show them."""
    fields = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += b"\n" + line
        else:
            fields.append(line)
    return [tuple(field.split(b":", 1)) for field in fields]
