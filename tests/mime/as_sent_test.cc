// A diff's own bytes, whatever charset the mail is in.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "mime/patch_mail.h"
#include "mime/quoted_cr.h"
#include "tests/mime/mails.h"

namespace patchmilter::mime {
namespace {

std::string QuotedPrintable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || c == '=' || byte == 0) {
      out += '=';
      out += "0123456789ABCDEF"[byte >> 4];
      out += "0123456789ABCDEF"[byte & 15];
    } else {
      out += c;
    }
  }
  return out;
}

std::string Base64(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::size_t line = 0;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    const std::string_view three = text.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits <<= 8;
      if (k < three.size()) bits |= static_cast<unsigned char>(three[k]);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= three.size() ? kDigits[(bits >> (18 - 6 * k)) & 63] : '=';
    }
    if (++line % 19 == 0) out += '\n';
  }
  return out + "\n";
}

std::string TextMail(std::string_view type, std::string_view encoding,
                     std::string_view body) {
  std::string headers = PatchHeaders("[PATCH] two charsets");
  if (!type.empty()) headers += "Content-Type: " + std::string(type) + "\n";
  headers += "Content-Transfer-Encoding: " + std::string(encoding) + "\n";
  return MailOf(headers, body);
}

std::string DiffBytes(const diff::Diff& diff) {
  return diff.text().substr(diff.begin(), diff.end() - diff.begin());
}

std::string TwoCharsetsDiff() {
  return std::string(
      kTwoCharsetsBody.substr(kTwoCharsetsBody.find("diff --git")));
}

// The bytes of the Latin-1 file and of the UTF-8 file, both.
TEST(DiffAsSent, HasTheBytesOfTheFiles) {
  for (const std::string_view charset :
       {"iso-8859-1", "ISO-8859-15", "windows-1252", "koi8-r", "us-ascii",
        "utf-8", "no-such-charset", "y", "gb2312", "\"../x\"", ""}) {
    const std::string type =
        charset.empty() ? "" : "text/plain; charset=" + std::string(charset);
    for (const std::string& raw :
         {TextMail(type, "8bit", kTwoCharsetsBody),
          TextMail(type, "quoted-printable", QuotedPrintable(kTwoCharsetsBody)),
          TextMail(type, "base64", Base64(kTwoCharsetsBody)),
          WithCrlf(TextMail(type, "8bit", kTwoCharsetsBody))}) {
      const PatchMail patch = ParsePatchMail(raw);
      EXPECT_TRUE(IsValidUtf8(patch.mail.text)) << raw;
      ASSERT_TRUE(patch.diff_as_sent.has_value()) << raw;
      EXPECT_EQ(&patch.diff_to_apply(), &*patch.diff_as_sent);
      EXPECT_EQ(DiffBytes(*patch.diff_as_sent), TwoCharsetsDiff()) << raw;
      // Files, hunks and lines are those of the text.
      ASSERT_EQ(patch.diff_as_sent->files().size(), 2U);
      ASSERT_EQ(patch.diff.files().size(), 2U) << raw;
      for (std::size_t i = 0; i < 2; ++i) {
        const diff::File& sent = patch.diff_as_sent->files()[i];
        const diff::File& shown = patch.diff.files()[i];
        EXPECT_EQ(sent.path(), shown.path());
        ASSERT_EQ(sent.hunks.size(), shown.hunks.size());
        EXPECT_EQ(sent.hunks[0].text_line, shown.hunks[0].text_line);
        EXPECT_EQ(sent.hunks[0].lines.size(), shown.hunks[0].lines.size());
      }
    }
  }
}

// `git patch-id --stable` of what git mailinfo leaves of each, git 2.39.5.
TEST(DiffAsSent, PatchIdIsGits) {
  const PatchMail patch = ParsePatchMail(Latin1MailText());
  EXPECT_EQ(patch.diff_to_apply().StablePatchId(),
            "14afcb70d7d8644acd8d0facc392bd55a2baefbd");
  EXPECT_NE(patch.diff.StablePatchId(), patch.diff_to_apply().StablePatchId());
}

