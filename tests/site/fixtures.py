"""Mail as a development list carries it: series, talk, and other lists' mail.

A Mail is what the mirror's MTA is given: bytes with LF line ends, which the
SMTP client sends with CRLF. Series are real `git format-patch` output with the
headers that `git send-email` and the list's own server add.
"""

import dataclasses
import email.utils
import re
import time

from source_tree import AUTHOR, AUTHOR_ADDRESS, SIGN_OFF

LIST_DOMAIN = "lists.example.test"
MAIN_LIST = "devel@" + LIST_DOMAIN
MAIN_LIST_ID = "devel." + LIST_DOMAIN
OTHER_LIST_ID = "chatter." + LIST_DOMAIN
# Of the main list's own server, as a subscribed mirror sees it.
LIST_SENDER = "devel-bounces@kernel.example.test"

MONTH = 31 * 24 * 3600


@dataclasses.dataclass
class Mail:
    message: bytes
    message_id: str  # without <>
    sender: str = LIST_SENDER
    recipients: tuple = (MAIN_LIST,)


@dataclasses.dataclass
class Series:
    mails: list  # in order; the cover, where there is one, first
    has_cover: bool

    @property
    def top(self):
        """The mail that the review's series mail answers."""
        return self.mails[0]

    @property
    def patches(self):
        return self.mails[1:] if self.has_cover else self.mails

    def patch(self, number):
        return self.patches[number - 1]

    @property
    def ids(self):
        return [mail.message_id for mail in self.mails]


def series_mails(patches, name, date=None, list_id=MAIN_LIST_ID,
                 author=(AUTHOR, AUTHOR_ADDRESS), recipients=(MAIN_LIST,)):
    """format-patch output → a Series as mailed to the list, shallow threads.

    date: seconds since 1970 of the first mail; each next is a second later."""
    date = int(date if date is not None else time.time() - 600)
    has_cover = b" 0/" in patches[0].partition(b"\n\n")[0]
    first = 0 if has_cover else 1
    top_id = f"{name}-{first}@author.example.test"
    mails = []
    for index, patch in enumerate(patches):
        number = first + index
        message_id = f"{name}-{number}@author.example.test"
        head, _, body = patch.partition(b"\n\n")
        # The first line is format-patch's "From <commit> Mon Sep 17 ...".
        subject = re.search(rb"(?ms)^(Subject: .*?)(?=^\S|\Z)",
                            head + b"\n").group(1)
        mime = b"".join(line + b"\n" for line in head.split(b"\n")
                        if re.match(rb"(?i)mime-version|content-t", line))
        headers = (
            f"Received: from author.example.test (author.example.test"
            f" [192.0.2.7])\n\tby kernel.example.test (Postfix) with ESMTPS"
            f" id 4F00{number:02d}\n\tfor <{MAIN_LIST}>; "
            f"{_date(date + index)}\n"
            f"From: {email.utils.formataddr(author)}\n"
            f"To: {MAIN_LIST}\n"
            f"Cc: Max Maintainer <max@maintainer.example.test>,\n"
            f"\tRita Reviewer <rita@reviewer.example.test>\n").encode()
        headers += subject
        headers += (f"Date: {_date(date + index)}\n"
                    f"Message-ID: <{message_id}>\n").encode()
        if index:
            headers += (f"In-Reply-To: <{top_id}>\n"
                        f"References: <{top_id}>\n").encode()
        headers += b"X-Mailer: git-send-email 2.39.5\n" + mime
        headers += (f"List-Id: <{list_id}>\n"
                    f"Precedence: bulk\n").encode()
        mails.append(Mail(headers + b"\n" + body, message_id,
                          recipients=tuple(recipients)))
    return Series(mails, has_cover)


def _date(seconds):
    return email.utils.formatdate(seconds).replace("-0000", "+0000")


def talk(name, subject="Re: locking of the fan core", text="",
         list_id=MAIN_LIST_ID, headers="", date=None, recipients=(MAIN_LIST,)):
    """A mail without a patch."""
    message_id = f"{name}@reader.example.test"
    date = _date(date if date is not None else time.time())
    message = (
        f"From: Rita Reviewer <rita@reviewer.example.test>\n"
        f"To: {MAIN_LIST}\nSubject: {subject}\nDate: {date}\n"
        f"Message-ID: <{message_id}>\n{headers}"
        f"List-Id: <{list_id}>\n\n{text}").encode()
    return Mail(message, message_id, recipients=tuple(recipients))


def awkward_mails():
    """List mail that a careless filter would spoil, byte by byte."""
    mails = [
        talk("dots", "Who maintains the documentation?", text=".\n..\n.leading dot\n\n"),
        talk("from-line", text="From here on it is simple.\n\n>From quoted\n"),
        talk("blanks", text="trailing blanks   \n\ttab \t\n   \n\n\n"),
        talk("no-text"),
        talk("long-line", text="x" * 990 + "\n"),
        talk("other-list", "Summer meeting", list_id=OTHER_LIST_ID,
             text="not watched\n"),
        talk("folded", headers="X-Folded: one\n two\n\tthree\nX-Empty:\n"
             "x-lower:no space\n", text="folds and odd headers\n"),
    ]
    raw = talk("eight-bit", "Re: [PATCH v2 1/3] fan: Use the right units",
               text="na\u00efve \u2713\n")
    raw.message += b"and Latin-1: \xe9\xe8\xff, and controls: \x01\x7f\n"
    mails.append(raw)
    big = talk("big", "Build log, in full", text="".join(
        f"{number:07d} all work and no play\n" for number in range(20000)))
    mails.append(big)
    return mails


