// What Grouper::Add answers: a table of short threads, each with what its last
// mail changes.
#include "series/change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "series/grouper.h"
#include "tests/series/cases.h"

namespace patchmilter::series {
namespace {

using ::testing::ElementsAreArray;

struct Row {
  const char* name;
  // With the ids 1, 2, …, but for those that give one: fed in this order.
  std::vector<Post> posts;
  std::vector<std::string> want;  // Of the last.
  std::vector<MailId> ids = {};
};

std::vector<Row> Rows() {
  const auto post = [](const char* id, int k, int n, double minute) {
    return Post(id, k, n).Minute(minute);
  };
  const Post copy = post("a", 1, 2, 0).PatchId("p");
  return {
      {"a single", {post("a", 0, 0, 0)}, {"1: created, joined, completed"}},
      {"a cover", {post("c", 0, 2, 0)}, {"1: created, joined"}},
      {"a cover without a count",
       {post("c", 0, 0, 0).Kind(mime::MailKind::kCover)},
       {}},
      {"a reply",
       {post("a", 1, 1, 0),
        post("r", 0, 0, 1).Kind(mime::MailKind::kReply).Answers({"a"})},
       {}},
      {"a patch joins",
       {post("c", 0, 2, 0), post("a", 1, 2, 0.1).Answers({"c"})},
       {"1: joined"}},
      {"the last patch",
       {post("a", 1, 2, 0), post("b", 2, 2, 0.1).Answers({"a"})},
       {"1: joined, completed"}},
      {"a late cover to a complete series",
       {post("a", 1, 1, 0).Answers({"c"}), post("c", 0, 1, 0)},
       {"1: joined"}},
      {"the same mail again",
       {post("a", 1, 2, 0), post("a", 1, 2, 0).Arrives(9)},
       {}},
      {"the same mail again, from an earlier time",
       {post("a", 1, 2, 0).Arrives(9), post("a", 1, 2, 0).Arrives(3)},
       {"1: changed"}},
      {"a copy behind the one that stands",
       {copy.Content("one"), copy.Content("two").From("list")},
       {"1: joined"}},
      {"a copy before the one that stands",
       {copy.Content("one").From("list"), copy.Content("two")},
       {"1: joined"}},
      {"a second version",
       {post("a", 0, 0, 0).Title("x: y"),
        post("b", 0, 0, 60).Title("x: y").Version(2)},
       {"1: superseded", "2: created, joined, completed, revised"}},
      {"the second version first",
       {post("b", 0, 0, 60).Title("x: y").Version(2),
        post("a", 0, 0, 0).Title("x: y")},
       {"1: revised", "2: created, joined, completed, superseded"}},
      {"a version between two",
       {post("a", 0, 0, 0).Title("x: y"),
        post("c", 0, 0, 90).Title("x: y").Version(3),
        post("b", 0, 0, 60).Title("x: y").Version(2)},
       {"1: superseded", "2: revised",
        "3: created, joined, completed, revised, superseded"}},
      {"a re-roll of one patch supersedes nothing",
       {post("a", 1, 2, 0), post("b", 2, 2, 0.1).Answers({"a"}),
        post("b2", 2, 2, 60).Answers({"b"}).Version(2)},
       // But it may be the first patch of a whole revision: 1 is waited with.
       {"1: changed", "3: created, joined, revised"}},
      {"two become one",
       {post("a", 1, 3, 0).Answers({"c"}), post("d", 3, 3, 900).Answers({"b"}),
        post("b", 2, 3, 0.1).Answers({"c"})},
       {"2: merged into 1", "1: joined, completed"}},
      {"what has an older mail is named anew",
       {post("b", 2, 2, 0.1).Answers({"a"}), post("a", 1, 2, 0)},
       {"7: merged into 5", "5: created, joined, completed"},
       {7, 5}},
      {"a mail gives its place to another",
       {post("c", 0, 2, 0), post("a", 1, 2, 0.1).Answers({"c"}),
        post("late", 2, 2, 300).Answers({"c"}),
        post("b", 2, 2, 0.2).Answers({"c"})},
       {"1: joined", "3: created, split from 1"}},
  };
}

TEST(ChangeTest, SaysWhatTheLastMailChanged) {
  for (const Row& row : Rows()) {
    SCOPED_TRACE(row.name);
    Grouper grouper;
    std::vector<std::string> got;
    for (std::size_t i = 0; i < row.posts.size(); ++i) {
      MailFacts facts = row.posts[i].facts();
      facts.id = row.ids.empty() ? static_cast<MailId>(i + 1) : row.ids[i];
      got.clear();
      for (const Change& change : grouper.Add(facts)) {
        got.push_back(ChangeText(change));
        EXPECT_EQ(grouper.Find(change.id) == nullptr,
                  change.Is(Change::kMerged));
      }
    }
    EXPECT_THAT(got, ElementsAreArray(row.want));
  }
}

TEST(ChangeTest, TextNamesEachKind) {
  EXPECT_EQ(ChangeText({.id = 7, .kinds = Change::kChanged}), "7: changed");
  EXPECT_EQ(ChangeText({.id = 9, .other = 7, .kinds = Change::kMerged}),
            "9: merged into 7");
  EXPECT_EQ(ChangeText({.id = 8,
                        .other = 7,
                        .kinds = Change::kCreated | Change::kJoined |
                                 Change::kCompleted | Change::kRevised |
                                 Change::kSuperseded | Change::kSplit}),
            "8: created, joined, completed, revised, superseded, split from 7");
}

}  // namespace
}  // namespace patchmilter::series
