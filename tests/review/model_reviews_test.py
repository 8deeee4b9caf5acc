"""model_reviews on a made-up corpus of one series with one comment of each
kind of truth: every figure that it prints is the one that it must be."""

import json
import os
import subprocess
import tempfile
import unittest

MODEL_REVIEWS = os.environ["MODEL_REVIEWS"]


def mail(number, title, body):
    return """From: A U Thor <author@example.org>
Subject: [PATCH %d/2] %s
Message-ID: <p%d@example.org>
Date: Fri, 20 Nov 2026 21:00:0%d +0000

%s""" % (number, title, number, number, body)


ONE = mail(1, "lamp: count the steps", """Nobody has counted them so far.
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
 
""")
TWO = mail(2, "lamp: fade", """Slowly.
---
diff --git a/fade.c b/fade.c
--- a/fade.c
+++ b/fade.c
@@ -1,4 +1,4 @@ static int lamp_suspend(struct lamp *lamp)
 {
-\treturn lamp_set(lamp, 0);
+\treturn lamp_fade_to(lamp, 0);
 }
 
""")


def quote(marker, text, file="lamp.c"):
    return {"marker": marker, "line_text": text,
            "file": None if marker == "m" else file}


def unit(number, quotes, comment, kind, anchorable=True, old=None, new=None,
         pre=False, wrong=()):
    last = quotes[-1] if quotes else {"line_text": "", "file": None}
    return {"n": number, "role": "finding", "severity": "Medium",
            "bullets": [number], "pre_existing": pre, "comment": comment,
            "quotes": quotes, "headers_quoted": [],
            "truth": {"class": kind, "anchorable": anchorable,
                      "anchor_text": last["line_text"],
                      "anchor_file": last["file"], "anchor_old_line": old,
                      "anchor_new_line": new, "wrong_patch": list(wrong)}}


UNITS = [
    unit(0, [quote("+", "\tlamp->steps = lamp->steps + 1;")],
         "Can two threads add here?", "ok-added", new=13),
    unit(1, [quote("+", "\tint level = lamp->level;")],
         "Is this field read under any lock?", "ok-context", old=11, new=11),
    unit(2, [quote("m", "Nobody has counted them so far.")],
         "Was there not a counter in sysfs?", "ok-message"),
    unit(3, [quote("+", "\treturn lamp_fade_to(lamp, 0);")],
         "Does fading sleep with interrupts off?", "wrong-patch", False,
         wrong=["<p2@example.org>"]),
    unit(4, [quote(" ", "\tlamp_explode(lamp);")],
         "Must it explode in every case?", "absent-tree-code", False),
    unit(5, [], "Who maintains this?", "no-quote", False),
    unit(6, [quote("+", "\tlamp->steps = lamp->steps + 1;")],
         "This isn't a bug introduced by this patch, but is the type wide "
         "enough?", "ok-added", new=13, pre=True),
]


class ModelReviewsTest(unittest.TestCase):
    def run_on(self, units, points=()):
        with tempfile.TemporaryDirectory(prefix="patchmilter-model-") as where:
            mails = os.path.join(where, "mails")
            os.mkdir(mails)
            index = {}
            for number, text in ((1, ONE), (2, TWO)):
                name = "%d.eml" % number
                index["<p%d@example.org>" % number] = {"file": name}
                with open(os.path.join(mails, name), "w",
                          encoding="utf-8") as file:
                    file.write(text)
            review = {"review_msgid": "<r@example.org>",
                      "patch_msgid": "<p1@example.org>",
                      "series_root_msgid": "<p1@example.org>",
                      "series_patch_msgids": sorted(index), "series_n": 2,
                      "version": 1, "patch_no": 1, "clean": False,
                      "split_group": 3, "findings": units,
                      "bullets": [{"text": "Point %d" % n}
                                  for n in range(len(units))]}
            replies = {"replies": [{"review_msgid": "<r@example.org>",
                                    "points": list(points)}]}
            for name, data in (("mails/index.json", index),
                               ("reviews.json", [review]),
                               ("pairs.json", {"pairs": []}),
                               ("replies.json", replies)):
                with open(os.path.join(where, name), "w",
                          encoding="utf-8") as file:
                    json.dump(data, file)
            return subprocess.run([MODEL_REVIEWS, where, "--check"], text=True,
                                  stdout=subprocess.PIPE, timeout=60,
                                  check=False)

    def test_every_figure(self):
        result = self.run_on(UNITS, [
            {"bullet": 6, "label": "pre-existing-or-out-of-scope",
             "bot_said_pre_existing": False}])
        out = result.stdout
        self.assertEqual(result.returncode, 0, out)
        for line in (
                "comments 7\n",
                "kept at the true place: 3 of 3 (100.0 %); kept elsewhere 0\n",
                "re-routed to the right one, or dropped: 1 of 1",
                "absent: pre-existing or dropped: 1 of 1",
                "by text and place alone: precision 1 of 1 (100.0 %), recall "
                "1 of 1 (100.0 %); of the recorded new 0 of 6",
                "points of people's answers: 1, called pre-existing: 1",
                "marked by the recorded reviewer: 0 of 1",
                "marked by the gates: 1 of 1",
                "not in the mail they answer: 0 of ",
                "columns outside quotes: 0; mails over 150 lines: 0"):
            self.assertIn(line, out)

    def test_a_missed_figure_fails(self):
        units = json.loads(json.dumps(UNITS))
        units[0]["truth"]["anchor_new_line"] = 99
        result = self.run_on(units)
        self.assertEqual(result.returncode, 1)
        self.assertIn("kept elsewhere 1", result.stdout)
        self.assertIn("MISSED: kept", result.stdout)


if __name__ == "__main__":
    unittest.main()
