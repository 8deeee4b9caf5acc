"""patchmilterd as an MTA sees it: the built program, over its socket."""

import ctypes
import json
import os
import re
import resource
import signal
import socket
import subprocess
import threading
import time
import unittest

import intake_files
from daemon import LISTS, PATCHMILTERD, RECIPIENTS_ONLY, Daemon
from milter_client import (ACCEPT, ALL_STEPS, CONTINUE, HDR_LEADSPC,
                           NO_UNKNOWN, NR_BODY, NR_HDR, MilterClient)

PLAIN = (b"From: A <a@example.org>\r\nSubject: [PATCH] x\r\n"
         b"List-Id: Dev <dev.lists.example.org>\r\n\r\nbody\r\n")
DESTINATION = """
[[destination]]
name = "reviews"
kind = "list"
address = "reviews@example.org"
"""


class ProtocolTest(unittest.TestCase):
    def daemon(self, *args, **kwargs):
        daemon = Daemon(*args, **kwargs)
        self.addCleanup(daemon.clean_up)
        return daemon

    def client(self, daemon, **offer):
        client = MilterClient(daemon.address)
        self.addCleanup(client.close)
        return client.open(**offer)

    def raws(self, daemon):
        return [r["raw"] for r in intake_files.records(daemon.intake)]


class ByteExactness(ProtocolTest):
    MAILS = {
        "plain": PLAIN,
        "folded": b"List-Id: =?utf-8?q?x?=\r\n <dev.lists.\r\n\texample.org>"
                  b"\r\nSubject: a\r\n  b\r\n\tc\r\n\r\nx\r\n",
        "no space after the colon": b"List-Id:<dev.lists.example.org>\r\n"
                                    b"Subject:x\r\nX-Tab:\ty \r\nX-Empty:\r\n"
                                    b"X-Two:  z\r\n\r\nx\r\n",
        "nul and 8-bit": b"List-Id: <dev.lists.example.org>\r\n"
                         b"Subject: \xc3\xa4 \xff\r\n\r\na\0b\xff\xfe\r\n\0",
        "long lines": b"List-Id: <dev.lists.example.org>\r\nX-Long: "
                      + b"y" * 50000 + b"\r\n\r\n" + b"z" * 300000 + b"\r\n",
        "no body": b"List-Id: <dev.lists.example.org>\r\n\r\n",
        "no final line end": b"List-Id: <dev.lists.example.org>\r\n\r\nend",
        "bare LF and CR": b"List-Id: <dev.lists.example.org>\r\n\r\n"
                          b"a\nb\rc\r\n\r\n.\r\n",
        "many headers": b"".join(b"X-%d: %d\r\n" % (i, i) for i in range(900))
                        + b"LIST-ID: <DEV.lists.example.org>\r\n\r\nx\r\n",
    }

    def check(self, socket_name, **offer):
        daemon = self.daemon(socket=socket_name).start()
        client = self.client(daemon, **offer)
        for name, raw in self.MAILS.items():
            with self.subTest(name):
                # Several mails on one connection.
                self.assertEqual(client.message(raw, queue_id=name), "eom")
        got = intake_files.records(daemon.intake)
        for (name, raw), record in zip(self.MAILS.items(), got, strict=True):
            with self.subTest(name):
                self.assertEqual(record["raw"], raw)
                self.assertEqual(record["queue_id"], name.encode())
                self.assertFalse(record["truncated"])

    def test_unix(self):
        self.check(None)

    def test_inet(self):
        self.check("inet:0@127.0.0.1")

    def test_mta_without_no_reply_flags(self):
        self.check(None, steps=HDR_LEADSPC)

    def test_mta_without_leading_space(self):
        daemon = self.daemon().start()
        client = self.client(daemon, steps=0)
        self.assertEqual(client.message(PLAIN), "eom")
        self.assertEqual(self.raws(daemon), [PLAIN])

    def test_body_in_single_bytes(self):
        daemon = self.daemon().start()
        client = self.client(daemon)
        self.assertEqual(client.message(PLAIN, chunk=1), "eom")
        self.assertEqual(self.raws(daemon), [PLAIN])

    def test_large(self):
        # Larger than a segment.
        daemon = self.daemon().start()
        raw = PLAIN + b"0123456789abcdef" * (5 << 16)
        client = self.client(daemon)
        self.assertEqual(client.message(raw), "eom")
        self.assertEqual(client.message(PLAIN), "eom")
        self.assertEqual(self.raws(daemon), [raw, PLAIN])

    def test_cut_at_max_message(self):
        daemon = self.daemon(intake={"max_message": '"64KiB"'}).start()
        raw = PLAIN + b"x" * 100000
        client = self.client(daemon)
        self.assertEqual(client.message(raw, queue_id="BIG"), "eom")
        record = intake_files.records(daemon.intake)[0]
        self.assertTrue(record["truncated"])
        self.assertEqual(record["raw"], raw[:64 << 10])
        daemon.wait_for("BIG: stored list=by-id")

    def test_envelope(self):
        daemon = self.daemon().start()
        client = MilterClient(daemon.address)
        self.addCleanup(client.close)
        client.open(name="mx.example.net", address="2001:db8::7", helo="hello")
        before = int(time.time())
        client.message(PLAIN, sender=b"<>", queue_id="4Fxyz",
                       recipients=[b"<one@x.org>", b"<LIST@lists.example.org>"])
        record = intake_files.records(daemon.intake)[0]
        self.assertEqual(record["list"], b"by-id")
        self.assertEqual(record["sender"], b"")
        self.assertEqual(record["recipients"],
                         [b"one@x.org", b"LIST@lists.example.org"])
        self.assertEqual(record["client_name"], b"mx.example.net")
        self.assertEqual(record["client_address"], b"2001:db8::7")
        self.assertEqual(record["helo"], b"hello")
        self.assertEqual(record["queue_id"], b"4Fxyz")
        self.assertTrue(before <= record["arrival"] <= time.time())
        daemon.wait_for("4Fxyz: stored list=by-id size=%d" % len(PLAIN))


