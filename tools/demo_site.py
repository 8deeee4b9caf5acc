"""What ./demo runs once everything is built: a scratch site, shown at work.

Started as root (Postfix wants it). Ends every process it started, also when it
is interrupted or fails; then says where the logs are.
"""

import argparse
import email
import email.policy
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "tests", "site"))

# pylint: disable=wrong-import-position
from fixtures import MAIN_LIST, Mail  # noqa: E402
import fixtures  # noqa: E402
from mail_site import ARCHIVE_ADDRESS, REVIEW_LIST_ID, Site  # noqa: E402
from processes import (  # noqa: E402
    SiteError, process_start_time, process_state, wait_for)
from review_archive import message_id_of  # noqa: E402

_RECORD = "site.json"


def say(text=""):
    print(text, flush=True)


def step(text):
    say("== " + text)


def say_wrapped(text):
    say(textwrap.fill(text, 78, initial_indent="   ",
                      subsequent_indent="           ",
                      break_long_words=False, break_on_hyphens=False))


class Waiting:
    """A progress line when something takes long."""

    def __init__(self, what):
        self._what = what
        self._started = time.monotonic()
        self._next = 5

    def tick(self, detail=""):
        seconds = time.monotonic() - self._started
        if seconds >= self._next:
            self._next += 5
            say(f"   {seconds:4.0f} s  waiting for {self._what}{detail}")


def machine_mail_system():
    """The package that is this machine's MTA, or None."""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f",
         "${db:Status-Status}\\t${Package}\\t${Provides}\\n"],
        capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        status, package, provides = (line.split("\t") + ["", ""])[:3]
        if status == "installed" and re.search(
                r"\bmail-transport-agent\b", provides):
            return package
    return "a mail system" if os.path.exists("/usr/sbin/sendmail") else None


def explain_mail_system():
    package = machine_mail_system()
    if package is None:
        return
    say(f"   This machine's own mail system ({package}) is left alone; the"
        " demo runs a Postfix of its own.")
    if package not in ("postfix", "sendmail-bin"):
        say("   To attach patchmilter to this machine's own, it would have to"
            " be Postfix or\n   Sendmail: docs/admin.md says how. The demo goes"
            " on without it.")


def read_mbox(path):
    """The mails of an mbox, of format-patch output, or of a file with one
    mail, as fixtures.Mail. Mails without a Message-ID (format-patch gives
    none) get one from their content, and answer the first."""
    with open(path, "rb") as file:
        data = file.read().replace(b"\r\n", b"\n")
    if data.startswith(b"From "):
        parts = re.split(rb"(?m)^From [^\n]*\d\d:\d\d:\d\d[^\n]*\n", data)[1:]
        # One quoting mark of mboxrd comes off.
        parts = [re.sub(rb"(?m)^>(>*From )", rb"\1", part) for part in parts]
    else:
        parts = [data]
    mails = []
    for part in parts:
        if not part.strip():
            continue
        part = without_dropped_headers(part)
        message_id = message_id_of(part)
        if not message_id:
            message_id = (hashlib.sha256(part).hexdigest()[:24]
                          + "@mbox.example.test")
            head = f"Message-ID: <{message_id}>\n"
            if mails:
                head += f"In-Reply-To: <{mails[0].message_id}>\n"
            part = head.encode() + part
        mails.append(Mail(part, message_id))
    if not mails:
        raise SiteError(f"{path}: no mail in it")
    return mails


def without_dropped_headers(mail):
    """Without what any Postfix takes out of a mail (message_drop_headers): a
    mail from a mailbox has a Return-Path, and is not sent with it."""
    head, end, body = mail.partition(b"\n\n")
    head = re.sub(rb"(?mi)^(?:return-path|content-length|(?:resent-)?bcc):"
                  rb"[^\n]*\n(?:[ \t][^\n]*\n)*", b"", head + b"\n")
    return head.removesuffix(b"\n") + end + body


