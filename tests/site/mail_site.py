"""A whole mail site in one directory: what ./demo shows and the tests drive.

    with Site() as site:
        site.start()
        site.send(*series.mails)
        site.archive.wait_for_ids(...)

The parts, each of which can be started, stopped and killed by itself:
postfix (real, private), archive (public-inbox: watch, httpd, nntpd, lei),
milter (patchmilterd) and reviewer (patchmilter-reviewd).

Mail that Postfix accepts ends in one of four Maildirs: the main list's, the
review archive's (drained by public-inbox-watch), the review list's, or
"stray": any other address in the world. What is in stray was mailed to
somebody: a test wants it empty, or to hold what it sent there itself.

Environment: PATCHMILTER_BUILD, the build directory (or an installation's bin);
PATCHMILTER_PARTS, where tools/unpack-postfix put Postfix (default: build/parts
of this source tree); TMPDIR. Must run as root (Postfix is started by root);
everything but Postfix runs as an unprivileged system user.
"""

import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from fixtures import LIST_DOMAIN, MAIN_LIST, MAIN_LIST_ID, Mail
from private_postfix import PrivatePostfix
from processes import Guardian, Process, SiteError, tail, wait_for
from review_archive import MARK_DOMAIN, ReviewArchive, message_id_of
from smtp_client import SmtpClient
from source_tree import SourceTree

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

ARCHIVE_ADDRESS = "review-archive@" + LIST_DOMAIN
REVIEW_LIST_ADDRESS = "reviews@" + LIST_DOMAIN
REVIEW_LIST_ID = "reviews." + LIST_DOMAIN
REVIEW_FROM = "Patch Review <review@" + LIST_DOMAIN + ">"
REVIEW_BOUNCE = "review-bounces@" + LIST_DOMAIN

# The setting that docs/admin.md tells every site to use, for any socket.
MILTER_SETTING = ("{{ {socket}, connect_timeout=2s, command_timeout=5s,"
                  " content_timeout=10s, default_action=accept }}")

_USERS = ("list", "backup", "www-data", "man")
# A unix socket's path has 108 bytes (unix(7)).
_LONGEST_DIRECTORY = 60

# What Postfix puts above a mail that it delivers to a Maildir.
_TRACE = re.compile(
    rb"\AReturn-Path: <[^\n]*>\nX-Original-To: [^\n]*\nDelivered-To: [^\n]*\n"
    rb"Received: from [^\n]*\n(?:[ \t][^\n]*\n)+")


def without_delivery_headers(delivered):
    """The bytes that Postfix was given, of a mail in a Maildir."""
    match = _TRACE.match(delivered)
    if not match:
        raise SiteError("no delivery headers above this mail: "
                        + repr(delivered[:300]))
    return delivered[match.end():]


def programs_directory():
    """Where the built programs are."""
    build = os.environ.get("PATCHMILTER_BUILD",
                           os.path.join(SOURCE, "build", "dev"))
    for directory in (build, os.path.join(build, "app"),
                      os.path.join(build, "bin")):
        if os.path.isfile(os.path.join(directory, "patchmilterd")):
            return directory
    raise SiteError(f"no patchmilterd under {build}: build first, or set"
                    " PATCHMILTER_BUILD to the build directory")


def _unpacked_postfix():
    parts = os.environ.get("PATCHMILTER_PARTS",
                           os.path.join(SOURCE, "build", "parts"))
    root = os.path.join(parts, "postfix", "root")
    if not os.path.isdir(root):
        raise SiteError(f"no unpacked Postfix in {root}: run"
                        f" tools/unpack-postfix {parts}/postfix")
    return root


