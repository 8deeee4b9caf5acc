// When a series is reviewed, when again, and what supersedes it
// (app/pipeline.h, review/eligibility.h), with the clock in hand.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "app/pipeline.h"
#include "base/text.h"
#include "tests/app/pipeline_fixture.h"

namespace patchmilter::app {
namespace {

TEST_F(PipelineTest, AnIncompleteSeriesWaitsAndIsReviewedInTwoRounds) {
  Feed({.id = "c", .subject = "[PATCH 0/2] two", .diff = false});
  Feed({.id = "p1", .subject = "[PATCH 1/2] first", .parent = "c"});
  Work(kNow + 7199);
  EXPECT_EQ(StateOf(1), store::SeriesState::kWaiting);
  Work(kNow + 7200);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);
  Restart();
  Feed({.id = "p2", .subject = "[PATCH 2/2] second", .parent = "c"},
       kNow + 8000);
  EXPECT_EQ(StateOf(1), store::SeriesState::kWaiting);
  Work(kNow + 8060);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);
  const auto reviews = store_->Reviews(1);
  ASSERT_EQ(reviews->size(), 2U);
  EXPECT_EQ(Outbox(1),
            (Rows{"archive original", "archive original", "archive series",
                  "list series", "archive original", "archive series",
                  "list series"}));
}

// Complete: after its settle time, which each mail of it starts again, so that
// a cover that comes last is in the review.
TEST_F(PipelineTest, ALateCoverIsWaitedForAsAPatchIs) {
  Feed({.id = "p1", .subject = "[PATCH 1/2] first", .parent = "c"});
  Feed({.id = "p2", .subject = "[PATCH 2/2] second", .parent = "c"}, kNow + 10);
  Feed({.id = "c", .subject = "[PATCH 0/2] two", .diff = false}, kNow + 40);
  Work(kNow + 99);
  EXPECT_EQ(StateOf(1), store::SeriesState::kWaiting);
  Work(kNow + 100);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);
  EXPECT_TRUE(Series(1).series.cover.has_value());
  EXPECT_EQ(store_->Reviews(1)->size(), 1U);
}

// Incomplete: after the waiting time from its newest mail, saying what is
// missing; never stuck.
TEST_F(PipelineTest, AnIncompleteSeriesWaitsFromItsNewestMail) {
  Feed({.id = "p1", .subject = "[PATCH 1/3] first", .parent = "c"});
  Feed({.id = "p3", .subject = "[PATCH 3/3] third", .parent = "c"},
       kNow + 1'000);
  Work(kNow + 1'000 + 7'199);
  EXPECT_EQ(StateOf(1), store::SeriesState::kWaiting);
  Work(kNow + 1'000 + 7'200);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);
  const auto outbox = store_->Outbox(1);
  bool said = false;
  for (const store::OutboxRow& row : *outbox) {
    said = said ||
           row.mail.bytes.find("Not seen on this list: ") != std::string::npos;
  }
  EXPECT_TRUE(said);
}

