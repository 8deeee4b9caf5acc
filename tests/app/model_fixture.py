"""What the tests of reviews by a model work on: a small driver in git, a series
that brings in faults, a scripted model that finds them."""

import contextlib
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FAKES = os.path.join(HERE, "..", "fakes")
sys.path.insert(0, FAKES)
sys.path.insert(0, os.path.join(FAKES, "scripts"))

import reviewer  # noqa: E402
from model_server import ModelServer  # noqa: E402

APIS = ("anthropic", "responses", "chat", "gemini")
# As the scripted servers name their models.
KEY = "key-for-the-test-0123456789"

FAN = """\
#include "fan.h"

struct fan {
	int id;
	struct lock lock;
	char *name;
};

int fan_start(struct fan *fan)
{
	lock_take(&fan->lock);
	fan->id = next_id();
	lock_give(&fan->lock);
	return 0;
}

void fan_free(struct fan *fan)
{
	free(fan->name);
	free(fan);
}
"""

FINDINGS = [
    {
        "patch": 1, "file": "fan.c",
        "lines": ["+\tif (fan->id < 0)", "+\t\treturn -EBUSY;"],
        "function": "fan_start", "category": "locking",
        "title": "The lock is kept on the new error path",
        "explanation": "fan_start() takes fan->lock and returns -EBUSY while "
                       "holding it, so that the next caller waits for ever.",
        "reachability": "rare", "consequence": "crash", "confidence": 0.9,
    },
    {
        "patch": 2, "file": "fan.c",
        "lines": ["+\tfree(fan);", "+\tlog_name(fan->name);"],
        "function": "fan_free", "category": "lifetime",
        "title": "The name is read after the fan was freed",
        "explanation": "fan_free() frees fan and then reads fan->name from it "
                       "for log_name().",
        "reachability": "always", "consequence": "corruption",
        "confidence": 0.9,
    },
    {
        "patch": 2, "file": "fan.c", "lines": ["+\tlog_name(fan->name);"],
        "function": "fan_free", "category": "logic",
        "title": "The name may be missing when the fan goes",
        "explanation": "fan->name can be NULL where allocation of it failed "
                       "before, and log_name() does not expect that.",
        "reachability": "rare", "consequence": "crash", "confidence": 0.8,
        "verdict": "refute",
        "verdict_reason": "log_name() checks for NULL in log.c",
    },
]

CALLS = {"default": [
    {"tool": "read_file", "args": {"path": "fan.c", "at": "patched"}},
    {"tool": "search", "args": {"pattern": "fan_free"}},
    {"tool": "function_change", "args": {"number": "{patch}", "path": "fan.c",
                                         "function": "fan_start"}},
], "0": [{"tool": "list_directory", "args": {}}],
    "verify": [{"tool": "read_file", "args": {"path": "fan.c"}}]}


def git(directory, *arguments, text=None):
    environment = {
        "PATH": os.environ["PATH"], "HOME": directory,
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ada Example",
        "GIT_AUTHOR_EMAIL": "ada@author.example",
        "GIT_COMMITTER_NAME": "Ada Example",
        "GIT_COMMITTER_EMAIL": "ada@author.example",
        "GIT_AUTHOR_DATE": "1780000000 +0000",
        "GIT_COMMITTER_DATE": "1780000000 +0000",
    }
    return subprocess.run(["git", "-C", directory, *arguments], input=text,
                          env=environment, stdout=subprocess.PIPE, text=True,
                          check=True).stdout


SITE = """\
[identity]
from = "Review <review@r.example>"
bounce = "bounce@r.example"

[state]
directory = "{directory}/site"

[review]
engine = "model"
model = "main"
max_age = "3660d"
settle = 0

[budget]
{budget}

[[model]]
name = "main"
api = "{api}"
dialect = "vllm"
url = "{url}"
model = "scripted"
key_file = "{key}"
parallel = {parallel}
price_input = "3.00"
price_cache_read = "0.30"
price_output = "15.00"
{model}

[[destination]]
name = "list"
kind = "list"
address = "list@r.example"

[[tree]]
name = "main"
path = "{tree}/.git"

[[list]]
name = "devel"
addresses = ["devel@lists.example"]
destinations = ["list"]
trees = ["main"]
"""


