#include "series/part.h"

#include <gtest/gtest.h>

#include "tests/series/cases.h"

namespace patchmilter::series {
namespace {

TEST(PartTest, StemsOfMessageIds) {
  const struct {
    const char* id;
    const char* want;
  } kRows[] = {
      {"20250102030405.123456-3-ann@a.example",
       "20250102030405.123456-*-ann@a.example"},
      {"1735787045-4711-2-git-send-email-ann@a.example",
       "1735787045-4711-*-git-send-email-ann@a.example"},
      // Neither the process nor the address counts.
      {"20250102030405.4711-3-ann-12@a.example",
       "20250102030405.4711-*-ann-12@a.example"},
      {"2-v1-0123456789ab+1c3-topic_ann@a.example",
       "*-v1-0123456789ab+1c3-topic_ann@a.example"},
      {"20250102-topic-v2-12-0123456789ab@a.example",
       "20250102-topic-v2-*-0123456789ab@a.example"},
      {"cover.1735787045.git.ann@a.example", "*.1735787045.git.ann@a.example"},
      {"0123456789abcdef0123456789abcdef01234567.1735787045.git.ann@a.example",
       "*.1735787045.git.ann@a.example"},
      // Nothing that counts, or nothing that names the posting.
      {"CAFxyz+AbC=d@mail.example", ""},
      {"ZkX2.3@a.example", ""},
      {"a-1-b@a.example", ""},
      {"", ""},
      {"@", ""},
      {"12-", ""},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(MessageIdStem(row.id), row.want) << row.id;
  }
}

TEST(PartTest, StemsDifferWhereThePostingsDo) {
  EXPECT_NE(MessageIdStem("20250102-topic-v1-1-0123456789ab@a.example"),
            MessageIdStem("20250102-topic-v2-1-0123456789ab@a.example"));
  EXPECT_NE(MessageIdStem("20250102030405.1-1-ann@a.example"),
            MessageIdStem("20250102030406.1-1-ann@a.example"));
}

TEST(PartTest, CountersOfMessageIds) {
  EXPECT_EQ(MessageIdCounter("20250102030405.4711-3-ann-12@a.example"), 3);
  EXPECT_EQ(MessageIdCounter("1735787045-47-2-git-send-email-a@b"), 2);
  EXPECT_EQ(MessageIdCounter("20250102-topic-v2-12-0123456789ab@a"), 12);
  EXPECT_EQ(MessageIdCounter("cover.1735787045.git.ann@a.example"),
            std::nullopt);
  EXPECT_EQ(MessageIdCounter("ZkX2.3@a.example"), std::nullopt);
}

TEST(PartTest, RolesAndPlaces) {
  Interner ids;
  Interner texts;
  EXPECT_EQ(MakePart(Post("a", 0, 0).facts(), &ids, &texts).role,
            Part::Role::kSingle);
  const Part numbered = MakePart(Post("b", 2, 3).facts(), &ids, &texts);
  EXPECT_EQ(numbered.role, Part::Role::kNumbered);
  EXPECT_EQ(numbered.number, 2);
  EXPECT_EQ(numbered.total, 3);
  EXPECT_EQ(MakePart(Post("c", 0, 3).facts(), &ids, &texts).role,
            Part::Role::kCover);
  EXPECT_EQ(MakePart(Post("d", 0, 0).Kind(mime::MailKind::kCover).facts(), &ids,
                     &texts)
                .role,
            Part::Role::kFreeCover);
}

TEST(PartTest, ManyReferencesAreCutToTheirEnds) {
  Interner ids;
  Interner texts;
  std::vector<std::string> above;
  for (int i = 0; i < 100; ++i) above.push_back("r" + std::to_string(i));
  const Part part =
      MakePart(Post("a", 1, 2).Answers(above).facts(), &ids, &texts);
  ASSERT_EQ(part.parents.size(), 1U);
  EXPECT_EQ(ids.Text(part.parents[0]), "r99");
  EXPECT_EQ(part.ancestors.size(), 2 * kReferencesAtEnd);
  EXPECT_TRUE(part.facts.references.empty());
}

TEST(PartTest, NoInReplyToTakesTheLastReference) {
  Interner ids;
  Interner texts;
  MailFacts facts = Post("a", 1, 2).Answers({"x", "y"}).facts();
  facts.in_reply_to.clear();
  const Part part = MakePart(facts, &ids, &texts);
  ASSERT_EQ(part.parents.size(), 1U);
  EXPECT_EQ(ids.Text(part.parents[0]), "y");
}

TEST(PartTest, TitlesAreComparedWithoutCaseAndBlanks) {
  EXPECT_EQ(NormalTitle("  Fix\t the  Thing "), "fix the thing");
  EXPECT_EQ(NormalTitle(""), "");
}

}  // namespace
}  // namespace patchmilter::series