TEST(DiffAsSent, ThereIsNoneWhereTheDiffHasTheSameBytes) {
  const std::string latin1 = "text/plain; charset=iso-8859-1";
  const std::string utf8_body =
      "Gr\xc3\xbc\xc3\x9f"
      "e.\n---\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n"
      "+\xc3\xbc\n";
  const std::string names_body =
      "Gr\xfc\xdf"
      "e.\n---\n" +
      std::string(kDiff) + "-- \nJ\xf6rg\n";
  for (const std::string& raw : {
           PatchMailText(),
           TextMail("text/plain; charset=utf-8", "8bit", utf8_body),
           TextMail("text/plain; charset=us-ascii", "8bit", utf8_body),
           TextMail("text/plain; charset=no-such", "8bit", utf8_body),
           TextMail("", "8bit", utf8_body),
           TextMail(latin1, "8bit", kPatchBody),
           // Latin-1 in front of the diff and behind it only.
           TextMail(latin1, "8bit", names_body),
           TextMail(latin1, "quoted-printable", QuotedPrintable(names_body)),
           // No diff in it.
           TextMail(latin1, "8bit",
                    "Gr\xfc\xdf"
                    "e.\n"),
       }) {
    const PatchMail patch = ParsePatchMail(raw);
    EXPECT_FALSE(patch.diff_as_sent.has_value()) << raw;
    EXPECT_EQ(&patch.diff_to_apply(), &patch.diff);
  }
  // A reply's quoted diff is not kept, nor its bytes.
  std::string reply = Latin1MailText();
  reply.replace(reply.find("[PATCH]"), 7, "Re: [PATCH]");
  EXPECT_FALSE(ParsePatchMail(reply).diff_as_sent.has_value());
}

TEST(DiffAsSent, CharsetsOfPlainAsciiBytesCountToo) {
  // ISO-2022-JP: a Japanese character between two escapes.
  const std::string body =
      "Words.\n---\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+\x1b$B4A\x1b(B\n";
  const PatchMail patch =
      ParsePatchMail(TextMail("text/plain; charset=iso-2022-jp", "7bit", body));
  EXPECT_NE(patch.diff.text().find("\xe6\xbc\xa2"), std::string::npos);
  ASSERT_TRUE(patch.diff_as_sent.has_value());
  EXPECT_EQ(patch.diff_as_sent->text(), body);
}

// Only the text can be applied: the bytes are no diff.
TEST(DiffAsSent, ThereIsNoneOfUtf16) {
  std::string wide;
  for (const char c : "Words.\n---\n" + std::string(kDiff)) {
    wide += c;
    wide += '\0';
  }
  const PatchMail patch = ParsePatchMail(
      TextMail("text/plain; charset=utf-16le", "base64", Base64(wide)));
  EXPECT_FALSE(patch.diff.empty());
  EXPECT_FALSE(patch.diff_as_sent.has_value());
}

TEST(DiffAsSent, FlowedTextIsUnflowed) {
  const std::string body =
      "Words.\n---\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n  caf\xe9\n-one\n"
      "+two \nand \xe9\n";
  const PatchMail patch = ParsePatchMail(
      TextMail("text/plain; charset=iso-8859-1; format=flowed", "8bit", body));
  ASSERT_TRUE(patch.diff_as_sent.has_value());
  EXPECT_EQ(DiffBytes(*patch.diff_as_sent),
            "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n caf\xe9\n-one\n"
            "+two and \xe9\n");
}

TEST(DiffAsSent, CrsOfAFileStay) {
  const std::string body =
      "Words.\n---\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\r\n+\xe9\r\n";
  const PatchMail patch = ParsePatchMail(
      TextMail("text/plain; charset=iso-8859-1", "base64", Base64(body)));
  ASSERT_TRUE(patch.diff_as_sent.has_value());
  EXPECT_EQ(patch.diff_as_sent->text(), body);
}

