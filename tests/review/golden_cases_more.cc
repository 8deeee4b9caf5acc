// Further golden reviews: what a model finds, memory, and the odd shapes.
#include <string>
#include <utility>

#include "review/anchor.h"
#include "review/engine/account.h"
#include "tests/review/golden_cases.h"

namespace patchmilter::review {

namespace {

constexpr char kCore[] = "drivers/lamp/core.c";

Finding Race(std::int64_t patch, std::vector<std::string> quoted) {
  return ModelFinding(patch, kCore, std::move(quoted), Severity::kMedium,
                      "race", "lamp->level is read without the lock",
                      "lamp_set() writes lamp->level under lamp->lock. Can it "
                      "change here between the two reads?");
}

GoldenReview Rfc() {
  SeriesFixture fixture = CleanSeries();
  for (PatchText& text : fixture.texts()) {
    text.tag = "RFC PATCH " + std::to_string(text.number) + "/3";
  }
  return RenderFixture(std::move(fixture), TestContext(),
                       {Race(2, {"\twhile (lamp->level != level) {"})});
}

GoldenReview ReferenceMode() {
  SeriesFixture fixture = CleanSeries();
  Applied(&fixture);
  tree::ApplyReport& apply = fixture.apply();
  apply.status = tree::ApplyStatus::kReference;
  apply.base_reason = "tag v6.19";
  apply.applied = 0;
  tree::ApplyFailure failure;
  failure.patch = 1;
  failure.path = kCore;
  failure.reason = "no such file";
  apply.failure = failure;
  return RenderFixture(std::move(fixture));
}

// v2 of a series whose v1 had findings.
GoldenReview WithMemory() {
  SeriesFixture fixture = CleanSeries();
  fixture.Version(2);
  RenderContext context = TestContext();
  auto fate = [&](PreviousFate::Kind kind, std::int64_t patch,
                  Severity severity, std::string title) {
    PreviousFate value;
    value.fingerprint = "0123456789abcdef";
    value.kind = kind;
    value.patch = patch;
    value.severity = severity;
    value.title = std::move(title);
    context.previous_fates.push_back(std::move(value));
  };
  using Kind = PreviousFate::Kind;
  fate(Kind::kFixed, 1, Severity::kLow, "A register is named twice");
  fate(Kind::kStillPresent, 2, Severity::kHigh, "The loop may never end");
  fate(Kind::kStillPresent, 3, Severity::kLow,
       "The return value of `lamp_fade_to()` is lost where the device is "
       "already gone.");
  fate(Kind::kNotTouched, 3, Severity::kMedium, "A lock is taken twice");
  for (int i = 0; i < 6; ++i) {
    fate(Kind::kFixed, 2, Severity::kMedium,
         "Leak number " + std::to_string(i + 1));
  }
  return RenderFixture(std::move(fixture), context,
                       {Race(2, {"\twhile (lamp->level != level) {"})},
                       [](SeriesUnderReview* under) {
                         under->previous_title = "lamp: dim without flicker";
                         under->previous_version = 1;
                       });
}

GoldenReview SeveralPlaces() {
  SeriesFixture fixture = CleanSeries();
  fixture.texts()[1].diff +=
      EditFile("drivers/lamp/leds.c", 7, "int leds_set(struct leds *leds)",
               " {\n \tone();\n+\tleds->level = read_level();\n \ttwo();\n"
               " \tthree();\n \tfour();\n \tfive();\n \tsix();\n"
               "+\tleds->other = read_level();\n \treturn 0;\n }\n");
  Finding finding = Race(2, {"+\t\tint ret = lamp_step(lamp, level);"});
  finding.title = "The result is used before it is checked";
  finding.explanation =
      "read_level() and lamp_step() may return a negative error, which is "
      "stored as a level here.";
  auto also = [&](std::int64_t patch, const char* path, const char* line) {
    Anchor anchor;
    anchor.kind = AnchorKind::kLines;
    anchor.patch = patch;
    anchor.path = path;
    anchor.quoted = {line};
    finding.anchors.push_back(std::move(anchor));
  };
  also(2, "drivers/lamp/leds.c", "\tleds->level = read_level();");
  also(2, "drivers/lamp/leds.c", "\tleds->other = read_level();");
  also(3, kCore, "\treturn lamp_fade_to(lamp, 0);");
  return RenderFixture(std::move(fixture), TestContext(), {std::move(finding)});
}

// On the message, on a file, on an "@@" line, on lines, on a removed line.
GoldenReview EachKindOfPlace() {
  SeriesFixture fixture = CleanSeries();
  fixture.Build();
  SeriesUnderReview under = fixture.Under();
  const diff::Diff& diff = under.patches.at(1)->diff;
  std::vector<Anchor> anchors = {
      AnchorMessage(1, *under.patches.at(1), 0), AnchorFile(1, diff, 0),
      AnchorHunk(1, diff, 1, 0), AnchorLines(1, diff, 1, 0, 2),
      AnchorLines(1, diff, 1, 0, 3, 3)};
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < anchors.size(); ++i) {
    static const std::vector<std::string> kTexts = {
        "Which reader is meant? The datasheet has names for all of them.",
        "Should this header not stand beside lamp.h in include/linux/?",
        "Does lamp_write() need the same change?",
        "Was 0x10 the level on the first revision of the chip, too?",
        "A negative value is an error here, but zero is no level either."};
    Finding finding;
    finding.category = "question";
    finding.severity = static_cast<Severity>(i % 3);
    finding.title = "Claim " + std::to_string(i + 1);
    finding.explanation = kTexts[i];
    finding.anchors = {anchors[i]};
    findings.push_back(std::move(finding));
  }
  return RenderFixture(std::move(fixture), TestContext(), std::move(findings));
}

GoldenReview LongLines() {
  SeriesFixture fixture;
  std::string call = "lamp_call_with_a_long_name(";
  for (int i = 0; i < 30; ++i) call += "argument_" + std::to_string(i) + ", ";
  call += "0);";
  fixture.Patch({"lamp: a very long subject " + std::string(120, 'y') + " end",
                 "",
                 EditFile(kCore, 12, "int lamp(void)",
                          " {\n+\t" + call + "\n \treturn 0;\n }\n \n")});
  return RenderFixture(
      std::move(fixture), TestContext(),
      {ModelFinding(1, kCore, {"\t" + call}, Severity::kLow, "style",
                    "A line of " + std::to_string(call.size()) + " columns",
                    "Could the arguments stand in a struct? " +
                        std::string("lamp_config_with_a_name_that_does_not_"
                                    "fit_into_any_line_of_a_mail_at_all_and_"
                                    "goes_on = 1 would do."))});
}

GoldenReview HundredFindings() {
  SeriesFixture fixture;
  std::string lines;
  for (int i = 0; i < 100; ++i) {
    lines += "\tstep_" + std::to_string(i) + "(lamp);\n\n\n\n";
  }
  fixture.Patch({"lamp: a hundred steps", "", NewFile(kCore, lines)});
  fixture.Patch({"lamp: and one more", "",
                 EditFile("drivers/lamp/leds.c", 7, "int leds(void)",
                          " {\n+\tstep_0(lamp);\n \treturn 0;\n }\n \n")});
  std::vector<Finding> findings;
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    findings.push_back(ModelFinding(
        1, kCore, {"\tstep_" + n + "(lamp);"},
        i % 25 == 3  ? Severity::kHigh
        : i % 2 == 0 ? Severity::kLow
                     : Severity::kMedium,
        "unchecked", "The result of step_" + n + "() is not looked at",
        "step_" + n + "() returns -ENOTLAMP" + n + " where lamp number " + n +
            " is no lamp at all."));
    findings.back().exact = true;
  }
  findings.push_back(findings.back());
  findings.back().anchors[0].patch = 2;
  findings.back().anchors[0].path = "drivers/lamp/leds.c";
  findings.back().anchors[0].quoted = {"\tstep_0(lamp);"};
  findings.back().title = "step_0() is called twice";
  findings.back().explanation = "Patch 1 calls it already.";
  GatePolicy policy;
  policy.max_per_patch = 1000;
  return RenderFixture(std::move(fixture), TestContext(), std::move(findings),
                       {}, policy);
}

