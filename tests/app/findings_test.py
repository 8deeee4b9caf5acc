"""patchmilter review --findings: findings from elsewhere, each with its fate,
and the mails that they become."""

import json
import os
import subprocess
import tempfile
import unittest

PATCHMILTER = os.environ["PATCHMILTER"]

COVER = """From author@example.org Mon Sep 17 00:00:00 2001
From: A U Thor <author@example.org>
Subject: [PATCH 0/2] lamp: fade
Message-ID: <zero@example.org>
Date: Fri, 20 Nov 2026 21:00:00 +0000

Both together.

"""

ONE = """From author@example.org Mon Sep 17 00:00:00 2001
From: A U Thor <author@example.org>
Subject: [PATCH 1/2] lamp: count the steps
Message-ID: <one@example.org>
In-Reply-To: <zero@example.org>
References: <zero@example.org>
Date: Fri, 20 Nov 2026 21:00:01 +0000

Nobody has counted them so far.

Signed-off-by: A U Thor <author@example.org>
---
diff --git a/lamp.c b/lamp.c
--- a/lamp.c
+++ b/lamp.c
@@ -10,6 +10,7 @@ static int lamp_step(struct lamp *lamp)
 {
 \tint level = lamp->level;
 
+\tlamp->steps = lamp->steps + 1;
 \tif (level < 0)
 \t\treturn level;
 
"""

TWO = """From author@example.org Mon Sep 17 00:00:00 2001
From: A U Thor <author@example.org>
Subject: [PATCH 2/2] lamp: fade on suspend
Message-ID: <two@example.org>
In-Reply-To: <zero@example.org>
References: <zero@example.org>
Date: Fri, 20 Nov 2026 21:00:02 +0000

Nobody likes the dark all at once.

Signed-off-by: A U Thor <author@example.org>
---
diff --git a/lamp.c b/lamp.c
--- a/lamp.c
+++ b/lamp.c
@@ -90,7 +91,7 @@ static int lamp_suspend(struct lamp *lamp)
 {
 \tstruct device *dev = lamp->dev;
 
-\treturn lamp_set(lamp, 0);
+\treturn lamp_fade_to(lamp, 0);
 }
 
 static int lamp_resume(struct lamp *lamp)
"""


def finding(name, patch, lines, text, **more):
    result = {"id": name, "patch": patch, "file": "lamp.c", "lines": lines,
              "category": "question", "title": text, "explanation": text,
              "severity": "medium"}
    result.update(more)
    return result


STEPS = ["+\tlamp->steps = lamp->steps + 1;"]
FADE = ["-\treturn lamp_set(lamp, 0);", "+\treturn lamp_fade_to(lamp, 0);"]


class FindingsTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-findings-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.mbox = self.write("mails.mbox", COVER + ONE + TWO)

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def review(self, document, *arguments, want, mails=None, name="f.json"):
        if not isinstance(document, str):
            document = json.dumps(document)
        path = self.write(name, document)
        result = subprocess.run(
            [PATCHMILTER, "review", mails or self.mbox, "--findings", path,
             *arguments],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            check=False, timeout=60)
        self.assertEqual(result.returncode, want, result.stderr)
        return result

    def fates(self, *findings, want=1):
        result = self.review({"version": 1, "findings": list(findings)},
                             "--json", want=want)
        (series,) = json.loads(result.stdout)["series"]
        self.assertEqual(len(series["fates"]), len(findings))
        return series["fates"]

    def test_each_finding_has_its_fate(self):
        words = "Can two threads count at the same time without a lock?"
        kept, moved, merged, old, absent, low = self.fates(
            finding("a", 1, STEPS, words),
            finding("b", 1, FADE, "Does the fade end before the power does?"),
            finding("c", 2, FADE[1:], words),
            finding("d", 2, FADE, "Is zero right?", pre_existing=True),
            finding("e", 2, ["+\tlamp_explode(lamp);"], "Must it?"),
            finding("f", 2, FADE, "Sure of this one?", confidence=0.2))
        self.assertEqual(
            (kept["fate"], kept["patch"], kept["file"], kept["hunk"],
             kept["line"], kept["side"], kept["at"], kept["text"]),
            ("kept", 1, "lamp.c", 1, 13, "new", "line", STEPS[0][1:]))
        self.assertNotIn("gate", kept)
        self.assertEqual((moved["fate"], moved["gate"], moved["patch"],
                          moved["line"]),
                         ("re-routed", "right-patch", 2, 94))
        self.assertEqual((merged["fate"], merged["gate"], merged["into"],
                          merged["patch"]), ("merged", "twice", "a", 2))
        self.assertEqual((old["fate"], old["gate"]),
                         ("pre-existing", "pre-existing"))
        self.assertEqual((absent["fate"], absent["gate"]),
                         ("dropped", "right-patch"))
        self.assertNotIn("line", absent)
        self.assertEqual((low["fate"], low["gate"]), ("dropped", "threshold"))
        for each in (moved, merged, old, absent, low):
            self.assertTrue(each["reason"], each)

    def test_places_of_every_kind(self):
        message, header, hunk, series, removed = self.fates(
            finding("a", 1, ["Nobody has counted them so far."], "Really?",
                    file="lamp.c"),
            finding("b", 1, ["+++ b/lamp.c"], "Is this file the right one?"),
            finding("c", 2, ["@@ -90,7 +91,7 @@ static int lamp_suspend()"],
                    "Why here and not on shutdown?"),
            {"patch": 0, "category": "order", "title": "Why two patches?",
             "explanation": "", "reachability": "always",
             "consequence": "cosmetic"},
            finding("e", 2, FADE[:1], "Who else sets the level directly?"))
        self.assertEqual((message["at"], message["patch"]), ("message", 1))
        self.assertEqual((header["at"], header["file"]), ("header", "lamp.c"))
        self.assertEqual((hunk["at"], hunk["hunk"]), ("hunk", 1))
        self.assertEqual((series["at"], series["id"], series["severity"]),
                         ("series", "#3", "low"))
        self.assertEqual((removed["side"], removed["line"]), ("old", 93))

    def test_the_mails_quote_and_say_who_reviewed(self):
        document = {"version": 1, "engine": {"name": "reader", "version": "7"},
                    "findings": [finding("a", 1, STEPS, "Without a lock?")]}
        out = self.review(document, want=1).stdout
        self.assertIn("> +\tlamp->steps = lamp->steps + 1;\n\n"
                      "[medium] question: Without a lock?", out)
        self.assertIn('engine "reader"', out)
        self.assertIn("Engine: reader 7", out)

    def test_no_findings_are_no_clean_bill(self):
        result = self.review({"version": 1, "findings": []}, want=0)
        self.assertNotIn("No issues found", result.stdout)

    def test_faults_are_named(self):
        result = self.review('{"version": 1,\n "findings": [}', want=2)
        self.assertIn("f.json: line 2, column", result.stderr)
        bad = finding("a", 1, STEPS, "t")
        bad["lines"] = [5]
        result = self.review({"version": 1, "findings": [bad]}, want=2)
        self.assertIn("f.json: /findings/0/lines/0: must be a string",
                      result.stderr)
        other = self.write("two.mbox", ONE + TWO.replace("[PATCH 2/2]",
                                                         "[PATCH v2 2/2]")
                           + ONE.replace("one@", "other@").replace(
                               "zero@", "else@").replace("[PATCH 1/2]",
                                                         "[PATCH v7]"))
        result = self.review({"version": 1, "findings": []}, want=2,
                             mails=other)
        self.assertIn("--findings tells of one", result.stderr)
        result = subprocess.run(
            [PATCHMILTER, "review", self.mbox, "--findings",
             os.path.join(self.directory, "none")], text=True,
            stderr=subprocess.PIPE, stdout=subprocess.PIPE, check=False,
            timeout=60)
        self.assertEqual(result.returncode, 2)
        self.assertIn("none", result.stderr)

    def test_findings_from_standard_input(self):
        document = json.dumps({"version": 1, "findings": [
            finding("a", 1, STEPS, "Without a lock?")]})
        result = subprocess.run(
            [PATCHMILTER, "review", self.mbox, "--findings", "-"], text=True,
            input=document, stdout=subprocess.PIPE, check=False, timeout=60)
        self.assertEqual(result.returncode, 1)
        self.assertIn("Without a lock?", result.stdout)
        result = subprocess.run(
            [PATCHMILTER, "review", "-", "--findings", "-"], text=True,
            input=document, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            check=False, timeout=60)
        self.assertEqual(result.returncode, 2)
        self.assertIn("cannot be both", result.stderr)


if __name__ == "__main__":
    unittest.main()
