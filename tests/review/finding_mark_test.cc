// Marks: written, folded into a mail's header, and read back; bounded, whatever
// the header holds.
#include "review/finding_mark.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "mime/compose.h"
#include "mime/mail.h"

namespace patchmilter::review {
namespace {

FindingMark Sample() {
  FindingMark mark;
  mark.fingerprint = "0123456789abcdef";
  mark.patch = 3;
  mark.at = AnchorKind::kLines;
  mark.path = "src/\xC3\xA9; x=1/lamp.c";
  mark.function = "lamp_set";
  mark.line = 41;
  mark.severity = Severity::kHigh;
  mark.category = "race";
  mark.places = 2;
  mark.pre_existing = true;
  mark.title = "A lock; is \"not\" taken";
  mark.exact = true;
  mark.since = 4;
  mark.words = WordText(
      ClaimWords(mark.title, "Two threads may dim lamp_level at once"));
  mark.lines = {
      {'+', 0}, {' ', kMaxLineHash}, {'-', 12345}, {'m', 7}, {'h', 9}};
  return mark;
}

TEST(FindingMarkTest, WhatIsWrittenIsReadBack) {
  const std::string value = WriteFindingMark(Sample());
  for (char c : value) EXPECT_TRUE(c >= ' ' && c < 127) << value;
  std::optional<FindingMark> read = ReadFindingMark(value);
  ASSERT_TRUE(read);
  EXPECT_EQ(WriteFindingMark(*read), value);
  EXPECT_EQ(read->path, Sample().path);
  EXPECT_EQ(read->title, Sample().title);
  EXPECT_TRUE(read->pre_existing);
  EXPECT_TRUE(read->exact);
  EXPECT_EQ(read->since, 4);
  EXPECT_EQ(read->words, Sample().words);
  EXPECT_EQ(read->lines, Sample().lines);
}

TEST(FindingMarkTest, ThroughAMailOfOursAlone) {
  mime::InitMime();
  const FindingMark mark = Sample();
  mime::OutgoingMail mail;
  mail.from = "Review <review@example.org>";
  mail.to = "list@example.org";
  mail.subject = "Re: lamps";
  mail.message_id = "m@example.org";
  mail.body = "X-Patchmilter-Finding: v=1; fp=ffffffffffffffff\n";
  mail.extra_headers.emplace_back(std::string(kFindingHeader),
                                  WriteFindingMark(mark));
  Result<std::string> foreign = mime::Compose(mail);
  ASSERT_TRUE(foreign.ok());
  EXPECT_TRUE(MarksOfMail(*foreign).empty()) << "no mail of ours";
  mail.extra_headers.emplace_back("X-Patchmilter", "v=1");
  Result<std::string> ours = mime::Compose(mail);
  ASSERT_TRUE(ours.ok());
  const std::vector<FindingMark> marks = MarksOfMail(*ours);
  ASSERT_EQ(marks.size(), 1U) << *ours;
  EXPECT_EQ(ours->find(WriteFindingMark(mark)), std::string::npos)
      << "it is folded, and read back all the same";
  EXPECT_EQ(WriteFindingMark(marks[0]), WriteFindingMark(mark));
}

TEST(FindingMarkTest, OtherVersionsAndHostileValuesAreNone) {
  EXPECT_FALSE(ReadFindingMark(""));
  EXPECT_FALSE(ReadFindingMark("fp=0123456789abcdef; patch=1"));
  EXPECT_FALSE(ReadFindingMark("v=2; fp=0123456789abcdef"));
  EXPECT_FALSE(ReadFindingMark("v=1; fp=0123456789ABCDEF"));
  std::optional<FindingMark> mark = ReadFindingMark(
      "v=1; fp=0123456789abcdef; patch=-4; line=99999999999; severity=x; "
      "words=!!; later=yes; title=%; path=%FF%zz");
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->patch, 0);
  EXPECT_EQ(mark->line, 0U);
  EXPECT_EQ(mark->title, "%");
}

TEST(FindingMarkTest, LongValuesStayBelowTheLimitOfALine) {
  FindingMark mark = Sample();
  mark.path = std::string(2000, '\xE9');
  mark.function = std::string(2000, 'f');
  mark.title = std::string(2000, ' ');
  EXPECT_LT(WriteFindingMark(mark).size(), 998U);
  EXPECT_TRUE(ReadFindingMark(WriteFindingMark(mark)));
}

TEST(FindingMarkTest, HostileWordsAndLines) {
  for (const char* lines : {"aAAA", "xAAAA", "aAA!A",
                            "aAAAAaAAAAaAAAAaAAAA"
                            "aAAAAaAAAAaAAAA"}) {
    const auto mark = ReadFindingMark("v=1; fp=0123456789abcdef; lines=" +
                                      std::string(lines));
    ASSERT_TRUE(mark);
    EXPECT_TRUE(mark->lines.empty()) << lines;
  }
  const auto mark = ReadFindingMark("v=1; fp=0123456789abcdef; words=" +
                                    std::string(2000, 'A'));
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->words, "");

  // Any damage gives a mark within its bounds, or none.
  std::mt19937 random(11);
  const std::string good = WriteFindingMark(Sample());
  const Claim whole = ClaimOf(Sample());
  for (int i = 0; i < 20000; ++i) {
    std::string text = good;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      text[random() % text.size()] = static_cast<char>(random() % 256);
    }
    const auto damaged = ReadFindingMark(text);
    if (!damaged) continue;
    const Claim claim = ClaimOf(*damaged);
    EXPECT_LE(claim.words.size(), kMaxClaimWords);
    EXPECT_LE(claim.lines.size(), kMaxClaimLines);
    EXPECT_EQ(claim.fingerprint.size(), 16U);
    EXPECT_GE(claim.patch, 0);
    EXPECT_DOUBLE_EQ(Likeness(claim, whole), Likeness(whole, claim));
  }
}

}  // namespace
}  // namespace patchmilter::review
