"""A small source tree in git, and patch series made from it by git itself.

The code is a toy driver with the shape of kernel code: a core, a driver, a
header, a Makefile, a document. Commits have fixed dates and names, so that
every run makes the same objects.
"""

import os
import subprocess

AUTHOR = "Ada Example"
AUTHOR_ADDRESS = "ada@author.example.test"
SIGN_OFF = f"Signed-off-by: {AUTHOR} <{AUTHOR_ADDRESS}>"

_FILES = {
    "include/linux/fan.h": """\
/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_FAN_H
#define _LINUX_FAN_H

#include <linux/types.h>

#define FAN_DUTY_MAX	255

struct fan_device {
	const char *name;
	unsigned int duty;
	unsigned int rpm;
	void *private_data;
};

int fan_register(struct fan_device *fan);
void fan_unregister(struct fan_device *fan);

#endif /* _LINUX_FAN_H */
""",
    "drivers/fan/Makefile": """\
# SPDX-License-Identifier: GPL-2.0
obj-$(CONFIG_FAN)		+= fan-core.o
obj-$(CONFIG_FAN_ACME)		+= acme-fan.o
""",
    "drivers/fan/fan-core.c": """\
// SPDX-License-Identifier: GPL-2.0
/*
 * Core of the toy fan subsystem.
 */
#include <linux/errno.h>
#include <linux/fan.h>
#include <linux/list.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(fan_lock);
static unsigned int fan_count;

int fan_register(struct fan_device *fan)
{
	if (!fan || !fan->name)
		return -EINVAL;

	mutex_lock(&fan_lock);
	fan->duty = FAN_DUTY_MAX;
	fan_count++;
	mutex_unlock(&fan_lock);

	return 0;
}

void fan_unregister(struct fan_device *fan)
{
	mutex_lock(&fan_lock);
	fan->duty = 0;
	fan_count--;
	mutex_unlock(&fan_lock);
}
""",
    "drivers/fan/acme-fan.c": """\
// SPDX-License-Identifier: GPL-2.0
/*
 * Driver for the ACME fan controller.
 */
#include <linux/errno.h>
#include <linux/fan.h>
#include <linux/io.h>

#define ACME_REG_PWM	0x10
#define ACME_REG_TACH	0x14

struct acme_fan {
	struct fan_device fan;
	void __iomem *base;
};

static int acme_fan_set_duty(struct acme_fan *acme, unsigned int duty)
{
	writel(duty, acme->base + ACME_REG_PWM);
	acme->fan.duty = duty;

	return 0;
}

static unsigned int acme_fan_read_rpm(struct acme_fan *acme)
{
	return readl(acme->base + ACME_REG_TACH) * 30;
}

int acme_fan_probe(struct acme_fan *acme, void __iomem *base)
{
	acme->base = base;
	acme->fan.name = "acme-fan";
	acme->fan.rpm = acme_fan_read_rpm(acme);

	return acme_fan_set_duty(acme, FAN_DUTY_MAX);
}
""",
    "Documentation/fan.rst": """\
Fans
====

A fan is registered with fan_register(). Its duty cycle is a number from
0 to FAN_DUTY_MAX; a fan starts at full speed.
""",
}


class SourceTree:
    """`path` is a bare repository with one branch, `main`; the work tree
    beside it is where series are made."""

    def __init__(self, directory):
        self._work = os.path.join(directory, "work")
        self.path = os.path.join(directory, "toy.git")
        os.makedirs(self._work)
        self._clock = 1735689600  # 2025-01-01 00:00:00 UTC
        self._git("init", "-q", "-b", "main")
        self._write(_FILES)
        self._commit("Import the toy fan subsystem")
        self.first_commit = self.head()
        self._replace([("drivers/fan/acme-fan.c",
                        "readl(acme->base + ACME_REG_TACH) * 30",
                        "readl(acme->base + ACME_REG_TACH) * 60")])
        self._commit("fan: acme: Count whole revolutions\n\n"
                     "The tachometer pulses once a revolution.\n\n" + SIGN_OFF)
        self.base = self.head()
        self._git("clone", "-q", "--bare", ".", self.path)

    def head(self):
        return self._git("rev-parse", "HEAD").strip()

    def series(self, name, commits, cover=None, prefix="PATCH"):
        """The mails of `git format-patch`, as bytes, cover first if any.

        commits: [(message, [(path, old, new) or (path, None, text)])]
        cover: (subject, text), or None for no cover letter."""
        self._git("checkout", "-q", "-B", name, self.base)
        for message, changes in commits:
            self._replace(changes)
            self._commit(message)
        output = os.path.join(self._work, ".git", "patches-" + name)
        self._git("format-patch", "-q", "--base=" + self.base,
                  f"--subject-prefix={prefix}", "-o", output,
                  "--numbered" if cover or len(commits) > 1 else
                  "--no-numbered",
                  *(["--cover-letter"] if cover else []), "main..")
        mails = []
        for file in sorted(os.listdir(output)):
            with open(os.path.join(output, file), "rb") as patch:
                mails.append(patch.read())
        if cover:
            mails[0] = mails[0].replace(
                b"*** SUBJECT HERE ***", cover[0].encode()).replace(
                    b"*** BLURB HERE ***", cover[1].encode())
        self._git("checkout", "-q", "main")
        return mails

    def _replace(self, changes):
        for path, old, new in changes:
            full = os.path.join(self._work, path)
            if old is None:
                self._write({path: new})
                continue
            with open(full, encoding="utf-8") as file:
                text = file.read()
            if text.count(old) != 1:
                raise ValueError(f"{path}: {text.count(old)} times {old!r}")
            with open(full, "w", encoding="utf-8") as file:
                file.write(text.replace(old, new))

    def _write(self, files):
        for path, text in files.items():
            full = os.path.join(self._work, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)

    def _commit(self, message):
        self._clock += 3600
        self._git("add", "-A")
        self._git("commit", "-q", "--cleanup=verbatim", "-m", message)

    def _git(self, *arguments):
        environment = {
            "PATH": "/usr/bin:/bin", "HOME": self._work, "TZ": "UTC",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": AUTHOR, "GIT_AUTHOR_EMAIL": AUTHOR_ADDRESS,
            "GIT_COMMITTER_NAME": AUTHOR,
            "GIT_COMMITTER_EMAIL": AUTHOR_ADDRESS,
            "GIT_AUTHOR_DATE": f"{self._clock} +0000",
            "GIT_COMMITTER_DATE": f"{self._clock} +0000"}
        return subprocess.run(
            ["git", *arguments], cwd=self._work, env=environment, text=True,
            check=True, stdout=subprocess.PIPE).stdout
