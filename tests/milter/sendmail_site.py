"""A private sendmail, from Debian's packages, unpacked and never installed.

Listens on a free loopback port, and relays every mail to an SMTP sink of the
test: nothing can leave the machine. Needs root and apt.

Its files stand below /run: sendmail trusts no directory that others may write
on the way to its own, so a scratch directory in /tmp will not do. Where the
kernel lets us, it has a host name with a dot in it, in a UTS namespace of its
own; else it sleeps for a minute at start.
"""

import glob
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
import time

PACKAGES = ["sendmail-bin", "sendmail-base", "sendmail-cf", "libwrap0",
            "liblockfile1", "m4", "libsigsegv2"]

MC = """divert(-1)
divert(0)dnl
OSTYPE(`linux')dnl
undefine(`confPROCESS_TITLE_PREFIX')dnl
define(`confPID_FILE', `BASE/sendmail.pid')dnl
define(`QUEUE_DIR', `BASE/mq')dnl
define(`STATUS_FILE', `')dnl
define(`HELP_FILE', `')dnl
define(`ALIAS_FILE', `')dnl
define(`confDOMAIN_NAME', `sm.example.test')dnl
define(`confDONT_BLAME_SENDMAIL', `GroupWritableDirPathSafe,NonRootSafeAddr')dnl
define(`confTO_IDENT', `0s')dnl
define(`confTO_RESOLVER_RETRANS', `1s')dnl
define(`confTO_RESOLVER_RETRY', `1')dnl
define(`confSERVICE_SWITCH_FILE', `BASE/service.switch')dnl
define(`confDELIVERY_MODE', `b')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confCONNECTION_RATE_THROTTLE', `0')dnl
define(`confBIND_OPTS', `-DNSRCH -DEFNAMES')dnl
define(`RELAY_MAILER_ARGS', `TCP $h SINK')dnl
define(`ESMTP_MAILER_ARGS', `TCP $h SINK')dnl
define(`SMART_HOST', `relay:[127.0.0.1]')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`promiscuous_relay')dnl
FEATURE(`no_default_msa')dnl
DAEMON_OPTIONS(`Family=inet, Name=MTA, Addr=127.0.0.1, Port=LISTEN')dnl
INPUT_MAIL_FILTER(`patchmilter', `S=local:BASE/m.sock, T=C:2s;S:5s;R:5s;E:10s')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
"""


def unpacked(build_directory):
    """The packages' files under the build directory; fetched once."""
    root = os.path.join(build_directory, "sendmail-root")
    if os.path.exists(root + "/complete"):
        return root
    os.makedirs(build_directory, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build_directory) as fetched:
        subprocess.run(["apt-get", "-q", "download", *PACKAGES], cwd=fetched,
                       check=True, stdout=subprocess.DEVNULL)
        fresh = fetched + "/root"
        for package in glob.glob(fetched + "/*.deb"):
            subprocess.run(["dpkg", "-x", package, fresh], check=True)
        os.chmod(fresh, 0o755)
        binary = fresh + "/usr/libexec/sendmail/sendmail"
        os.chmod(binary, 0o755)  # Without the setgid bit.
        with open(fresh + "/complete", "w", encoding="utf-8"):
            pass
        shutil.rmtree(root, ignore_errors=True)
        os.rename(fresh, root)
    return root


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sink(socketserver.ThreadingTCPServer):
    """Takes every mail; `mails` holds their bytes, dots unstuffed."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        self.mails = []
        self.changed = threading.Condition()
        super().__init__(("127.0.0.1", 0), SinkSession)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def wait_for(self, text, timeout=60):
        """The mail with `text` in it, once it has come."""
        end = time.monotonic() + timeout
        with self.changed:
            while True:
                for mail in self.mails:
                    if text in mail:
                        return mail
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no mail with {text!r}")
                self.changed.wait(left)


class SinkSession(socketserver.StreamRequestHandler):
    def handle(self):
        self.say(b"220 sink.example.test ESMTP")
        for line in iter(self.rfile.readline, b""):
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.say(b"250-sink.example.test\r\n250-8BITMIME\r\n250 SIZE")
            elif verb == b"DATA":
                self.say(b"354 go on")
                mail = b""
                for part in iter(self.rfile.readline, b".\r\n"):
                    mail += part[1:] if part.startswith(b".") else part
                with self.server.changed:
                    self.server.mails.append(mail)
                    self.server.changed.notify_all()
                self.say(b"250 taken")
            elif verb == b"QUIT":
                self.say(b"221 bye")
                return
            else:
                self.say(b"250 ok")

    def say(self, text):
        self.wfile.write(text + b"\r\n")


def submit(port, sender, recipients, raw):
    """Sends the bytes by SMTP; returns seconds from the dot to the answer."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        stream = connection.makefile("rwb")

        def command(line, want):
            if line is not None:
                stream.write(line + b"\r\n")
                stream.flush()
            while True:
                answer = stream.readline()
                assert answer.startswith(want), (line, answer)
                if answer[3:4] != b"-":
                    return

        command(None, b"220")
        command(b"EHLO client.example.test", b"250")
        command(b"MAIL FROM:<" + sender + b"> BODY=8BITMIME", b"250")
        for recipient in recipients:
            command(b"RCPT TO:<" + recipient + b">", b"250")
        command(b"DATA", b"354")
        for line in raw.splitlines(keepends=True):
            stream.write(b"." + line if line.startswith(b".") else line)
        start = time.monotonic()
        command(b".", b"250")
        took = time.monotonic() - start
        command(b"QUIT", b"221")
        return took


