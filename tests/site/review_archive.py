"""The review archive: a public-inbox v2 inbox as a real site would keep it.

A Maildir that the MTA delivers to, public-inbox-watch that takes each mail
from it into the inbox, public-inbox-httpd and public-inbox-nntpd on loopback,
and lei to ask it. All of them run as one unprivileged user with a HOME and
runtime directory of their own.
"""

import json
import os
import pwd
import re
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from processes import Process, SiteError, wait_for

NAME = "reviews"
NEWSGROUP = "org.example.reviews"
# Message-IDs of this domain are the site's own marks (Site.settle()).
MARK_DOMAIN = "mark.example.test"


class ReviewArchive:
    """Directory layout: home/ run/ inbox/ Maildir/ config under `directory`.

    A mail is identified by its bytes or by its Message-ID without <>."""

    def __init__(self, directory, log_directory, address, user, guardian=None):
        self.directory = directory
        self.maildir = os.path.join(directory, "Maildir")
        self.inbox = os.path.join(directory, "inbox")
        self._home = os.path.join(directory, "home")
        self._run = os.path.join(directory, "run")
        self._config = os.path.join(directory, "config")
        self._logs = log_directory
        self._address = address
        self._user = pwd.getpwnam(user)
        self._guardian = guardian
        # Bound once and kept: no other run can take the port while a server
        # is down.
        self._web_socket, self.web_port = _bound_socket()
        self._news_socket, self.news_port = _bound_socket()
        self.watch = self.httpd = self.nntpd = None
        self._lei_watched = False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.web_port}/{NAME}/"

    @property
    def atom_url(self):
        return self.url + "new.atom"

    @property
    def nntp_url(self):
        return f"nntp://127.0.0.1:{self.news_port}/{NEWSGROUP}"

    def create(self):
        """Makes the inbox; every directory belongs to the site's user."""
        for path in (self.directory, self._home, self._run, self.maildir,
                     *(os.path.join(self.maildir, part)
                       for part in ("new", "cur", "tmp"))):
            os.makedirs(path, exist_ok=True)
            os.chown(path, self._user.pw_uid, self._user.pw_gid)
        os.chmod(self._run, 0o700)
        if os.path.exists(self._config):
            return
        self._run_as_user(
            ["public-inbox-init", "-V2", "-L", "full", "--ng", NEWSGROUP, NAME,
             self.inbox, self.url, self._address])
        for key, value in (
                (f"publicinbox.{NAME}.watch", f"maildir:{self.maildir}/"),
                # Nothing is taken out of a mail, whatever it looks like.
                (f"publicinbox.{NAME}.filter", "PublicInbox::Filter::Mirror"),
                ("publicinboxwatch.spamcheck", "none"),
                ("publicinboxmda.spamcheck", "none")):
            self._run_as_user(["git", "config", "-f", self._config, key, value])
        # Else files follow the umask, and other users' readers find nothing.
        self._run_as_user(
            ["git", "config", "-f", self.inbox + "/all.git/config",
             "core.sharedRepository", "0644"])

    def start(self):
        self.start_watch()
        self.httpd = self._server("public-inbox-httpd", self._web_socket)
        self.nntpd = self._server("public-inbox-nntpd", self._news_socket)
        wait_for(self._web_answers, 60, "public-inbox-httpd; see "
                 + self.httpd.log_path)

    def start_watch(self):
        self.watch = Process(
            "public-inbox-watch", ["public-inbox-watch"],
            os.path.join(self._logs, "public-inbox-watch.log"),
            user=self._user.pw_name, environment=self.environment(),
            directory=self._home, guardian=self._guardian)

    def stop(self):
        self.stop_lei()
        for process in (self.httpd, self.nntpd, self.watch):
            if process and process.running():
                process.stop()

    def close(self):
        """stop(), for good: the ports are given back."""
        self.stop()
        self._web_socket.close()
        self._news_socket.close()

    def stop_lei(self):
        """lei leaves a daemon behind, which must end with the site."""
        if os.path.isdir(self._run) and os.listdir(self._run):
            subprocess.run(["lei", "daemon-kill"], env=self.environment(),
                           cwd=self._home, user=self._user.pw_uid,
                           group=self._user.pw_gid, extra_groups=[],
                           stdin=subprocess.DEVNULL, check=False,
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            self._lei_watched = False

    def environment(self):
        """No PERL_INLINE_DIRECTORY: Socket::MsgHdr serves lei as well, and no
        compiler has to run when a site starts."""
        return {"PATH": "/usr/bin:/bin", "HOME": self._home, "TZ": "UTC",
                "XDG_RUNTIME_DIR": self._run, "PI_CONFIG": self._config,
                "GIT_CONFIG_NOSYSTEM": "1", "LANG": "C.UTF-8"}

    # What is in the archive.

    def mails(self):
        """Every archived mail's bytes, oldest first, as git has them; marks
        left out."""
        return [mail for mail in self._all_mails()
                if not message_id_of(mail).endswith("@" + MARK_DOMAIN)]

    def has_mark(self, message_id):
        return any(message_id_of(mail) == message_id
                   for mail in self._all_mails())

    def _all_mails(self):
        epochs = os.path.join(self.inbox, "git")
        found = []
        for epoch in sorted(os.listdir(epochs), key=lambda name: int(
                name.removesuffix(".git"))):
            found += self._mails_of(os.path.join(epochs, epoch))
        return found

    def _mails_of(self, git_dir):
        revisions = self._git(git_dir, "rev-list", "--all", "--reverse").split()
        if not revisions:
            return []
        # Each commit adds one mail as the file "m".
        output = self._git(git_dir, "cat-file", "--batch", input_bytes=b"".join(
            revision + b":m\n" for revision in revisions))
        mails, at = [], 0
        while at < len(output):
            end = output.index(b"\n", at)
            header, at = output[at:end], end + 1
            if header.endswith(b"missing"):  # "d": a mail that was removed
                continue
            size = int(header.rpartition(b" ")[2])
            mails.append(output[at:at + size])
            at += size + 1
        return mails

    def _git(self, git_dir, *arguments, input_bytes=b""):
        return subprocess.run(
            ["git", "-c", "safe.directory=*", "--git-dir", git_dir,
             *arguments], input=input_bytes, capture_output=True,
            check=True).stdout

    def message_ids(self):
        """Of every archived mail, in order; twice there is twice here."""
        return [message_id_of(mail) for mail in self.mails()]

    def wait_for_ids(self, wanted, timeout=60.0):
        """Until the archive holds all of these Message-IDs."""
        wanted = set(wanted)
        wait_for(lambda: wanted <= set(self.message_ids()), timeout,
                 f"{len(wanted)} mails in the archive; missing: "
                 f"{sorted(wanted - set(self.message_ids()))}")

    def fetch(self, path):
        """The body of a page of the archive; None where it is not found."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=30) as page:
                return page.read()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 404:
                return None
            raise

    def raw(self, message_id):
        """The mail as the web server gives it (an mbox of one)."""
        return self.fetch(urllib.parse.quote(message_id, safe="@") + "/raw")

    def news_ids(self):
        """The Message-IDs of the news server's articles (RFC 3977, OVER; the
        count that public-inbox gives for GROUP is an estimate)."""
        with socket.create_connection(
                ("127.0.0.1", self.news_port), 30) as connection:
            with connection.makefile("rwb") as stream:
                stream.readline()
                stream.write(b"GROUP " + NEWSGROUP.encode() +
                             b"\r\nXOVER 1-\r\nQUIT\r\n")
                stream.flush()
                answer = stream.read().decode("utf-8", "replace")
        if not answer.startswith("211 "):
            raise SiteError(f"NNTP GROUP: {answer[:200]}")
        return [line.split("\t")[4].strip("<>")
                for line in answer.splitlines() if line.count("\t") > 4]

    def query(self, terms, threads=False):
        """The mails that `lei q` finds: [{"m": id, "s": subject, ...}]."""
        output = self.lei("q", "--only", self.inbox, "--no-save", "-f",
                          "jsonl", *(["-t"] if threads else []), "--stdin",
                          input_text=terms + "\n")
        return [json.loads(line) for line in output.splitlines() if line]

    def query_ids(self, terms):
        return sorted(mail["m"] for mail in self.query(terms))

    def lei(self, *arguments, input_text=""):
        if self._guardian and not self._lei_watched:
            # The daemon that the first call starts is no child of ours.
            self._lei_watched = True
            self._guardian.watch(self.lei_pid())
        done = subprocess.run(
            ["lei", *arguments], input=input_text, capture_output=True,
            text=True, env=self.environment(), cwd=self._home, timeout=120,
            user=self._user.pw_uid, group=self._user.pw_gid, extra_groups=[],
            check=False)
        if done.returncode:
            raise SiteError(f"lei {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def lei_pid(self):
        return int(self.lei("daemon-pid"))

    def _web_answers(self):
        self.httpd.expect_running()
        try:
            self.fetch("")  # An empty inbox is "not found": an answer too.
            return True
        except OSError:
            return False

    def _server(self, program, listener):
        """The server inherits its listening socket (systemd's protocol)."""
        number = listener.fileno()
        return Process(
            program,
            ["/bin/sh", "-c", 'export LISTEN_PID=$$ LISTEN_FDS=1;'
             f' exec "$@" 3<&{number}', "sh", program, "-W0"],
            os.path.join(self._logs, program + ".log"),
            user=self._user.pw_name, environment=self.environment(),
            directory=self._home, guardian=self._guardian,
            pass_fds=(number,))

    def _run_as_user(self, argv):
        done = subprocess.run(
            argv, env=self.environment(), cwd=self._home, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, umask=0o022,
            user=self._user.pw_uid, group=self._user.pw_gid, extra_groups=[],
            check=False)
        if done.returncode:
            raise SiteError(f"{' '.join(argv)}: {done.stderr}")


def message_id_of(mail):
    """The Message-ID of a mail's bytes, without <>; "" where it has none."""
    head = mail.partition(b"\n\n")[0]
    match = re.search(rb"(?im)^message-id:\s*<([^>]*)>", head)
    return match.group(1).decode("utf-8", "replace") if match else ""


def _bound_socket():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    listener.setblocking(False)  # As public-inbox's servers want it.
    return listener, listener.getsockname()[1]