class Site:
    """Owns `directory`, a new one under $TMPDIR unless given; removed by
    close() unless keep."""

    def __init__(self, directory=None, review=None, opt_out=(),
                 list_destination=False, tree_path=None, tree_branches=(),
                 make_tree=True, accept_by_recipient=False, model=None):
        """review: more settings of [review], as TOML values.
        model: settings of a [[model]] that reviews, as TOML values; a "key" is
        put into a file of the site's.
        tree_path: a repository to look into, instead of the toy one.
        accept_by_recipient: the main list is known by its envelope recipient,
        not by its List-Id."""
        if os.geteuid() != 0:
            raise SiteError("a scratch site must be started by root, because"
                            " Postfix is (try: sudo -E)")
        programs_directory()
        postfix = _unpacked_postfix()
        self.directory = directory or tempfile.mkdtemp(prefix="patchmilter-")
        try:
            self._make_parts(postfix, tree_path, tree_branches, make_tree)
        except BaseException:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise
        self._review = dict({"settle": '"1s"', "wait": '"3s"'},
                            **(review or {}))
        self._opt_out = opt_out
        self._model = self._with_key_file(model)
        self._list_destination = list_destination
        self._list_match = (f'recipients = ["{MAIN_LIST}"]'
                            if accept_by_recipient
                            else f'list_id = ["{MAIN_LIST_ID}"]')
        self.smtp_port = None  # None: Postfix's own
        self.milter = self.reviewer = None

    def _make_parts(self, postfix, tree_path, tree_branches, make_tree):
        if len(self.directory) > _LONGEST_DIRECTORY:
            raise SiteError(f"{self.directory}: too long for the path of a"
                            f" unix socket under it (over {_LONGEST_DIRECTORY}"
                            " bytes); set TMPDIR to a shorter one")
        os.chmod(self.directory, 0o755)
        self.user = _site_user()
        self._check_reachable()
        self.logs = self._make("log")
        self.config_file = os.path.join(self.directory, "patchmilter.toml")
        self.socket = os.path.join(self._make("run", own=True), "milter.sock")
        self.intake = self._make("intake", own=True)
        self.state = self._make("state", own=True)
        self._maildirs = {
            MAIN_LIST: self._maildir("devel"),
            REVIEW_LIST_ADDRESS: self._maildir("review-list"),
            "": self._maildir("stray")}
        self._marks = 0
        self._guardian = Guardian()

        self.archive = ReviewArchive(
            os.path.join(self.directory, "archive"), self.logs,
            ARCHIVE_ADDRESS, self.user, self._guardian)
        self.postfix = PrivatePostfix(
            postfix, os.path.join(self.directory, "postfix"), self.logs,
            {**self._maildirs, ARCHIVE_ADDRESS: self.archive.maildir},
            self.user, self._guardian)
        self.tree = None
        if make_tree:
            self.tree = SourceTree(self._make("tree"))
            tree_path, tree_branches = self.tree.path, ("main",)
        self._tree_path, self._tree_branches = tree_path, tree_branches
        self.programs = self._programs_for_user()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    # Start and stop.

    def start(self, milter=True, reviewer=True):
        """All parts, in an order in which none misses another."""
        self.archive.create()
        self.archive.start()
        if milter:
            self.use_milter()
        self.postfix.start()
        self.write_config()
        if milter:
            self.start_milter()
        if reviewer:
            self.start_reviewer()

    def close(self, keep=False):
        """Ends every process; removes the directory unless keep."""
        try:
            for process in (self.reviewer, self.milter):
                if process and process.running():
                    process.signal(signal.SIGCONT)
                    process.stop()
            self.archive.close()
            self.postfix.stop()
        finally:
            self._guardian.close()
            if not keep:
                shutil.rmtree(self.directory, ignore_errors=True)

    def release(self):
        """Lets the site go on when this process ends. The pids of what runs:
        {name: (pid, start time)} is for whoever stops it."""
        self._guardian.close(release=True)

    def processes(self):
        """What runs, in the order in which to stop it."""
        archive = self.archive
        return [process for process in (
            self.reviewer, self.milter, archive.watch, archive.httpd,
            archive.nntpd, self.postfix.process)
                if process and process.running()]

    def use_milter(self, setting=None):
        """Before postfix.start(): has it ask our milter, or `setting`."""
        self.postfix.set_milter(
            MILTER_SETTING.format(socket="unix:" + self.socket)
            if setting is None else setting)

    def start_milter(self, must_run=True):
        self.milter = self._daemon("patchmilterd")
        wait_for(lambda: _accepts(self.socket) or not self.milter.running(),
                 30, f"patchmilterd to listen; see {self.milter.log_path}")
        if must_run:
            self.milter.expect_running()

    def start_reviewer(self, stop_at=None, arguments=()):
        """stop_at: the name of a point where it is to stop itself; see
        docs/development.md."""
        self.reviewer = self._daemon("patchmilter-reviewd", arguments, {
            "PATCHMILTER_TEST_STOP_AT": stop_at} if stop_at else {})

    def run(self, command, *arguments, input_bytes=b"", check=True):
        """The command line tool, with this site's configuration."""
        done = subprocess.run(
            [os.path.join(self.programs, "patchmilter"), command, "--config",
             self.config_file, *arguments], input=input_bytes,
            capture_output=True, timeout=120, check=False,
            user=self.user, group=pwd.getpwnam(self.user).pw_gid,
            extra_groups=[], cwd=self.directory,
            env=self._environment({}))
        if check and done.returncode:
            raise SiteError(f"patchmilter {command}: status"
                            f" {done.returncode}: {done.stderr.decode()}")
        return done

    # Mail.

    def send(self, *mails):
        """By SMTP, one connection, in this order."""
        with SmtpClient(self.postfix.port) as client:
            for mail in mails:
                client.send(mail.message, mail.sender, mail.recipients)

    def settle(self, timeout=60):
        """Until all that was mailed to the archive is in it: Postfix's queue
        is empty, and two marks sent after one another have been archived.
        (When the second is there, the archiver has finished the round in which
        it saw the first.)"""
        wait_for(self.postfix.queue_is_empty, timeout, "Postfix's queue")
        for _ in range(2):
            self._marks += 1
            name = f"{self._marks}@{MARK_DOMAIN}"
            self.send(Mail(
                f"From: site@example.test\nTo: {ARCHIVE_ADDRESS}\n"
                f"Subject: mark {self._marks}\nMessage-ID: <{name}>\n"
                "Date: Thu, 1 Jan 2026 00:00:00 +0000\n\nmark\n".encode(),
                name, REVIEW_BOUNCE, (ARCHIVE_ADDRESS,)))
            wait_for(lambda name=name: self.archive.has_mark(name), timeout,
                     "the archiver")

    def maildir(self, address=MAIN_LIST):
        return self._maildirs[address]

    def intake_bytes(self):
        """All that patchmilterd has written and not yet pruned."""
        found = b""
        for entry in sorted(os.scandir(self.intake), key=lambda one: one.name):
            if entry.is_file():
                with open(entry.path, "rb") as file:
                    found += file.read()
        return found

    def idle(self, mails=0):
        """The reviewer has read at least this many mails, and nothing waits:
        no mail, no series, no job, no mail going out."""
        done = self.run("status", "--json", check=False)
        if done.returncode:
            return False  # Before the reviewer's first start.
        status = json.loads(done.stdout)
        busy = {"mails": ("new",), "series": ("waiting", "queued"),
                "jobs": ("queued", "running"), "outbox": ("queued",)}
        return sum(status["mails"].values()) >= mails and not any(
            status[kind].get(state) for kind, states in busy.items()
            for state in states)

    def delivered(self, address=MAIN_LIST):
        """The mails in a Maildir as Postfix was given them; "" is stray."""
        directory = os.path.join(self._maildirs[address], "new")
        mails = []
        for name in sorted(os.listdir(directory)):
            with open(os.path.join(directory, name), "rb") as file:
                mails.append(without_delivery_headers(file.read()))
        return mails

    def wait_until_delivered(self, count, address=MAIN_LIST, timeout=60):
        directory = os.path.join(self._maildirs[address], "new")
        wait_for(lambda: len(os.listdir(directory)) >= count, timeout,
                 f"{count} mails in {directory}")

    def stray(self):
        return self.delivered("")

    def review_mails(self):
        """The archived mails that are reviews, not originals."""
        mark = b"\nList-Id: "
        return [mail for mail in self.archive.mails()
                if re.search(mark + rb"[^\n]*" + re.escape(
                    REVIEW_LIST_ID.encode()),
                             mail.partition(b"\n\n")[0])]

    def review_ids(self):
        return [message_id_of(mail) for mail in self.review_mails()]

    # Configuration.

    def _with_key_file(self, model):
        if model is None:
            return None
        model = dict(model)
        key = model.pop("key", None)
        if key:
            path = os.path.join(self.directory, "model-key")
            with open(path, "w", encoding="utf-8") as file:
                file.write(key + "\n")
            os.chmod(path, 0o400)
            os.chown(path, pwd.getpwnam(self.user).pw_uid, -1)
            model["key_file"] = f'"{path}"'
        self._review.update({"engine": '"model"', "model": '"main"'})
        return model

    def write_config(self):
        with open(self.config_file, "w", encoding="utf-8") as file:
            file.write(self._config())

    def _config(self):
        review = "\n".join(f"{key} = {value}"
                           for key, value in self._review.items())
        opt_out = ", ".join(f'"{address}"' for address in self._opt_out)
        names = ["archive"] + (["readers"] if self._list_destination else [])
        text = f"""\
[milter]
socket = "unix:{self.socket}"
socket_mode = "0666"

[intake]
directory = "{self.intake}"
segment_size = "8MiB"

[state]
directory = "{self.state}"

[identity]
from = "{REVIEW_FROM}"
bounce = "{REVIEW_BOUNCE}"
domain = "review.example.test"
opt_out_hint = "write to {REVIEW_BOUNCE}"

[smtp]
url = "smtp://127.0.0.1:{self.smtp_port or self.postfix.port}"

[review]
opt_out = [{opt_out}]
{review}

[[destination]]
name = "archive"
kind = "archive"
address = "{ARCHIVE_ADDRESS}"
list_id = "{REVIEW_LIST_ID}"
archive_url = "{self.archive.url}"
"""
        if self._list_destination:
            text += f"""
[[destination]]
name = "readers"
kind = "list"
address = "{REVIEW_LIST_ADDRESS}"
list_id = "{REVIEW_LIST_ID}"
"""
        if self._tree_path:
            branches = ", ".join(f'"{name}"' for name in self._tree_branches)
            text += f"""
[[tree]]
name = "toy"
path = "{self._tree_path}"
branches = [{branches}]
"""
        if self._model is not None:
            settings = "\n".join(f"{key} = {value}"
                                 for key, value in self._model.items())
            text += f"""
[[model]]
name = "main"
{settings}
"""
        quoted = ", ".join(f'"{name}"' for name in names)
        trees = '["toy"]' if self._tree_path else "[]"
        return text + f"""
[[list]]
name = "devel"
{self._list_match}
destinations = [{quoted}]
trees = {trees}
"""

    # Inner parts.

    def _make(self, name, own=False):
        path = os.path.join(self.directory, name)
        os.makedirs(path, exist_ok=True)
        if own:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)
        return path

    def _maildir(self, name):
        path = self._make("mail", own=True)
        path = self._make(os.path.join("mail", name), own=True)
        for part in ("new", "cur", "tmp"):
            self._make(os.path.join("mail", name, part), own=True)
        return path

    def _environment(self, more):
        """Nothing of the caller's, but what sanitizers are told."""
        kept = {name: value for name, value in os.environ.items()
                if name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS",
                            "LSAN_OPTIONS")}
        return {"PATH": "/usr/bin:/bin", "HOME": self.state, "TZ": "UTC",
                "LANG": "C.UTF-8", **kept, **more}

    def _daemon(self, name, arguments=(), environment=None):
        return Process(
            name, [os.path.join(self.programs, name), "--config",
                   self.config_file, *arguments],
            os.path.join(self.logs, name + ".log"), user=self.user,
            environment=self._environment(environment or {}),
            directory=self.directory, guardian=self._guardian)

    def _programs_for_user(self):
        """The programs, where the site's user can run them: in the home of a
        developer that is closed to others, only copies can be."""
        directory = programs_directory()
        if self._user_can(["test", "-x",
                           os.path.join(directory, "patchmilterd")]):
            return directory
        copies = self._make("bin")
        for name in ("patchmilterd", "patchmilter-reviewd", "patchmilter"):
            path = os.path.join(directory, name)
            if os.path.exists(path):
                shutil.copy(path, copies)
        return copies

    def _check_reachable(self):
        if not self._user_can(["test", "-x", self.directory]):
            raise SiteError(
                f"user {self.user} cannot reach {self.directory}: a directory"
                " above it is closed to others; set TMPDIR to another place")

    def _user_can(self, argv):
        return subprocess.run(
            argv, user=self.user, group=pwd.getpwnam(self.user).pw_gid,
            extra_groups=[], check=False, cwd="/",
            stdin=subprocess.DEVNULL).returncode == 0

    def describe_failure(self):
        """For a message: where the logs are, and how they end."""
        lines = [f"the logs are in {self.logs}"]
        for name in sorted(os.listdir(self.logs)):
            path = os.path.join(self.logs, name)
            if os.path.getsize(path):
                lines += [f"{name} ends:", tail(path, 8)]
        return "\n".join(lines)


def _site_user():
    """An unprivileged user that Debian always has: public-inbox and our
    daemons run as this one. Not nobody, whom Postfix has for itself."""
    for name in _USERS:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise SiteError("none of the static system users "
                    + ", ".join(_USERS) + " exists")


def _accepts(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0