class LettingGo(ProtocolTest):
    ELSEWHERE = (b"<user@example.org>",)

    def test_when(self):
        by_address = (b"From: a@example.org\r\nCc: x, \"Y, Z\"\r\n"
                      b" <Other@Lists.example.org>\r\n\r\nb\r\n")
        other = b"From: a@example.org\r\nList-Id: <z.example.org>\r\n\r\nb\r\n"
        cases = [
            # configuration, mail, recipients, step, list
            (RECIPIENTS_ONLY, other, self.ELSEWHERE, "data", None),
            (RECIPIENTS_ONLY, other, (b"<list@lists.example.org>",), "eom",
             b"by-recipient"),
            (LISTS, other, self.ELSEWHERE, "eoh", None),
            (LISTS, PLAIN, self.ELSEWHERE, "eom", b"by-id"),
            (LISTS, by_address, self.ELSEWHERE, "eom", b"by-address"),
            (LISTS, other, (b"<list@lists.example.org>",), "eom",
             b"by-recipient"),
            (LISTS + DESTINATION, PLAIN, (b"<Reviews@example.org>",), "data",
             None),
            (LISTS + DESTINATION, PLAIN,
             (b"<reviews@example.org>", b"<user@example.org>"), "eom",
             b"by-id"),
        ]
        for lists, raw, recipients, step, name in cases:
            for where in (None, "inet:0@127.0.0.1"):
                with self.subTest(step=step, name=name, where=where):
                    daemon = self.daemon(lists, socket=where).start()
                    client = self.client(daemon)
                    got = client.message(raw, recipients=recipients)
                    self.assertEqual(got, step)
                    lists_got = [
                        r["list"] for r in intake_files.records(daemon.intake)]
                    self.assertEqual(lists_got, [name] if name else [])
                    # The connection goes on with the next mail.
                    self.assertEqual(
                        client.message(raw, recipients=recipients), step)

    def test_flags(self):
        daemon = self.daemon().start()
        client = MilterClient(daemon.address)
        self.addCleanup(client.close)
        actions, steps = client.negotiate()
        self.assertEqual(actions, 0, "asked to be allowed to change mail")
        self.assertTrue(steps & HDR_LEADSPC)
        self.assertTrue(steps & NR_HDR and steps & NR_BODY)
        inet = self.daemon(socket="inet:0@127.0.0.1").start()
        client = MilterClient(inet.address)
        self.addCleanup(client.close)
        _, steps = client.negotiate()
        self.assertEqual(steps, HDR_LEADSPC,
                         "a no-reply flag on TCP costs 43 ms a mail")


