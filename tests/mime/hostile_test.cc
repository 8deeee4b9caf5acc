// Shapes that nobody sends but to hurt: what is kept of them is bounded by the
// limits that the headers name, and the rest of the mail is read all the same.
#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "mime/headers.h"
#include "mime/patch_mail.h"
#include "mime/trailers.h"
#include "tests/mime/mails.h"

namespace patchmilter::mime {
namespace {

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

// A mail with one field of `value`, and headers and a body behind it.
Mail With(std::string_view name, std::string_view value) {
  return ParseMail(std::string(name) + ": " + std::string(value) +
                   "\nMessage-ID: <last@x>\n\nbody\n");
}

void ExpectWhole(const Mail& mail) {
  EXPECT_EQ(mail.message_id, "last@x");
  EXPECT_EQ(mail.text, "body\n");
}

TEST(Hostile, SubjectsOfMegabytes) {
  for (const std::string& subject :
       {Repeat("x ", 500'000), Repeat("[PATCH 1/2]", 100'000),
        Repeat("\n x", 500'000), Repeat("Re: ", 300'000),
        Repeat("=?utf-8?q?a?= ", 1'000'000), Repeat("[", 1'000'000)}) {
    const Mail mail = With("Subject", subject);
    ExpectWhole(mail);
    EXPECT_LE(mail.subject.text.size(), kMaxHeaderValue);
    EXPECT_LE(mail.subject.hints.size(), kMaxHeaderValue);
  }
}

TEST(Hostile, ListsInHeaders) {
  std::string ids;
  for (int i = 0; i < 100'000; ++i) ids += " <" + std::to_string(i) + "@x>";
  const Mail references = With("References", ids);
  ExpectWhole(references);
  EXPECT_EQ(references.references.size(), kMaxReferences);
  const Mail parents = With("In-Reply-To", ids);
  ExpectWhole(parents);
  EXPECT_EQ(parents.in_reply_to.size(), kMaxReferences);
  for (const std::string_view name : {"To", "Cc", "Reply-To", "From"}) {
    const Mail mail = With(name, Repeat("a@x.org, ", 100'000));
    ExpectWhole(mail);
    EXPECT_LE(mail.to.size() + mail.cc.size() + mail.reply_to.size(),
              kMaxAddresses);
  }
  ExpectWhole(With("Authentication-Results",
                   "mx; " + Repeat("dkim=pass (x) header.d=a.org; ", 100'000)));
}

TEST(Hostile, AMillionHeaders) {
  const std::string end = "Message-ID: <last@x>\n\nbody\n";
  ExpectWhole(ParseMail(Repeat("X-Spam-Level: ***\n", 1'000'000) + end));
  const Mail bad = ParseMail(Repeat("no header\n", 1'000'000) + end);
  ExpectWhole(bad);
  EXPECT_LT(bad.problems.size(), 10U);
  // Of those that a mail is made of, only so many are kept.
  const HeaderBlock block = ScanHeaders(Repeat("To: a@x\n", 1'000'000) + end);
  EXPECT_EQ(block.fields.size(), kMaxHeaderFields);
  EXPECT_TRUE(block.ended);
}

TEST(Hostile, HeaderBytesAreBounded) {
  const std::string field =
      "References: " + Repeat("=?utf-8?q?a?= ", 5000) + "\n";
  const std::string raw = Repeat(field, 1000) + "\nbody\n";
  const HeaderBlock block = ScanHeaders(raw);
  EXPECT_LE(block.fields.size(), kMaxHeaderBytes / kMaxHeaderValue + 1);
  EXPECT_TRUE(block.ended);
  EXPECT_EQ(raw.substr(block.body), "body\n");
}

TEST(Hostile, PartsAndDepth) {
  const std::string head =
      "Subject: [PATCH] x\nMessage-ID: <last@x>\n"
      "Content-Type: multipart/mixed; boundary=b\n\n";
  const std::string one = "--b\n\n" + std::string(kDiff) + "\n";
  const PatchMail many = ParsePatchMail(head + Repeat(one, 10'000) + "--b--\n");
  EXPECT_LE(many.diff.files().size(), kMaxParts);
  EXPECT_GT(many.diff.files().size(), kMaxParts / 2);
  EXPECT_FALSE(many.mail.problems.empty());

  std::string deep;
  std::string boundary = "b";
  for (int i = 0; i < 10'000; ++i) {
    const std::string next = "n" + std::to_string(i);
    deep += "--" + boundary +
            "\nContent-Type: multipart/mixed; boundary=" + next + "\n\n";
    boundary = next;
  }
  const Mail mail = ParseMail(head + deep + "--" + boundary + "\n\nbody\n");
  EXPECT_EQ(mail.message_id, "last@x");
  EXPECT_FALSE(mail.problems.empty());
}

TEST(Hostile, Trailers) {
  const auto count = [](size_t lines) {
    return ReadTrailers(Repeat("A: b\n", lines), 0).size();
  };
  EXPECT_EQ(count(kMaxTrailerLines), kMaxTrailerLines);
  EXPECT_EQ(count(kMaxTrailerLines + 1), 0U);
  EXPECT_EQ(count(2'000'000), 0U);
}

TEST(Hostile, BytesThatFitNoCharset) {
  const std::string head =
      "Message-ID: <last@x>\nContent-Transfer-Encoding: 8bit\n"
      "Content-Type: text/plain; charset=";
  constexpr size_t kBytes = 2'000'000;
  for (const std::string_view charset :
       {"gbk", "utf-8", "utf-7", "iso-2022-jp", "utf-16", "y", "us-ascii"}) {
    const Mail mail = ParseMail(head + std::string(charset) + "\n\n" +
                                std::string(kBytes, '\xff'));
    EXPECT_LE(mail.text.size(), 3 * kBytes) << charset;
    EXPECT_TRUE(IsValidUtf8(mail.text)) << charset;
    EXPECT_LT(mail.problems.size(), 10U) << charset;
  }
}

TEST(Hostile, TextsThatPromiseWhatNeverComes) {
  const std::string head = "Message-ID: <last@x>\nSubject: [PATCH] x\n";
  for (const std::string& body :
       {"\n\nFrom: a\n" + Repeat(" b\n", 500'000),
        "Content-Type: text/html\n\n" + Repeat("<style>", 300'000),
        "Content-Type: text/html\n\n" + Repeat("<!--", 300'000),
        "Content-Type: text/plain; format=flowed\n\n" + Repeat("> \n", 500'000),
        "Content-Type: multipart/mixed; boundary=b\n\n" +
            Repeat("--c\n", 500'000),
        "Content-Transfer-Encoding: base64\n\n" + Repeat("=", 1'000'000),
        "Content-Transfer-Encoding: x-uuencode\n\n" +
            Repeat("begin 644 x\n", 200'000),
        "\n\n---\n--- a/x\n+++ b/x\n@@ -1,999999999 +1,999999999 @@\n" +
            Repeat("-- \n", 500'000),
        "\n\n---\n" + Repeat("--- a\n+++ b\n", 300'000)}) {
    const PatchMail patch = ParsePatchMail(head + body);
    EXPECT_EQ(patch.mail.message_id, "last@x");
    EXPECT_LE(patch.mail.text.size(), 2 * body.size());
    EXPECT_LE(patch.diff.problems().size(), diff::kMaxProblems);
  }
}

}  // namespace
}  // namespace patchmilter::mime
