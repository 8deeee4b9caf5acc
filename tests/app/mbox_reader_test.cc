#include "app/mbox_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "app/mail_source.h"

namespace patchmilter::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const char kFrom[] = "From ann@a.example Thu Jan  2 00:00:00 2025\n";
const char kGitFrom[] =
    "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n";

// `bytes`, at most `block` of them at a time.
ByteSource Bytes(std::string bytes, std::size_t block) {
  return [bytes = std::move(bytes), block, at = std::size_t{0}](
             char* buffer, std::size_t size) mutable -> Result<std::size_t> {
    const std::size_t count = std::min({size, block, bytes.size() - at});
    std::memcpy(buffer, bytes.data() + at, count);
    at += count;
    return count;
  };
}

// All mails; a failure is a mail "error: …" at the end.
std::vector<MboxMail> ReadAll(ByteSource bytes) {
  std::vector<MboxMail> mails;
  MboxReader reader(std::move(bytes), "box");
  const Status begun = reader.Begin();
  if (!begun.ok()) {
    mails.emplace_back();
    mails.back().raw = "error: " + begun.error().message;
    return mails;
  }
  while (true) {
    auto mail = reader.Next();
    if (!mail.ok()) {
      mails.emplace_back();
      mails.back().raw = "error: " + mail.error().message;
      return mails;
    }
    if (!*mail) return mails;
    mails.push_back(**std::move(mail));
  }
}

std::vector<std::string> Raws(const std::string& bytes,
                              std::size_t block = 1 << 20) {
  std::vector<std::string> raws;
  for (MboxMail& mail : ReadAll(Bytes(bytes, block))) {
    raws.push_back(std::move(mail.raw));
  }
  return raws;
}

