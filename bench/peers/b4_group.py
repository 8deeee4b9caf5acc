#!/usr/bin/python3
"""Groups mails with Debian's b4, used as a library: a peer of mail_speed.

b4_group.py < PATHS    reads the mails into memory, parses them, gives each
                       thread to a LoreMailbox of its own, as b4 does with the
                       threads that it is asked for, and asks it for its
                       series; prints "mails seconds series"

What is timed is Python's parser and b4 alone: which mails make a thread is
found out before. Run by bench/group_speed.py where b4 is installed, with
Debian's own Python, since b4 is a package of it.
"""

import email
import email.policy
import logging
import re
import sys
import time

import b4

MESSAGE_ID = re.compile(r"<([^<>\s]+)>")


def threads(messages):
    """Lists of indices: mails that refer to each other stand in one."""
    parent = {}

    def root(name):
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for number, message in enumerate(messages):
        for field in ("Message-ID", "In-Reply-To", "References"):
            for found in MESSAGE_ID.findall(str(message.get(field, ""))):
                parent[root(found)] = root(number)
    lists = {}
    for number in range(len(messages)):
        lists.setdefault(root(number), []).append(number)
    return list(lists.values())


def main():
    logging.disable(logging.CRITICAL)
    raw = []
    for path in sys.stdin.read().splitlines():
        with open(path, "rb") as mail:
            raw.append(mail.read())
    policy = email.policy.EmailPolicy()
    begin = time.process_time()
    messages = [email.message_from_bytes(data, policy=policy) for data in raw]
    seconds = time.process_time() - begin
    lists = threads(messages)
    series = 0
    begin = time.process_time()
    for thread in lists:
        mailbox = b4.LoreMailbox()
        for number in thread:
            mailbox.add_message(messages[number])
        for revision in list(mailbox.series):
            if mailbox.get_series(revision, sloppytrailers=False) is not None:
                series += 1
    seconds += time.process_time() - begin
    print(len(raw), f"{seconds:.6f}", series)


if __name__ == "__main__":
    main()
