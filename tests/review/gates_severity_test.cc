// Severity as the gates settle it: computed, and capped where no user runs the
// code.
#include <gtest/gtest.h>

#include <string>

#include "mime/mail.h"
#include "review/gates.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

class SettledSeverityTest : public testing::Test {
 protected:
  void SetUp() override { mime::InitMime(); }

  // Of a finding of severity critical at "\tgo_to_sleep();" in the lines.
  static Severity Settle(const std::string& path, const std::string& lines,
                         Finding finding = {}) {
    SeriesFixture fixture;
    fixture.Patch({"x", "", EditFile(path, 1, "", lines)});
    fixture.Build();
    Anchor anchor;
    anchor.kind = AnchorKind::kLines;
    anchor.patch = 1;
    anchor.path = path;
    anchor.quoted = {"+\tgo_to_sleep();"};
    finding.anchors = {anchor};
    finding.category = "claim";
    finding.title = "Who wakes it?";
    finding.severity = Severity::kCritical;
    const GatedReview review =
        ApplyGates(fixture.Under(), {finding}, GatePolicy());
    EXPECT_EQ(review.kept.size(), 1U) << path << lines;
    return review.kept.empty() ? Severity::kLow : review.kept[0].severity;
  }
};

constexpr char kPlain[] = " {\n+\tgo_to_sleep();\n }\n";

TEST_F(SettledSeverityTest, TestsAreCapped) {
  for (const char* path :
       {"tools/testing/selftests/lamp/run.c", "lib/lamp_kunit.c",
        "drivers/lamp/tests/core.c", "test/lamp.py", "lib/lamp-test.c",
        "lib/test_lamp.c", "lib/fault-inject.c"}) {
    EXPECT_EQ(Settle(path, kPlain), Severity::kMedium) << path;
  }
  for (const char* path : {"drivers/lamp/core.c", "lib/latest.c",
                           "drivers/attestation/core.c", "fs/testament.c"}) {
    EXPECT_EQ(Settle(path, kPlain), Severity::kCritical) << path;
  }
}

TEST_F(SettledSeverityTest, DebugOnlyCodeIsCapped) {
  const std::string sleep = "+\tgo_to_sleep();\n";
  for (const char* before :
       {" #ifdef CONFIG_LAMP_DEBUG\n", "+#if defined(DEBUG)\n",
        " #ifdef CONFIG_DEBUG_FS\n #ifdef CONFIG_PM\n #endif\n",
        " #if IS_ENABLED(CONFIG_LAMP_KUNIT_TEST)\n",
        " #ifdef CONFIG_FAULT_INJECTION\n"}) {
    EXPECT_EQ(Settle("lamp.c", before + sleep + " }\n"), Severity::kMedium)
        << before;
  }
  for (const char* before :
       {" #ifdef CONFIG_PM\n", " #ifndef DEBUG\n",
        " #ifdef CONFIG_LAMP_DEBUG\n int a;\n #endif\n",
        " #ifdef CONFIG_LAMP_DEBUG\n int a;\n #else\n",
        "-#ifdef CONFIG_LAMP_DEBUG\n", " int ifdef_DEBUG;\n"}) {
    EXPECT_EQ(Settle("lamp.c", before + sleep + " }\n"), Severity::kCritical)
        << before;
  }
}

TEST_F(SettledSeverityTest, IsComputedWhereAnEngineGivesTheParts) {
  Finding finding;
  finding.reachability = Reachability::kRare;
  EXPECT_EQ(Settle("lamp.c", kPlain, finding), Severity::kCritical)
      << "one part is not enough";
  finding.consequence = Consequence::kMinor;
  EXPECT_EQ(Settle("lamp.c", kPlain, finding), Severity::kLow);
  finding.reachability = Reachability::kAlways;
  finding.consequence = Consequence::kCrash;
  EXPECT_EQ(Settle("lamp.c", kPlain, finding), Severity::kHigh);
  EXPECT_EQ(Settle("tests/lamp.c", kPlain, finding), Severity::kMedium);
}

TEST_F(SettledSeverityTest, AChecksOwnSeverityStands) {
  Finding finding;
  finding.exact = true;
  EXPECT_EQ(Settle("tests/lamp.c", kPlain, finding), Severity::kCritical);
}

}  // namespace
}  // namespace patchmilter::review