TEST(MboxReaderTest, Mboxes) {
  const std::string from = kFrom;
  const std::string git = kGitFrom;
  const struct {
    const char* name;
    std::string bytes;
    std::vector<std::string> want;
  } kRows[] = {
      {"two mails",
       from + "Subject: a\n\none\n\n" + from + "Subject: b\n\ntwo\n\n",
       {"Subject: a\n\none\n", "Subject: b\n\ntwo\n"}},
      {"git format-patch --stdout",
       git +
           "From: Ann <ann@a.example>\nSubject: [PATCH 1/2] a\n\n---\n-- \n"
           "2.43.0\n\n\n" +
           git +
           "From: Ann <ann@a.example>\nSubject: [PATCH 2/2] b\n\n---\n"
           "-- \n2.43.0\n\n",
       {"From: Ann <ann@a.example>\nSubject: [PATCH 1/2] a\n\n---\n-- \n"
        "2.43.0\n\n",
        "From: Ann <ann@a.example>\nSubject: [PATCH 2/2] b\n\n---\n-- \n"
        "2.43.0\n"}},
      {"no newline at the end",
       from + "Subject: a\n\none",
       {"Subject: a\n\none"}},
      {"quoted lines lose one mark",
       from + "Subject: a\n\n>From here\n>>From there\n> From you\n\n",
       {"Subject: a\n\nFrom here\n>From there\n> From you\n"}},
      {"a From line that is none: no empty line before it, and no header after",
       from + "Subject: a\n\ntext\n" + from + "more, or less\n",
       {"Subject: a\n\ntext\n" + from + "more, or less\n"}},
      {"no empty lines between the mails",
       from + "Subject: a\n\none\n" + from + "Subject: b\n" + from +
           "Subject: c\n\nthree",
       {"Subject: a\n\none\n", "Subject: b\n", "Subject: c\n\nthree"}},
      {"empty mails are passed over",
       from + "\n\n" + from + from + "Subject: c\n\nthree\n\n" + from,
       {"Subject: c\n\nthree\n"}},
      {"empty lines and a byte order mark in front",
       "\xef\xbb\xbf\r\n\n" + from + "Subject: a\n\none\n",
       {"Subject: a\n\none\n"}},
      {"mboxo: what it did not quote is quoted, what it did is not seen",
       from + "Subject: a\n\n>From ann, on Monday\n>>From old\n",
       {"Subject: a\n\nFrom ann, on Monday\n>From old\n"}},
      {"mboxcl: the length is true, and lines are quoted",
       from + "Content-Length: 21\nSubject: a\n\nx\n\n>From here\n\nyes\n\n" +
           from + "Subject: b\n\ntwo\n",
       {"Content-Length: 21\nSubject: a\n\nx\n\nFrom here\n\nyes\n",
        "Subject: b\n\ntwo\n"}},
      {"a length that reaches into the next mail is not believed",
       from + "Content-Length: 60\nSubject: a\n\none\n\n" + from +
           "Subject: b\n\ntwo\n",
       {"Content-Length: 60\nSubject: a\n\none\n", "Subject: b\n\ntwo\n"}},
      {"a length that is longer than the file",
       from + "Content-Length: 4000\nSubject: a\n\none\n\n" + from +
           "Subject: b\n\nt",
       {"Content-Length: 4000\nSubject: a\n\none\n", "Subject: b\n\nt"}},
      {"the last mail is cut in its header",
       from + "Subject: a\n\none\n\n" + from + "Subj",
       {"Subject: a\n\none\n", "Subj"}},
      {"a From line that is none: no time",
       from + "Subject: a\n\nI came\n\nFrom time to time, in 2024\n",
       {"Subject: a\n\nI came\n\nFrom time to time, in 2024\n"}},
      {"mboxcl2: the length is true, nothing is quoted",
       from + "Content-Length: 55\nSubject: a\n\nx\n\n" + from + ">From z\n\n" +
           from + "Subject: b\n\ntwo\n",
       {"Content-Length: 55\nSubject: a\n\nx\n\n" + from + ">From z\n",
        "Subject: b\n\ntwo\n"}},
      {"a length that is a lie is not believed",
       from + "Content-Length: 3\nSubject: a\n\none, two\n\n" + from +
           "Content-Length: 999999999999999999999\nSubject: b\n\ntwo\n",
       {"Content-Length: 3\nSubject: a\n\none, two\n",
        "Content-Length: 999999999999999999999\nSubject: b\n\ntwo\n"}},
      {"CRLF",
       "From ann@a.example Thu Jan  2 00:00:00 2025\r\nSubject: a\r\n\r\n"
       "one\r\n\r\nFrom ann@a.example Thu Jan  2 00:00:00 2025\r\n"
       "Subject: b\r\n\r\ntwo\r\n\r\n",
       {"Subject: a\r\n\r\none\r\n", "Subject: b\r\n\r\ntwo\r\n"}},
      {"a mail without a body",
       from + "Subject: a\n\n" + from + "Subject: b\n",
       {"Subject: a\n\n", "Subject: b\n"}},
      {"NUL bytes",
       from + "Subject: a\n\n" + std::string("x\0y\n", 4),
       {"Subject: a\n\n" + std::string("x\0y\n", 4)}},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Raws(row.bytes), row.want) << row.name;
    // However the bytes come.
    EXPECT_EQ(Raws(row.bytes, 1), row.want) << row.name << ", byte by byte";
  }
}

TEST(MboxReaderTest, PlacesCountEveryMail) {
  const std::string from = kFrom;
  const auto mails =
      ReadAll(Bytes(from + "A: 1\n\n" + from + "\n" + from + "B: 2\n\n", 7));
  ASSERT_EQ(mails.size(), 2U);
  EXPECT_EQ(mails[0].index, 1);
  EXPECT_EQ(mails[0].offset, 0U);
  EXPECT_EQ(mails[1].index, 3);
  EXPECT_EQ(mails[1].offset, 2 * from.size() + 7);
}

TEST(MboxReaderTest, LongLinesAndMailsLargerThanABlock) {
  const std::string line(3UL << 20, 'x');
  std::string body;
  for (int i = 0; i < 20000; ++i) body += "a line of no more than this\n";
  const std::string from = kFrom;
  EXPECT_THAT(Raws(from + "A: 1\n\n" + line + "\n\n" + from + "B: 2\n\n" +
                   body + "\n" + from + "C: 3\n\n" + line),
              ElementsAre("A: 1\n\n" + line + "\n", "B: 2\n\n" + body,
                          "C: 3\n\n" + line));
}