def write_site(directory, tree, url, api="anthropic", parallel=1, budget="",
               model=""):
    """The configuration of a site whose one list a model reviews; `budget` and
    `model` are more lines of those sections."""
    path = os.path.join(directory, "site.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(SITE.format(directory=directory, tree=tree, url=url, api=api,
                               parallel=parallel, budget=budget, model=model,
                               key=key_file(directory)))
    return path


def make_series(directory):
    """The tree, and the mbox of a cover and three patches on it."""
    tree = os.path.join(directory, "tree")
    os.mkdir(tree)
    git(tree, "init", "-q", "-b", "main")

    def commit(text, message, name="fan.c"):
        with open(os.path.join(tree, name), "w", encoding="utf-8") as file:
            file.write(text)
        git(tree, "add", "-A")
        git(tree, "commit", "-q", "-s", "-m", message)

    commit(FAN, "fan: Add fans")
    first = FAN.replace("next_id();\n", "next_id();\n\tif (fan->id < 0)\n"
                        "\t\treturn -EBUSY;\n")
    commit(first, "fan: Refuse to start without an id\n\nThere may be none.")
    second = first.replace("\tfree(fan->name);\n\tfree(fan);\n",
                           "\tfree(fan);\n\tlog_name(fan->name);\n")
    commit(second, "fan: Say which fan goes\n\nIt helps.")
    commit("void log_name(const char *name)\n{\n\tif (name)\n\t\tputs(name);\n"
           "}\n", "log: Add log_name()\n\nThe fan needs it.", "log.c")
    mails = git(tree, "format-patch", "--stdout", "--cover-letter",
                "--thread", "-3")
    mails = mails.replace("*** SUBJECT HERE ***", "fan: Say more") \
                 .replace("*** BLURB HERE ***", "Three small things.")
    git(tree, "reset", "-q", "--hard", "HEAD~3")
    mbox = os.path.join(directory, "series.mbox")
    with open(mbox, "w", encoding="utf-8") as file:
        file.write(mails)
    return tree, mbox


def revise(directory, mbox):
    """The same patches as v2, a day later, in an mbox of their own."""
    with open(mbox, encoding="utf-8") as file:
        mails = file.read()
    cover = re.search(r"^Message-Id: (<cover.*>)$", mails, re.MULTILINE)[1]
    mails = mails.replace("[PATCH ", "[PATCH v2 ") \
                 .replace("Thu, 28 May 2026", "Fri, 29 May 2026")
    mails = re.sub(r"^((?:Message-Id|In-Reply-To|References): <)", r"\1v2.",
                   mails, flags=re.MULTILINE)
    own = cover.replace("<", "<v2.")
    mails = mails.replace(f"Message-Id: {own}\n",
                          f"Message-Id: {own}\nIn-Reply-To: {cover}\n", 1)
    path = os.path.join(directory, "series-v2.mbox")
    with open(path, "w", encoding="utf-8") as file:
        file.write(mails)
    return path


def scripted(findings=None, calls=None, **options):
    return reviewer.Model(findings=FINDINGS if findings is None else findings,
                          calls=CALLS if calls is None else calls, **options)


@contextlib.contextmanager
def served(directory, model=None, **settings):
    """A scripted server; its journal lies in directory/log."""
    log = os.path.join(directory, "log")
    os.makedirs(log, exist_ok=True)
    settings.setdefault("key", KEY)
    settings.setdefault("dialect", "vllm")  # Of chat completions.
    with ModelServer(model or scripted(), log=log, **settings) as server:
        yield server


def key_file(directory):
    path = os.path.join(directory, "key")
    with open(path, "w", encoding="ascii") as file:
        file.write(KEY + "\n")
    os.chmod(path, 0o600)
    return path


def review(directory, url, api, *arguments, mbox=None, tree=None, check=True):
    """`patchmilter review`; its completed process."""
    command = [os.environ["PATCHMILTER"], "review", "--model", url, "--api",
               api, "--dialect", "vllm", "--model-name", "scripted",
               "--key-file",
               key_file(directory), *arguments]
    if tree:
        command += ["--tree", tree]
    command.append(mbox or os.path.join(directory, "series.mbox"))
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False,
                          timeout=250)
    if check and done.returncode not in (0, 1):
        raise AssertionError(f"status {done.returncode}\n{done.stdout}\n"
                             f"{done.stderr}")
    return done


def journal(directory):
    with open(os.path.join(directory, "log", "journal.jsonl"),
              encoding="utf-8") as file:
        return [json.loads(line) for line in file]