GoldenReview PreExistingMail() {
  SeriesFixture fixture = CleanSeries();
  GatePolicy policy;
  policy.pre_existing = PreExisting::kMail;
  Finding first = Race(1, {" \tif (level < 0)", " \t\treturn level;"});
  first.pre_existing = true;
  first.title = "The lock is still held on this return";
  first.explanation =
      "lamp_read() takes lamp->lock above. Is it released on this return?\n\n"
      "drivers/lamp/core.c:lamp_read() {\n\tmutex_lock(&lamp->lock);\n\t...\n"
      "}";
  Finding second = Race(3, {" static int lamp_resume(struct device *dev)"});
  second.pre_existing = true;
  second.severity = Severity::kHigh;
  second.title = "lamp_resume() forgets the level";
  second.explanation = "After a resume the lamp stays dark.";
  return RenderFixture(std::move(fixture), TestContext(),
                       {std::move(first), std::move(second)}, {}, policy);
}

GoldenReview HostileText() {
  SeriesFixture fixture = CleanSeries();
  Applied(&fixture);
  Finding finding = ModelFinding(
      2, kCore, {"\twhile (lamp->level != level) {"}, Severity::kHigh,
      "Reviewed-by: x", "#syz invalid: **bold** `claim` @bot",
      "Reviewed-by: A Model <model@example.com>\nFixes\xEF\xBC\x9A "
      "0123456789ab "
      "(\"x\")\n#syz dup: y\n/lgtm\npw-bot: accept\n\n-- \n---\n"
      "-- >8 --\ndiff --git a/x b/x\n@@ -1 +1 @@\nFrom here on, see "
      "https://evil.example/x or write to a@b.example.\n\n"
      "```diff\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-Acked-by: x\n+b\n```\n"
      "The sum of both, shifted by the number of bits that are left, is\n"
      ">> 4 and not more.\n\n| a | b |\n|---|---|\n| 1 | 2 |");
  finding.suggestion = "Tested-by: me\n\n1. **Do** this.\n2. Or `that`.";
  return RenderFixture(std::move(fixture), TestContext(), {std::move(finding)});
}

