"""The code that reads findings and docs/findings.schema.json say the same.

A table of documents, good and bad ones, goes through both: the schema file as
python3-jsonschema reads it, and review/findings_json.h as findings_verdict
tells. Most bad ones are made from good ones by one change."""

import copy
import json
import os
import random
import subprocess
import sys
import unittest

try:
    import jsonschema
except ImportError:
    sys.exit("findings_schema_test: the Debian package python3-jsonschema is "
             "missing (tools/install-deps build)")

VERDICT = os.environ["FINDINGS_VERDICT"]
SCHEMA = os.environ["FINDINGS_SCHEMA"]

ONE = {"patch": 1, "file": "a.c", "lines": ["+\tint a;"], "category": "leak",
       "title": "Who frees it?", "explanation": "Nobody.", "severity": "low"}
FULL = {"id": "x", "patch": 3, "file": "b/c.c", "hunk": 2, "side": "old",
        "lines": ["-a", "", "[ ... ]", " b"], "category": "race",
        "title": "t", "explanation": "", "suggestion": "s",
        "severity": "critical", "reachability": "always",
        "consequence": "corruption", "confidence": 0.5, "pre_existing": False,
        "fixed_by_patch": 4, "function": "f"}
PLACES = {"places": [{"patch": 1, "lines": ["x"]},
                     {"patch": 2, "file": "a", "hunk": 1, "lines": ["y"],
                      "side": "new"}],
          "category": "c", "title": "t", "explanation": "e",
          "reachability": "rare", "consequence": "cosmetic"}
SERIES = {"patch": 0, "category": "c", "title": "t", "explanation": "e",
          "severity": "high"}
GOOD = [ONE, FULL, PLACES, SERIES]

# What a part may be replaced by: every type, and values at the bounds.
VALUES = [None, True, False, 0, 1, -1, 2, 1.0, 0.5, 1.5, 1e6, 1000000, 1000001,
          100000, 100001, "", "x", "low", "new", "rare", "crash", "a\nb", [],
          ["x"], [1], [[]], {}, {"patch": 1, "lines": ["x"]},
          [{"patch": 1, "lines": ["x"]}], [{"patch": 1}], [{"lines": ["x"]}],
          [{"patch": 1, "lines": ["x"], "more": 1}],
          "x" * 200, "x" * 201, "\u00e4" * 200, "\u00e4" * 201,
          "\U0001f4a1" * 200, "x" * 1000, "x" * 1001, "x" * 4096, "x" * 4097,
          "x" * 16384, "x" * 16385, ["x"] * 200, ["x"] * 201, ["x" * 4000],
          ["x" * 4001], [{"patch": 1, "lines": ["x"]}] * 100,
          [{"patch": 1, "lines": ["x"]}] * 101]


def document(*findings):
    return {"version": 1, "findings": list(findings)}


def documents():
    yield document()
    yield document(*GOOD)
    yield document(*[ONE] * 1000)
    yield document(*[ONE] * 1001)
    for value in VALUES:
        yield value
        yield {"version": value, "findings": []}
        yield {"version": 1, "findings": value}
        yield {"version": 1, "engine": value, "findings": []}
        for part in ("name", "version", "model"):
            engine = {"name": "e", part: value}
            yield {"version": 1, "engine": engine, "findings": []}
        yield {"version": 1, "findings": [], "more": value}
    yield {"version": 1, "engine": {"model": "m"}, "findings": []}
    yield {"version": 1, "engine": {"name": "m", "n": 1}, "findings": []}
    yield {"version": 1}
    yield {"findings": []}
    parts = sorted(set(FULL) | set(PLACES) | {"more", "line", "Patch"})
    for good in GOOD:
        for part in parts:
            if part in good:
                bad = copy.deepcopy(good)
                del bad[part]
                yield document(bad)
            for value in VALUES:
                bad = copy.deepcopy(good)
                bad[part] = value
                yield document(bad)
    for part in ("patch", "file", "hunk", "lines", "side", "more"):
        for value in VALUES:
            bad = copy.deepcopy(PLACES)
            bad["places"][1][part] = value
            yield document(bad)
        bad = copy.deepcopy(PLACES)
        bad["places"][1].pop(part, None)
        yield document(bad)
    # Two changes at once, by chance that is the same each time.
    chance = random.Random(20261121)
    for _ in range(2000):
        bad = copy.deepcopy(chance.choice(GOOD))
        for _ in range(2):
            part = chance.choice(parts)
            if chance.random() < 0.4:
                bad.pop(part, None)
            else:
                bad[part] = chance.choice(VALUES)
        yield document(bad)


class SchemaTest(unittest.TestCase):
    def test_code_and_schema_agree(self):
        with open(SCHEMA, encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        table = list(documents())
        text = "".join(json.dumps(each) + "\n" for each in table)
        answers = subprocess.run([VERDICT], input=text, text=True, check=True,
                                 stdout=subprocess.PIPE, timeout=120)
        answers = answers.stdout.splitlines()
        self.assertEqual(len(answers), len(table))
        counts = {True: 0, False: 0}
        for each, answer in zip(table, answers):
            want = validator.is_valid(each)
            counts[want] += 1
            if (answer == "ok") != want:
                fault = next(validator.iter_errors(each), None)
                self.fail("%s...\nthe code says: %s\nthe schema says: %s" %
                          (json.dumps(each)[:600], answer,
                           "ok" if want else fault.message[:300]))
            if answer != "ok":
                self.assertRegex(answer, "^(/|the document: )")
        # Both kinds are there, or the test would say nothing.
        self.assertGreater(counts[True], 100)
        self.assertGreater(counts[False], 1000)


if __name__ == "__main__":
    unittest.main()