def demo_mails(tree):
    """(all mails in the order of sending, the series' top mail)."""
    series = fixtures.flawed_series(tree, "demo")
    other = fixtures.awkward_mails()
    cover, patches = series.top, series.patches
    order = [other[0], patches[2], other[1], cover, patches[4], other[5],
             patches[0], patches[3], other[7], other[8], patches[1]]
    return order, series


def decoded(mail, name):
    value = email.message_from_bytes(
        mail.partition(b"\n\n")[0], policy=email.policy.default).get(name, "")
    return " ".join(str(value).split())


def print_thread(archive, found):
    """The mails that lei found, as a tree, reviews marked."""
    mails = {message_id_of(mail): mail for mail in archive.mails()}
    ids = [mail["m"] for mail in found if mail and mail["m"] in mails]
    children, roots = {}, []
    for message_id in ids:
        answered = decoded(mails[message_id], "In-Reply-To").strip("<>")
        if answered in ids:
            children.setdefault(answered, []).append(message_id)
        else:
            roots.append(message_id)

    def show(message_id, depth):
        mail = mails[message_id]
        mark = "review" if is_review(mail) else "      "
        say(f"   {mark}  {'  ' * depth}{decoded(mail, 'Subject')[:66]}")
        for child in sorted(children.get(message_id, []),
                            key=lambda name: decoded(mails[name], "Subject")
                            .removeprefix("Re: ")):
            show(child, depth + 1)

    for root in roots:
        show(root, 0)


def is_review(mail):
    return REVIEW_LIST_ID in decoded(mail, "List-Id")


def answered_by(mail):
    """The Message-ID of the mail that starts this one's thread."""
    return (decoded(mail, "References").split() or [""])[0].strip("<>")


def severity(mail):
    """Of the gravest finding in a review mail: 0 for none."""
    for rank, name in ((4, b"critical"), (3, b"high"), (2, b"medium"),
                       (1, b"low")):
        if b"[severity_" + name + b"]" in mail:
            return rank
    return 0


def footer(mail, key):
    """What stands behind "key: " below the signature of a review mail."""
    text = mail.decode("utf-8", "replace").rpartition("\n-- \n")[2]
    found = re.search(rf"(?m)^{key}:((?:.*\n [^\n]*)*.*)$", text)
    return " ".join(found[1].split()) if found else ""


def say_who_reviewed(options, reviews):
    """By the series' review mail: whether a model was there, what it read, and
    what it cost. A model that gave no answer is no reviewer."""
    whole = next((mail for mail in reviews
                  if decoded(mail, "Message-ID").partition("@")[0]
                  .endswith("-s")), reviews[0])
    if "engine=model" not in decoded(whole, "X-Patchmilter"):
        say("   Reviewed by checks alone; no language model was asked (--model"
            " names one).")
        return
    text = whole.decode("utf-8", "replace").partition("\n\n")[2]
    said = re.search(r"A language model [^.]*\.", " ".join(text.split()))
    say_wrapped(said[0] if said else "A language model was asked.")
    engine = footer(whole, "Engine").removeprefix("model ")
    say(f"   model:  {engine.partition(', patchmilter')[0]}, at"
        f" {options.model}")
    say_wrapped(f"cost:   {footer(whole, 'Cost')}")
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("Not read whole"):
            say_wrapped(" ".join(paragraph.split()))


def wait_for_reviews(site, mails):
    """Until the reviewer has read `mails` mails and has nothing left to do,
    and the archive holds what it sent."""
    waiting = Waiting("the review")
    deadline = time.monotonic() + 600
    while not site.idle(mails):
        site.milter.expect_running()
        site.reviewer.expect_running()
        if time.monotonic() > deadline:
            raise SiteError(
                "the reviewer was not done within ten minutes; it says:\n"
                + site.run("status", check=False).stdout.decode(
                    "utf-8", "replace"))
        waiting.tick(f" ({len(site.archive.message_ids())} mails in the"
                     " archive)")
        time.sleep(0.2)
    site.settle()