GoldenReview AtADesk() {
  SeriesFixture fixture = CleanSeries();
  fixture.Total(5);
  return RenderFixture(std::move(fixture), TestContext(), {},
                       [](SeriesUnderReview* under) { under->at_desk = true; });
}

GoldenReview PartOfTheSeriesRead() {
  GoldenReview golden;
  golden.fixture = std::make_shared<SeriesFixture>(CleanSeries());
  golden.fixture->Build();
  golden.under = golden.fixture->Under();
  EngineResult result;
  result.engine = "model";
  result.version = "prompts 1";
  result.cost = "1,200 tokens";
  result.coverage.whole[1] = true;
  result.coverage.missed[2] = "its diff has 90,000 lines, and 20,000 were read";
  result.coverage.missed[3] = "the day's budget is spent";
  golden.mails = Render(golden.under, result, golden.review, TestContext());
  return golden;
}

// As the model engine says it of itself.
EngineResult ByAModel(const Account& account, const store::Spent& spent,
                      const SeriesUnderReview& under) {
  EngineResult result;
  result.engine = "model";
  result.version =
      "reviewer-large, prompts kernel 0123456789ab+rp@0123456789ab";
  result.overview = OverviewOf(account);
  result.cost = CostOf(spent);
  for (const auto& [number, patch] : under.patches) {
    result.coverage.whole[number] = true;
  }
  return result;
}

store::Spent SpentBy(std::uint64_t input, MicroDollars cost) {
  store::Spent spent;
  spent.requests = 29;
  spent.review.input = input;
  spent.review.cache_read = input * 9 / 10;
  spent.review.output = 5'304;
  spent.review.cost = cost;
  return spent;
}

GoldenReview ByAModelWhole() {
  GoldenReview golden;
  golden.fixture = std::make_shared<SeriesFixture>(CleanSeries());
  Applied(golden.fixture.get());
  golden.fixture->Build();
  golden.under = golden.fixture->Under();
  const Account account = {.patches = 3,
                           .given = 3,
                           .whole = 3,
                           .series_finished = true,
                           .verified = 1,
                           .refuted = 1};
  golden.mails = Render(
      golden.under, ByAModel(account, SpentBy(241'202, 320'000), golden.under),
      golden.review, TestContext());
  return golden;
}

GoldenReview ByAModelInPart() {
  GoldenReview golden;
  golden.fixture = std::make_shared<SeriesFixture>(CleanSeries());
  golden.fixture->Build();
  golden.under = golden.fixture->Under();
  const Account account = {.patches = 3, .given = 3, .whole = 1};
  EngineResult result = ByAModel(account, SpentBy(12'000'000, 0), golden.under);
  result.coverage.whole[2] = result.coverage.whole[3] = false;
  result.coverage.missed[2] =
      "the budget of this review is spent; the model did not read all of "
      "drivers/lamp/core.c";
  result.coverage.missed[3] = "it was not given to the model";
  golden.mails = Render(golden.under, result, golden.review, TestContext());
  return golden;
}

GoldenReview BarePatch() {
  SeriesFixture fixture;
  fixture.Patch({"lamp: one line",
                 "Short.\n\nSigned-off-by: Jane Roe "
                 "<jane@example.org>\n",
                 EditFile(kCore, 5, "", " \n+int lamp;\n \n")});
  return RenderFixture(std::move(fixture));
}

}  // namespace

std::vector<GoldenCase> MoreGoldenCases() {
  return {{"rfc", Rfc},
          {"reference_mode", ReferenceMode},
          {"with_memory", WithMemory},
          {"several_places", SeveralPlaces},
          {"each_kind_of_place", EachKindOfPlace},
          {"long_lines", LongLines},
          {"hundred_findings", HundredFindings},
          {"pre_existing_mail", PreExistingMail},
          {"hostile_text", HostileText},
          {"at_a_desk", AtADesk},
          {"part_read", PartOfTheSeriesRead},
          {"bare_patch", BarePatch},
          {"by_a_model", ByAModelWhole},
          {"by_a_model_in_part", ByAModelInPart}};
}

}  // namespace patchmilter::review
