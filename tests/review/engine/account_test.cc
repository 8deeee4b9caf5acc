#include "review/engine/account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchmilter::review {
namespace {

using testing::ElementsAre;

Account Whole(std::size_t patches) {
  Account account;
  account.patches = account.given = account.whole = patches;
  account.series_finished = patches > 1;
  return account;
}

TEST(AccountTest, SaysWhatWasReviewed) {
  EXPECT_THAT(OverviewOf(Whole(1)),
              ElementsAre("A language model reviewed the patch."));
  EXPECT_THAT(OverviewOf(Whole(3)),
              ElementsAre("A language model reviewed each patch by itself, and "
                          "the series as a whole."));
}

TEST(AccountTest, SaysNotThatWasReviewedWhatWasNot) {
  Account account = Whole(1);
  account.whole = 0;
  EXPECT_THAT(OverviewOf(account),
              ElementsAre("A language model was asked, and did not review the "
                          "patch to its end."));
  account = Whole(3);
  account.whole = 2;
  account.series_finished = false;
  EXPECT_THAT(
      OverviewOf(account),
      ElementsAre("A language model reviewed 2 of 3 patches to the end.",
                  "The series as a whole was not reviewed to the end."));
}

TEST(AccountTest, ALaterRoundReviewsWhatIsNew) {
  Account account = Whole(3);
  account.given = account.whole = 1;
  EXPECT_THAT(OverviewOf(account),
              ElementsAre("A language model reviewed each new patch by itself, "
                          "and the series as a whole."));
}

TEST(AccountTest, CountsWhatWasCheckedOnceMoreInEnglish) {
  const auto second = [](std::size_t verified, std::size_t refuted) {
    Account account = Whole(2);
    account.verified = verified;
    account.refuted = refuted;
    return OverviewOf(account).at(1);
  };
  EXPECT_EQ(second(1, 0),
            "One finding was checked once more, and was not refuted.");
  EXPECT_EQ(second(1, 1),
            "One finding was checked once more, and was refuted.");
  EXPECT_EQ(second(3, 0),
            "3 findings were checked once more, and none was refuted.");
  EXPECT_EQ(second(3, 1),
            "3 findings were checked once more; 1 of them was refuted.");
  EXPECT_EQ(second(3, 2),
            "3 findings were checked once more; 2 of them were refuted.");
  EXPECT_EQ(second(3, 3),
            "3 findings were checked once more, and all were refuted.");
}

TEST(AccountTest, SaysThatTheTreeWasForReference) {
  Account account = Whole(1);
  account.reference = true;
  EXPECT_EQ(OverviewOf(account).back(),
            "The series did not apply; the code was read for reference alone.");
}

TEST(AccountTest, NamesACostOnlyWhereThereArePrices) {
  store::Spent spent;
  EXPECT_EQ(CostOf(spent), "not known");
  spent.requests = 1;
  spent.review.input = 8'000;
  spent.review.output = 120;
  EXPECT_EQ(CostOf(spent),
            "no prices are known; 8000 tokens read (0 % of them cached), 120 "
            "written, 1 request");
  spent.requests = 29;
  spent.review.input = 241'202;
  spent.review.cache_read = 186'541;
  spent.review.cost = 320'000;
  EXPECT_EQ(CostOf(spent),
            "0.32 USD for the whole review; 241k tokens read (77 % of them "
            "cached), 120 written, 29 requests");
}

}  // namespace
}  // namespace patchmilter::review
