// What kind of mail it is: notices, spam, and what is sent for stable trees.
#include <gtest/gtest.h>

#include <string>

#include "mime/mail.h"
#include "tests/mime/mails.h"

namespace patchmilter::mime {
namespace {

std::string PatchText() { return "Words.\n---\n" + std::string(kDiff); }

TEST(Classify, NoticesCarryADiffAndAreNoPatches) {
  for (const std::string_view subject :
       {"Patch \"x: y\" has been added to the 6.1-stable tree",
        "[some-list] Patch \"x\" has been dropped from the 6.1-stable tree",
        "patch 'x: y' has been queued to stable release 22.11.4",
        "patch 'x' has been applied to the next tree",
        "FAILED: patch \"[PATCH] x\" failed to apply to 6.1-stable tree",
        "Patch \"x\" failed to apply to 6.1",
        "+ some-fix.patch added to mm-unstable branch",
        "- some-fix.patch removed from -mm tree",
        "[merged mm-stable] some-fix.patch removed from -mm tree",
        "[to-be-updated] some-fix.patch removed from -mm tree",
        "[tip: sched/core] x: y", "[tip:sched/core] x: y",
        "[git:media_stage/master] media: x"}) {
    const Mail mail = ParseMail(
        MailOf("Subject: " + std::string(subject) + "\n", PatchText()));
    EXPECT_EQ(MailKindName(mail.kind), "notice") << subject;
  }
  for (const std::string_view subject :
       {"[PATCH] Patch \"x\" was wrong", "[PATCH tip:x86/urgent] x",
        "[PATCH -tip v2] x", "[PATCH] patch 'a' by hand",
        "[PATCH 1/2] x.patch: take the file away"}) {
    const Mail mail = ParseMail(
        MailOf("Subject: " + std::string(subject) + "\n", PatchText()));
    EXPECT_EQ(MailKindName(mail.kind), "patch") << subject;
  }
}

TEST(Classify, ASpamFilterLosesNoPatch) {
  struct Case {
    std::string_view subject;
    bool diff;
    std::string_view kind;
  };
  const Case cases[] = {
      {"[PATCH] x", true, "patch"},
      {"[PATCH 0/3] x", false, "cover"},
      {"[PATCH 1/3] x", false, "other"},
      {"Buy", false, "spam"},
      {"Buy", true, "spam"},
      {"Re: [PATCH] x", false, "reply"},
      {"[list] Re: [PATCH 1/2] x", true, "reply-with-diff"},
      {"Re: Buy", false, "spam"},
      {"Re: Buy", true, "spam"},
      {"[GIT PULL] x", false, "spam"},
  };
  for (const Case& test : cases) {
    const Mail mail = ParseMail(
        MailOf("X-Spam-Flag: YES\nSubject: " + std::string(test.subject) + "\n",
               test.diff ? PatchText() : "Words.\n"));
    EXPECT_EQ(MailKindName(mail.kind), test.kind) << test.subject;
    EXPECT_TRUE(mail.spam_flag) << test.subject;
    EXPECT_FALSE(mail.kind_reason.empty()) << test.subject;
  }
}

TEST(Classify, PatchesForStableTrees) {
  struct Case {
    std::string_view headers;
    std::string body;
    std::string_view kind;
    Backport backport;
  };
  const std::string text = PatchText();
  const std::string marked =
      "6.1-stable review patch.  If anyone has any objections, please say "
      "so.\n\n" +
      text;
  const Case cases[] = {
      {"Subject: [PATCH AUTOSEL 6.1 1/9] x\n", text, "patch",
       Backport::kAutosel},
      {"Subject: [AUTOSEL PATCH v2 6.1 1/9] x\n", text, "patch",
       Backport::kAutosel},
      {"Subject: [PATCH 6.1 1/9] x\nX-AUTOSEL: Yes\n", text, "patch",
       Backport::kAutosel},
      {"Subject: [PATCH 6.1 001/430] x\nX-stable: review\n", text, "patch",
       Backport::kStableReview},
      {"Subject: [PATCH 6.1 001/430] x\nX-stable-base: Linux 6.1.5\n", text,
       "patch", Backport::kStableReview},
      {"Subject: [PATCH 6.1 001/430] x\n", marked, "patch",
       Backport::kStableReview},
      {"Subject: [PATCH 6.1 000/430] 6.1.6-rc1 review\n",
       "This is the start of the stable review cycle for the 6.1.6 "
       "release.\n",
       "cover", Backport::kStableReview},
      {"Subject: [Stable-8.2.1 01/50] x\n", text, "untagged-diff",
       Backport::kStableReview},
      // A developer's own backport, and words that only look alike.
      {"Subject: [PATCH 6.1.y 1/2] x\n", text, "patch", Backport::kNone},
      {"Subject: [PATCH 6.1 1/2] x\nCc: stable@example.org\n", text, "patch",
       Backport::kNone},
      {"Subject: [PATCH stable-fixes] x\n", text, "patch", Backport::kNone},
      {"Subject: [PATCH 1/2] x\n",
       "a\nb\nc\nd\ne\nf\n6.1-stable review patch.\n---\n" + std::string(kDiff),
       "patch", Backport::kNone},
      {"Subject: Re: [PATCH AUTOSEL 6.1 1/9] x\n", "> x\n", "reply",
       Backport::kNone},
      {"Subject: Re: [PATCH 6.1 1/9] x\nX-stable: review\n", "> x\n", "reply",
       Backport::kNone},
  };
  for (const Case& test : cases) {
    const Mail mail = ParseMail(MailOf(test.headers, test.body));
    EXPECT_EQ(MailKindName(mail.kind), test.kind) << test.headers;
    EXPECT_EQ(BackportName(mail.backport), BackportName(test.backport))
        << test.headers;
    EXPECT_EQ(mail.kind_reason.find("stable tree") != std::string::npos,
              test.backport != Backport::kNone)
        << test.headers << mail.kind_reason;
  }
}

}  // namespace
}  // namespace patchmilter::mime
