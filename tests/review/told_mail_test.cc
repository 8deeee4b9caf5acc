// Which mails of an archive are taken for ours, and what is read of them.
#include "review/told_mail.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "mime/mail.h"
#include "review/finding_mark.h"
#include "review/render.h"

namespace patchmilter::review {
namespace {

struct Headers {
  std::string from = "Reviews <reviews@example.net>";
  std::string id = "pm-0123456789abcd-r1-s@reviews.example.net";
  std::string answers = "<v1@example.org>";
  std::string references = "<v1@example.org>";
  std::string mark =
      "X-Patchmilter: v=0.1; engine=checks; round=1; base=none;\n"
      " verdict=clean; low=0\n";
  std::string findings = {};

  std::string Text() const {
    return "From: " + from + "\nSubject: Re: lamps\nMessage-ID: <" + id +
           ">\nIn-Reply-To: " + answers + "\nReferences: " + references + "\n" +
           mark + findings + "\nNo issues found.\n";
  }
};

IdentityConfig Identity() {
  IdentityConfig identity;
  identity.from = "Reviews <reviews@example.net>";
  identity.domain = "reviews.example.net";
  return identity;
}

class ToldMailTest : public testing::Test {
 protected:
  void SetUp() override { mime::InitMime(); }
};

TEST_F(ToldMailTest, WhichMailsAreOurs) {
  struct Case {
    const char* name;
    Headers headers;
    bool ours;       // By its form.
    bool ours_here;  // And of this site.
  };
  const Case kCases[] = {
      {"ours", {}, true, true},
      {"another case", {.from = "X <Reviews@Example.NET>"}, true, true},
      {"no header of ours", {.mark = ""}, false, false},
      {"another sender", {.from = "M <mallory@example.org>"}, true, false},
      {"no sender", {.from = "reviews"}, true, false},
      {"another domain",
       {.id = "pm-0123456789abcd-r1-s@example.net"},
       true,
       false},
      {"a person's id", {.id = "20261121.1@reviews.example.net"}, false, false},
      {"a short key", {.id = "pm-0123456789abc-r1-s@a.b"}, false, false},
      {"no hex", {.id = "pm-0123456789abcX-r1-s@a.b"}, false, false},
      {"no round", {.id = "pm-0123456789abcd-r-s@a.b"}, false, false},
      {"a huge round",
       {.id = "pm-0123456789abcd-r9999999-s@a.b"},
       false,
       false},
      {"no part", {.id = "pm-0123456789abcd-r1@a.b"}, false, false},
      {"a wrong part", {.id = "pm-0123456789abcd-r1-q@a.b"}, false, false},
      {"no patch", {.id = "pm-0123456789abcd-r1-p@a.b"}, false, false},
      {"an answer to nothing", {.answers = "", .references = ""}, false, false},
      {"an answer to a review alone",
       {.answers = "<pm-0123456789abcd-r1-s@a.b>", .references = ""},
       false,
       false},
  };
  const IdentityConfig identity = Identity();
  for (const Case& test : kCases) {
    SCOPED_TRACE(test.name);
    const std::string raw = test.headers.Text();
    EXPECT_EQ(ReadToldMail(raw, nullptr).has_value(), test.ours);
    EXPECT_EQ(ReadToldMail(raw, &identity).has_value(), test.ours_here);
  }
  // Without a domain of its own it is that of the address.
  IdentityConfig plain = identity;
  plain.domain = "";
  EXPECT_FALSE(ReadToldMail(Headers().Text(), &plain));
  Headers of_address;
  of_address.id = "pm-0123456789abcd-r1-s@example.net";
  EXPECT_TRUE(ReadToldMail(of_address.Text(), &plain));
}

// Of every id that the renderer gives.
TEST_F(ToldMailTest, RoundAndPartStandInTheMessageId) {
  struct Case {
    std::int64_t round;
    ReviewMail::Kind kind;
    std::int64_t patch;
  };
  const Case kInOrder[] = {{1, ReviewMail::Kind::kSeries, 0},
                           {1, ReviewMail::Kind::kPatch, 1},
                           {1, ReviewMail::Kind::kPatch, 120},
                           {1, ReviewMail::Kind::kPreExisting, 0},
                           {12, ReviewMail::Kind::kSeries, 0}};
  std::pair<std::int64_t, std::int64_t> last = {0, 0};
  for (const Case& test : kInOrder) {
    Headers headers;
    headers.id = ReviewMessageId("key", "archive", test.round, test.kind,
                                 test.patch, "reviews.example.net");
    const auto told = ReadToldMail(headers.Text(), nullptr);
    ASSERT_TRUE(told) << headers.id;
    EXPECT_EQ(told->message_id, headers.id);
    EXPECT_EQ(told->round, test.round);
    if (test.kind == ReviewMail::Kind::kPatch) {
      EXPECT_EQ(told->part, test.patch);
    }
    EXPECT_LT(last, std::make_pair(told->round, told->part)) << headers.id;
    last = {told->round, told->part};
  }
}

TEST_F(ToldMailTest, WhatItAnswersIsTheListsMail) {
  // A later round's series mail answers that of the round before.
  Headers headers;
  headers.id = "pm-0123456789abcd-r2-s@reviews.example.net";
  headers.answers = "<pm-0123456789abcd-r1-s@reviews.example.net>";
  headers.references =
      "<thread@example.org> <v1@example.org>\n"
      " <pm-0123456789abcd-r1-s@reviews.example.net>";
  EXPECT_EQ(ReadToldMail(headers.Text(), nullptr)->answers, "v1@example.org");
}

TEST_F(ToldMailTest, TheVerdictIsReadAndAnUnknownOneWasAReview) {
  EXPECT_EQ(ReadToldMail(Headers().Text(), nullptr)->verdict, "clean");
  Headers headers;
  headers.mark = "X-Patchmilter: v=9; verdict=not-reviewed;\n";
  EXPECT_EQ(ReadToldMail(headers.Text(), nullptr)->verdict, "not-reviewed");
  headers.mark = "X-Patchmilter: v=9; verdict=<script>;\n";
  EXPECT_EQ(ReadToldMail(headers.Text(), nullptr)->verdict, "findings");
}

// Marks are kept as we would have written them, not as they came.
TEST_F(ToldMailTest, ForgedMarksAreBoundedAndRewritten) {
  Headers headers;
  headers.findings =
      "X-Patchmilter-Finding: v=1; fp=0123456789abcdef; patch=1;\n"
      " title=Bells%07and%0Alines; unknown=1; severity=high\n"
      "X-Patchmilter-Finding: v=2; fp=0123456789abcdef\n"
      "X-Patchmilter-Finding: v=1; fp=short\n";
  const auto told = ReadToldMail(headers.Text(), nullptr);
  ASSERT_TRUE(told);
  ASSERT_EQ(told->marks.size(), 1U);
  EXPECT_EQ(told->marks[0].find('\n'), std::string::npos);
  EXPECT_EQ(told->marks[0].find("unknown"), std::string::npos);
  const auto mark = ReadFindingMark(told->marks[0]);
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->severity, Severity::kHigh);

  headers.findings = "";
  for (std::size_t i = 0; i < kMaxMarksInMail + 10; ++i) {
    headers.findings +=
        "X-Patchmilter-Finding: v=1; fp=0123456789abcdef; words=" +
        std::string(600, 'A') + "\n";
  }
  const auto many = ReadToldMail(headers.Text(), nullptr);
  ASSERT_TRUE(many);
  EXPECT_EQ(many->marks.size(), kMaxMarksInMail);
  for (const std::string& text : many->marks) EXPECT_LT(text.size(), 998U);
}

}  // namespace
}  // namespace patchmilter::review
