// The peculiarities of real patch mail, each with a mail of ours: what happened
// on lists for years, and what a milter must expect.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/text.h"
#include "mime/patch_mail.h"
#include "tests/mime/mails.h"

namespace patchmilter::mime {
namespace {

bool HasProblem(const Mail& mail, std::string_view part) {
  return std::any_of(mail.problems.begin(), mail.problems.end(),
                     [&](const std::string& problem) {
                       return problem.find(part) != std::string::npos;
                     });
}

std::string PatchText() { return "Words.\n---\n" + std::string(kDiff); }

// The same, each 57 bytes a line, as mailers write base64.
std::string Base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  size_t column = 0;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t j = 0; j < 3; ++j) {
      group <<= 8;
      if (j < count) group |= static_cast<unsigned char>(bytes[i + j]);
    }
    for (size_t j = 0; j < 4; ++j) {
      out += j <= count ? kDigits[(group >> (18 - 6 * j)) & 63] : '=';
    }
    if ((column += 4) == 76) {
      out += '\n';
      column = 0;
    }
  }
  return out + "\n";
}

std::string QuotedPrintable(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (c == '\n' || (c >= ' ' && c <= '~' && c != '=')) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '=';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

// --- Headers ---

struct IdCase {
  std::string_view headers;
  std::string_view id;
  std::string_view parents;  // Joined by a blank.
  std::string_view references;
};

TEST(Facts, IdsOfThreads) {
  const IdCase cases[] = {
      {"Message-ID:\n <a@x>\n", "a@x", "", ""},
      {"Message-Id:\n\t<a@x>\n", "a@x", "", ""},
      {"Message-ID:\n", "", "", ""},
      {"Message-ID: <>\n", "", "", ""},
      {"Message-ID: <no-host>\n", "no-host", "", ""},
      {"Message-ID: <a b@ x>\n", "ab@x", "", ""},
      {"Message-ID: a@x\n", "a@x", "", ""},
      {"Message-ID: <a@[10.0.0.1]>\n", "a@[10.0.0.1]", "", ""},
      {"Message-ID: <a@x>\nMessage-ID: <b@x>\n", "a@x", "", ""},
      {"In-Reply-To: <a@x>\nIn-Reply-To: <b@x>\n", "", "a@x b@x", ""},
      {"In-Reply-To: <a@x> (Ann's message of \"Mon, 1 Jan\")\n", "", "a@x", ""},
      {"In-Reply-To: Your message of \"Mon, 1 Jan\" <a@x>\n", "", "a@x", ""},
      {"In-Reply-To: <a@x> from Ann at \"Jan 1\"\n", "", "a@x", ""},
      {"In-Reply-To: <a@x>; from ann@y on Mon\n", "", "a@x", ""},
      {"In-Reply-To: <a@x>, <b@x>\n <c@x>\n", "", "a@x b@x c@x", ""},
      {"In-Reply-To: =?utf-8?q?=3Ca=40x=3E?=\n", "", "a@x", ""},
      {"In-Reply-To: =?utf-8?q?=3Clong=2Dpart?=\n =?utf-8?q?=2Ea=40x=3E?=\n",
       "", "long-part.a@x", ""},
      {"References: =?us-ascii?Q?=3Ca=40x=3E?=\n =?us-ascii?Q?_=3Cb=40x=3E?=\n",
       "", "", "a@x b@x"},
      {"In-Reply-To: <a\n b@x>\n", "", "ab@x", ""},
      {"In-Reply-To: < a@x >\n", "", "a@x", ""},
      {"In-Reply-To:\nReferences:\n", "", "", ""},
      {"In-Reply-To: <>\n", "", "", ""},
      {"In-Reply-To: \"\"\n", "", "", ""},
      {"References: <a@x>\nReferences: <b@x>\n", "", "", "a@x b@x"},
      {"References: <a@x><b@x>\n\t<c@x>\n", "", "", "a@x b@x c@x"},
      {"References: <a@x> <b@\n", "", "", "a@x"},
      // A mail that answers itself: told as it stands (series/ knows better
      // than to make it its own parent).
      {"Message-ID: <a@x>\nIn-Reply-To: <a@x>\n", "a@x", "a@x", ""},
  };
  for (const IdCase& test : cases) {
    const Mail mail = ParseMail(MailOf(test.headers, "x\n"));
    EXPECT_EQ(mail.message_id, test.id) << test.headers;
    EXPECT_EQ(Join(mail.in_reply_to, " "), test.parents) << test.headers;
    EXPECT_EQ(Join(mail.references, " "), test.references) << test.headers;
  }
}

TEST(Facts, OfHeadersThatStandTwiceTheFirstCounts) {
  const Mail mail = ParseMail(
      "Subject: [PATCH 1/2] a\nSubject: [PATCH 2/2] b\nFrom: A <a@x>\n"
      "From: B <b@x>\nDate: Fri, 20 Nov 2026 21:01:47 +0000\n"
      "Date: Thu, 1 Jan 2026 00:00:00 +0000\nMessage-ID: <1@x>\n"
      "Message-ID: <2@x>\nTo: c@x\nTo: d@x\nCc: e@x\nCc: f@x\n"
      "List-Id: <one.x>\nList-Id: <two.x>\n"
      "Content-Type: text/plain; charset=iso-8859-1\n"
      "Content-Type: text/html\n\n\xe4\n");
  EXPECT_EQ(mail.subject.number, 1);
  EXPECT_EQ(mail.from.email, "a@x");
  EXPECT_EQ(mail.date, 1795208507);
  EXPECT_EQ(mail.message_id, "1@x");
  // These may stand twice, and all of them count.
  EXPECT_EQ(mail.to.size(), 2U);
  EXPECT_EQ(mail.cc.size(), 2U);
  EXPECT_EQ(mail.list_ids, (std::vector<std::string>{"one.x", "two.x"}));
  EXPECT_EQ(mail.text, "\xc3\xa4\n");
  EXPECT_TRUE(HasProblem(mail, "twice"));
}

TEST(Facts, TheSameIdWithAnotherBodyIsAnotherMail) {
  const std::string one = MailOf(PatchHeaders("[PATCH] x"), PatchText());
  const std::string two = MailOf(PatchHeaders("[PATCH v2] x"), PatchText());
  EXPECT_EQ(ParseMail(one).message_id, ParseMail(two).message_id);
  EXPECT_NE(ParseMail(one).content_hash, ParseMail(two).content_hash);
}

TEST(Facts, HeadersOfEverySizeAndKind) {
  std::string headers;
  for (int i = 0; i < 300; ++i) {
    headers += "ARC-Seal: i=" + std::to_string(i) +
               "; a=rsa-sha256;\n\tb=" + std::string(100, 'x') + "\n";
  }
  ASSERT_GT(headers.size(), 32U << 10);
  const std::string patch = PatchMailText();
  const Mail plain = ParseMail(patch);
  const Mail mail = ParseMail(headers + patch);
  EXPECT_EQ(mail.content_hash, plain.content_hash);
  EXPECT_EQ(mail.kind, MailKind::kPatch);
  // 8-bit bytes in a header; one line of more than 998 bytes.
  const Mail raw = ParseMail("From: J\xf6rg <j@x>\nSubject: [PATCH] \xc3\xa4 " +
                             std::string(3000, 'y') + "\n\n" + PatchText());
  EXPECT_EQ(raw.from.name, "J\xc3\xb6rg");
  EXPECT_TRUE(raw.subject.title.starts_with("\xc3\xa4 yyy"));
  EXPECT_EQ(raw.subject.title.size(), 3003U);
  EXPECT_EQ(raw.kind, MailKind::kPatch);
}

TEST(Facts, NamesAndBareAddressesOfOnePerson) {
  EXPECT_EQ(ParseMail("From: ann@example.org\n\n").author.email,
            ParseMail("From: Ann <ann@example.org>\n\n").author.email);
  EXPECT_EQ(ParseMail("From: ann@example.org (Ann)\n\n").author.name, "Ann");
  EXPECT_EQ(ParseMail("From: <ann@example.org>\n\n").author.name, "");
}

// --- Bodies ---

// However the text is encoded, what comes out is the patch that was sent.
TEST(Facts, EncodedPatchesAreThePatch) {
  const std::string text(kPatchBody);
  const PatchMail want = ParsePatchMail(PatchMailText());
  struct Case {
    std::string_view name;
    std::string headers;
    std::string body;
    std::string_view problem;
  };
  const std::string base64 = "Content-Transfer-Encoding: base64\n";
  const std::string qp = "Content-Transfer-Encoding: quoted-printable\n";
  std::string flowed;
  {
    // RFC 3676 4.4: lines that begin with a blank are stuffed.
    LineReader lines(text);
    std::string_view line;
    while (lines.Next(&line)) {
      if (line.starts_with(' ')) flowed += ' ';
      flowed += std::string(line) + "\n";
    }
  }
  const Case cases[] = {
      {"base64", base64, Base64(text), ""},
      {"BASE64 in CRLF lines", "Content-Transfer-Encoding: BASE64\n",
       WithCrlf(Base64(text)), ""},
      {"CRLF inside base64", base64, Base64(WithCrlf(text)), "CRLF"},
      {"quoted-printable", qp, QuotedPrintable(text), ""},
      {"CRLF inside quoted-printable", qp, QuotedPrintable(WithCrlf(text)),
       "CRLF"},
      {"CRLF", "", WithCrlf(text), ""},
      {"flowed", "Content-Type: text/plain; format=flowed\n", flowed, ""},
      {"flowed, delsp", "Content-Type: text/plain; format=flowed; delsp=yes\n",
       flowed, ""},
      {"charset y", "Content-Type: text/plain; charset=y\n", text, ""},
      {"8bit", "Content-Transfer-Encoding: 8bit\n", text, ""},
      {"unknown encoding", "Content-Transfer-Encoding: x-what\n", text, ""},
      {"utf-16", base64 + "Content-Type: text/plain; charset=utf-16le\n",
       Base64([&] {
         std::string wide;
         for (const char c : text) {
           wide += c;
           wide += '\0';
         }
         return wide;
       }()),
       ""},
  };
  for (const Case& test : cases) {
    const PatchMail got =
        ParsePatchMail(PatchHeaders("[PATCH v2 2/3] hello: return 0") +
                       test.headers + "\n" + test.body);
    EXPECT_EQ(got.message, want.message) << test.name;
    EXPECT_EQ(got.commit_author.email, want.commit_author.email) << test.name;
    EXPECT_EQ(got.trailers.size(), want.trailers.size()) << test.name;
    EXPECT_EQ(got.diff.StablePatchId(), want.diff.StablePatchId()) << test.name;
    EXPECT_TRUE(got.diff.problems().empty()) << test.name;
    EXPECT_EQ(got.base_commit, want.base_commit) << test.name;
    EXPECT_EQ(MailKindName(got.mail.kind), "patch") << test.name;
    if (test.problem.empty()) {
      EXPECT_TRUE(got.mail.problems.empty())
          << test.name << ": " << Join(got.mail.problems, "; ");
    } else {
      EXPECT_TRUE(HasProblem(got.mail, test.problem)) << test.name;
    }
  }
}

// List software decodes a mail of CRLF lines, adds its footer with LF lines,
// and encodes both again.
TEST(Facts, ACrlfBodyWithAnLfFooter) {
  const std::string footer =
      "_______________________________________________\n"
      "A list -- list@lists.example.org\n";
  const PatchMail patch = ParsePatchMail(
      PatchHeaders("[PATCH] x") + "Content-Transfer-Encoding: base64\n\n" +
      Base64(WithCrlf(kPatchBody) + footer));
  EXPECT_EQ(patch.mail.text, std::string(kPatchBody) + footer);
  EXPECT_EQ(patch.diff.StablePatchId(),
            ParsePatchMail(PatchMailText()).diff.StablePatchId());
  EXPECT_TRUE(patch.diff.problems().empty());
}

TEST(Facts, FootersAreNoPartOfThePatch) {
  const std::string footers[] = {
      "_______________________________________________\nlist mailing list\n",
      "-- \nMailing list info: https://lists.example.org/list\n",
      "\n-- \n2.39.5\n\n_____________\nlist -- list@lists.example.org\n"
      "+ not an added line\n- nor a removed one\n",
      "--\nYou received this mail because you are on the list.\n",
      "-----------------------------------\n To unsubscribe: mail us\n",
      "\n\n- \nlist footer\n",
  };
  const size_t end = PatchText().size();
  for (const std::string& footer : footers) {
    const PatchMail patch =
        ParsePatchMail(MailOf(PatchHeaders("[PATCH] x"), PatchText() + footer));
    EXPECT_EQ(patch.diff.end(), end) << footer;
    EXPECT_EQ(patch.diff.added_lines(), 1U) << footer;
    EXPECT_EQ(patch.diff.removed_lines(), 1U) << footer;
    EXPECT_TRUE(patch.diff.problems().empty()) << footer;
  }
}

TEST(Facts, Charsets) {
  struct Case {
    std::string_view charset;
    std::string_view bytes;
    std::string_view want;
  };
  const Case cases[] = {
      {"charset=iso-8859-1", "\xe4\x80", "\xc3\xa4\xe2\x82\xac"},
      {"charset=\"ISO-8859-15\"", "\xa4", "\xe2\x82\xac"},
      {"charset=iso-8859-2", "\xb3", "\xc5\x82"},
      {"charset=windows-1252", "\x93", "\xe2\x80\x9c"},
      {"charset=gbk", "\xb4\xf0", "\xe7\xad\x94"},
      {"charset=GB2312", "\xb4\xf0", "\xe7\xad\x94"},
      {"charset=big5", "\xa4\xa4", "\xe4\xb8\xad"},
      {"charset=koi8-r", "\xc1", "\xd0\xb0"},
      {"charset=utf8", "\xc3\xa4", "\xc3\xa4"},
      {"charset=y", "\xc3\xa4", "\xc3\xa4"},
      {"charset=yes", "\xe4", "\xc3\xa4"},
      {"charset=true", "\xc3\xa4", "\xc3\xa4"},
      {"charset=u", "\xc3\xa4", "\xc3\xa4"},
      {"charset=", "\xc3\xa4", "\xc3\xa4"},
      {"format=fixed", "\xe4", "\xc3\xa4"},
      {"charset=us-ascii", "\xc3\xa4", "\xc3\xa4"},
      {"charset=utf-8", "\xe4", "\xef\xbf\xbd"},
      {"charset*=utf-8''utf-8", "\xc3\xa4", "\xc3\xa4"},
      {"charset=utf-8; charset=koi8-r", "\xc3\xa4", "\xc3\xa4"},
  };
  for (const Case& test : cases) {
    const PatchMail patch = ParsePatchMail(
        "Subject: [PATCH] x\nContent-Type: text/plain; " +
        std::string(test.charset) + "\nContent-Transfer-Encoding: 8bit\n\n" +
        std::string(test.bytes) + "\n---\n" + std::string(kDiff));
    EXPECT_EQ(patch.message, std::string(test.want) + "\n") << test.charset;
    EXPECT_EQ(patch.diff.files().size(), 1U) << test.charset;
    EXPECT_TRUE(patch.diff.problems().empty()) << test.charset;
  }
}

// --- What a milter must expect ---

TEST(Facts, LineEndsOfEveryKind) {
  // A bare CR is a byte of its line; a mail whose lines end both ways is read.
  const PatchMail bare = ParsePatchMail(
      "Subject: [PATCH] x\n\nWo\rrds.\n---\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n"
      "-a\rb\n+a\rc\n");
  EXPECT_EQ(bare.message, "Wo\rrds.\n");
  ASSERT_EQ(bare.diff.files().size(), 1U);
  const auto& lines = bare.diff.files()[0].hunks[0].lines;
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(bare.diff.View(lines[0].span), "a\rb");

  const std::string text = PatchMailText();
  std::string mixed;
  int line = 0;
  for (const char c : text) {
    if (c == '\n' && ++line % 3 == 0) mixed += '\r';
    mixed += c;
  }
  const PatchMail want = ParsePatchMail(text);
  const PatchMail got = ParsePatchMail(mixed);
  EXPECT_EQ(got.mail.content_hash, want.mail.content_hash);
  EXPECT_EQ(got.diff.StablePatchId(), want.diff.StablePatchId());
  EXPECT_TRUE(got.diff.problems().empty());
  // CR LF CR LF after a bare CR in a header.
  EXPECT_EQ(ParseMail("Subject: a\rb\r\n\r\nx\r\n").subject.text, "a b");
  EXPECT_EQ(ParseMail("Subject: a\r\r\n\r\nx\r\n").subject.text, "a");
}

TEST(Facts, NoNewlineAtTheEndOfTheMail) {
  std::string text = PatchMailText();
  const PatchMail want = ParsePatchMail(text);
  for (int i = 0; i < 2; ++i) {
    text.pop_back();
    const PatchMail got = ParsePatchMail(text);
    EXPECT_EQ(got.diff.StablePatchId(), want.diff.StablePatchId());
    EXPECT_TRUE(got.diff.problems().empty());
  }
  // In the last line of the last hunk.
  std::string short_text = MailOf("Subject: [PATCH] x\n", PatchText());
  short_text.pop_back();
  const PatchMail got = ParsePatchMail(short_text);
  EXPECT_EQ(got.diff.files().at(0).hunks.at(0).lines.size(), 4U);
  EXPECT_TRUE(got.diff.problems().empty());
}

TEST(Facts, LongLinesAndNulBytes) {
  const std::string line(100'000, 'z');
  const PatchMail patch = ParsePatchMail(
      "Subject: [PATCH] x\n\nWords.\n---\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-" +
      line + "\n+" + line + "z\n");
  ASSERT_EQ(patch.diff.files().size(), 1U);
  EXPECT_EQ(patch.diff.files()[0].hunks[0].lines[0].span.size, line.size());
  EXPECT_TRUE(patch.diff.problems().empty());

  std::string nul = PatchMailText();
  nul.replace(nul.find("wrong value"), 1, 1, '\0');
  const PatchMail got = ParsePatchMail(nul);
  EXPECT_TRUE(HasProblem(got.mail, "NUL"));
  EXPECT_EQ(got.mail.text.find('\0'), std::string::npos);
  EXPECT_NE(got.message.find("\xef\xbf\xbdrong value"), std::string::npos);
  EXPECT_EQ(got.diff.StablePatchId(),
            ParsePatchMail(PatchMailText()).diff.StablePatchId());
}

}  // namespace
}  // namespace patchmilter::mime
