// What a review by a model comes to, in words for the series mail.
#include "review/engine/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace patchmilter::review {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using Kind = model::DialogueEnd::Kind;

std::map<std::int64_t, PatchView> OneView() {
  PatchView view;
  view.text = std::string(100, 'x');
  view.diff_begin = 10;
  view.diff_end = 100;
  view.files = {{"a.c", 10, 60, 1, 0}, {"b.c", 60, 100, 1, 0}};
  return {{1, view}};
}

Told TellOf(Kind kind, std::string reason, std::uint64_t from, std::uint64_t to,
            bool complete = true) {
  Told told;
  told.planned.patch = 1;
  told.end.kind = kind;
  told.end.reason = std::move(reason);
  told.receipt.Add(1, from, to - from, 100);
  told.complete = complete;
  return told;
}

TEST(WhyNotRead, CountsOnlyWhatWasReadToTheEnd) {
  const auto views = OneView();
  EXPECT_EQ(WhyNotRead({TellOf(Kind::kFinished, "", 10, 100)}, views, 1), "");
  EXPECT_EQ(WhyNotRead({TellOf(Kind::kFinished, "", 0, 60),
                        TellOf(Kind::kFinished, "", 60, 100)},
                       views, 1),
            "");
  EXPECT_EQ(WhyNotRead({}, views, 1), "it was not given to the model");
  EXPECT_EQ(WhyNotRead({TellOf(Kind::kFinished, "", 0, 99)}, views, 1),
            "the model did not read all of b.c");
  EXPECT_EQ(WhyNotRead(
                {TellOf(Kind::kLimit, "the limit of turns is reached", 0, 100)},
                views, 1),
            "the limit of turns is reached");
  EXPECT_EQ(WhyNotRead({TellOf(Kind::kRefused, "the model refused", 0, 10)},
                       views, 1),
            "the model refused; the model did not read all of a.c, b.c");
  EXPECT_THAT(
      WhyNotRead({TellOf(Kind::kFinished, "", 0, 100, false)}, views, 1),
      HasSubstr("had not reviewed all of it"));
}

TEST(WhyNotRead, NamesALimitBehindWhichAModelHasFinished) {
  Told told = TellOf(Kind::kFinished, "", 0, 60);
  told.end.past_limit = true;
  EXPECT_EQ(WhyNotRead({told}, OneView(), 1),
            "a limit was reached; the model did not read all of b.c");
  told = TellOf(Kind::kFinished, "", 0, 100, false);
  told.end.past_limit = true;
  EXPECT_EQ(WhyNotRead({told}, OneView(), 1), "a limit was reached");
  // It had read all before.
  told.complete = true;
  EXPECT_EQ(WhyNotRead({told}, OneView(), 1), "");
}

TEST(WhyNotRead, HasNoWordOfAProvider) {
  Told told = TellOf(Kind::kFault, "HTTP 400: buy more at example.org", 0, 100);
  told.end.fault.kind = model::FaultKind::kRequest;
  told.end.fault.message = "buy more";
  EXPECT_EQ(WhyNotRead({told}, OneView(), 1),
            "the model's provider refused a request");
}

TEST(TakeClaims, HandsOnWhatHolds) {
  ModelClaim holds;
  holds.finding.title = "holds";
  ModelClaim refuted;
  refuted.finding.title = "refuted";
  refuted.refuted = "log.c says so";
  ModelClaim merged;
  merged.finding.title = "merged";
  merged.merged = "holds";
  EngineResult result;
  TakeClaims({holds, refuted, merged}, &result);
  ASSERT_THAT(result.findings, SizeIs(1));
  EXPECT_EQ(result.findings[0].title, "holds");
  ASSERT_THAT(result.refuted, SizeIs(2));
  EXPECT_EQ(result.refuted[0].gate, "verifier");
  EXPECT_EQ(result.refuted[1].gate, "merge");
  EXPECT_THAT(result.refuted[1].reason, HasSubstr("\"holds\""));
}

}  // namespace
}  // namespace patchmilter::review
