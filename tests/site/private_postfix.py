"""A Postfix of the site's own, from an unpacked package, on loopback.

It shares nothing with the machine: programs, configuration, queue and data
directories are its own, it listens on one port of 127.0.0.1, writes its log
with its own postlogd (no syslog), and asks no DNS. It cannot mail anything off
the machine: its master.cf has no SMTP client at all, and every address of
every domain is delivered to a Maildir of the site.

Users. Postfix wants a mail_owner and a setgid_group of its own, and adding
users to the machine is not ours to do: it is enough that they are unprivileged,
differ from default_privs (nobody) and from each other (mail_params.c checks
that), and that nothing else of the site runs as them. Debian's static users
(base-passwd) serve: mail_owner uucp and setgid_group news, or the next that
are there. Nothing is run set-gid: mail comes in by SMTP only.

Postfix must be started by root: it changes to those users itself.
"""

import grp
import os
import pwd
import random
import socket
import time

from processes import Process, SiteError, group_alive, tail, wait_for

# unprivileged users of Debian's base-passwd, none of which has files
_OWNERS = ("uucp", "irc", "games", "news")
_GROUPS = ("news", "irc", "games", "uucp", "lp")

# services of master.cf: (name, type, privileged, wake-up, limit, command)
_SERVICES = """
pickup     unix       n  60    1    pickup
cleanup    unix       n  -     0    cleanup
qmgr       unix       n  300   1    qmgr
rewrite    unix       -  -     -    trivial-rewrite
bounce     unix       -  -     0    bounce
defer      unix       -  -     0    bounce
trace      unix       -  -     0    bounce
verify     unix       -  -     1    verify
flush      unix       n  1000? 0    flush
proxymap   unix       -  -     -    proxymap
showq      unix       n  -     -    showq
error      unix       -  -     -    error
retry      unix       -  -     -    error
discard    unix       -  -     -    discard
virtual    unix       -  -     -    virtual
anvil      unix       -  -     1    anvil
scache     unix       -  -     1    scache
postlog    unix-dgram n  -     1    postlogd
"""


