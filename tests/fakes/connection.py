"""HTTP as the model server speaks it: bodies whole or chunked, streams cut into
small pieces in the worst places, and connections that end as told."""

import http.server
import os
import random
import select
import socket
import struct
import threading
import time

from api import to_json

MAX_BODY = 256 << 20


class Gone(Exception):
    """The client has left, or was left."""


def pieces(data, rng):
    """The bytes in small pieces; inside characters of UTF-8 and between CR and
    LF in any case (the first few of them)."""
    cuts, forced = set(), 0
    for at in range(1, len(data)):
        byte = data[at]
        if (0x80 <= byte < 0xc0) or (byte == 0x0a and data[at - 1] == 0x0d):
            cuts.add(at)
            forced += 1
            if forced >= 64:
                break
    rough = 12 if len(data) < 4096 else len(data) // 300
    at = 0
    while at < len(data):
        at += 1 + int(rng.expovariate(1 / rough))
        cuts.add(at)
    before = 0
    for cut in sorted(cut for cut in cuts if cut < len(data)):
        yield data[before:cut]
        before = cut
    yield data[before:]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "model-server"
    sys_version = ""
    disable_nagle_algorithm = True
    # Set by the server: `front` answers (see model_server.ModelServer).
    front = None

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self._serve()

    def do_POST(self):
        self._serve()

    def do_DELETE(self):
        self._serve()

    def _serve(self):
        try:
            data = self._read_body()
            self.front.serve(self, data)
        except (Gone, OSError, ValueError):
            self.close_connection = True

    def _read_body(self):
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            data = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                if size + len(data) > MAX_BODY:
                    raise Gone
                data += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    return data
        size = int(self.headers.get("content-length") or 0)
        if size > MAX_BODY:
            raise Gone
        data = self.rfile.read(size)
        if len(data) != size:
            raise Gone
        return data

    # What follows is called by the front, in this order.

    def send_whole(self, status, headers, body, content_type):
        data = body if isinstance(body, bytes) else (
            body if isinstance(body, str) else to_json(body)).encode(
                "utf-8", "surrogatepass")
        self._head(status, headers, content_type,
                   [("content-length", str(len(data)))])
        if self.command != "HEAD":
            self.wfile.write(data)
        return data

    def begin_stream(self, status, headers, content_type):
        self._head(status, headers, content_type,
                   [("transfer-encoding", "chunked"),
                    ("cache-control", "no-cache")])

    def _head(self, status, headers, content_type, more):
        self.send_response(status)
        for name, value in [("content-type", content_type),
                            *headers.items(), *more]:
            self.send_header(name, value)
        self.end_headers()

    def send_chunk(self, data):
        self.wfile.write(b"%x\r\n" % len(data) + data + b"\r\n")

    def end_stream(self):
        self.wfile.write(b"0\r\n\r\n")

    def cut_chunk(self):
        """Promises more than comes, and closes."""
        self.wfile.write(b"1000\r\ndata: {")
        raise Gone

    def reset(self):
        """A reset instead of an orderly end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        raise Gone

    def hang(self, stopping):
        """Nothing, until the client leaves or the server ends."""
        while not stopping.is_set():
            ready, _, _ = select.select([self.connection], [], [], 0.2)
            if ready and not self.connection.recv(1, socket.MSG_PEEK):
                break
            if ready:
                time.sleep(0.05)
        raise Gone


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port, handler):
        super().__init__(("127.0.0.1", port), handler)
        self.stopping = threading.Event()

    def server_bind(self):
        # The parent's asks the resolver for a name.
        socket_server = http.server.HTTPServer.__mro__[1]
        socket_server.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        pass


def send_plan(handler, plan, stopping, number, small, sent):
    """Sends what was planned, and puts the bytes of the body into the list
    `sent`. Raises Gone where the client was left."""
    if plan.delay:
        if stopping.wait(plan.delay):
            raise Gone
    sky = plan.transport
    if sky is not None:
        if sky.kind == "hang":
            handler.hang(stopping)
        if sky.kind == "reset":
            if sky.options.get("at") == "headers":
                handler.begin_stream(200, plan.headers, "text/event-stream")
            handler.reset()
        raise Gone  # close
    if plan.began:
        plan.began()
    if plan.stream is None:
        sent.append(handler.send_whole(plan.status, plan.headers, plan.body,
                                       plan.content_type))
    else:
        _send_stream(handler, plan, stopping, random.Random(number), small,
                     sent)


def _send_stream(handler, plan, stopping, rng, small, sent):
    handler.begin_stream(plan.status, plan.headers, plan.content_type)
    waiting = b""

    def flush():
        nonlocal waiting
        data, waiting = waiting, b""
        if not data:
            return
        sent.append(data)
        for piece in pieces(data, rng) if small else [data]:
            handler.send_chunk(piece)

    for data, action in plan.stream:
        waiting += data
        if action is None:
            continue
        flush()
        if action == "hang":
            handler.hang(stopping)
        elif action == "reset":
            handler.reset()
        elif action == "cut":
            handler.cut_chunk()
        elif action == "stop":
            handler.end_stream()
            return
        else:
            stopping.wait(action)
    flush()
    handler.end_stream()
