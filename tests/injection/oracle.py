"""What must stand in no mail of ours, said after the rules of those who read
mails (git, b4, patchwork, the bots of kernel lists, mail readers), and sharing
nothing with the code under test.

`faults(mail)` looks at the headers, and at every line above the signature that
is no quote: quotes are the list's own words, copied.
"""

import email
import email.policy
import re
import subprocess
import unicodedata

# Of a mail that we write, and of no other: nothing else may appear.
HEADERS = {
    "from", "to", "subject", "date", "message-id", "in-reply-to", "references",
    "mime-version", "content-type", "content-transfer-encoding", "list-id",
    "auto-submitted", "x-patchmilter", "x-patchmilter-finding"}

_I = re.IGNORECASE
_TOP = r"(?:com|org|net|info|io|dev|xyz|top|ru|cn|biz|example)"
RULES = [(name, re.compile(rule, flags)) for name, rule, flags in [
    # git-interpret-trailers(1), b4, patchwork: a key and a colon, wherever the
    # line begins, also behind what marks a comment, a list or a quote.
    ("trailer", r"^[\s>|*/#;!(\"'+-]*(?:[a-z][a-z-]*[-_ ]?by|fixes|links?|"
     r"closes|b?cc|change-id|base-commit|buglink|message-id|"
     r"obsoleted-by|depends-on|prerequisite-[a-z-]+)\s*:", _I),
    ("trailer inside", r"\b(?:signed-off|reviewed|acked|tested|reported|"
     r"suggested|co-developed|nacked|approved)[-_\s]by\s*:", _I),
    ("cherry pick", r"^\s*\(cherry picked from", _I),
    ("patchwork", r"\bpw-bot\b\s*:|\bpatchwork-[a-z]+\s*:|"
     r"^x-patchwork-[a-z]+:", _I),
    ("syzbot", r"#\s*syz", _I),
    ("regzbot", r"#\s*regz", _I),
    ("bugspray", r"#\s*bugspray|^\s*bugspray\s*[:,]", _I),
    ("another bot", r"[\w-]bot\d*\s*:", _I),
    ("command of a line", r"^[\s>|*-]*/[a-z][a-z-]*(?:\s|$)", _I),
    ("test command", r"(?:^|\s)/(?:re)?test\b", _I),
    ("closes an issue", r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\s+#\d",
     _I),
    ("mention", r"(?:^|\s)@[a-z][\w-]*", _I),
    ("header", r"^\s*(?:to|b?cc|from|subject|reply-to|sender|date|"
     r"in-reply-to|references|list-id|content-[a-z-]+|mime-version)\s*:", _I),
    ("link", r"[a-z]+://|\bhxxps?|\bwww\.|\bmailto:|\bjavascript:|"
     r"\bdata:text|https?\s*:\s*/", _I),
    ("bare link", rf"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.{_TOP}/", _I),
    ("bare host", r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org)\b(?!\w|\()", _I),
    ("host of another script", r"\bxn--|[^\x00-\x7f][\w-]*\.[a-z]{2,}\b", _I),
    ("dressed link", r"\[\.\]|[\[({]\s*(?:dot|at)\s*[\])}]|\[:\]", _I),
    ("address", r"[\w.+-]@[\w-]+\.\w|<\S+@\S+>", _I),
    ("diff", r"^\s*(?:diff --?|index: |git binary patch|---(?:\s|$)|"
     r"\+\+\+ |@@ |\*\*\* )", _I),
    ("From", r"^\s*>?From ", 0),
    ("scissors", r"^[-\s]*(?:>8|8<|>%|%<)[-\s]*$", 0),
    ("signature", r"^\s*--\s?$", 0),
    ("fence of ours", r"(?:\[\[\[|\]\]\])\s*[0-9a-f]{16}", 0),
    ("fence of markdown", r"^\s*(?:```|~~~)", 0),
    ("markdown link", r"\]\([a-z]+:", _I),
    ("tag", r"<(?:a|img|script|br|b|i|div|!--)[\s>/]", _I),
    ("data", r"[A-Za-z0-9+/=_-]{80,}", 0),
    ("verdict", r"\blgtm\b|\blooks good to me\b|\bready (?:to be merged|to "
     r"merge|for merging|for inclusion)\b|\bplease (?:merge|apply|pull) (?:it|"
     r"this)\b|\b(?:excellent|great|good|nice|brilliant|outstanding) "
     r"(?:work|job|patch|series)\b|\bwell done\b|\bhave (?:reviewed|tested) "
     r"(?:and approve|this patch)\b|\bi approve\b", _I),
]]

# b4: what it takes for a trailer without a person in it.
_NO_PERSON = {"fixes", "subject", "date", "link", "buglink", "obsoleted-by",
              "change-id", "base-commit", "closes"}
_SHAPE = re.compile(r"^\s*(\w\S+):\s+(\S.*)")
_PERSON = re.compile(r"\S+@\S+\.\S+")
_PATCHWORK = re.compile(r"^(?:tested|reviewed|acked|signed-off|nacked|reported)"
                        r"-by:|^fixes:", _I)


def _hidden(text):
    """Characters that a reader does not see, or that a terminal obeys."""
    for character in text:
        if character in "\t\n":
            continue
        kind = unicodedata.category(character)
        if kind in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"):
            return f"U+{ord(character):04X}"
        if ord(character) >= 0x1F000 or 0xFE00 <= ord(character) <= 0xFE0F \
                or 0x2600 <= ord(character) <= 0x27BF:
            return f"emoji U+{ord(character):04X}"
    return ""


def parts(text):
    """(lines above the signature that are no quotes, all lines below it)."""
    head, found, foot = ("\n" + text).partition("\n-- \n")
    assert found, "a mail without a signature"
    return ([line for line in head.split("\n")[1:] if not
             line.startswith(">")], foot.split("\n"))


def line_faults(line):
    found = [f"{name}: {line!r}" for name, rule in RULES if rule.search(line)]
    # Letters in another dress are what they look like.
    plain = unicodedata.normalize("NFKC", line)
    if plain != line:
        found += [f"{name}, dressed up: {line!r}" for name, rule in RULES
                  if rule.search(plain)]
    if _hidden(line):
        found.append(f"hidden {_hidden(line)}: {line!r}")
    if _PATCHWORK.search(line):
        found.append(f"patchwork takes it: {line!r}")
    return found


def harvested(lines):
    """What b4 would add to a commit."""
    taken = []
    for line in lines:
        match = _SHAPE.match(line)
        if match and (match[1].lower() in _NO_PERSON
                      or _PERSON.search(match[2])):
            taken.append(f"b4 takes it: {line!r}")
    return taken


def body_faults(text):
    above, below = parts(text)
    found = [fault for line in above for fault in line_faults(line)]
    found += harvested(above)
    # Two lines that are one when a reader joins them.
    for first, second in zip(above, above[1:]):
        joined = f"{first.rstrip()} {second.strip()}"
        if re.search(r"\b(?:reviewed|acked|tested|signed-off)[-_]by\s*:",
                     joined, _I):
            found.append(f"trailer over two lines: {joined!r}")
    for line in below:
        if re.search(r"^(?:>|From |diff |---|\+\+\+ |@@ )|#syz|#regz|pw-bot",
                     line, _I) or _hidden(line):
            found.append(f"footer: {line!r}")
    if "\n-- \n" in "\n".join(below):
        found.append("a second signature")
    return found


def header_faults(message, recipient, subject):
    """`recipient`: the one that is configured. `subject`: of what is
    answered, decoded."""
    found = []
    for name, value in message.raw_items():
        if name.lower() not in HEADERS:
            found.append(f"header {name}: {value!r}")
        flat = re.sub(r"\r?\n(?=[ \t])", "", value)
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", flat):
            found.append(f"control in {name}: {value!r}")
    for name in ("To", "From", "Subject", "Date", "Message-ID", "Content-Type"):
        if len(message.get_all(name, [])) != 1:
            found.append(f"{len(message.get_all(name, []))} times {name}")
    if recipient not in message["To"] or message["To"].count("@") != 1:
        found.append(f"To: {message['To']}")
    got = re.sub(r"\s+", " ", str(message["Subject"]))
    if subject is not None and got != "Re: " + subject:
        found.append(f"Subject: {got!r} in place of {subject!r}")
    return found


def read(data):
    """The mail, and its text."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    return message, message.get_payload(decode=True).decode("utf-8", "strict")


def git_takes(directory, texts):
    """What git itself takes for trailers, of any paragraph of the texts."""
    names = []
    for text in texts:
        for paragraph in re.split(r"\n\s*\n", "\n".join(parts(text)[0])):
            if ":" not in paragraph:
                continue
            names.append(f"{directory}/{len(names)}")
            with open(names[-1], "w", encoding="utf-8") as file:
                file.write("subject\n\n" + paragraph.strip("\n") + "\n")
    if not names:
        return []
    done = subprocess.run(["git", "interpret-trailers", "--parse", *names],
                          stdout=subprocess.PIPE, text=True, check=True)
    # Any "word: text" that is a paragraph is one to it.
    return [line for line in done.stdout.splitlines() if re.match(
        r"(?i)[\w-]*(?:-by|fixes|links?|closes|cc|-id|-commit|bug\w*)\s*:",
        line)]
