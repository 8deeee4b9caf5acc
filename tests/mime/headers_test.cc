#include "mime/headers.h"

#include <gtest/gtest.h>

#include <string>

#include "mime/mail.h"

namespace patchmilter::mime {
namespace {

TEST(ScanHeaders, KeepsWhatAMailIsMadeOf) {
  const std::string mail =
      "From list-bounces@example.org Mon Sep 17 00:00:00 2001\n"
      "Received: from a; Mon, 1 Jan 2024 00:00:00 +0000\n"
      "Received: from b; Mon, 1 Jan 2024 00:00:00 +0000\n"
      "DKIM-Signature: v=1;\n"
      "\tb=abc\n"
      "SUBJECT : a\n"
      " b\n"
      "From: X <x@example.org>\n"
      "\n"
      "Subject: not this\n";
  const HeaderBlock block = ScanHeaders(mail);
  EXPECT_EQ(block.First(HeaderName::kSubject), " a\n b");
  EXPECT_EQ(block.First(HeaderName::kFrom), " X <x@example.org>");
  EXPECT_EQ(block.CountOf(HeaderName::kReceived), 1u);
  EXPECT_TRUE(block.First(HeaderName::kReceived).starts_with(" from a"));
  EXPECT_EQ(block.bad_lines, 0u);
  EXPECT_TRUE(block.ended);
  EXPECT_EQ(mail.substr(block.body), "Subject: not this\n");
}

TEST(ScanHeaders, Crlf) {
  const std::string mail = "Subject: a\r\n b\r\n\r\nbody\r\n";
  const HeaderBlock block = ScanHeaders(mail);
  EXPECT_EQ(Unfold(block.First(HeaderName::kSubject)), "a b");
  EXPECT_EQ(mail.substr(block.body), "body\r\n");
}

TEST(ScanHeaders, CutOff) {
  const HeaderBlock block = ScanHeaders("Subject: a\nFrom: x@exam");
  EXPECT_FALSE(block.ended);
  EXPECT_EQ(block.body, 23u);
  EXPECT_EQ(Unfold(block.First(HeaderName::kFrom)), "x@exam");
}

TEST(ScanHeaders, LinesThatAreNoHeadersAreCounted) {
  const HeaderBlock block =
      ScanHeaders(" fold of nothing\nno colon here\n of it\nSubject: a\n\n");
  EXPECT_EQ(block.bad_lines, 3u);
  EXPECT_EQ(Unfold(block.First(HeaderName::kSubject)), "a");
}

TEST(ScanHeaders, APartsHeadersEndAtABoundary) {
  const HeaderBlock block =
      ScanHeaders("Content-Type: text/plain\n--b\nSubject: x\n", true);
  EXPECT_FALSE(block.ended);
  EXPECT_EQ(block.body, 25u);
  EXPECT_EQ(block.fields.size(), 1u);
}

TEST(ScanHeaders, ManyFieldsAreBounded) {
  std::string mail;
  for (int i = 0; i < 100'000; ++i) mail += "To: x@example.org\n";
  EXPECT_EQ(ScanHeaders(mail + "\n").fields.size(), kMaxHeaderFields);
}

TEST(Unfold, OneLineWithoutControls) {
  EXPECT_EQ(Unfold("  a\r\n\t b\n  c\x01 d "), "a b c  d");
  EXPECT_EQ(Unfold(std::string("a\0b", 3)), "a b");
  EXPECT_EQ(Unfold(std::string(kMaxHeaderValue + 5, 'x')).size(),
            kMaxHeaderValue);
}

}  // namespace
}  // namespace patchmilter::mime