// Lines of a mail, without end, and then a mail.
TEST(MboxReaderTest, AMailOf200MegabytesIsCut) {
  const std::string head = std::string(kFrom) + "A: 1\n\n";
  const std::string line = std::string(999, 'x') + "\n";
  const std::string tail = std::string("\n") + kFrom + "B: 2\n\nend\n";
  std::size_t lines = 200'000;
  std::string next = head;
  bool ended = false;
  const auto mails =
      ReadAll([&](char* buffer, std::size_t size) -> Result<std::size_t> {
        if (next.empty() && lines > 0) {
          next = line;
          --lines;
        } else if (next.empty() && !ended) {
          next = tail;
          ended = true;
        }
        const std::size_t count = std::min(size, next.size());
        std::memcpy(buffer, next.data(), count);
        next.erase(0, count);
        return count;
      });
  ASSERT_EQ(mails.size(), 2U);
  EXPECT_TRUE(mails[0].cut);
  EXPECT_LE(mails[0].raw.size(), kMaxSourceMail);
  EXPECT_GT(mails[0].raw.size(), kMaxSourceMail - 1000);
  EXPECT_EQ(mails[1].raw, "B: 2\n\nend\n");
  EXPECT_FALSE(mails[1].cut);
}

// Each asks for 60 MB ahead: the buffer must not be moved for every one.
TEST(MboxReaderTest, ManyWrongLengthsCostLittle) {
  std::string box;
  const std::string mail = std::string(kFrom) +
                           "Content-Length: 60000000\nA: 1\n\n" +
                           std::string(1000, 'x') + "\n\n";
  for (int i = 0; i < 60'000; ++i) box += mail;
  EXPECT_EQ(Raws(box).size(), 60'000U);
}

TEST(MboxReaderTest, AnErrorOfTheBytesIsGivenAsItIs) {
  bool first = true;
  const auto mails =
      ReadAll([&](char* buffer, std::size_t) -> Result<std::size_t> {
        if (!first) return Permanent("box: Input/output error");
        first = false;
        const std::string bytes = std::string(kFrom) + "A: 1\n\n" +
                                  std::string(2000, 'x') + "\n\n" + kFrom +
                                  "B: 2\n\nhalf";
        std::memcpy(buffer, bytes.data(), bytes.size());
        return bytes.size();
      });
  // The half of a mail that came before it is no mail.
  ASSERT_EQ(mails.size(), 2U);
  EXPECT_THAT(mails[0].raw, HasSubstr("A: 1"));
  EXPECT_EQ(mails[1].raw, "error: box: Input/output error");
}

TEST(FromLineTest, AsGitKnowsThem) {
  const struct {
    const char* line;
    bool want;
  } kRows[] = {
      {"From ann@a.example Thu Jan  2 00:00:00 2025\n", true},
      {"From mboxrd@z Thu Jan  1 00:00:00 1970\r\n", true},
      {"From 0123456789abcdef Mon Sep 17 00:00:00 2001", true},
      {"From - Thu Jan  2 00:00:00 2025", true},
      {"From a  Thu Jan  2 00:00:00 +0100 2025 remote from b", true},
      {"From me: 3 things in 2025", false},
      {"From 10:30 on", false},
      {"From: ann@a.example", false},
      {"From ", false},
      {">From ann@a.example Thu Jan  2 00:00:00 2025", false},
      {"from ann@a.example Thu Jan  2 00:00:00 2025", false},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(IsFromLine(row.line), row.want) << row.line;
  }
}

TEST(FromLineTest, Times) {
  const struct {
    const char* line;
    UnixSeconds want;  // 0: none.
  } kRows[] = {
      {"From ann@a.example Thu Jan  2 00:00:00 2025\n", 1735776000},
      {"From ann@a.example Thu Jan  2 01:02:03 2025\r\n", 1735779723},
      {"From - Thu Jan  2 01:02 2025", 1735779720},
      {"From a Thu Jan  2 01:00:00 +0100 2025 remote from b", 1735776000},
      {"From a Thu Jan  2 01:00:00 2025 +0100", 1735779600},
      {"From a Thu Jan  2 00:00:00 CET 2025", 1735776000},
      {"From ann at a.example  Thu Jan  2 00:00:00 2025", 1735776000},
      {"From mboxrd@z Thu Jan  1 00:00:00 1970", 0},
      {"From 0123456789abcdef Mon Sep 17 00:00:00 2001", 0},
      {"From a Thu Feb 30 00:00:00 2025", 0},
      {"From a Thu Jan  2 25:00:00 2025", 0},
      {"From a Thu Jan 99999999999999999999 00:00:00 2025", 0},
      {"From jan 00:00 2025", 0},
      {"From me: 3 things in 2025", 0},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(FromLineTime(row.line).value_or(0), row.want) << row.line;
  }
}

}  // namespace
}  // namespace patchmilter::app
