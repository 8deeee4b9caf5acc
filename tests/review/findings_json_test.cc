#include "review/findings_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "mime/mail.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

constexpr char kWhole[] = R"({
  "version": 1,
  "engine": {"name": "reader", "version": "7", "model": "m-1"},
  "findings": [
    {"id": "a", "patch": 2, "file": "lamp.c", "hunk": 3,
     "lines": ["+\tlamp_on();", " }"], "side": "new", "category": "leak",
     "title": "Who frees it?", "explanation": "Nobody.",
     "suggestion": "Free it.", "reachability": "rare",
     "consequence": "minor", "confidence": 0.75, "pre_existing": true,
     "fixed_by_patch": 4, "function": "lamp_set"},
    {"places": [{"patch": 1, "file": "a.c", "lines": ["x"]},
                {"patch": 2, "lines": ["A word."]}],
     "category": "c", "title": "t", "explanation": "", "severity": "high"},
    {"patch": 0, "category": "c", "title": "t", "explanation": "e",
     "severity": "low"}
  ]
})";

TEST(FindingsJsonTest, EachPartIsRead) {
  const auto file = ParseFindings(kWhole);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->engine, "reader");
  EXPECT_EQ(file->engine_version, "7");
  EXPECT_EQ(file->model, "m-1");
  ASSERT_EQ(file->findings.size(), 3U);
  const Finding& first = file->findings[0];
  EXPECT_EQ(first.id, "a");
  ASSERT_EQ(first.anchors.size(), 1U);
  EXPECT_EQ(first.anchors[0].kind, AnchorKind::kLines);
  EXPECT_EQ(first.anchors[0].patch, 2);
  EXPECT_EQ(first.anchors[0].path, "lamp.c");
  EXPECT_EQ(first.anchors[0].hunk, 2U) << "counted from 0 inside";
  EXPECT_EQ(first.anchors[0].side, Side::kNew);
  EXPECT_THAT(first.anchors[0].quoted,
              testing::ElementsAre("+\tlamp_on();", " }"));
  EXPECT_EQ(first.category, "leak");
  EXPECT_EQ(first.title, "Who frees it?");
  EXPECT_EQ(first.explanation, "Nobody.");
  EXPECT_EQ(first.suggestion, "Free it.");
  EXPECT_EQ(first.reachability, Reachability::kRare);
  EXPECT_EQ(first.consequence, Consequence::kMinor);
  EXPECT_EQ(first.confidence, 0.75);
  EXPECT_TRUE(first.pre_existing);
  EXPECT_EQ(first.fixed_by_patch, 4);
  EXPECT_EQ(first.function, "lamp_set");
  EXPECT_FALSE(first.exact);
  const Finding& second = file->findings[1];
  ASSERT_EQ(second.anchors.size(), 2U);
  EXPECT_EQ(second.anchors[1].kind, AnchorKind::kMessage);
  EXPECT_EQ(second.severity, Severity::kHigh);
  EXPECT_EQ(second.confidence, 1.0);
  EXPECT_EQ(file->findings[2].anchors[0].kind, AnchorKind::kSeries);
}

TEST(FindingsJsonTest, WhatIsWrittenReadsTheSame) {
  const auto file = ParseFindings(kWhole);
  ASSERT_TRUE(file.ok());
  const std::string written = WriteFindings(*file);
  const auto again = ParseFindings(written);
  ASSERT_TRUE(again.ok()) << again.error().message << written;
  EXPECT_EQ(WriteFindings(*again), written);
  EXPECT_EQ(again->findings[0].anchors[0].hunk, 2U);
  EXPECT_EQ(again->findings[0].reachability, Reachability::kRare);
}

TEST(FindingsJsonTest, TheFindingsOfChecksFitTheSchema) {
  mime::InitMime();
  SeriesFixture fixture = CleanSeries();
  fixture.texts()[0].message = "No sign-off.\n";
  fixture.texts()[1].diff +=
      "diff --git a/x b/x\nold mode 100644\n"
      "new mode 100755\n";
  fixture.Build();
  FindingsFile file;
  file.engine = "checks";
  file.findings = CheckFindings(fixture.Under());
  ASSERT_FALSE(file.findings.empty());
  const auto read = ParseFindings(WriteFindings(file));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->findings.size(), file.findings.size());
}

TEST(FindingsJsonTest, AFaultNamesItsPlace) {
  const auto finding = [](const std::string& parts) {
    return R"({"version": 1, "findings": [{"patch": 1, "lines": ["x"],)"
           R"("category": "c", "title": "t", "explanation": "e")" +
           parts + "}]}";
  };
  struct Case {
    std::string json;
    std::string want;
  };
  for (const Case& each : std::vector<Case>{
           {"", "line 1, column 1: this is not JSON"},
           {"{\n  \"version\": 1,\n  oops}",
            "line 3, column 3: this is not "
            "JSON"},
           {"[]", "the document: must be an object"},
           {R"({"findings": []})", "the document: \"version\" is missing"},
           {R"({"version": 2, "findings": []})", "/version: must be 1"},
           {R"({"version": 1, "findings": {}})", "/findings: must be an array"},
           {R"({"version": 1, "findings": [], "more": 1})",
            "/more: no such part in version 1 of the schema"},
           {R"({"version": 1, "findings": [], "engin": {}})",
            "/engin: no such part in version 1 of the schema; did you mean "
            "\"engine\"?"},
           {R"({"version": 1, "findings": [], "a/b~c\u0001": 1})",
            "/a~1b~0c?: no such part in version 1 of the schema"},
           {finding(""),
            "/findings/0: needs \"severity\", or both \"reachability\" and "
            "\"consequence\""},
           {finding(R"(, "severity": "High")"),
            "/findings/0/severity: must be one of low, medium, high, "
            "critical"},
           {finding(R"(, "severity": "low", "hunk": 0)"),
            "/findings/0/hunk: must be a whole number from 1 to 1000000"},
           {finding(R"(, "severity": "low", "confidence": 1.1)"),
            "/findings/0/confidence: must be a number from 0 to 1"},
           {finding(R"(, "severity": "low", "lines": ["x", 1])"),
            "/findings/0/lines/1: must be a string"},
           {finding(R"(, "severity": "low", "lines": ["x\ny"])"),
            "/findings/0/lines/0: must be one line, without a line end"},
           {finding(R"(, "severity": "low", "places": [])"),
            "/findings/0/patch: stands beside \"places\", which takes its "
            "part"},
           {R"({"version": 1, "findings": [1e999]})",
            "the document: a number is out of range"},
       }) {
    const auto file = ParseFindings(each.json);
    ASSERT_FALSE(file.ok()) << each.json;
    EXPECT_EQ(file.error().message, each.want);
    EXPECT_EQ(file.error().kind, ErrorKind::kInvalidInput);
  }
}

TEST(FindingsJsonTest, ManyIsTooMany) {
  EXPECT_FALSE(ParseFindings(std::string(kMaxFindingsText + 1, ' ')).ok());
  // Deep nesting neither recurses nor passes.
  EXPECT_FALSE(ParseFindings(std::string(1'000'000, '[')).ok());
  std::string deep = R"({"version": 1, "findings": )";
  deep += std::string(100'000, '[') + std::string(100'000, ']') + "}";
  const auto file = ParseFindings(deep);
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().message, "/findings/0: must be an object");
}

}  // namespace
}  // namespace patchmilter::review
