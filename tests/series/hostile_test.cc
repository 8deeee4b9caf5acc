// Hostile shapes: the work for each mail stays below a named bound, however
// many have come. Measured by Grouper::Work(), not by time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "series/grouper.h"
#include "tests/series/cases.h"

namespace patchmilter::series {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

std::string N(const std::string& prefix, int i) {
  return prefix + std::to_string(i);
}

struct Row {
  const char* name;
  std::function<MailFacts(int i)> mail;
  // Of a mail, in the second half of the feed, on the average and at most.
  double work;
  std::uint64_t most;
};

MailFacts Quick(int i, int k, int n) {
  static const Post kPatch("", 1, 1);
  static const Post kCover("", 0, 1);
  MailFacts facts = (k == 0 ? kCover : kPatch).facts();
  facts.message_id = N("m", i);
  facts.content_hash = N("content ", i);
  facts.patch_id = N("patch ", i);
  facts.subject.number = k;
  facts.subject.total = n;
  facts.subject.title = N("title ", i);
  return facts;
}

MailFacts Single(int i) {
  MailFacts facts = Quick(i, 1, 1);
  facts.subject.number.reset();
  facts.subject.total.reset();
  return facts;
}

MailFacts Answers(MailFacts facts, std::vector<std::string> ids) {
  facts.in_reply_to = {ids.back()};
  facts.references = std::move(ids);
  return facts;
}

std::vector<Row> Rows() {
  return {
      {"replies to one mail",
       [](int i) {
         MailFacts facts = Answers(Single(i), {"root"});
         facts.kind = mime::MailKind::kReply;
         return facts;
       },
       0, 0},
      {"replies, each to the one before",
       [](int i) {
         MailFacts facts = Answers(Single(i), {N("m", i - 1)});
         facts.kind = mime::MailKind::kReply;
         return facts;
       },
       0, 0},
      {"1/2 under one parent",
       [](int i) { return Answers(Quick(i, 1, 2), {"root"}); }, 100, 400},
      {"1/2 under one parent, an hour apart each",
       [](int i) {
         MailFacts facts = Answers(Quick(i, 1, 2), {"root"});
         facts.date += i * 3600;
         facts.arrival += i * 3600;
         return facts;
       },
       100, 400},
      {"covers", [](int i) { return Quick(i, 0, 5); }, 100, 400},
      {"covers of one title",
       [](int i) {
         MailFacts facts = Quick(i, 0, 5);
         facts.subject.title = "one";
         return facts;
       },
       1000, 1200},
      {"singles of one second and title",
       [](int i) {
         MailFacts facts = Single(i);
         facts.subject.title = "one";
         return facts;
       },
       1000, 1200},
      {"singles of one title, each later",
       [](int i) {
         MailFacts facts = Single(i);
         facts.subject.title = "one";
         facts.date += i;
         return facts;
       },
       200, 600},
      {"singles of one title, each earlier",
       [](int i) {
         MailFacts facts = Single(i);
         facts.subject.title = "one";
         facts.date -= i;
         return facts;
       },
       500, 800},
      {"each names the next ones in References",
       [](int i) {
         std::vector<std::string> ids;
         for (int k = 1; k <= 12; ++k) ids.push_back(N("m", (i + k) % 3000));
         return Answers(Single(i), ids);
       },
       400, 2000},
      {"numbered, each names the next ones in References",
       [](int i) {
         std::vector<std::string> ids;
         for (int k = 1; k <= 12; ++k) ids.push_back(N("m", (i + k) % 3000));
         return Answers(Quick(i, 1 + i % 3, 3), ids);
       },
       1000, 6000},
      {"one Message-ID, single",
       [](int i) {
         MailFacts facts = Single(i);
         facts.message_id = "one";
         return facts;
       },
       600, 2000},
      {"one Message-ID, numbered",
       [](int i) {
         MailFacts facts = Quick(i, 1 + i % 2000, 2000);
         facts.message_id = "one";
         return facts;
       },
       600, 2000},
      {"one Message-ID, answering itself by way of another",
       [](int i) {
         MailFacts facts = Answers(Quick(i, 1 + i % 7, 7), {"two"});
         facts.message_id = i % 2 == 0 ? "one" : "two";
         return facts;
       },
       600, 2000},
      {"versions 1 and up",
       [](int i) {
         MailFacts facts = Single(i);
         facts.subject.title = "one";
         facts.subject.version = i;
         facts.subject.version_given = true;
         return facts;
       },
       200, 600},
      {"versions from above down",
       [](int i) {
         MailFacts facts = Single(i);
         facts.subject.title = "one";
         facts.subject.version = 1000000 - i;
         facts.subject.version_given = true;
         return facts;
       },
       400, 800},
      {"v2 of many, all of one v1",
       [](int i) {
         MailFacts facts = Answers(Single(i), {"m1"});
         facts.subject.version = i == 1 ? 1 : 2;
         return facts;
       },
       1000, 3000},
      {"numbered v2, and re-rolls, of one v1",
       [](int i) {
         MailFacts facts = Answers(Quick(i, 1 + i % 2, 2), {"m1"});
         facts.subject.version = i < 3 ? 1 : 1 + i % 3;
         facts.date += i * 60;
         return facts;
       },
       3000, 9000},
      {"one of each title in one bug's thread",
       [](int i) {
         MailFacts facts = Answers(Single(i), {"bug", N("m", i - 1)});
         facts.date += i;
         return facts;
       },
       400, 2000},
      {"all posters, one place",
       [](int i) {
         MailFacts facts = Answers(Quick(i, 1, 3), {"root"});
         facts.author.email = facts.from.email = N("a", i);
         facts.author.name = facts.from.name = N("A ", i);
         return facts;
       },
       100, 400},
      {"change-ids in common",
       [](int i) {
         MailFacts facts = Quick(i, 1 + i % 2, 2);
         facts.change_id = "topic";
         facts.subject.version = i;
         return facts;
       },
       400, 2000},
  };
}

TEST(HostileTest, WorkForEachMailIsBounded) {
  constexpr int kMails = 3000;
  for (const Row& row : Rows()) {
    SCOPED_TRACE(row.name);
    Grouper grouper;
    std::uint64_t before = 0;
    std::uint64_t most = 0;
    std::uint64_t half = 0;
    for (int i = 1; i <= kMails; ++i) {
      MailFacts facts = row.mail(i);
      facts.id = i;
      grouper.Add(facts);
      const std::uint64_t now = grouper.Work();
      most = std::max(most, now - before);
      before = now;
      if (i == kMails / 2) half = now;
    }
    const double second = static_cast<double>(before - half) / (kMails / 2);
    EXPECT_LE(second, row.work);
    EXPECT_LE(most, row.most);
    // None is lost, and each can say why it stands where it does.
    for (int i = 1; i <= kMails; i += 997) {
      EXPECT_FALSE(grouper.Explain(i).empty());
    }
  }
}

// As many as a cluster takes are partitioned again and again; those beyond
// are not, and a cluster that is full costs nothing more.
TEST(HostileTest, AFullClusterCostsNoMore) {
  Grouper grouper;
  const auto feed = [&](int from, int to) {
    const std::uint64_t before = grouper.Work();
    for (int i = from; i <= to; ++i) {
      // By id, thread and stem all apart; by poster and Date together.
      MailFacts facts = Quick(i, 1 + i % 3, 3);
      facts.message_id =
          "20250102" + std::to_string(100000 + i) + ".1-x@a.example";
      facts.id = i;
      grouper.Add(facts);
    }
    return (grouper.Work() - before) /
           static_cast<std::uint64_t>(to - from + 1);
  };
  EXPECT_GT(feed(1, 192), 90U);
  EXPECT_LE(feed(193, 5000), 60U);
  EXPECT_THAT(grouper.Explain(5000),
              Contains(HasSubstr("not all that may belong to it were looked")));
}

TEST(HostileTest, WhatALimitCutsStandsAloneAndSaysSo) {
  Grouper grouper;
  MailId id = 0;
  for (int i = 1; i <= 70; ++i) {
    MailFacts facts = Answers(Quick(i, 1, 2), {"root"});
    facts.id = ++id;
    grouper.Add(facts);
  }
  EXPECT_EQ(grouper.SeriesOf(70), 70);
  EXPECT_THAT(grouper.Explain(70), Contains(HasSubstr("claim its place")));
  EXPECT_THAT(grouper.Explain(60),
              ::testing::Not(Contains(HasSubstr("claim its place"))));
  for (int i = 1; i <= 40; ++i) {
    MailFacts facts = Single(i);
    facts.message_id = "one";
    facts.id = ++id;
    grouper.Add(facts);
  }
  EXPECT_EQ(grouper.SeriesOf(id), id);
  EXPECT_THAT(grouper.Explain(id), Contains(HasSubstr("or its Message-ID")));
}

TEST(HostileTest, NotesOfASeriesAreFew) {
  Grouper grouper;
  MailId id = 0;
  for (int k = 1; k <= 100; ++k) {
    MailFacts facts = Answers(Quick(k, k, 2), {"root"});
    facts.id = ++id;
    grouper.Add(facts);
  }
  const Series* series = grouper.Find(1);
  EXPECT_EQ(series->patches.size(), 100U);
  EXPECT_EQ(series->notes.size(), 17U);
  EXPECT_EQ(series->notes.back(), "and 82 more of this kind");
}

}  // namespace
}  // namespace patchmilter::series
