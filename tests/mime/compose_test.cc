#include "mime/compose.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "mime/mail.h"

namespace patchmilter::mime {
namespace {

OutgoingMail Sample() {
  OutgoingMail mail;
  mail.from = "Patch Milter <milter@example.org>";
  mail.to = "reviews@example.org";
  mail.subject = "Re: [PATCH v2 2/3] hello: return 0";
  mail.message_id = "s1.r1.p2@example.org";
  mail.in_reply_to = "patch-2@example.org";
  mail.references = {"cover@example.org", "patch-2@example.org"};
  mail.date = 1795208507;
  mail.list_id = "reviews.example.org";
  mail.extra_headers = {{"Auto-Submitted", "auto-generated"},
                        {"X-Patchmilter", "v=1; engine=checks"}};
  mail.body = "Hello.\n";
  return mail;
}

std::string Composed(const OutgoingMail& mail) {
  const auto bytes = Compose(mail);
  EXPECT_TRUE(bytes.ok()) << (bytes.ok() ? "" : bytes.error().message);
  return bytes.ok() ? *bytes : "";
}

// What holds for every mail of ours.
void ExpectSound(const std::string& bytes) {
  LineReader reader(bytes);
  std::string_view line;
  bool headers = true;
  while (reader.Next(&line)) {
    EXPECT_LT(line.size(), 998u);
    if (line.empty()) headers = false;
    for (const char c : line) {
      EXPECT_LT(static_cast<unsigned char>(c), 0x80);
      EXPECT_NE(c, '\r');
    }
    if (headers) {
      EXPECT_FALSE(Trim(line).empty());
    }
  }
  EXPECT_FALSE(headers);
}

TEST(Compose, Form) {
  EXPECT_EQ(Composed(Sample()),
            "From: Patch Milter <milter@example.org>\n"
            "To: reviews@example.org\n"
            "Subject: Re: [PATCH v2 2/3] hello: return 0\n"
            "Date: Fri, 20 Nov 2026 21:01:47 +0000\n"
            "Message-ID: <s1.r1.p2@example.org>\n"
            "In-Reply-To: <patch-2@example.org>\n"
            "References: <cover@example.org> <patch-2@example.org>\n"
            "List-Id: <reviews.example.org>\n"
            "Auto-Submitted: auto-generated\n"
            "X-Patchmilter: v=1; engine=checks\n"
            "MIME-Version: 1.0\n"
            "Content-Type: text/plain; charset=utf-8\n"
            "Content-Transfer-Encoding: 7bit\n"
            "\n"
            "Hello.\n");
}

TEST(Compose, TheSameInputGivesTheSameBytes) {
  EXPECT_EQ(Composed(Sample()), Composed(Sample()));
}

TEST(Compose, ComesBackFromTheParser) {
  OutgoingMail mail = Sample();
  mail.from = "J\xc3\xb6rg, \"the\" Milter <milter@example.org>";
  mail.from = "\"J\xc3\xb6rg, the Milter\" <milter@example.org>";
  mail.subject = "Re: [PATCH] h\xc3\xa9llo: ";
  for (int i = 0; i < 40; ++i) mail.subject += "w\xc3\xb6rter und ";
  mail.subject += "Schlu\xc3\x9f";
  mail.body = "J\xc3\xb6rg\n\n> =3D quoted\nFrom here\n.\n" +
              std::string(2000, 'x') + "\nblank at end \n\ttab\n";
  const std::string bytes = Composed(mail);
  ExpectSound(bytes);
  const Mail got = ParseMail(bytes);
  EXPECT_EQ(got.from.name, "J\xc3\xb6rg, the Milter");
  EXPECT_EQ(got.from.email, "milter@example.org");
  EXPECT_EQ(got.subject.text, mail.subject);
  EXPECT_EQ(got.text, mail.body);
  EXPECT_EQ(got.message_id, mail.message_id);
  EXPECT_EQ(got.references, mail.references);
  EXPECT_EQ(got.date, mail.date);
  EXPECT_EQ(got.kind, MailKind::kOwn);
  EXPECT_TRUE(got.problems.empty());
}

TEST(Compose, QuotedPrintableLinesAreShort) {
  OutgoingMail mail = Sample();
  for (int i = 0; i < 500; ++i) mail.body += "\xc3\xb6 = ";
  const std::string bytes = Composed(mail);
  const std::string body = bytes.substr(bytes.find("\n\n") + 2);
  for (const std::string_view line : Split(body, '\n')) {
    EXPECT_LE(line.size(), 76u);
  }
  EXPECT_EQ(ParseMail(bytes).text, mail.body + "\n");
}

TEST(Compose, NoForeignByteBeginsAHeader) {
  const std::string evil[] = {
      "x\nBcc: victim@example.org",
      "x\r\nBcc: victim@example.org",
      "x\rBcc: victim@example.org",
      "x\n\nBcc: victim@example.org",
      std::string("x\0Bcc: victim@example.org", 25),
      "x\xe2\x80\xa8"
      "Bcc: victim@example.org",
      "\xff\xfe\nBcc: victim@example.org",
      std::string(5000, 'a') + "\nBcc: victim@example.org",
      "=?utf-8?q?x=0ABcc:_victim@example.org?=",
  };
  for (const std::string& value : evil) {
    OutgoingMail mail = Sample();
    mail.subject = value;
    mail.extra_headers.emplace_back("X-Test", value);
    const std::string bytes = Composed(mail);
    ExpectSound(bytes);
    EXPECT_EQ(bytes.find("\nBcc"), std::string::npos) << value;
    EXPECT_EQ(bytes.find("\n\nBcc"), std::string::npos) << value;
    EXPECT_EQ(ParseMail(bytes).to.size(), 1u);
  }
}

TEST(Compose, RefusesWhatCannotStandInAHeader) {
  struct Case {
    std::string_view name;
    void (*change)(OutgoingMail*);
  };
  const Case cases[] = {
      {"from", [](OutgoingMail* m) { m->from = "x\nBcc: y <a@x.org>"; }},
      {"from, none", [](OutgoingMail* m) { m->from = ""; }},
      {"from, no address", [](OutgoingMail* m) { m->from = "Nobody"; }},
      {"to", [](OutgoingMail* m) { m->to = "a@x.org\nBcc: b@x.org"; }},
      {"to, blank", [](OutgoingMail* m) { m->to = ""; }},
      {"to, odd", [](OutgoingMail* m) { m->to = "a@b@c"; }},
      {"reply-to", [](OutgoingMail* m) { m->reply_to = "\"a b\"@"; }},
      {"message-id", [](OutgoingMail* m) { m->message_id = "a@x>\nB: c"; }},
      {"message-id, none", [](OutgoingMail* m) { m->message_id = ""; }},
      {"in-reply-to", [](OutgoingMail* m) { m->in_reply_to = "a b@x"; }},
      {"references",
       [](OutgoingMail* m) {
         m->references = {"a@x", "b>\n@x"};
       }},
      {"list-id", [](OutgoingMail* m) { m->list_id = "a>\nB: c"; }},
      {"extra name",
       [](OutgoingMail* m) {
         m->extra_headers = {{"X: y\nB", "c"}};
       }},
      {"extra name, none",
       [](OutgoingMail* m) {
         m->extra_headers = {{"", "c"}};
       }},
  };
  for (const Case& test : cases) {
    OutgoingMail mail = Sample();
    test.change(&mail);
    const auto bytes = Compose(mail);
    ASSERT_FALSE(bytes.ok()) << test.name;
    EXPECT_EQ(bytes.error().kind, ErrorKind::kInvalidInput) << test.name;
  }
}

TEST(Compose, ManyReferencesKeepFirstAndLast) {
  OutgoingMail mail = Sample();
  mail.references.clear();
  for (int i = 0; i < 100; ++i) {
    mail.references.push_back("id-" + std::to_string(i) + "@example.org");
  }
  const std::string bytes = Composed(mail);
  ExpectSound(bytes);
  const Mail got = ParseMail(bytes);
  ASSERT_EQ(got.references.size(), kMaxOutgoingReferences);
  EXPECT_EQ(got.references.front(), "id-0@example.org");
  EXPECT_EQ(got.references[1], "id-81@example.org");
  EXPECT_EQ(got.references.back(), "id-99@example.org");
}

TEST(Compose, HeadersAreFolded) {
  OutgoingMail mail = Sample();
  mail.subject = "Re: [PATCH] words";
  for (int i = 0; i < 50; ++i) mail.subject += " and more words";
  const std::string bytes = Composed(mail);
  for (const std::string_view line :
       Split(bytes.substr(0, bytes.find("\n\n")), '\n')) {
    EXPECT_LE(line.size(), 78u);
  }
  EXPECT_EQ(ParseMail(bytes).subject.text, mail.subject);
}

TEST(Compose, BodyWithoutLastNewlineGetsOne) {
  OutgoingMail mail = Sample();
  mail.body = "x";
  EXPECT_TRUE(Composed(mail).ends_with("\n\nx\n"));
}

}  // namespace
}  // namespace patchmilter::mime
