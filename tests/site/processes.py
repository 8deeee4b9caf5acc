"""Child processes of a scratch site, and waiting for what they do.

Every process is started by us, kept by its pid, and ended by that pid; nothing
is ever looked up by name. A Guardian ends them when the test that started them
dies, so that a test ended by ctest's time-out leaves nothing behind.

Waiting is polling a condition until a deadline: a test never sleeps and hopes.
"""

import os
import pwd
import signal
import subprocess
import sys
import time


class SiteError(Exception):
    """A part of the site did not do what it must; says where to look."""


def wait_for(condition, timeout=30.0, what="the condition"):
    """Returns the first true value of condition(); SiteError after timeout."""
    deadline = time.monotonic() + timeout
    pause = 0.01
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise SiteError(f"waited {timeout:g} s in vain for {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def process_state(pid):
    """The letter of /proc/PID/stat ("T": stopped), or None: no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0].decode()
    except (FileNotFoundError, ProcessLookupError):
        return None


def process_start_time(pid):
    """Ticks since boot: with the pid, it names one process for good."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return int(stat.read().rpartition(b")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


def group_alive(group):
    """True while a process of this process group is not a zombie."""
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:
                fields = stat.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != b"Z":
            return True
    return False


# Runs on its own, reads "pid start-time" lines, and at the end of its input
# (the test has died, however) kills the process groups that still live. A
# line "release" lets them all go on. (PR_SET_PDEATHSIG would be simpler, but a
# change of user resets it, and Postfix's master makes one.)
_GUARDIAN = """
import os, signal, sys
def start_time(pid):
    try:
        with open("/proc/%d/stat" % pid, "rb") as stat:
            return int(stat.read().rpartition(b")")[2].split()[19])
    except (OSError, IndexError):
        return None
signal.signal(signal.SIGINT, signal.SIG_IGN)
known = []
for line in sys.stdin:
    if line == "release\\n":
        sys.exit(0)
    known.append(tuple(int(word) for word in line.split()))
for pid, started in known:
    if start_time(pid) == started:
        for kill in (os.killpg, os.kill):
            try:
                kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
"""


class Guardian:
    """Kills what it watches when this process dies before close()."""

    def __init__(self):
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-c", _GUARDIAN], stdin=subprocess.PIPE,
            cwd="/", start_new_session=True, text=True)

    def watch(self, pid):
        """This process, and its process group where it leads one."""
        self._popen.stdin.write(f"{pid} {process_start_time(pid)}\n")
        self._popen.stdin.flush()

    def close(self, release=False):
        """Kills what still lives; release: lets it outlive this process."""
        if self._popen.poll() is not None:
            return
        if release:
            self._popen.stdin.write("release\n")
        self._popen.stdin.close()
        self._popen.wait()


class Process:
    """One program: its output goes to log_path, appended."""

    def __init__(self, name, argv, log_path, user=None, environment=None,
                 directory="/", guardian=None, pass_fds=()):
        self.name = name
        self.log_path = log_path
        entry = pwd.getpwnam(user) if user else None
        with open(log_path, "ab") as log:
            self._popen = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment, cwd=directory, start_new_session=True,
                pass_fds=pass_fds, umask=0o022,
                **({"user": entry.pw_uid, "group": entry.pw_gid,
                    "extra_groups": []} if entry else {}))
        self.pid = self._popen.pid
        if guardian:
            guardian.watch(self.pid)

    def running(self):
        return self._popen.poll() is None

    def exit_status(self):
        """None while it runs; negative: ended by that signal."""
        return self._popen.poll()

    def stopped(self):
        """True when it has stopped itself (SIGSTOP), as at a stop point."""
        return self.running() and process_state(self.pid) == "T"

    def signal(self, number):
        if self.running():
            os.kill(self.pid, number)

    def kill(self):
        """kill -9 of this one process. What it started must end by itself
        when it is gone: SiteError where it does not."""
        self.signal(signal.SIGKILL)
        self._popen.wait()
        try:
            wait_for(lambda: not group_alive(self.pid), 15,
                     f"what {self.name} left behind to end by itself")
        except SiteError:
            os.killpg(self.pid, signal.SIGKILL)
            raise

    def stop(self, timeout=20.0):
        """SIGTERM; after `timeout` SIGKILL and an error. Its exit status."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self._popen.wait()
            raise SiteError(
                f"{self.name} (pid {self.pid}) did not end within {timeout:g}"
                f" s of SIGTERM; see {self.log_path}") from None

    def wait(self, timeout=60.0):
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise SiteError(f"{self.name} (pid {self.pid}) still runs after"
                            f" {timeout:g} s; see {self.log_path}") from None

    def expect_running(self):
        if not self.running():
            raise SiteError(
                f"{self.name} ended by itself, status {self.exit_status()};"
                f" the end of {self.log_path}:\n{tail(self.log_path)}")


def tail(path, lines=15):
    """The last lines of a log, for a message."""
    try:
        with open(path, "rb") as log:
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return f"(no {path})"
    return "\n".join("  | " + line for line in text.splitlines()[-lines:])