def check_delivered(site, mails):
    site.wait_until_delivered(len(mails))
    got = sorted(site.delivered())
    if got != sorted(normal(mail.message) for mail in mails):
        raise SiteError("list mail was not delivered as it was sent: compare"
                        f" {site.directory}/mail/devel/new")
    say(f"   {len(got)} of {len(mails)} mails are in the list's mailbox, each"
        " compared byte for byte: untouched.")
    stray = site.stray()
    if stray:
        raise SiteError(f"{len(stray)} mails went to somebody else")
    say("   Nothing was mailed to anybody else.")


def normal(message):
    return message if message.endswith(b"\n") else message + b"\n"


def show(site, options, mails):
    archive = site.archive
    if options.mail:
        top, watched = mails[0].message_id, len(
            {mail.message for mail in mails})
        step(f"Sending the {len(mails)} mails of {options.mail} by SMTP")
    else:
        mails, series = demo_mails(site.tree)
        top, watched = series.top.message_id, len(series.mails)
        step(f"Sending {len(mails)} mails to the list by SMTP: a series of five"
             " patches and its\n   cover letter, out of order, with other mail"
             " among it")
    for mail in mails:
        say(f"   -> {MAIN_LIST}  {decoded(mail.message, 'Subject')[:50]}")
    site.send(*mails)

    step("What the list's subscribers got")
    check_delivered(site, mails)

    step("What patchmilter made of it")
    wait_for_reviews(site, watched)
    say(site.run("list").stdout.decode("utf-8", "replace").rstrip())
    reviews = site.review_mails()
    if not reviews:
        say("   No review was made: there is no patch series in it that could"
            " be reviewed\n   (the list above says why).")
        return

    say_who_reviewed(options, reviews)

    if not archive.query_ids("m:" + top):
        top = answered_by(reviews[0])
    step(f"The review thread, as lei finds it:  lei q -t 'm:{top}'")
    print_thread(archive, archive.query("m:" + top, threads=True))
    say()
    say(f"   Reviews alone:  lei q 'l:{REVIEW_LIST_ID}'  finds"
        f" {len(archive.query_ids('l:' + REVIEW_LIST_ID))} mails.")

    # A patch's, the gravest one; there is none where nothing was found.
    shown = max(reviews, key=lambda mail: (
        b"X-Patchmilter-Finding:" in mail, severity(mail)))
    step("One of the review mails, as the archive has it")
    for line in shown.decode("utf-8", "replace").rstrip().split("\n"):
        say("   | " + line)

    step("The same in a browser, a feed reader, a news reader")
    thread = f"{archive.url}{top}/T/"
    feed = f"{archive.url}{top}/t.atom"
    for name, url in (("thread", thread), ("its Atom feed", feed),
                      ("all new mail", archive.atom_url)):
        if archive.fetch(url.removeprefix(archive.url)) is None:
            raise SiteError(f"{url} is not there")
        say(f"   {name + ':':15}{url}")
    say(f"   {'NNTP:':15}{archive.nntp_url}")


def keep(site):
    processes = {process.name: (process.pid, process_start_time(process.pid))
                 for process in site.processes()}
    lei = site.archive.lei_pid()
    processes["lei"] = (lei, process_start_time(lei))
    with open(os.path.join(site.directory, _RECORD), "w",
              encoding="ascii") as file:
        json.dump(processes, file)
    site.release()
    step("The site is left running (--keep)")
    say(f"   its directory   {site.directory}")
    say(f"   mail to it      SMTP on 127.0.0.1:{site.postfix.port}, to"
        f" {MAIN_LIST}")
    say(f"   ask it          {site.programs}/patchmilter status --config"
        f" {site.config_file}")
    say(f"   logs            {site.logs}")
    say(f"   stop it         ./demo --stop {site.directory}")


