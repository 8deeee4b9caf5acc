#include "tests/review/golden_cases.h"

#include <utility>

#include "base/check.h"
#include "review/anchor.h"
#include "review/checks_engine.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {

GoldenReview RenderFixture(SeriesFixture fixture, const RenderContext& context,
                           std::vector<Finding> more,
                           const ChangeSeries& change,
                           const GatePolicy& policy) {
  GoldenReview golden;
  golden.fixture = std::make_shared<SeriesFixture>(std::move(fixture));
  golden.fixture->Build();
  golden.under = golden.fixture->Under();
  if (change) change(&golden.under);
  ChecksEngine engine;
  Result<EngineResult> result = engine.Review(golden.under);
  CHECK(result.ok());
  for (Finding& finding : more) result->findings.push_back(std::move(finding));
  golden.review = ApplyGates(golden.under, result->findings, policy);
  golden.mails = Render(golden.under, *result, golden.review, context);
  return golden;
}

void Applied(SeriesFixture* fixture) {
  tree::ApplyReport& apply = fixture->apply();
  apply.status = tree::ApplyStatus::kApplied;
  apply.tree = "lamps";
  apply.base = "89abcdef0123456789abcdef0123456789abcdef";
  apply.base_reason = "branch main";
  apply.applied = apply.total = fixture->texts().size();
}

// A finding as a model would report it.
Finding ModelFinding(std::int64_t patch, std::string path,
                     std::vector<std::string> quoted, Severity severity,
                     std::string category, std::string title,
                     std::string explanation) {
  Finding finding;
  finding.category = std::move(category);
  finding.severity = severity;
  finding.title = std::move(title);
  finding.explanation = std::move(explanation);
  finding.confidence = 0.9;
  Anchor anchor;
  anchor.kind = AnchorKind::kLines;
  anchor.patch = patch;
  anchor.path = std::move(path);
  anchor.quoted = std::move(quoted);
  finding.anchors.push_back(std::move(anchor));
  return finding;
}