class Sendmail:
    def __init__(self, build_directory):
        root = unpacked(build_directory)
        self.directory = tempfile.mkdtemp(prefix="patchmilter-sendmail-",
                                          dir="/run")
        os.chmod(self.directory, 0o755)
        self.sink = Sink()
        self.port = free_port()
        os.mkdir(self.directory + "/mq", 0o755)
        self.socket_path = self.directory + "/m.sock"
        self._write("service.switch",
                    "hosts files\naliases files\npasswd files\n")
        self._write("sendmail.mc",
                    MC.replace("BASE", self.directory)
                    .replace("SINK", str(self.sink.server_address[1]))
                    .replace("LISTEN", str(self.port)))
        libraries = ":".join(glob.glob(root + "/usr/lib/*-linux-gnu")
                             + glob.glob(root + "/lib/*-linux-gnu"))
        # No name server answers here; none is waited for.
        self.environment = dict(os.environ, LD_LIBRARY_PATH=libraries,
                                RES_OPTIONS="timeout:1 attempts:1")
        cf = root + "/usr/share/sendmail/cf/"
        with open(self.directory + "/sendmail.cf", "wb") as file:
            subprocess.run(
                [root + "/usr/bin/m4", "-D_CF_DIR_=" + cf, cf + "m4/cf.m4",
                 self.directory + "/sendmail.mc"],
                check=True, stdout=file, env=self.environment)
        os.chmod(self.directory + "/sendmail.cf", 0o644)
        self.binary = root + "/usr/libexec/sendmail/sendmail"
        self.process = None

    def _write(self, name, text):
        with open(f"{self.directory}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        run = [self.binary, "-bD", f"-C{self.directory}/sendmail.cf", "-q1m"]
        named = ["unshare", "-u", "sh", "-c",
                 'hostname sm.example.test && exec "$@"', "sh"]
        if subprocess.run(named + ["true"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0:
            run = named + run
        with open(self.directory + "/log", "wb") as log:
            self.process = subprocess.Popen(
                run, env=self.environment, stdout=log, stderr=log,
                start_new_session=True)
        end = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                return self
            except OSError:
                if (self.process.poll() is not None
                        or time.monotonic() > end):
                    with open(self.directory + "/log",
                              encoding="utf-8", errors="replace") as log:
                        raise AssertionError(
                            "sendmail does not listen: " + log.read()
                        ) from None
                time.sleep(0.05)

    def clean_up(self):
        if self.process is not None:
            # The session that it leads, its children included.
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()
        self.sink.shutdown()
        self.sink.server_close()
        shutil.rmtree(self.directory, ignore_errors=True)