def flawed_series(tree, name="flawed", date=None, prefix="PATCH", **arguments):
    """Five patches and a cover. Patches 1 and 5 are clean. 2 uses a function
    that only 3 defines, 3 leaves a blank at the end of a line, 4 has no
    Signed-off-by and a malformed Fixes. FLAWED_PATCHES says so."""
    return series_mails(flawed_patches(tree, name, prefix), name, date,
                        **arguments)


def flawed_patches(tree, name="flawed", prefix="PATCH"):
    """The output of format-patch for it: for many series from one."""
    return tree.series(name, _flawed_commits(tree), cover=(
        "fan: Let drivers ask for a duty cycle in percent",
        "Drivers count their duty cycle in steps of the hardware; users think"
        "\nin percent. The first patches teach the core to convert, the last\n"
        "ones use it in the ACME driver and say so in the documentation."),
        prefix=prefix)


FLAWED_PATCHES = (2, 3, 4)


def _flawed_commits(tree):
    return [
        ("fan: Name the smallest duty cycle\n\n"
         "Zero means off, which callers should be able to say by name.\n\n"
         + SIGN_OFF,
         [("include/linux/fan.h", "#define FAN_DUTY_MAX\t255\n",
           "#define FAN_DUTY_OFF\t0\n#define FAN_DUTY_MAX\t255\n")]),
        ("fan: acme: Take the duty cycle in percent\n\n"
         "Use the core's conversion, so that all drivers round alike.\n\n"
         + SIGN_OFF,
         [("drivers/fan/acme-fan.c",
           "\twritel(duty, acme->base + ACME_REG_PWM);\n",
           "\tduty = fan_percent_to_duty(duty);\n"
           "\twritel(duty, acme->base + ACME_REG_PWM);\n"),
          ("drivers/fan/acme-fan.c",
           "\treturn acme_fan_set_duty(acme, FAN_DUTY_MAX);\n",
           "\treturn acme_fan_set_duty(acme, 100);\n")]),
        ("fan: Convert a percentage to a duty cycle\n\n"
         "Round to the nearest step, and let nothing above 100 through.\n\n"
         + SIGN_OFF,
         [("drivers/fan/fan-core.c",
           "void fan_unregister(struct fan_device *fan)\n",
           "unsigned int fan_percent_to_duty(unsigned int percent)\n{\n"
           "\tif (percent > 100)\n\t\tpercent = 100;\n \n"
           "\treturn (percent * FAN_DUTY_MAX + 50) / 100; \n}\n\n"
           "void fan_unregister(struct fan_device *fan)\n"),
          ("include/linux/fan.h",
           "void fan_unregister(struct fan_device *fan);\n",
           "void fan_unregister(struct fan_device *fan);\n"
           "unsigned int fan_percent_to_duty(unsigned int percent);\n")]),
        ("fan: acme: Report the speed after a change\n\n"
         "The speed was read once, when the driver came up.\n\n"
         f"Fixes: {tree.first_commit[:7]} Import the toy fan subsystem",
         [("drivers/fan/acme-fan.c",
           "\tacme->fan.duty = duty;\n\n\treturn 0;\n}\n\n"
           "static unsigned int acme_fan_read_rpm(struct acme_fan *acme)\n{\n"
           "\treturn readl(acme->base + ACME_REG_TACH) * 60;\n}\n",
           "\tacme->fan.duty = duty;\n"
           "\tacme->fan.rpm = readl(acme->base + ACME_REG_TACH) * 60;\n\n"
           "\treturn 0;\n}\n"),
          ("drivers/fan/acme-fan.c",
           "\tacme->fan.rpm = acme_fan_read_rpm(acme);\n", "")]),
        ("Documentation: fan: Describe percentages\n\n"
         "Say what fan_percent_to_duty() does with a number above 100.\n\n"
         + SIGN_OFF,
         [("Documentation/fan.rst",
           "0 to FAN_DUTY_MAX; a fan starts at full speed.\n",
           "0 to FAN_DUTY_MAX; a fan starts at full speed.\n\n"
           "fan_percent_to_duty() converts a percentage; more than 100 is\n"
           "taken as 100.\n")]),
    ]


def clean_series(tree, name="clean", date=None, **arguments):
    """Two patches without a cover, and nothing to say about them."""
    patches = tree.series(name, [
        ("fan: Refuse a name that is empty\n\n"
         "An empty name would make an unnamed file in sysfs.\n\n" + SIGN_OFF,
         [("drivers/fan/fan-core.c", "\tif (!fan || !fan->name)\n",
           "\tif (!fan || !fan->name || !fan->name[0])\n")]),
        ("Documentation: fan: Names must not be empty\n\n"
         "It is refused since the patch before.\n\n" + SIGN_OFF,
         [("Documentation/fan.rst", "A fan is registered with fan_register().",
           "A fan is registered with fan_register(); its name must not be\n"
           "empty.")]),
    ])
    return series_mails(patches, name, date, **arguments)


def single_patch(tree, name="single", date=None, **arguments):
    """One patch by itself, with a blank at the end of a line."""
    patches = tree.series(name, [
        ("fan: Say what the lock guards\n\n"
         "It is not obvious from its name.\n\n" + SIGN_OFF,
         [("drivers/fan/fan-core.c", "static DEFINE_MUTEX(fan_lock);\n",
           "/* Guards fan_count and every fan's duty. */ \n"
           "static DEFINE_MUTEX(fan_lock);\n")])])
    return series_mails(patches, name, date, **arguments)