TEST_F(PipelineTest, ALatePatchIsReviewedAloneInASecondRound) {
  for (const int n : {1, 2}) {
    Feed({.id = fmt::format("p{}", n),
          .subject = fmt::format("[PATCH {}/3] lib: part {}", n, n),
          .parent = n == 1 ? "" : "p1"});
  }
  Work(kNow + 7'200);
  ASSERT_EQ(store_->Reviews(1)->size(), 1U);
  EXPECT_EQ(*store_->CoveredPatches(1), (std::vector<std::int64_t>{1, 2}));
  Feed({.id = "p3",
        .subject = "[PATCH 3/3] lib: part 3",
        .parent = "p1",
        .signed_off = false},
       kNow + 9'000);
  Work(kNow + 9'059);
  EXPECT_EQ(store_->Reviews(1)->size(), 1U);
  Work(kNow + 9'060);
  const auto reviews = store_->Reviews(1);
  ASSERT_EQ(reviews->size(), 2U);
  EXPECT_EQ(*store_->CoveredPatches(1), (std::vector<std::int64_t>{1, 2, 3}));
  for (const store::FindingRow& finding : reviews->at(0).findings) {
    EXPECT_LT(finding.patch, 3);
  }
  ASSERT_FALSE(reviews->at(1).findings.empty());
  for (const store::FindingRow& finding : reviews->at(1).findings) {
    EXPECT_EQ(finding.patch, 3);
  }
  int says_round = 0;
  int says_which = 0;
  const auto outbox = store_->Outbox(1);
  for (const store::OutboxRow& row : *outbox) {
    const std::string& mail = row.mail.bytes;
    if (mail.find("This is round 2 of the review") != std::string::npos) {
      ++says_round;
    }
    if (mail.find("Round 2: patch 3, which no earlier round has read") !=
        std::string::npos) {
      ++says_which;
    }
  }
  // The series mails of both destinations.
  EXPECT_EQ(says_round, 2);
  EXPECT_EQ(says_which, 2);
  // The same mail again makes no third one.
  Feed({.id = "p3",
        .subject = "[PATCH 3/3] lib: part 3",
        .parent = "p1",
        .signed_off = false},
       kNow + 9'500);
  Work(kNow + 90'000);
  EXPECT_EQ(store_->Reviews(1)->size(), 2U);
}

// Another list's copy of a patch, which that list has left alone, comes after
// the review: it takes the place of the first, and is not reviewed again.
TEST_F(PipelineTest, ABetterCopyOfAReviewedPatchIsNotReviewedAgain) {
  Feed({.id = "one",
        .author = "A U Thor via Dev <dev@lists.example.org>",
        .extra_headers = "Reply-To: A U Thor <author@example.org>\r\n",
        .signed_off = false});
  Work(kNow + 60);
  ASSERT_EQ(StateOf(1), store::SeriesState::kReviewed);
  const size_t mails = Outbox(1).size();
  Feed({.id = "one", .signed_off = false}, kNow + 3600);
  EXPECT_EQ(Series(1).series.patches.at(1), 2);
  Work(kNow + 100'000);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);
  EXPECT_EQ(Series(1).rounds, 1);
  EXPECT_EQ(Outbox(1).size(), mails);
}

TEST_F(PipelineTest, ACoverWhosePatchesNeverComeIsGivenUpAndWakesWithThem) {
  const UnixSeconds end = kNow + series::ReadinessPolicy{}.give_up;
  Feed({.id = "c", .subject = "[PATCH 0/1] lib: say hello", .diff = false});
  Work(end - 1);
  EXPECT_EQ(StateOf(1), store::SeriesState::kWaiting);
  EXPECT_EQ(*store_->NextReadyAt(), end);
  Work(end);
  EXPECT_EQ(StateOf(1), store::SeriesState::kGrouped);
  EXPECT_EQ(Series(1).reason, "only its cover has come");
  EXPECT_FALSE(store_->NextReadyAt()->has_value());
  Restart();
  Feed({.id = "p1",
        .subject = "[PATCH 1/1] lib: say hello",
        .parent = "c",
        .date = end + 10},
       end + 10);
  EXPECT_EQ(StateOf(1), store::SeriesState::kWaiting);
  EXPECT_EQ(Series(1).reason, "");
  Work(end + 70);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);
}

TEST_F(PipelineTest, ACoverThatIsSupersededEndsToo) {
  Feed({.id = "c1", .subject = "[PATCH 0/1] lib: say hello", .diff = false});
  Feed({.id = "c2",
        .subject = "[PATCH v2 0/1] lib: say hello",
        .parent = "c1",
        .diff = false},
       kNow + 10);
  Feed({.id = "p2", .subject = "[PATCH v2 1/1] lib: say hello", .parent = "c2"},
       kNow + 10);
  Work(kNow + 100);
  EXPECT_EQ(StateOf(2), store::SeriesState::kReviewed);
  Work(kNow + series::ReadinessPolicy{}.give_up);
  EXPECT_NE(StateOf(1), store::SeriesState::kWaiting);
  EXPECT_TRUE(Outbox(1).empty());
  EXPECT_FALSE(store_->NextReadyAt()->has_value());
}

TEST_F(PipelineTest, ANewerRevisionCancelsWhatHasNotBegun) {
  Feed({.id = "v1", .subject = "[PATCH] lib: say hello"});
  Feed({.id = "v2", .subject = "[PATCH v2] lib: say hello", .parent = "v1"},
       kNow + 10);
  Work(kNow + 100);
  EXPECT_EQ(StateOf(1), store::SeriesState::kSuperseded);
  EXPECT_EQ(StateOf(2), store::SeriesState::kReviewed);
  const auto outbox = store_->Outbox(2);
  bool said = false;
  for (const store::OutboxRow& row : *outbox) {
    said = said || row.mail.bytes.find("superseded") != std::string::npos;
  }
  EXPECT_TRUE(said);
}

// The one between them will never be reviewed: it is passed over.
TEST_F(PipelineTest, ARevisionSupersedesPastOneThatIsSetAside) {
  Feed({.id = "v1", .subject = "[PATCH] lib: say hello"});
  Feed({.id = "c2",
        .subject = "[PATCH v2 0/1] lib: say hello",
        .parent = "v1",
        .diff = false},
       kNow + 10);
  Feed({.id = "v3", .subject = "[PATCH v3] lib: say hello", .parent = "v1"},
       kNow + 20);
  ASSERT_EQ(Series(1).series.superseded_by, 2);
  ASSERT_EQ(Series(2).series.superseded_by, 3);
  Work(kNow + 60);
  EXPECT_EQ(StateOf(1), store::SeriesState::kSuperseded);
  Work(kNow + 80);
  EXPECT_EQ(StateOf(3), store::SeriesState::kReviewed);
  EXPECT_TRUE(Outbox(1).empty());
}

// Only what is reviewed itself supersedes: else nobody hears of either.
TEST_F(PipelineTest, ALoneCoverSupersedesWithItsFirstPatch) {
  Feed({.id = "v1", .subject = "[PATCH] lib: say hello"});
  Feed({.id = "c2",
        .subject = "[PATCH v2 0/1] lib: say hello",
        .parent = "v1",
        .diff = false},
       kNow + 10);
  ASSERT_EQ(Series(1).series.superseded_by, 2);
  Work(kNow + 60);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);

  Feed({.id = "b1",
        .subject = "[PATCH] net: drop it",
        .author = "B <b@example.org>"},
       kNow + 100);
  Feed({.id = "bc",
        .subject = "[PATCH v2 0/1] net: drop it",
        .author = "B <b@example.org>",
        .parent = "b1",
        .diff = false},
       kNow + 110);
  Feed({.id = "b2",
        .subject = "[PATCH v2 1/1] net: drop it",
        .author = "B <b@example.org>",
        .parent = "bc"},
       kNow + 120);
  Work(kNow + 200);
  EXPECT_EQ(StateOf(3), store::SeriesState::kSuperseded);
  EXPECT_EQ(StateOf(4), store::SeriesState::kReviewed);
}

TEST_F(PipelineTest, WhatIsSetAsideSupersedesNothing) {
  config_.review.max_patches = 1;
  Feed({.id = "v1", .subject = "[PATCH] lib: say hello"});
  for (const int n : {1, 2}) {
    Feed({.id = fmt::format("v2-{}", n),
          .subject = n == 1 ? "[PATCH v2 1/2] lib: say hello"
                            : "[PATCH v2 2/2] lib: say more",
          .parent = n == 1 ? "v1" : "v2-1"},
         kNow + 10);
  }
  ASSERT_EQ(Series(1).series.superseded_by, 2);
  Work(kNow + 60);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);
  Work(kNow + 100);
  EXPECT_EQ(StateOf(2), store::SeriesState::kGrouped);
}

// Sent with the others, and held up for longer than review.max_age.
TEST_F(PipelineTest, ALatePatchOfAReviewedSeriesIsOldByItsArrivalAlone) {
  Feed({.id = "p1", .subject = "[PATCH 1/2] lib: one"});
  Work(kNow + 7200);
  ASSERT_EQ(StateOf(1), store::SeriesState::kReviewed);
  const UnixSeconds late = kNow + 5 * 86400;
  Feed({.id = "p2", .subject = "[PATCH 2/2] lib: two", .parent = "p1"}, late);
  Work(late + 60);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);
  EXPECT_EQ(Series(1).rounds, 2);
  EXPECT_EQ(*store_->CoveredPatches(1), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(PipelineTest, WhatWasReviewedStaysReviewedAndSaysWhatWasNot) {
  Feed({.id = "p1", .subject = "[PATCH 1/2] lib: one"});
  Work(kNow + 7200);
  // It came, and the daemon was down for days.
  Feed({.id = "p2", .subject = "[PATCH 2/2] lib: two", .parent = "p1"},
       kNow + 8000);
  Work(kNow + 5 * 86400);
  EXPECT_EQ(StateOf(1), store::SeriesState::kReviewed);
  EXPECT_EQ(Series(1).rounds, 1);
  EXPECT_TRUE(Series(1).reason.starts_with(
      "what came later was not reviewed: old: came "))
      << Series(1).reason;
  EXPECT_FALSE(store_->NextReadyAt()->has_value());
}

}  // namespace
}  // namespace patchmilter::app
