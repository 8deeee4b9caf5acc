// Bodies: charsets, parts, decoding, in-body headers, trailers.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/text.h"
#include "mime/body.h"
#include "mime/charset.h"
#include "mime/inbody.h"
#include "mime/mail.h"
#include "mime/text_part.h"
#include "mime/trailers.h"

namespace patchmilter::mime {
namespace {

TEST(ToUtf8, Table) {
  struct Case {
    std::string_view charset;
    std::string_view bytes;
    std::string_view want;
    bool problem;
  };
  const Case cases[] = {
      {"utf-8", "J\xc3\xb6rg", "J\xc3\xb6rg", false},
      {"UTF-8", "J\xf6rg", "J\xef\xbf\xbdrg", true},
      {"", "J\xc3\xb6rg", "J\xc3\xb6rg", false},
      {"", "J\xf6rg", "J\xc3\xb6rg", true},
      {"us-ascii", "J\xc3\xb6rg", "J\xc3\xb6rg", false},
      {"iso-8859-1", "J\xf6rg", "J\xc3\xb6rg", false},
      {"windows-1252", "\x80", "\xe2\x82\xac", false},
      {"y", "J\xc3\xb6rg", "J\xc3\xb6rg", true},
      {"yes", "J\xf6rg", "J\xc3\xb6rg", true},
      {"true", "J\xf6rg", "J\xc3\xb6rg", true},
      {"u", "plain", "plain", false},
      {"koi8-r", "\xc1", "\xd0\xb0", false},
      {"gb2312", "\xb4\xf0\xb8\xb4", "\xe7\xad\x94\xe5\xa4\x8d", false},
      {"big5", "\xa4\xa4", "\xe4\xb8\xad", false},
      {"../../etc/passwd", "J\xf6rg", "J\xc3\xb6rg", true},
  };
  for (const Case& test : cases) {
    std::vector<std::string> problems;
    EXPECT_EQ(ToUtf8(std::string(test.bytes), test.charset, &problems),
              test.want)
        << test.charset;
    EXPECT_EQ(!problems.empty(), test.problem) << test.charset;
  }
}

TEST(ToUtf8, WideCharsetsAreConvertedThoughAllAscii) {
  std::vector<std::string> problems;
  EXPECT_EQ(ToUtf8(std::string("a\0b\0", 4), "utf-16le", &problems), "ab");
}

Part TextPart(std::string_view bytes, TransferEncoding encoding) {
  Part part;
  part.bytes = bytes;
  part.content.encoding = encoding;
  return part;
}

std::string Decoded(const Part& part, size_t* problem_count = nullptr) {
  Mail mail;
  std::string text = DecodeText(part, &mail);
  if (problem_count != nullptr) *problem_count = mail.problems.size();
  return text;
}

TEST(DecodeText, WhatIsLongerThanTheLimitIsCutAndSaidToBe) {
  const std::string text(kMaxMailText + 1, 'x');
  Mail mail;
  DecodeText(TextPart("short\n", TransferEncoding::kIdentity), &mail);
  EXPECT_FALSE(mail.cut);
  EXPECT_LE(
      DecodeText(TextPart(text, TransferEncoding::kIdentity), &mail).size(),
      kMaxMailText);
  EXPECT_TRUE(mail.cut);
  EXPECT_EQ(mail.problems.size(), 1U);
}

TEST(DecodeText, TransferEncodings) {
  EXPECT_EQ(
      Decoded(TextPart("a=3Db=\nc\n", TransferEncoding::kQuotedPrintable)),
      "a=bc\n");
  EXPECT_EQ(
      Decoded(TextPart("a=3Db=\r\nc\r\n", TransferEncoding::kQuotedPrintable)),
      "a=bc\n");
  EXPECT_EQ(Decoded(TextPart("YQpi\nCg==\n", TransferEncoding::kBase64)),
            "a\nb\n");
  EXPECT_EQ(Decoded(TextPart("a\r\nb\r\n", TransferEncoding::kIdentity)),
            "a\nb\n");
}

TEST(DecodeText, CrlfInsideAnEncodedTextIsMendedAndMarked) {
  size_t problems = 0;
  // "a\r\nb\r\n"
  EXPECT_EQ(Decoded(TextPart("YQ0KYg0K", TransferEncoding::kBase64), &problems),
            "a\nb\n");
  EXPECT_EQ(problems, 1u);
  EXPECT_EQ(
      Decoded(TextPart("a=0D\nb=0D\n", TransferEncoding::kQuotedPrintable),
              &problems),
      "a\nb\n");
  EXPECT_EQ(problems, 1u);
  // Line ends of the mail itself are nothing to tell of.
  EXPECT_EQ(
      Decoded(TextPart("a\r\n", TransferEncoding::kQuotedPrintable), &problems),
      "a\n");
  EXPECT_EQ(problems, 0u);
}

TEST(DecodeText, CrsOfAFileStay) {
  // "@@ -1 +1 @@\n-a\r\n+b\r\n"
  EXPECT_EQ(Decoded(TextPart("QEAgLTEgKzEgQEAKLWENCitiDQo=",
                             TransferEncoding::kBase64)),
            "@@ -1 +1 @@\n-a\r\n+b\r\n");
  // The same with CRLF in the hunk's header: the mailer's.
  EXPECT_EQ(Decoded(TextPart("QEAgLTEgKzEgQEANCi1hDQorYg0K",
                             TransferEncoding::kBase64)),
            "@@ -1 +1 @@\n-a\n+b\n");
}

TEST(DecodeText, NulBytesAreReplacedAndMarked) {
  size_t problems = 0;
  EXPECT_EQ(Decoded(TextPart(std::string_view("a\0b", 3),
                             TransferEncoding::kIdentity),
                    &problems),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(problems, 1u);
}

TEST(DecodeText, LongTextsAreCut) {
  const std::string bytes(kMaxMailText + 10, 'x');
  size_t problems = 0;
  EXPECT_EQ(
      Decoded(TextPart(bytes, TransferEncoding::kIdentity), &problems).size(),
      kMaxMailText);
  EXPECT_EQ(problems, 1u);
}

TEST(Unflow, Table) {
  struct Case {
    std::string_view text;
    bool del_sp;
    std::string_view want;
  };
  const Case cases[] = {
      {"a \nb\n", false, "a b\n"},
      {"a \nb\n", true, "ab\n"},
      {"a\nb\n", false, "a\nb\n"},
      {" stuffed\n", false, "stuffed\n"},
      {"  context\n", false, " context\n"},
      {"-- \nsig\n", false, "-- \nsig\n"},
      {"a \n-- \nsig\n", false, "a \n-- \nsig\n"},
      {"> a \n> b\nc\n", false, "> a b\nc\n"},
      {"> a \nb\n", false, "> a \nb\n"},
      {"a ", false, "a \n"},
      {"", false, ""},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(Unflow(test.text, test.del_sp), test.want) << test.text;
  }
}

TEST(HtmlToText, KeepsTheWords) {
  EXPECT_EQ(HtmlToText("<html><style>x{}</style><p>a &lt;b&gt; "
                       "&amp;</p><!-- no --><div>c<br>d</div></html>"),
            "a <b> &\nc\nd\n");
  EXPECT_EQ(HtmlToText("<p"), "");
  EXPECT_EQ(HtmlToText("<script>never closed"), "");
}

std::string PartsOf(std::string_view body, size_t* problem_count = nullptr) {
  ContentType content;
  content.type = "multipart/mixed";
  content.boundary = "b";
  std::vector<std::string> problems;
  std::string text;
  for (const Part& part : SplitBody(content, body, &problems)) {
    if (!text.empty()) text += " | ";
    text += part.content.type + ":" + std::string(part.bytes);
  }
  if (problem_count != nullptr) *problem_count = problems.size();
  return text;
}

TEST(SplitBody, Table) {
  struct Case {
    std::string_view body;
    std::string_view want;
    size_t problems;
  };
  const Case cases[] = {
      {"preamble\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\nend",
       "text/plain:one | text/html:two", 0},
      {"--b\r\n\r\none\r\n--b--\r\n", "text/plain:one", 0},
      {"--b\n\none\n\n--b--\n", "text/plain:one\n", 0},
      {"--b  \n\none\n--b--  \n", "text/plain:one", 0},
      {"--b\n\none\n", "text/plain:one\n", 1},
      {"--b\n\none\n--bb\n--b--\n", "text/plain:one\n--bb", 0},
      {"--b\n--b--\n", "text/plain:", 0},
      {"no boundary\n", "text/plain:no boundary\n", 2},
      {"--b\nContent-Type: multipart/mixed; boundary=c\n\n"
       "--c\n\none\n--c--\n--b\n\ntwo\n--b--\n",
       "text/plain:one | text/plain:two", 0},
      // The inner end is missing: the outer boundary ends it.
      {"--b\nContent-Type: multipart/mixed; boundary=c\n\n"
       "--c\n\none\n--b\n\ntwo\n--b--\n",
       "text/plain:one | text/plain:two", 0},
  };
  for (const Case& test : cases) {
    size_t problems = 0;
    EXPECT_EQ(PartsOf(test.body, &problems), test.want) << test.body;
    EXPECT_EQ(problems, test.problems) << test.body;
  }
}

TEST(SplitBody, HostileShapesAreBounded) {
  ContentType content;
  content.type = "multipart/mixed";
  content.boundary = "b";
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "--b\n\nx\n";
  std::vector<std::string> problems;
  EXPECT_EQ(SplitBody(content, many, &problems).size(), kMaxParts);
  EXPECT_FALSE(problems.empty());

  std::string deep;
  std::string boundary = "b";
  for (int i = 0; i < 10'000; ++i) {
    const std::string next = "n" + std::to_string(i);
    deep += "--" + boundary +
            "\nContent-Type: multipart/mixed; boundary=" + next + "\n\n";
    boundary = next;
  }
  problems.clear();
  EXPECT_LE(SplitBody(content, deep, &problems).size(), kMaxParts);
  EXPECT_FALSE(problems.empty());
}

TEST(ReadInBody, Headers) {
  const std::string text =
      "\nFrom: A B <a@x.org>\nSubject: [PATCH] other\n title\nDate: now\n\n"
      "Message.\n---\nnotes\n";
  const InBody inbody = ReadInBody(text);
  EXPECT_EQ(inbody.from, "A B <a@x.org>");
  EXPECT_EQ(inbody.subject, "[PATCH] other title");
  EXPECT_EQ(inbody.date, "now");
  EXPECT_EQ(text.substr(inbody.message_begin,
                        inbody.message_end - inbody.message_begin),
            "Message.\n");
  EXPECT_EQ(inbody.message_line, 6u);
}

TEST(ReadInBody, OnlyInFront) {
  const InBody inbody = ReadInBody("Words.\n\nFrom: A <a@x.org>\n");
  EXPECT_EQ(inbody.from, "");
  EXPECT_EQ(inbody.message_begin, 0u);
}

TEST(ReadInBody, MessageEnds) {
  for (const std::string_view end :
       {"---\n", "---  \n", "--- a/x\n", "diff --git a/x b/x\n", "diff -u\n",
        "Index: x\n"}) {
    const std::string text = "Words.\n" + std::string(end) + "rest\n";
    EXPECT_EQ(ReadInBody(text).message_end, 7u) << end;
  }
  for (const std::string_view line :
       {"----\n", "--- \n--\n", "---x\n", " ---\n"}) {
    const std::string text = "Words.\n" + std::string(line);
    if (line == "--- \n--\n") continue;
    EXPECT_EQ(ReadInBody(text).message_end, text.size()) << line;
  }
}

std::string TrailersOf(std::string_view message) {
  std::string text;
  for (const Trailer& trailer : ReadTrailers(message, 10)) {
    if (!text.empty()) text += " | ";
    text += std::to_string(trailer.text_line) + " " + trailer.key + "=" +
            trailer.value;
  }
  return text;
}

TEST(ReadTrailers, Table) {
  struct Case {
    std::string_view message;
    std::string_view want;
  };
  const Case cases[] = {
      {"", ""},
      {"Words.\n\nSigned-off-by: A <a@x>\n", "12 Signed-off-by=A <a@x>"},
      {"Fixes: 123 (\"x\")\nCc: b@x\n", "10 Fixes=123 (\"x\") | 11 Cc=b@x"},
      {"Words: with colon\nand without\n", ""},
      {"Words.\n\nSigned-off-by: A\n[a: changed it]\nReviewed-by: B\n",
       "12 Signed-off-by=A | 14 Reviewed-by=B"},
      {"Words.\n\nLink: one\n two\n", "12 Link=one two"},
      {"Words.\nSigned-off-by: A\n", "11 Signed-off-by=A"},
      {"a\nb\nc\nd\nSigned-off-by: A\n", ""},
      {"A: b\n\nlast words\n", ""},
      {"(cherry picked from commit abc)\nSigned-off-by: A\n",
       "11 Signed-off-by=A"},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(TrailersOf(test.message), test.want) << test.message;
  }
}

}  // namespace
}  // namespace patchmilter::mime