class Connections(ProtocolTest):
    def test_abort(self):
        daemon = self.daemon().start()
        client = self.client(daemon)
        client.mail(b"<a@example.org>")
        client.recipient(b"<list@lists.example.org>")
        client.data(i="GONE")
        client.header(b"Subject", b" gone")
        client.abort()
        self.assertEqual(client.message(PLAIN, queue_id="STAYS"), "eom")
        client.mail(b"<a@example.org>")
        client.abort()
        client.abort()
        client.quit()
        got = intake_files.records(daemon.intake)
        self.assertEqual([r["queue_id"] for r in got], [b"STAYS"])
        self.assertEqual(got[0]["raw"], PLAIN)

    def test_new_connection_without_negotiation(self):
        daemon = self.daemon().start()
        client = self.client(daemon)
        self.assertEqual(client.message(PLAIN), "eom")
        client.quit_new_connection()
        client.connect("second.example.org", "192.0.2.8")
        client.helo("second")
        self.assertEqual(client.message(PLAIN), "eom")
        got = intake_files.records(daemon.intake)
        self.assertEqual([r["client_name"] for r in got],
                         [b"mx.example.org", b"second.example.org"])
        self.assertEqual([r["raw"] for r in got], [PLAIN, PLAIN])

    def test_broken_connection(self):
        daemon = self.daemon().start()
        for packet in (b"", b"\0", b"\xff" * 64, b"\0\0\0\1M", b"\0\0\0\5Lab"):
            client = MilterClient(daemon.address)
            client.socket.sendall(packet)
            client.close()
        client = self.client(daemon)
        client.mail(b"<a@example.org>")
        client.close()
        self.assertEqual(self.client(daemon).message(PLAIN), "eom")

    def test_many_at_once(self):
        daemon = self.daemon().start()
        errors = []

        def run(number):
            try:
                with MilterClient(daemon.address) as client:
                    client.open()
                    for i in range(20):
                        client.message(PLAIN + b"x" * (i * 997),
                                       queue_id=f"Q{number}-{i}")
            except Exception as error:  # pylint: disable=broad-except
                errors.append(error)

        threads = [threading.Thread(target=run, args=(n,)) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        got = intake_files.records(daemon.intake)
        self.assertEqual(len({r["queue_id"] for r in got}), 320)
        sequences = [r["sequence"] for r in got]
        self.assertEqual(sequences, list(range(1, 321)))


class Deadline(ProtocolTest):
    def test_hung_disk(self):
        # Longer than the deadline, many at a time: each has its answer.
        daemon = self.daemon().start(
            {"PATCHMILTER_TEST_INTAKE_DELAY_MS": "3500"})
        took = []

        def run(number):
            # From the connection on: libmilter may take a while to serve one,
            # when all its threads wait for the disk, and what it waits counts.
            start = time.monotonic()
            with MilterClient(daemon.address) as client:
                client.open()
                client.message(PLAIN, queue_id=f"LATE{number}")
                took.append(time.monotonic() - start)

        threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(took), 8)
        for seconds in took:
            self.assertGreaterEqual(seconds, 1.9)
        # Before the disk let go, and written all the same. The daemon says so
        # itself: on a busy machine our own clock tells when we were woken.
        for number in range(8):
            daemon.wait_for(f"LATE{number}: answered at the deadline")
            daemon.wait_for(f"LATE{number}: stored late")
        self.assertEqual(len(self.raws(daemon)), 8)
        status, _ = daemon.stop()
        self.assertEqual(status, 0)
        daemon.wait_for("counters messages=8 stored=0 let_go=0 failed=0 late=8"
                        " late_stored=8")

    def test_term_while_hung(self):
        daemon = self.daemon().start(
            {"PATCHMILTER_TEST_INTAKE_DELAY_MS": "60000"})
        client = self.client(daemon)
        client.message(PLAIN)
        # It waits for its end, and not for the minute that the disk takes.
        daemon.stop()


