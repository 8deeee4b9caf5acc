#include "mime/patch_mail.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/mime/mails.h"

namespace patchmilter::mime {
namespace {

TEST(ParsePatchMail, TakesAPatchApart) {
  const PatchMail patch = ParsePatchMail(PatchMailText());
  EXPECT_EQ(patch.commit_author.name, "Ann Author");
  EXPECT_EQ(patch.commit_author.email, "ann@example.org");
  EXPECT_EQ(patch.mail.author.email, "max@example.org");
  EXPECT_EQ(patch.commit_title, "hello: return 0");
  EXPECT_EQ(patch.message,
            "It returned the wrong value.\n\n"
            "Fixes: 123456789abc (\"hello: add it\")\n"
            "Signed-off-by: Ann Author <ann@example.org>\n"
            "Signed-off-by: Max Maintainer <max@example.org>\n");
  EXPECT_EQ(patch.notes, "Changes in v2: none.\n\n hello.c | 2 +-\n\n");
  ASSERT_EQ(patch.trailers.size(), 3u);
  EXPECT_EQ(patch.trailers[0].key, "Fixes");
  EXPECT_EQ(patch.trailers[1].value, "Ann Author <ann@example.org>");
  EXPECT_EQ(patch.trailers[1].text_line, 5u);
  EXPECT_EQ(patch.base_commit, "0123456789abcdef0123456789abcdef01234567");
  EXPECT_EQ(patch.change_id, "20260101-hello-0123456789ab");
  EXPECT_EQ(patch.prerequisite_patch_ids,
            std::vector<std::string>{std::string(40, 'a')});
  ASSERT_EQ(patch.diff.files().size(), 1u);
  EXPECT_EQ(patch.diff.text(), patch.mail.text);
  EXPECT_EQ(patch.diff.files()[0].text_line, 12u);
  EXPECT_TRUE(patch.diff.problems().empty());
}

TEST(ParsePatchMail, BothFormsAgree) {
  const std::string raw = PatchMailText();
  WireWriter one;
  EncodePatchMail(ParsePatchMail(raw), &one);
  WireWriter two;
  EncodePatchMail(ParsePatchMail(ParseMail(raw)), &two);
  EXPECT_EQ(one.bytes(), two.bytes());
}

TEST(ParsePatchMail, CrlfMakesNoDifference) {
  const std::string raw = PatchMailText();
  WireWriter one;
  EncodePatchMail(ParsePatchMail(raw), &one);
  WireWriter two;
  EncodePatchMail(ParsePatchMail(WithCrlf(raw)), &two);
  EXPECT_EQ(one.bytes(), two.bytes());
}

TEST(ParsePatchMail, CoverAndReplyHaveNoDiff) {
  for (const std::string_view subject :
       {"[PATCH v2 0/3] hello", "Re: [PATCH v2 2/3] hello: return 0"}) {
    const PatchMail patch = ParsePatchMail(PatchMailText(subject));
    EXPECT_TRUE(patch.diff.empty()) << subject;
    EXPECT_EQ(patch.change_id, "20260101-hello-0123456789ab") << subject;
  }
}

TEST(ParsePatchMail, LinksInsideTheDiffDoNotCount) {
  const PatchMail patch = ParsePatchMail(
      MailOf("Subject: [PATCH] x\n",
             "Words.\n---\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+b\n"
             "base-commit: 0123456789abcdef0123456789abcdef01234567x\n c\n"
             "Change-Id: I0123\n"));
  EXPECT_EQ(patch.base_commit, "");
  EXPECT_EQ(patch.change_id, "");
}

TEST(ParsePatchMail, InBodySubjectWins) {
  const PatchMail patch = ParsePatchMail(
      MailOf("From: A <a@x.org>\nSubject: [PATCH] x\n",
             "Subject: [PATCH 1/2] the real one\n\nWords.\n---\n" +
                 std::string(kDiff)));
  EXPECT_EQ(patch.commit_title, "the real one");
  EXPECT_EQ(patch.commit_author.email, "a@x.org");
}

}  // namespace
}  // namespace patchmilter::mime