namespace {

GoldenReview SinglePatch() {
  SeriesFixture fixture;
  fixture.Patch({"lamp: check the level that is read",
                 "A negative level is an error, not a very dark lamp.\n\n"
                 "Fixes: 12ab34c (\"lamp: read the level\")\n"
                 "Signed-off-by: Jane Roe <jane@example.org>\n",
                 EditFile("drivers/lamp/core.c", 12,
                          "static int lamp_read(struct lamp *lamp)",
                          " {\n \tint level;\n \n \tlevel = lamp_get(lamp, "
                          "LAMP_REG_LEVEL);\n+\tif (level < 0)  \n"
                          "+  \t\treturn level;\n+\n \treturn level * 100 / "
                          "LAMP_MAX;\n }\n ")});
  return RenderFixture(std::move(fixture));
}

GoldenReview CoverAndPatches() {
  SeriesFixture fixture = CleanSeries();
  // 1 and 2 change places: 2/3 is used by 1/3 now.
  fixture.texts()[2].diff = NewFile("tools/lamp/try.py", "print(1)\n");
  fixture.texts()[0].diff += EditFile(
      "drivers/lamp/core.c", 90, "static int lamp_suspend(struct device *dev)",
      " {\n \tstruct lamp *lamp = dev_get_drvdata(dev);\n \n"
      "-\treturn lamp_set(lamp, 0);\n+\treturn lamp_fade_to(lamp, "
      "0);\n }\n \n static int lamp_resume(struct device *dev)\n");
  fixture.texts()[2].diff +=
      EditFile("drivers/lamp/core.c", 130, "static int lamp_remove(void)",
               " \tlamp_off();\n+<<<<<<< HEAD\n+\tlamp_free();\n+=======\n"
               "+\tlamp_put();\n+>>>>>>> lamp-next\n \treturn 0;\n }\n \n");
  Applied(&fixture);
  return RenderFixture(std::move(fixture));
}

GoldenReview NoCover() {
  SeriesFixture fixture = CleanSeries();
  SeriesFixture plain;
  for (PatchText& text : fixture.texts()) plain.Patch(std::move(text));
  plain.texts()[1].message = "One step at a time.\n";
  return RenderFixture(std::move(plain));
}

GoldenReview Incomplete() {
  SeriesFixture fixture = CleanSeries();
  fixture.Total(4);
  return RenderFixture(std::move(fixture));
}

GoldenReview Clean() {
  SeriesFixture fixture = CleanSeries();
  Applied(&fixture);
  // The longest in common use: it stands whole.
  fixture.apply().base_reason =
      "branch linux-next-pending-fixes as of 2026-11-20T21:00:00Z, 47 commits "
      "before it, by index lines of 12 of 13 files";
  return RenderFixture(std::move(fixture));
}

GoldenReview DoesNotApply() {
  SeriesFixture fixture = CleanSeries();
  Applied(&fixture);
  tree::ApplyReport& apply = fixture.apply();
  apply.status = tree::ApplyStatus::kPartial;
  apply.base_reason = "base-commit";
  apply.stated_base_known = true;
  apply.on_stated_base = true;
  apply.applied = 1;
  tree::ApplyFailure failure;
  failure.patch = 2;
  failure.path = "drivers/lamp/core.c";
  failure.hunk = 0;
  failure.reason = "hunk 1 does not match at line 40";
  apply.failure = failure;
  return RenderFixture(std::move(fixture));
}

GoldenReview RenameAndBinary() {
  SeriesFixture fixture;
  fixture.Patch(
      {"lamp: move the driver and its picture",
       "It is no misc device any more.\n\nSigned-off-by: Jane Roe "
       "<jane@example.org>\n",
       "diff --git a/drivers/misc/lamp.c b/drivers/lamp/core.c\n"
       "old mode 100644\nnew mode 100755\nsimilarity index 97%\n"
       "rename from drivers/misc/lamp.c\nrename to drivers/lamp/core.c\n"
       "index 1c2d3e4f5a6b..6b5a4f3e2d1c\n"
       "--- a/drivers/misc/lamp.c\n+++ b/drivers/lamp/core.c\n"
       "@@ -1,4 +1,4 @@\n // SPDX-License-Identifier: GPL-2.0\n"
       "-/* A misc device. */\n+/* A device. */\n \n #include <linux/lamp.h>\n"
       "diff --git a/Documentation/lamp.png b/Documentation/lamp.png\n"
       "new file mode 100644\nindex 000000000000..6b5a4f3e2d1c\n"
       "Binary files /dev/null and b/Documentation/lamp.png differ\n"});
  return RenderFixture(std::move(fixture));
}

GoldenReview NonAscii() {
  SeriesFixture fixture;
  fixture.Version(2);
  fixture.Patch({"lampe: ne pas éblouir les gens à l’arrêt",
                 "Les valeurs étaient trop grandes, 王小明 l'a vu.\n",
                 EditFile("src/éclairage/lampe.c", 3, "int allumer(void)",
                          " {\n+\tréglage = 7; \n \treturn 0;\n }\n \n"),
                 "Žofie Nováková <zofie@example.org>"});
  return RenderFixture(std::move(fixture), TestContext(), {},
                       [](SeriesUnderReview* under) {
                         under->previous_title = "lampe: moins de lumière";
                         under->previous_version = 1;
                       });
}

GoldenReview LongSeries() {
  SeriesFixture fixture;
  fixture.Cover("lamp: one file after the other",
                "Many small steps, each for one lamp.\n");
  for (int i = 1; i <= 60; ++i) {
    const std::string n = std::to_string(i);
    fixture.Patch(
        {"lamp: convert lamp " + n, "",
         EditFile("drivers/lamp/lamp" + n + ".c", 10,
                  "static int lamp_on(void)",
                  i % 20 == 0 ? " {\n-\ton();\n+\ton(1); \n }\n \n \n"
                              : " {\n-\ton();\n+\ton(1);\n }\n \n \n")});
  }
  fixture.texts()[1].message = "Made so.\n";
  fixture.texts()[2].message = "Made so.\n";
  fixture.texts()[3].message = "Made so.\n";
  return RenderFixture(std::move(fixture));
}

GoldenReview SecondRound() {
  SeriesFixture fixture = CleanSeries();
  fixture.Version(3);
  fixture.texts()[2].diff = EditFile(
      "drivers/lamp/core.c", 90, "static int lamp_suspend(struct device *dev)",
      " {\n \tstruct lamp *lamp = dev_get_drvdata(dev);\n \n"
      "-\treturn lamp_set(lamp, 0);\n+\treturn "
      "lamp_fade_to(lamp, 0);\t\n }\n \n static int "
      "lamp_resume(struct device *dev)\n");
  RenderContext context = TestContext();
  context.round = 2;
  context.covered_before = {1, 2};
  context.previous_series_mail =
      "pm-0123456789abcdef01234567-r1-s@"
      "reviews.example.org";
  context.remarks = {"Patch 3/3 has arrived after the first round."};
  return RenderFixture(std::move(fixture), context);
}

GoldenReview FromAModel() {
  SeriesFixture fixture = CleanSeries();
  Applied(&fixture);
  std::vector<Finding> findings;
  findings.push_back(ModelFinding(
      2, "drivers/lamp/core.c",
      {"while (lamp->level != level) {", "int ret = lamp_step(lamp, level);"},
      Severity::kHigh, "endless-loop", "The loop may never end",
      "Can this loop end when `lamp_step()` leaves lamp->level as it is? "
      "lamp_probe() sets the step to zero for lamps without a dimmer:\n\n"
      "    lamp->step = has_dimmer ? 1 : 0;\n\n"
      "and then every call returns 0 without a change. A suspend of such a "
      "lamp would hang.\n\nFixes: 0123456789ab (\"lamp: add the driver\")\n"
      "See https://example.com/lamp for details."));
  // Marks and patch number are wrong, as models have them.
  findings.back().anchors[0].quoted = {
      "+\twhile (lamp->level != level) {",
      " \t\tint ret = lamp_step(lamp, level);"};
  findings.push_back(ModelFinding(3, "drivers/lamp/core.c", {"\treturn ret;"},
                                  Severity::kLow, "style", "An early return",
                                  "Should the lamp be put back here?"));
  findings.push_back(ModelFinding(
      1, "drivers/lamp/core.c", {"level = lamp_get(lamp, LAMP_REG_SPEED);"},
      Severity::kMedium, "wrong-register", "Reads the speed",
      "This is nowhere in the patch."));
  findings.push_back(ModelFinding(
      2, "drivers/lamp/core.c",
      {"return 0;", "}", "",
       "static int "
       "lamp_probe(struct device *dev)"},
      Severity::kMedium, "race", "No lock is held",
      "- lamp->level is read without the lock;\n- lamp_set() writes it from "
      "another thread.\n\n>From here on\n---\n**both** may be true."));
  RenderContext context = TestContext();
  return RenderFixture(std::move(fixture), context, std::move(findings));
}

GoldenReview CouldNotReview() {
  GoldenReview golden;
  golden.fixture = std::make_shared<SeriesFixture>(CleanSeries());
  golden.fixture->Build();
  golden.under = golden.fixture->Under();
  EngineResult result;
  result.engine = "model";
  result.version = "prompts 1";
  for (const auto& [number, patch] : golden.under.patches) {
    result.coverage.missed[number] = "the day's budget is spent";
  }
  golden.mails = Render(golden.under, result, golden.review, TestContext());
  return golden;
}

}  // namespace

std::vector<GoldenCase> GoldenCases() {
  std::vector<GoldenCase> cases = {{"single_patch", SinglePatch},
                                   {"cover_and_patches", CoverAndPatches},
                                   {"no_cover", NoCover},
                                   {"incomplete", Incomplete},
                                   {"clean", Clean},
                                   {"does_not_apply", DoesNotApply},
                                   {"rename_and_binary", RenameAndBinary},
                                   {"non_ascii", NonAscii},
                                   {"long_series", LongSeries},
                                   {"second_round", SecondRound},
                                   {"from_a_model", FromAModel},
                                   {"could_not_review", CouldNotReview}};
  for (GoldenCase& more : MoreGoldenCases()) cases.push_back(std::move(more));
  return cases;
}

}  // namespace patchmilter::review
