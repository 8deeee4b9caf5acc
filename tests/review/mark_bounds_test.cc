// What the memory of findings reads from headers: bounded, whatever they hold.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "mime/compose.h"
#include "review/finding_mark.h"

namespace patchmilter::review {
namespace {

FindingMark Full() {
  FindingMark mark;
  mark.fingerprint = "0123456789abcdef";
  mark.patch = 2;
  mark.at = AnchorKind::kLines;
  mark.path = "drivers/lamp/core file;1.c";
  mark.function = "lamp_probe";
  mark.line = 41;
  mark.severity = Severity::kHigh;
  mark.category = "race";
  mark.places = 3;
  mark.title = "Level is read outside the lock";
  mark.exact = true;
  mark.since = 4;
  mark.words = WordText(
      ClaimWords(mark.title, "Two threads may dim lamp_level at once"));
  mark.lines = {
      {'+', 0}, {' ', kMaxLineHash}, {'-', 12345}, {'m', 7}, {'h', 9}};
  return mark;
}

void ExpectEqual(const FindingMark& a, const FindingMark& b) {
  EXPECT_EQ(WriteFindingMark(a), WriteFindingMark(b));
  EXPECT_EQ(a.exact, b.exact);
  EXPECT_EQ(a.since, b.since);
  EXPECT_EQ(a.words, b.words);
  EXPECT_EQ(a.lines, b.lines);
}

TEST(MarkBoundsTest, ThroughAMailOfOursAlone) {
  const FindingMark mark = Full();
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
  ExpectEqual(marks[0], mark);
}

TEST(MarkBoundsTest, HostileWordsAndLines) {
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
  const std::string good = WriteFindingMark(Full());
  const Claim whole = ClaimOf(Full());
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