TEST(DiffAsSent, NulBytesStay) {
  const std::string body =
      std::string("Words.\n---\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b") + '\0' +
      "\n";
  const PatchMail patch = ParsePatchMail(TextMail("", "base64", Base64(body)));
  EXPECT_NE(patch.mail.text.find("+b\xef\xbf\xbd\n"), std::string::npos);
  ASSERT_TRUE(patch.diff_as_sent.has_value());
  EXPECT_EQ(patch.diff_as_sent->text(), body);
}

// Each part has a charset of its own; what is behind the first is glued on in
// both texts alike.
TEST(DiffAsSent, OfSeveralParts) {
  const std::string ascii_diff(kDiff);
  const std::string latin1_diff = TwoCharsetsDiff();
  const auto mail = [](std::string_view first, std::string_view second,
                       std::string_view third) {
    std::string body;
    for (const std::string_view part : {first, second, third}) {
      if (part.empty()) continue;
      body +=
          "--b\nContent-Type: text/plain; charset=iso-8859-1\n"
          "Content-Transfer-Encoding: 8bit\n\n" +
          std::string(part) + "\n";
    }
    return MailOf(PatchHeaders("[PATCH] parts") +
                      "Content-Type: multipart/mixed; boundary=b\n",
                  body + "--b--\n");
  };
  const PatchMail behind =
      ParsePatchMail(mail("Words.", latin1_diff, ascii_diff));
  ASSERT_TRUE(behind.diff_as_sent.has_value());
  EXPECT_EQ(behind.diff_as_sent->text(), "Words.\n" + latin1_diff + ascii_diff);
  EXPECT_EQ(behind.diff_as_sent->files().size(), behind.diff.files().size());
  const PatchMail before = ParsePatchMail(mail(ascii_diff, latin1_diff, ""));
  ASSERT_TRUE(before.diff_as_sent.has_value());
  EXPECT_EQ(before.diff_as_sent->text(), ascii_diff + latin1_diff);
  // A footer with such bytes stays out of both.
  const PatchMail footer = ParsePatchMail(mail("Words.\n" + latin1_diff,
                                               "Gr\xfc\xdf"
                                               "e.",
                                               ""));
  ASSERT_TRUE(footer.diff_as_sent.has_value());
  EXPECT_EQ(footer.diff_as_sent->text(), "Words.\n" + latin1_diff);
}

TEST(DiffAsSent, AMailParsedBeforeHasNone) {
  EXPECT_FALSE(
      ParsePatchMail(ParseMail(Latin1MailText())).diff_as_sent.has_value());
}

// A mail server on the way has made CRLF of the line ends.
TEST(QuotedCrTest, AreMendedAndCanBePutBack) {
  const std::string body =
      "Why.\n\n---\n"
      "diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n"
      "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n\\ No newline at end of file\n";
  std::string crlf;
  for (const char c : body) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  const PatchMail sound =
      ParsePatchMail(TextMail("text/plain", "base64", Base64(body)));
  EXPECT_FALSE(HadQuotedCrs(sound.mail));
  const PatchMail patch =
      ParsePatchMail(TextMail("text/plain", "base64", Base64(crlf)));
  EXPECT_TRUE(HadQuotedCrs(patch.mail));
  EXPECT_EQ(DiffBytes(patch.diff), DiffBytes(sound.diff));
  const diff::Diff as_git = WithQuotedCrs(patch);
  ASSERT_EQ(as_git.files().size(), 1U);
  ASSERT_EQ(as_git.files()[0].hunks.size(), 1U);
  EXPECT_EQ(as_git.files()[0].new_path, "f");
  std::string lines;
  for (const diff::Line& line : as_git.files()[0].hunks[0].lines) {
    if (line.kind != diff::LineKind::kNoNewline) {
      lines += std::string(as_git.View(line.span)) + "|";
    }
  }
  EXPECT_EQ(lines, "a\r|b\r|B\r|c\r|");
  // Where the hunk's header has none they are the file's own, and stay.
  const PatchMail own = ParsePatchMail(TextMail(
      "text/plain", "base64",
      Base64("---\ndiff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\r\n"
             "+b\r\n")));
  EXPECT_FALSE(HadQuotedCrs(own.mail));
}

}  // namespace
}  // namespace patchmilter::mime
