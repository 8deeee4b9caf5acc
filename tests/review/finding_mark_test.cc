#include "review/finding_mark.h"

#include <gtest/gtest.h>

#include <string>

#include "mime/compose.h"
#include "mime/mail.h"
#include "tests/review/fixture.h"

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
}

TEST(FindingMarkTest, AFoldedHeaderIsReadBack) {
  mime::InitMime();
  mime::OutgoingMail mail;
  mail.from = TestIdentity().from;
  mail.to = TestDestination().address;
  mail.subject = "Re: x";
  mail.message_id = "a@b.example";
  mail.body = "x\n";
  mail.extra_headers.emplace_back(std::string(kFindingHeader),
                                  WriteFindingMark(Sample()));
  Result<std::string> raw = mime::Compose(mail);
  ASSERT_TRUE(raw.ok());
  const std::size_t at = raw->find(kFindingHeader);
  ASSERT_NE(at, std::string::npos);
  std::string value;
  for (std::size_t i = raw->find(':', at) + 1; i < raw->size(); ++i) {
    if ((*raw)[i] == '\n' && (*raw)[i + 1] != ' ' && (*raw)[i + 1] != '\t') {
      break;
    }
    if ((*raw)[i] != '\n') value += (*raw)[i];
  }
  std::optional<FindingMark> read = ReadFindingMark(value);
  ASSERT_TRUE(read) << value;
  EXPECT_EQ(WriteFindingMark(*read), WriteFindingMark(Sample()));
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

}  // namespace
}  // namespace patchmilter::review
