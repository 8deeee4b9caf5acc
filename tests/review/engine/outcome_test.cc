// What a review by a model comes to, in words for the series mail.
#include "review/engine/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

using ::testing::ElementsAre;
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

TEST(WhyNotRead, HasNoWordOfAProvider) {
  Told told = TellOf(Kind::kFault, "HTTP 400: buy more at example.org", 0, 100);
  told.end.fault.kind = model::FaultKind::kRequest;
  told.end.fault.message = "buy more";
  EXPECT_EQ(WhyNotRead({told}, OneView(), 1),
            "the model gave no answer (request)");
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

TEST(OverviewOf, SaysWhatWasDone) {
  const SeriesFixture three = CleanSeries();
  SeriesUnderReview series = three.Under();
  EXPECT_THAT(OverviewOf(series, {}, true),
              ElementsAre("A language model reviewed each patch by itself, and "
                          "the series as a whole."));
  ModelClaim claim;
  claim.verified = true;
  EXPECT_THAT(OverviewOf(series, {claim}, false),
              ElementsAre(HasSubstr("1 of its findings was checked once more "
                                    "against the code, and none was refuted."),
                          HasSubstr("not reviewed to the end")));
  ModelClaim other = claim;
  other.refuted = "no";
  EXPECT_THAT(OverviewOf(series, {claim, other, other}, true),
              ElementsAre(HasSubstr("3 of its findings were checked once more "
                                    "against the code, and 2 were refuted.")));
  series.apply.status = tree::ApplyStatus::kReference;
  EXPECT_THAT(OverviewOf(series, {}, true), SizeIs(2));
}

TEST(CostText, IsShort) {
  store::Spent spent;
  spent.requests = 1;
  EXPECT_EQ(CostText(spent), "0.00 USD; 0 tokens read, 0 written, 1 request");
  spent.review.cost = 1'234'567;
  spent.review.input = 12'345'678;
  spent.review.cache_read = 11'500'000;
  spent.review.output = 43'086;
  spent.requests = 213;
  EXPECT_EQ(CostText(spent),
            "1.23 USD; 12.3M tokens read (93 % of them cached), 43k written, "
            "213 requests");
}

}  // namespace
}  // namespace patchmilter::review