def stop(directory):
    """Ends the processes of a kept site, each only if it is still the same."""
    record = os.path.join(directory, _RECORD)
    try:
        with open(record, encoding="ascii") as file:
            processes = json.load(file)
    except (OSError, ValueError):
        raise SiteError(f"{directory} is no site that --keep left"
                        f" (no readable {_RECORD})") from None
    for name, (pid, started) in processes.items():
        if process_start_time(pid) != started:
            continue
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda pid=pid, started=started:
                 process_start_time(pid) != started
                 or is_zombie(pid), 30, f"{name} (pid {pid}) to end")
        say(f"   stopped {name}")
    shutil.rmtree(directory)
    say(f"   removed {directory}")


def is_zombie(pid):
    return process_state(pid) in (None, "Z")


def make_site(options):
    review = {}
    if options.mail:
        # A mailbox may be old, and a series in it may never be complete.
        review = {"max_age": '"3650d"', "wait": '"5s"'}
    tree = branches = None
    if options.tree:
        tree = os.path.realpath(options.tree)
        if os.path.isdir(os.path.join(tree, ".git")):
            tree = os.path.join(tree, ".git")
        if not os.path.isdir(os.path.join(tree, "objects")):
            raise SiteError(f"{options.tree} is not a git repository")
        branches = ("",)
    return Site(review=review, tree_path=tree, tree_branches=branches or (),
                make_tree=not (options.tree or options.mail),
                accept_by_recipient=bool(options.mail),
                model=model_settings(options))


def dialect_of(options):
    """Of a known service; any other is most likely a machine of one's own."""
    host = urllib.parse.urlsplit(options.model).hostname or ""
    return {"api.openai.com": "openai",
            "openrouter.ai": "openrouter"}.get(host, "vllm")


def model_settings(options):
    if not options.model:
        return None
    settings = {"api": f'"{options.api}"', "url": f'"{options.model}"',
                "model": f'"{options.model_name}"'}
    if options.api == "chat":
        settings["dialect"] = f'"{options.dialect or dialect_of(options)}"'
    if options.key_file:
        with open(options.key_file, encoding="utf-8") as file:
            settings["key"] = file.readline().strip()
    return settings


def main():
    parser = argparse.ArgumentParser(prog="./demo")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--mail")
    parser.add_argument("--tree")
    parser.add_argument("--model")
    parser.add_argument("--api", default="chat", choices=(
        "anthropic", "responses", "chat", "gemini"))
    parser.add_argument("--dialect")
    parser.add_argument("--model-name", default="default")
    parser.add_argument("--key-file")
    parser.add_argument("--stop")
    options = parser.parse_args()
    if options.stop:
        try:
            stop(options.stop)
        except SiteError as error:
            say(f"./demo: {error}")
            return 1
        return 0

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *unused: sys.exit(143))
    site = None
    kept = failed = started = False
    try:
        mails = read_mbox(options.mail) if options.mail else None
        step("Making a scratch mail site")
        explain_mail_system()
        site = make_site(options)
        say(f"   in {site.directory}")
        started = True
        site.start()
        say(f"   Postfix listens on 127.0.0.1:{site.postfix.port} and asks"
            " patchmilterd;")
        say(f"   reviews go to {ARCHIVE_ADDRESS} and are archived by"
            " public-inbox.")
        show(site, options, mails)
        if options.keep:
            keep(site)
            kept = True
        return 0
    except KeyboardInterrupt:
        say("\n   interrupted")
        return 130
    except (SiteError, OSError, subprocess.SubprocessError) as error:
        failed = started
        say(f"./demo: {error}")
        return 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if site and not kept:
            if failed:
                say(f"./demo: the logs are in {site.logs}")
            else:
                step("Stopping")
            site.close(keep=failed)
            if not failed:
                say(f"   all stopped, {site.directory} removed")


if __name__ == "__main__":
    sys.exit(main())
