"""Starts the built patchmilterd for a test, in a directory of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

PATCHMILTERD = os.environ["PATCHMILTERD"]

LISTS = """
[[list]]
name = "by-id"
list_id = ["dev.lists.example.org"]

[[list]]
name = "by-recipient"
recipients = ["list@lists.example.org"]

[[list]]
name = "by-address"
addresses = ["other@lists.example.org"]
"""
RECIPIENTS_ONLY = """
[[list]]
name = "by-recipient"
recipients = ["list@lists.example.org"]
"""


class Daemon:
    def __init__(self, lists=LISTS, milter="", intake=None, socket=None):
        self.directory = tempfile.mkdtemp(prefix="patchmilter-test-")
        os.chmod(self.directory, 0o755)
        self.socket_path = self.directory + "/milter.sock"
        self.intake = self.directory + "/intake"
        self.config = self.directory + "/patchmilter.toml"
        self.socket = socket or "unix:" + self.socket_path
        self.milter = milter
        # In TOML.
        self.intake_settings = {"segment_size": '"1MiB"',
                                "max_size": '"64MiB"',
                                "max_message": '"16MiB"', **(intake or {})}
        self.write_config(lists)
        self.process = None
        self.lines = []
        self.changed = threading.Condition()
        self.address = self.socket_path

    def write_config(self, lists):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(
                f'[milter]\nsocket = "{self.socket}"\n{self.milter}\n'
                f'[intake]\ndirectory = "{self.intake}"\n'
                + "".join(f"{name} = {value}\n" for name, value
                          in self.intake_settings.items()) + lists)

    def start(self, environment=None, wait=True, level="debug", **popen):
        if self.process:
            self.process.stderr.close()
        self.lines.clear()
        self.process = subprocess.Popen(
            [PATCHMILTERD, "--config", self.config, "--log-level", level],
            stderr=subprocess.PIPE, text=True, errors="replace",
            env=dict(os.environ, **(environment or {})), **popen)
        self.reader = threading.Thread(
            target=self._read, args=(self.process,), daemon=True)
        self.reader.start()
        if wait:
            line = self.wait_for("listening on ")
            if self.socket.startswith("inet"):
                kind, rest = line.split("listening on ")[1].split()[0].split(
                    ":", 1)
                port, host = rest.split("@", 1)
                self.address = (host, int(port))
        return self

    def _read(self, process):
        for line in process.stderr:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.lines.append("(end of the log)")
            self.changed.notify_all()

    def wait_for(self, text, timeout=20, count=1):
        """The `count`th line of the log with `text` in it, once it is there."""
        end = time.monotonic() + timeout
        with self.changed:
            while True:
                found = [line for line in self.lines if text in line]
                if len(found) >= count:
                    return found[count - 1]
                left = end - time.monotonic()
                if left <= 0 or "(end of the log)" in self.lines:
                    raise AssertionError(
                        f"no {text!r} in the log:\n" + "\n".join(self.lines))
                self.changed.wait(left)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """TERM; returns (exit status, seconds)."""
        start = time.monotonic()
        self.signal(signal.SIGTERM)
        status = self.process.wait(timeout=20)
        self.reader.join()
        return status, time.monotonic() - start

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()

    def clean_up(self):
        if self.process and self.process.poll() is None:
            self.kill()
        if self.process:
            self.process.stderr.close()
        shutil.rmtree(self.directory)