class FullDisk(ProtocolTest):
    def test_file_size_limit(self):
        # No segment can be made at all: mail goes on, at once.
        daemon = self.daemon()
        daemon.start(preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (1 << 16, 1 << 16)))
        client = self.client(daemon)
        for number in range(5):
            self.assertEqual(
                client.message(PLAIN, queue_id=f"FULL{number}"), "eom")
        daemon.wait_for("FULL4: not stored list=by-id")
        self.assertNotIn("at the deadline", "\n".join(daemon.lines))
        self.assertEqual(daemon.stop()[0], 0)
        daemon.wait_for("failed=5")

    def test_recovers_when_the_reader_goes_on(self):
        daemon = self.daemon(intake={"max_size": '"3MiB"',
                                     "max_message": '"1MiB"'}).start()
        client = self.client(daemon)
        raw = PLAIN + b"x" * 200000
        for number in range(30):
            client.message(raw, queue_id=f"M{number}")
            if any("not stored" in line for line in daemon.lines):
                break
        daemon.wait_for("the intake is full")
        stored = len(self.raws(daemon))
        self.assertGreater(stored, 5)
        # The reader has read it all.
        os.makedirs(daemon.intake + "/cursor", exist_ok=True)
        newest = intake_files.segments(daemon.intake)[-1]
        number = int(re.search(r"segment-([0-9a-f]+)", newest).group(1), 16)
        with open(daemon.intake + "/cursor/position", "w",
                  encoding="utf-8") as file:
            file.write(f"{number} 4096\n")
        daemon.wait_for("there is room again")
        client.message(raw, queue_id="AGAIN")
        daemon.wait_for("AGAIN: stored")


