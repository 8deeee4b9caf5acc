// What crosses from the parse worker: it comes back as it was, and nothing that
// a lying worker sends can break the daemon.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/text.h"
#include "mime/patch_mail.h"
#include "tests/mime/mails.h"

namespace patchmilter::mime {
namespace {

std::string Encoded(const PatchMail& patch) {
  WireWriter out;
  EncodePatchMail(patch, &out);
  return out.Take();
}

std::vector<std::string> Mails() {
  return {
      PatchMailText(),
      PatchMailText("[PATCH 0/3] cover"),
      PatchMailText("Re: [PATCH] reply"),
      "",
      "Subject: x\n\nText\n",
      "X-Patchmilter: v=1\nX-Patchmilter-Finding: a\nReturn-Path: <>\n\n",
      "Authentication-Results: mx; dkim=pass header.d=a.org; spf=none\n"
      "X-stable: review\nX-Spam: Yes\n" +
          PatchMailText(),
      Latin1MailText(),
  };
}

TEST(MailWire, RoundTrip) {
  for (const std::string& raw : Mails()) {
    const std::string bytes = Encoded(ParsePatchMail(raw));
    const auto got = DecodePatchMail(bytes);
    ASSERT_TRUE(got.has_value()) << raw;
    EXPECT_EQ(Encoded(*got), bytes) << raw;
  }
}

// Databases hold records that were written before a Mail had `auth` and
// `backport`: 8 bytes less in front, 16 and 1 less in the middle. Without
// `diff_as_sent`, as below, it is 1 less at the end.
TEST(MailWire, RecordsOfTheFirstLayoutAreRead) {
  const PatchMail patch = ParsePatchMail(PatchMailText());
  const std::string bytes = Encoded(patch);
  EXPECT_EQ(bytes[0], '\x03');
  const size_t reason = bytes.find(patch.mail.kind_reason);
  ASSERT_NE(reason, std::string::npos);
  std::string old = bytes.substr(0, bytes.size() - 1);
  old.erase(reason - 8 - 1, 1);
  old.erase(reason - 8 - 2 - 16, 16);
  old.erase(0, 8);
  const auto got = DecodePatchMail(old);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(Encoded(*got), bytes);
  for (size_t size = 0; size < old.size(); ++size) {
    EXPECT_FALSE(
        DecodePatchMail(std::string_view(old).substr(0, size)).has_value());
  }
}

TEST(MailWire, RecordsOfTheSecondLayoutAreRead) {
  const std::string bytes = Encoded(ParsePatchMail(PatchMailText()));
  std::string old = bytes.substr(0, bytes.size() - 1);
  old[0] = '\x02';
  const auto got = DecodePatchMail(old);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(Encoded(*got), bytes);
  for (size_t size = 0; size < old.size(); ++size) {
    EXPECT_FALSE(
        DecodePatchMail(std::string_view(old).substr(0, size)).has_value());
  }
}

TEST(MailWire, TheDiffAsItWasSentCrosses) {
  const PatchMail patch = ParsePatchMail(Latin1MailText());
  ASSERT_TRUE(patch.diff_as_sent.has_value());
  const auto got = DecodePatchMail(Encoded(patch));
  ASSERT_TRUE(got.has_value());
  ASSERT_TRUE(got->diff_as_sent.has_value());
  EXPECT_EQ(got->diff_as_sent->text(), patch.diff_as_sent->text());
  EXPECT_EQ(got->diff_to_apply().StablePatchId(),
            patch.diff_as_sent->StablePatchId());
  // There is none of a mail without a diff.
  PatchMail bare = patch;
  bare.diff = diff::Diff();
  EXPECT_FALSE(DecodePatchMail(Encoded(bare)).has_value());
  bare = patch;
  bare.diff_as_sent = diff::Diff();
  EXPECT_FALSE(DecodePatchMail(Encoded(bare)).has_value());
}

TEST(MailWire, EveryTruncationAndEveryByteTooManyIsRefused) {
  for (const std::string& raw : Mails()) {
    const std::string bytes = Encoded(ParsePatchMail(raw));
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(
          DecodePatchMail(std::string_view(bytes).substr(0, size)).has_value())
          << size;
    }
    EXPECT_FALSE(DecodePatchMail(bytes + '\0').has_value());
  }
}

TEST(MailWire, FlippedBitsGiveASoundMailOrNothing) {
  for (const std::string& raw : Mails()) {
    const std::string bytes = Encoded(ParsePatchMail(raw));
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string changed = bytes;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^
                                           static_cast<char>(1 << (bit % 8)));
      const auto got = DecodePatchMail(changed);
      if (!got) continue;
      EXPECT_TRUE(IsValidUtf8(got->mail.text));
      EXPECT_TRUE(IsValidUtf8(got->mail.subject.text));
      EXPECT_TRUE(IsValidUtf8(got->message));
      EXPECT_LE(got->message_end, got->mail.text.size());
      EXPECT_LE(got->diff.end(), got->diff.text().size());
      const diff::Diff& sent = got->diff_to_apply();
      EXPECT_LE(sent.begin(), sent.end());
      EXPECT_LE(sent.end(), sent.text().size());
      EXPECT_EQ(got->mail.subject.text.find('\n'), std::string::npos);
    }
  }
}

// A worker that a mail has taken over sends what would begin a header or a log
// line of its own.
TEST(MailWire, ValuesOfSeveralLinesAreRefused) {
  const auto refused = [](auto change) {
    PatchMail patch = ParsePatchMail(PatchMailText());
    change(&patch.mail);
    return !DecodePatchMail(Encoded(patch)).has_value();
  };
  const std::string bad = "a\nBcc: b@x";
  EXPECT_FALSE(refused([](Mail*) {}));
  EXPECT_TRUE(refused([&](Mail* mail) { mail->message_id = bad; }));
  EXPECT_TRUE(refused([&](Mail* mail) { mail->subject.text = bad; }));
  EXPECT_TRUE(refused([&](Mail* mail) { mail->subject.hints = {bad}; }));
  EXPECT_TRUE(refused([&](Mail* mail) { mail->from.name = bad; }));
  EXPECT_TRUE(refused([&](Mail* mail) { mail->cc = {{"", bad}}; }));
  EXPECT_TRUE(refused([&](Mail* mail) { mail->in_reply_to = {bad}; }));
  EXPECT_TRUE(refused([&](Mail* mail) { mail->references = {bad}; }));
  EXPECT_TRUE(refused([&](Mail* mail) { mail->list_ids = {bad}; }));
  EXPECT_TRUE(refused([&](Mail* mail) { mail->auth.authserv_id = bad; }));
  EXPECT_TRUE(refused([&](Mail* mail) {
    mail->auth.results = {{.method = "spf", .result = "pass", .domain = bad}};
  }));
  EXPECT_TRUE(refused([&](Mail* mail) { mail->kind_reason = bad; }));
  EXPECT_TRUE(refused([&](Mail* mail) { mail->problems = {bad}; }));
}

TEST(MailWire, MutationsOfParsedMailsAreSurvived) {
  const std::string raw = PatchMailText();
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string changed = raw;
    for (int i = 0; i < 5; ++i) {
      changed[random() % changed.size()] = static_cast<char>(random() % 256);
    }
    const std::string bytes = Encoded(ParsePatchMail(changed));
    EXPECT_TRUE(DecodePatchMail(bytes).has_value()) << changed;
  }
}

}  // namespace
}  // namespace patchmilter::mime