def choose_port():
    """A port that is free now, below the range of outgoing connections."""
    for _ in range(200):
        port = random.SystemRandom().randrange(10240, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise SiteError("no free port on 127.0.0.1 between 10240 and 32000")


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class PrivatePostfix:
    """Directory layout: etc/ spool/ data/ under `directory`."""

    def __init__(self, programs, directory, log_directory, mailboxes, user,
                 guardian=None):
        """programs: what tools/unpack-postfix made (its root/).
        mailboxes: {address: Maildir}; every other address: {"": Maildir}.
        user: owns the Maildirs; mail is delivered as this user."""
        self._root = programs
        self.directory = directory
        self._etc = os.path.join(directory, "etc")
        self._spool = os.path.join(directory, "spool")
        self._data = os.path.join(directory, "data")
        self.log_path = os.path.join(log_directory, "postfix.log")
        self._console = os.path.join(log_directory, "postfix-console.log")
        self._mailboxes = mailboxes
        self._user = pwd.getpwnam(user)
        self._owner = _first(_OWNERS, pwd.getpwnam, "user", {user})
        self._group = _first(_GROUPS, grp.getgrnam, "group",
                             {self._owner.pw_name, user})
        self.milter = ""
        self.port = 0
        self.process = None
        self._guardian = guardian

    def start(self):
        """Returns when the SMTP port answers. Keeps its port when it had one."""
        self._make_directories()
        fresh = not self.port
        for attempt in range(5):
            if fresh:
                self.port = choose_port()
            self._write_configuration()
            self.process = Process(
                "postfix", [self._program("master"), "-d", "-c", self._etc],
                self._console, directory=self._spool, guardian=self._guardian,
                environment={
                    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC",
                    "MAIL_CONFIG": self._etc,
                    "LD_LIBRARY_PATH": self._libraries()})
            wait_for(lambda: listens(self.port) or not self.process.running(),
                     30, f"Postfix on port {self.port}; see {self.log_path}")
            if self.process.running():
                self._check_ours()
                return
            # Another run took the port between our look and its bind.
            if not fresh or attempt == 4:
                break
        raise SiteError(f"Postfix did not start; {self.log_path} ends:\n"
                        f"{tail(self.log_path)}\n{tail(self._console)}")

    def _check_ours(self):
        # Our master may be about to fail on a port that another one has.
        with open(os.path.join(self._spool, "pid/master.pid"),
                  encoding="ascii") as pid:
            if int(pid.read()) != self.process.pid:
                raise SiteError("another Postfix runs in " + self._spool)

    def stop(self):
        if not self.process or not self.process.running():
            return
        # master hands the signal to its process group and waits for nobody.
        self.process.stop()
        wait_for(lambda: not group_alive(self.process.pid), 20,
                 "Postfix's own processes to end")

    def set_milter(self, setting):
        """As smtpd_milters has it; "" for none. Takes effect at start()."""
        self.milter = setting

    def log_text(self):
        try:
            with open(self.log_path, encoding="utf-8",
                      errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def queue_is_empty(self):
        """No mail waits for delivery (or for another try)."""
        for name in ("maildrop", "incoming", "active", "deferred", "hold",
                     "corrupt"):
            for _, _, files in os.walk(os.path.join(self._spool, name)):
                if files:
                    return False
        return True

    def _program(self, name):
        return os.path.join(self._root, "usr/lib/postfix/sbin", name)

    def _libraries(self):
        return os.path.join(self._root, "usr/lib/postfix")

    def _make_directories(self):
        """What `postfix start` would make, with Postfix's own modes
        (postfix-files); its shell scripts want an installed Postfix."""
        owner, group = self._owner.pw_uid, self._group.gr_gid
        os.makedirs(self._etc, mode=0o755, exist_ok=True)
        _directory(self._spool, 0, 0, 0o755)
        _directory(self._data, owner, 0, 0o700)
        for name in ("active", "bounce", "corrupt", "defer", "deferred",
                     "flush", "hold", "incoming", "private", "saved", "trace"):
            _directory(os.path.join(self._spool, name), owner, 0, 0o700)
        _directory(os.path.join(self._spool, "maildrop"), owner, group, 0o730)
        _directory(os.path.join(self._spool, "public"), owner, group, 0o710)
        _directory(os.path.join(self._spool, "pid"), 0, 0, 0o755)

    def _write_configuration(self):
        _write(os.path.join(self._etc, "main.cf"), self._main_cf())
        _write(os.path.join(self._etc, "master.cf"), self._master_cf())

    def _master_cf(self):
        # smtpd by port number: /etc/services may be missing.
        lines = [f"127.0.0.1:{self.port} inet n - n - 100 smtpd"]
        for line in _SERVICES.strip().splitlines():
            name, kind, private, wakeup, limit, command = line.split()
            # Nothing is chrooted; `virtual` and postlogd stay privileged.
            unprivileged = "n" if command in ("virtual", "postlogd") else "-"
            lines.append(f"{name} {kind} {private} {unprivileged} n {wakeup}"
                         f" {limit} {command}")
        return "\n".join(lines) + "\n"

    def _main_cf(self):
        boxes = ", ".join("{ %s = %s/ }" % (address, box)
                          for address, box in self._mailboxes.items()
                          if address)
        everything_else = self._mailboxes[""]
        return f"""\
compatibility_level = 3.6
queue_directory = {self._spool}
data_directory = {self._data}
daemon_directory = {self._root}/usr/lib/postfix/sbin
command_directory = {self._root}/usr/sbin
shlib_directory = {self._root}/usr/lib/postfix
meta_directory = {self._root}/etc/postfix
# The libraries are found by this variable, which master would drop.
import_environment = MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH
mail_owner = {self._owner.pw_name}
setgid_group = {self._group.gr_name}
default_privs = nobody
syslog_name = postfix-site
maillog_file = {self.log_path}
maillog_file_prefixes = {os.path.dirname(self.log_path)}

# Loopback only, and no way out.
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_peername_lookup = no
default_transport = error:5.7.1 this scratch site delivers nothing outside
relay_transport = $default_transport
local_transport = $default_transport
relay_domains =
relayhost =
mydestination =
mynetworks = 127.0.0.0/8
myhostname = mx.example.test
smtpd_relay_restrictions = permit_mynetworks, reject
alias_maps =
alias_database =
local_recipient_maps =

# Every domain is ours, every address is a Maildir.
virtual_transport = virtual
virtual_mailbox_domains = static:ours
virtual_mailbox_base = /
virtual_mailbox_maps = inline:{{ {boxes} }}, static:{everything_else}/
virtual_uid_maps = static:{self._user.pw_uid}
virtual_gid_maps = static:{self._user.pw_gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
mailbox_size_limit = 0
message_size_limit = 209715200

local_header_rewrite_clients =
smtputf8_enable = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
in_flow_delay = 0
bounce_queue_lifetime = 1h
maximal_queue_lifetime = 1h

milter_protocol = 6
milter_default_action = accept
smtpd_milters = {self.milter}
non_smtpd_milters =
"""


def _first(names, look_up, kind, taken):
    for name in names:
        if name in taken:
            continue
        try:
            return look_up(name)
        except KeyError:
            continue
    raise SiteError(f"none of the static system {kind}s {', '.join(names)}"
                    " exists; Debian's base-passwd brings them")


def _directory(path, uid, gid, mode):
    os.makedirs(path, exist_ok=True)
    os.chown(path, uid, gid)
    os.chmod(path, mode)


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    # Postfix waits for seconds before it believes a file that has just been
    # written (mail_conf.c, vstream_stat): an older time saves that.
    then = time.time() - 60
    os.utime(path, (then, then))
