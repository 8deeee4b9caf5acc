"""patchmilter remember: the review mails of an archive give back the memory
that a lost state.db had."""

import json
import os
import sqlite3
import subprocess
import tempfile
import unittest

PATCHMILTER = os.environ["PATCHMILTER"]
FATES = ("still-present", "fixed", "gone", "not-touched")


def patch(version, number, count, day, signed=True, blank=False, name=None):
    """A patch of version `version`, sent in reply to its version's first."""
    prefix = "PATCH" if version == 1 else f"PATCH v{version}"
    root = f"v{version}-1@example.org"
    if version > 1 and number == 1:
        root = f"v{version - 1}-1@example.org"
    name = name or f"lamp{number}"
    lines = [
        "From author@example.org Mon Sep 17 00:00:00 2001",
        "From: A U Thor <author@example.org>",
        f"Subject: [{prefix} {number}/{count}] {name}: count the steps",
        f"Message-ID: <v{version}-{number}@example.org>",
        f"Date: {day} Nov 2026 21:00:{number:02} +0000"]
    if number > 1 or version > 1:
        lines += [f"In-Reply-To: <{root}>", f"References: <{root}>"]
    lines += ["", f"Nobody has counted those of {name} so far.", ""]
    if signed:
        lines += ["Signed-off-by: A U Thor <author@example.org>"]
    lines += [
        "---", f"diff --git a/{name}.c b/{name}.c", f"--- a/{name}.c",
        f"+++ b/{name}.c",
        f"@@ -10,6 +10,7 @@ static int {name}_step(struct lamp *lamp)",
        " {", " \tint level = lamp->level;", " ",
        f"+\t{name}->steps = {name}->steps + 1;" + (" \t" if blank else ""),
        " \tif (level < 0)", " \t\treturn level;", " ", "-- ", "2.39.5", "", ""]
    return "\n".join(lines)


V1 = "".join([patch(1, 1, 3, "2", signed=False),
              patch(1, 2, 3, "2", signed=False),
              patch(1, 3, 3, "2", blank=True)])
# 1 is as it was, 2 is signed off, the file of 3 is no longer touched.
V2 = "".join([patch(2, 1, 3, "6", signed=False), patch(2, 2, 3, "6"),
              patch(2, 3, 3, "6", name="torch")])
V3 = "".join([patch(3, 1, 3, "9", signed=False), patch(3, 2, 3, "9"),
              patch(3, 3, 3, "9", name="torch")])


class RememberTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-remember-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        mode = "wb" if isinstance(text, bytes) else "w"
        with open(self.path(name), mode) as file:
            file.write(text)
        return self.path(name)

    def run_it(self, *arguments, want=0):
        result = subprocess.run(
            [PATCHMILTER, *arguments], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, check=False, timeout=60)
        self.assertEqual(result.returncode, want,
                         result.stdout + result.stderr)
        return result

    def replay(self, state, mails, *arguments):
        self.run_it("replay", self.write(state + ".mbox", mails), "--state",
                    self.path(state), *arguments)

    def remember(self, state, source, *arguments):
        where = arguments or ("--state", self.path(state))
        return json.loads(self.run_it("remember", source, *where,
                                      "--json").stdout)

    def rows(self, state, sql):
        uri = f"file:{self.path(state)}/state.db?mode=ro"
        database = sqlite3.connect(uri, uri=True)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def outbox(self, state, version):
        """The review mails of that version, as they would go out."""
        return [bytes(row[0]) for row in self.rows(
            state, "SELECT o.bytes FROM outbox o JOIN series s ON"
            " s.id = o.series WHERE o.kind <> 'original' AND"
            f" s.version = {version} ORDER BY o.id")]

    def archive(self, mails, name="archive"):
        os.mkdir(self.path(name))
        for number, mail in enumerate(mails):
            self.write(f"{name}/{number:03}.eml", mail)
        return self.path(name)

    def fates(self, state, version):
        return sorted(self.rows(
            state, "SELECT f.fate, f.fingerprint, f.patch, f.path, f.since,"
            " f.title FROM findings f JOIN series s ON s.id = f.series WHERE"
            f" f.fate <> '' AND s.version = {version}"))

    def told(self, state, version):
        """What the series mail says of the revision before."""
        text = self.outbox(state, version)[0].decode().replace("\r\n", "\n")
        body = text.split("\n\n", 1)[1]
        return [line for line in body.splitlines()
                if "Still present" in line or "since v" in line
                or "fixed" in line or "Gone" in line or "gone" in line]

    def test_the_next_revision_is_told_the_same_as_with_the_old_state(self):
        self.replay("old", V1 + V2)
        fates = self.fates("old", 2)
        self.assertEqual({fate[0] for fate in fates},
                         {"still-present", "fixed", "gone"}, fates)
        archive = self.archive(self.outbox("old", 1))
        for order in ("originals", "reviews"):
            with self.subTest(first=order):
                if order == "originals":
                    self.replay(order, V1 + V2, "--no-review")
                counts = self.remember(order, archive)
                self.assertEqual(counts["reviews"], counts["mails"])
                self.assertEqual(counts["new"], counts["mails"])
                self.assertGreaterEqual(counts["findings"], 3)
                self.assertEqual(self.remember(order, archive)["new"], 0)
                if order == "reviews":
                    self.replay(order, V1 + V2, "--no-review")
                self.replay(order, V1 + V2)
                # v1 has not been reviewed again, and v2 knows of it.
                self.assertEqual(self.outbox(order, 1), [])
                self.assertEqual(self.fates(order, 2), fates)
                self.assertTrue(self.told("old", 2))
                self.assertEqual(self.told(order, 2), self.told("old", 2))

    def test_without_it_nothing_is_known(self):
        self.replay("new", V1 + V2, "--no-review")
        self.replay("new", V1 + V2)
        self.assertEqual(self.fates("new", 2), [])

    def test_what_v2_carried_on_is_known_from_its_mails_alone(self):
        self.replay("old", V1 + V2 + V3)
        archive = self.archive(self.outbox("old", 2))
        self.replay("new", V1 + V2 + V3, "--no-review")
        self.remember("new", archive)
        self.replay("new", V1 + V2 + V3)
        self.assertEqual(self.fates("new", 3), self.fates("old", 3))
        self.assertEqual([(fate[0], fate[4]) for fate in self.fates("new", 3)],
                         [("still-present", 1)])

    def test_what_the_store_recorded_goes_first(self):
        self.replay("old", V1)
        mails = self.outbox("old", 1)
        # Forged: says of v1 what its review did not say.
        forged = [mail.replace(b"-r1-", b"-r2-").replace(b"lamp1", b"other")
                  for mail in mails]
        self.replay("plain", V1 + V2)
        archive = self.archive(forged)
        self.assertEqual(self.remember("old", archive)["new"], len(mails))
        self.replay("old", V1 + V2)
        self.assertEqual(self.fates("old", 2), self.fates("plain", 2))
        self.assertEqual(self.outbox("old", 2), self.outbox("plain", 2))

    def test_a_partial_reroll(self):
        again = patch(2, 2, 3, "6").replace("v2-1@", "v1-2@")
        self.replay("old", V1 + again)
        fates = self.fates("old", 2)
        self.assertIn("not-touched", {fate[0] for fate in fates}, fates)
        self.replay("new", V1 + again, "--no-review")
        self.remember("new", self.archive(self.outbox("old", 1)))
        self.replay("new", V1 + again)
        self.assertEqual(self.fates("new", 2), fates)

    def test_with_a_configuration_only_its_own_mails_are_taken(self):
        self.replay("old", V1)
        archive = self.archive(self.outbox("old", 1) + [V1.encode()])
        os.mkdir(self.path("site"))
        for sender, taken in (("patchmilter@localhost", True),
                              ("reviews@example.net", False)):
            config = self.write("site.toml", CONFIG.format(
                sender=sender, state=self.path("site"),
                intake=self.path("intake")))
            counts = self.remember("site", archive, "-c", config)
            self.assertEqual(counts["reviews"] > 0, taken, counts)
            self.assertEqual(counts["new"], counts["reviews"])
        self.run_it("remember", archive, "-c", self.write(
            "nowhere.toml", CONFIG.format(
                sender="a@b.example", state=self.path("nowhere"),
                intake=self.path("intake"))), want=2)

    def test_a_source_that_cannot_be_read_changes_nothing(self):
        self.run_it("remember", self.path("missing"), "--state",
                    self.path("new"), want=2)
        self.assertFalse(os.path.exists(self.path("new")))


CONFIG = """
[identity]
from = "patchmilter <{sender}>"
bounce = "{sender}"
[intake]
directory = "{intake}"
[state]
directory = "{state}"
[[destination]]
name = "archive"
kind = "list"
address = "reviews@example.org"
[[list]]
name = "local"
list_id = ["devel.example.org"]
destinations = ["archive"]
"""


if __name__ == "__main__":
    unittest.main()