class StartAndStop(ProtocolTest):
    def test_kill_and_start_again(self):
        daemon = self.daemon().start()
        answered = 0
        for _ in range(5):
            client = self.client(daemon)
            for _ in range(7):
                client.message(PLAIN)
                answered += 1
            client.mail(b"<a@example.org>")  # In flight: the MTA's own.
            daemon.kill()
            with self.assertRaises(OSError):
                client.message(PLAIN)
            daemon.start()  # Over the stale socket file.
            daemon.wait_for("removing the stale socket")
        got = intake_files.records(daemon.intake)
        self.assertEqual(len(got), answered)
        self.assertEqual([r["sequence"] for r in got],
                         list(range(1, answered + 1)))

    def test_term_is_quick_when_idle(self):
        daemon = self.daemon().start()
        self.client(daemon)
        status, _ = daemon.stop()
        self.assertEqual(status, 0)
        # It waited for nobody.
        self.assertNotIn("unfinished", "\n".join(daemon.lines))
        self.assertFalse(os.path.exists(daemon.socket_path))
        with open(daemon.intake + "/status.json", encoding="utf-8") as file:
            self.assertGreater(json.load(file)["stopped"], 0)

    def test_term_lets_a_mail_in_flight_finish(self):
        daemon = self.daemon().start()
        client = self.client(daemon)
        client.mail(b"<a@example.org>")
        client.recipient(b"<list@lists.example.org>")
        client.data(i="FLIGHT")
        daemon.signal(signal.SIGTERM)
        while os.path.exists(daemon.socket_path):
            time.sleep(0.01)
        client.header(b"Subject", b" x")
        client.end_of_headers()
        client.body(b"body\r\n")
        client.end_of_message()
        self.assertEqual(daemon.process.wait(timeout=20), 0)
        self.assertEqual(self.raws(daemon), [b"Subject: x\r\n\r\nbody\r\n"])

    def test_term_that_libmilter_takes(self):
        # Any thread of a process may be given a signal that is sent to it;
        # here it is sent to each that is not the main one.
        daemon = self.daemon().start()
        self.assertEqual(self.client(daemon).message(PLAIN), "eom")
        pid = daemon.process.pid
        tgkill = ctypes.CDLL(None, use_errno=True).tgkill
        for thread in os.listdir(f"/proc/{pid}/task"):
            if int(thread) != pid:
                tgkill(pid, int(thread), signal.SIGTERM)
        self.assertEqual(daemon.process.wait(timeout=20), 0)
        daemon.wait_for("stopped")
        self.assertEqual(self.raws(daemon), [PLAIN])

    def test_term_with_a_mail_that_never_ends(self):
        daemon = self.daemon().start()
        client = self.client(daemon, steps=HDR_LEADSPC)
        client.mail(b"<a@example.org>")
        status, _ = daemon.stop()
        self.assertEqual(status, 0)
        daemon.wait_for("stopping with mails=1 unfinished")

    def test_mail_that_begins_while_stopping_is_let_go(self):
        daemon = self.daemon().start()
        # Steps that are answered: the daemon has seen them.
        holder = self.client(daemon, steps=HDR_LEADSPC)
        other = self.client(daemon)
        holder.mail(b"<a@example.org>")
        daemon.signal(signal.SIGTERM)
        while os.path.exists(daemon.socket_path):
            time.sleep(0.01)
        self.assertEqual(other.message(PLAIN), "data")
        self.assertEqual(daemon.process.wait(timeout=20), 0)
        daemon.wait_for("missed=1")

    def test_reload(self):
        daemon = self.daemon(RECIPIENTS_ONLY).start()
        client = self.client(daemon)
        elsewhere = (b"<user@example.org>",)
        self.assertEqual(client.message(PLAIN, recipients=elsewhere), "data")
        daemon.write_config(LISTS)
        daemon.signal(signal.SIGUSR1)
        daemon.wait_for("reload: lists=3")
        self.assertEqual(client.message(PLAIN, recipients=elsewhere), "eom")
        # All or nothing.
        daemon.write_config(RECIPIENTS_ONLY + "\nnonsense = 1\n")
        daemon.signal(signal.SIGUSR1)
        daemon.wait_for("reload: nothing was changed")
        self.assertEqual(client.message(PLAIN, recipients=elsewhere), "eom")

    def test_hup_does_not_stop_it(self):
        daemon = self.daemon().start()
        for _ in range(20):
            daemon.signal(signal.SIGHUP)
        client = self.client(daemon)
        self.assertEqual(client.message(PLAIN), "eom")
        # libmilter's listener would have noticed a stop within five seconds.
        with self.assertRaises(subprocess.TimeoutExpired):
            daemon.process.wait(timeout=6)
        self.assertEqual(self.client(daemon).message(PLAIN), "eom")

    def test_socket_in_use(self):
        daemon = self.daemon().start()
        second = self.daemon(socket=daemon.socket)
        second.start(wait=False)
        self.assertEqual(second.process.wait(timeout=20), 1)
        line = second.wait_for("in use")
        self.assertIn(f"pid {daemon.process.pid} (patchmilterd)", line)
        self.assertEqual(self.client(daemon).message(PLAIN), "eom")

    def test_intake_in_use(self):
        daemon = self.daemon().start()
        second = self.daemon()
        second.intake = daemon.intake
        second.write_config(LISTS)
        second.start(wait=False)
        self.assertEqual(second.process.wait(timeout=20), 1)
        line = second.wait_for("in use by a running process")
        self.assertIn(f"pid {daemon.process.pid}", line)
        self.assertEqual(self.client(daemon).message(PLAIN), "eom")

    def test_path_taken_by_a_file(self):
        daemon = self.daemon()
        with open(daemon.socket_path, "w", encoding="utf-8") as file:
            file.write("precious")
        daemon.start(wait=False)
        self.assertEqual(daemon.process.wait(timeout=20), 1)
        daemon.wait_for("exists and is not a socket")
        with open(daemon.socket_path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious")

    def test_socket_mode(self):
        daemon = self.daemon(milter='socket_mode = "0606"').start()
        self.assertEqual(os.stat(daemon.socket_path).st_mode & 0o777, 0o606)

    def test_tight_umask_locks_nobody_out(self):
        daemon = self.daemon()
        daemon.start(preexec_fn=lambda: os.umask(0o077))
        self.client(daemon).message(PLAIN)
        self.assertEqual(os.stat(daemon.socket_path).st_mode & 0o777, 0o660)
        for path in intake_files.segments(daemon.intake):
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)

    def passed_socket(self):
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        return listener

    def test_inherited_descriptor(self):
        listener = self.passed_socket()
        daemon = self.daemon(socket=f"fd:{listener.fileno()}")
        listener.bind(daemon.socket_path)
        listener.listen(5)
        daemon.start(pass_fds=(listener.fileno(),))
        self.assertEqual(self.client(daemon).message(PLAIN), "eom")
        daemon.stop()
        # It was not ours to remove.
        self.assertTrue(os.path.exists(daemon.socket_path))

    def test_socket_activation(self):
        listener = self.passed_socket()
        daemon = self.daemon(socket="unix:/nowhere/at/all")
        listener.bind(daemon.socket_path)
        listener.listen(5)
        held = listener.fileno()

        def activate():
            os.dup2(held, 3)
            os.environ["LISTEN_PID"] = str(os.getpid())

        # LISTEN_PID is the daemon's own: a shell execs it.
        daemon.process = subprocess.Popen(
            ["/bin/sh", "-c",
             'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --config "$1"',
             PATCHMILTERD, daemon.config],
            stderr=subprocess.PIPE, text=True, preexec_fn=activate,
            pass_fds=(3,))
        daemon.reader = threading.Thread(
            target=daemon._read, args=(daemon.process,), daemon=True)
        daemon.reader.start()
        daemon.wait_for("listening on fd:3")
        self.assertEqual(self.client(daemon).message(PLAIN), "eom")
        self.assertEqual(daemon.stop()[0], 0)

    def test_descriptor_that_is_none(self):
        for number in ("57", "0"):
            daemon = self.daemon(socket="fd:" + number)
            daemon.start(wait=False, stdin=subprocess.DEVNULL)
            self.assertEqual(daemon.process.wait(timeout=20), 1)
            daemon.wait_for("is not a socket")

    def test_notifies_systemd(self):
        daemon = self.daemon()
        notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notified.close)
        notified.bind(daemon.directory + "/notify")
        notified.settimeout(20)
        daemon.start({"NOTIFY_SOCKET": daemon.directory + "/notify"})
        self.assertEqual(notified.recv(100), b"READY=1")
        daemon.stop()
        self.assertEqual(notified.recv(100), b"STOPPING=1")


class CommandLine(ProtocolTest):
    def run_it(self, *arguments):
        return subprocess.run([PATCHMILTERD, *arguments], text=True,
                              capture_output=True, check=False, timeout=20)

    def test_check(self):
        daemon = self.daemon()
        result = self.run_it("--config", daemon.config, "--check")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("lists=3", result.stdout)
        self.assertFalse(os.path.exists(daemon.intake))
        daemon.write_config(LISTS + "\n[nonsense]\nx = 1\n")
        result = self.run_it("--config", daemon.config, "--check")
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"patchmilter\.toml:\d+")

    def test_missing_file(self):
        result = self.run_it("--config", "/nonexistent/x.toml")
        self.assertEqual(result.returncode, 2)
        self.assertIn("/nonexistent/x.toml", result.stderr)

    def test_links_nothing_that_parses_or_connects(self):
        result = subprocess.run(["ldd", PATCHMILTERD], text=True,
                                capture_output=True, check=True)
        for library in ("gmime", "curl", "sqlite", "git2"):
            self.assertNotIn(library, result.stdout)

    def test_version(self):
        self.assertRegex(self.run_it("--version").stdout,
                         r"^patchmilterd \d+\.\d+\.\d+")


if __name__ == "__main__":
    unittest.main()
