#include "mime/mail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/text.h"
#include "tests/mime/mails.h"

namespace patchmilter::mime {
namespace {

bool HasProblem(const Mail& mail, std::string_view part) {
  return std::any_of(mail.problems.begin(), mail.problems.end(),
                     [&](const std::string& problem) {
                       return problem.find(part) != std::string::npos;
                     });
}

TEST(ParseMail, Headers) {
  const Mail mail = ParseMail(PatchMailText());
  EXPECT_EQ(mail.message_id, "patch-2@example.org");
  EXPECT_EQ(mail.from.name, "Max Maintainer");
  EXPECT_EQ(mail.from.email, "max@example.org");
  EXPECT_EQ(mail.author.email, "max@example.org");
  ASSERT_EQ(mail.to.size(), 1u);
  EXPECT_EQ(mail.to[0].email, "list@lists.example.org");
  ASSERT_EQ(mail.cc.size(), 2u);
  EXPECT_EQ(mail.cc[0].name, "J\xc3\xb6rg");
  EXPECT_EQ(mail.date, 1795208507);
  EXPECT_EQ(mail.received, 1795208520);
  EXPECT_EQ(mail.in_reply_to, std::vector<std::string>{"cover@example.org"});
  EXPECT_EQ(mail.references, (std::vector<std::string>{"root@example.org",
                                                       "cover@example.org"}));
  EXPECT_EQ(mail.list_ids, std::vector<std::string>{"list.lists.example.org"});
  EXPECT_EQ(mail.subject.title, "hello: return 0");
  EXPECT_EQ(mail.subject.version, 2);
  EXPECT_EQ(mail.kind, MailKind::kPatch);
  EXPECT_EQ(mail.text, kPatchBody);
  EXPECT_TRUE(mail.problems.empty());
  EXPECT_EQ(mail.content_hash.size(), 64u);
}

TEST(ParseMail, TheTopmostReceivedCounts) {
  const Mail mail = ParseMail(
      "Received: from b; Fri, 20 Nov 2026 21:01:47 +0000\n"
      "Received: from a; Thu, 1 Jan 1970 00:00:00 +0000\n\n");
  EXPECT_EQ(mail.received, 1795208507);
}

TEST(ParseMail, TheSameMailAgainHasTheSameHash) {
  const std::string raw = PatchMailText();
  const std::string want = ParseMail(raw).content_hash;
  EXPECT_EQ(ParseMail(WithCrlf(raw)).content_hash, want);
  EXPECT_EQ(ParseMail("Received: from c; Fri, 20 Nov 2026 23:00:00 +0000\n"
                      "List-Unsubscribe: <mailto:x@example.org>\n" +
                      raw)
                .content_hash,
            want);
  EXPECT_EQ(ParseMail("From x Mon Sep 17 00:00:00 2001\n" + raw).content_hash,
            want);
  EXPECT_EQ(ParseMail(raw + "\n").content_hash, want);
}

TEST(ParseMail, AnotherMailHasAnotherHash) {
  const std::string raw = PatchMailText();
  const std::string hash = ParseMail(raw).content_hash;
  const std::pair<std::string_view, std::string_view> changes[] = {
      {"return 0;", "return 2;"},    {"22:01:47", "22:01:48"},
      {"<patch-2@", "<patch-3@"},    {"[PATCH v2", "[PATCH v3"},
      {"From: Max", "From: Moritz"},
  };
  for (const auto& [from, to] : changes) {
    std::string changed = raw;
    changed.replace(changed.find(from), from.size(), to);
    EXPECT_NE(ParseMail(changed).content_hash, hash) << from;
  }
}

struct KindCase {
  std::string_view headers;
  std::string_view body;
  MailKind kind;
};

TEST(ParseMail, Kinds) {
  const std::string diff = "Words.\n---\n" + std::string(kDiff);
  const KindCase cases[] = {
      {"Subject: [PATCH] x\n", diff, MailKind::kPatch},
      {"Subject: [PATCH 0/2] x\n", "Words.\n", MailKind::kCover},
      {"Subject: [PATCH 0/2] x\n", diff, MailKind::kCover},
      {"Subject: [RFC 0/2] x\n", "Words.\n", MailKind::kCover},
      {"Subject: [PATCH] x\n", "Words.\n", MailKind::kOther},
      {"Subject: [PATCH 2/2] x\nIn-Reply-To: <a@x>\n", "Words.\n",
       MailKind::kReply},
      {"Subject: Re: [PATCH] x\n", "> quoted\n", MailKind::kReply},
      {"Subject: Re: [PATCH 0/2] x\n", "> quoted\n", MailKind::kReply},
      {"Subject: Re: [PATCH] x\n", diff, MailKind::kReplyWithDiff},
      {"Subject: [list] Re: [PATCH] x\n", diff, MailKind::kReplyWithDiff},
      {"Subject: words\nReferences: <a@x>\n", "Words.\n", MailKind::kReply},
      {"Subject: words\n", diff, MailKind::kUntaggedDiff},
      {"Subject: [driver] words\n", diff, MailKind::kUntaggedDiff},
      {"Subject: [RFC] words\n", diff, MailKind::kPatch},
      {"Subject: [v2] words\n", diff, MailKind::kPatch},
      {"Subject: [net-next v3] words\n", diff, MailKind::kPatch},
      {"Subject: [RESEND v3] words\n", diff, MailKind::kPatch},
      {"Subject: words\n", "Words.\n", MailKind::kOther},
      {"Subject: Patch \"x\" has been added to the 6.1-stable tree\n", diff,
       MailKind::kNotice},
      {"Subject: FAILED: patch \"[PATCH] x\" failed to apply to 6.1-stable "
       "tree\n",
       diff, MailKind::kNotice},
      {"Subject: [GIT PULL] x\n", "Words.\n", MailKind::kPullRequest},
      {"Subject: x for 6.1\n",
       "The following changes since commit abc:\n\nare available in the Git "
       "repository at:\n",
       MailKind::kPullRequest},
      {"Subject: [PATCH] x\nX-Patchmilter: v=1\n", diff, MailKind::kOwn},
      {"Subject: Re: x\nX-Patchmilter:\n", "x\n", MailKind::kOwn},
      {"Subject: [PATCH] x\nAuto-Submitted: auto-generated\n", diff,
       MailKind::kAutomatic},
      {"Subject: [PATCH] x\nAuto-Submitted: no\n", diff, MailKind::kPatch},
      {"Subject: Re: x\nAuto-Submitted: auto-replied (vacation)\n", "x\n",
       MailKind::kAutomatic},
      {"Subject: x\nReturn-Path: <>\n", "x\n", MailKind::kAutomatic},
      {"Subject: x\nContent-Type: multipart/report; boundary=b\n",
       "--b\n\nx\n--b--\n", MailKind::kAutomatic},
      {"Subject: x\nPrecedence: auto_reply\n", "x\n", MailKind::kAutomatic},
      {"Subject: x\nPrecedence: list\n", "x\n", MailKind::kOther},
      {"Subject: x\nFrom: MAILER-DAEMON@x.org\n", "x\n", MailKind::kAutomatic},
      {"Subject: Automatic reply: x\n", "x\n", MailKind::kAutomatic},
  };
  for (const KindCase& test : cases) {
    const Mail mail = ParseMail(MailOf(test.headers, test.body));
    EXPECT_EQ(MailKindName(mail.kind), MailKindName(test.kind)) << test.headers;
    EXPECT_FALSE(mail.kind_reason.empty()) << test.headers;
  }
}

TEST(ParseMail, FoldedAndEncodedSubjects) {
  const std::string body = "Words.\n---\n" + std::string(kDiff);
  for (const std::string_view subject :
       {"Subject: [PATCH v2\n 1/2] x y\n",
        "Subject: =?utf-8?q?=5BPATCH_v2_1/2=5D_x_y?=\n",
        "Subject: =?utf-8?q?=5BPATCH_v2_?=\n =?utf-8?q?1/2=5D_x_y?=\n",
        "subject:[PATCH v2 1/2] x\n\ty\n"}) {
    const Mail mail = ParseMail(MailOf(subject, body));
    EXPECT_EQ(mail.subject.text, "[PATCH v2 1/2] x y") << subject;
    EXPECT_EQ(mail.kind, MailKind::kPatch) << subject;
  }
}

TEST(ParseMail, Parts) {
  const std::string head =
      "Subject: [PATCH] x\nMIME-Version: 1.0\n"
      "Content-Type: multipart/mixed; boundary=\"b\"\n";
  const std::string diff(kDiff);
  struct Case {
    std::string body;
    std::string want;
    MailKind kind;
  };
  const Case cases[] = {
      // The patch inside, and a list's footer as a part of its own.
      {"--b\n\nWords.\n---\n" + diff + "\n--b\n\nlist footer\n--b--\n",
       "Words.\n---\n" + diff, MailKind::kPatch},
      // Attached.
      {"--b\n\nWords.\n\n--b\nContent-Type: text/x-patch; name=a.patch\n"
       "Content-Disposition: attachment\n\n" +
           diff + "\n--b--\n",
       "Words.\n" + diff, MailKind::kPatch},
      {"--b\nContent-Type: text/html\n\n<p>Words</p>\n--b\n\nWords.\n--b--\n",
       "Words.", MailKind::kOther},
      // alternative inside mixed
      {"--b\nContent-Type: multipart/alternative; boundary=c\n\n"
       "--c\n\nWords.\n--c\nContent-Type: text/html\n\n<p>x\n--c--\n--b--\n",
       "Words.", MailKind::kOther},
      {"--b\nContent-Type: application/octet-stream\n\nxx\n--b--\n", "",
       MailKind::kOther},
  };
  for (const Case& test : cases) {
    const Mail mail = ParseMail(MailOf(head, test.body));
    EXPECT_EQ(mail.text, test.want) << test.body;
    EXPECT_EQ(MailKindName(mail.kind), MailKindName(test.kind)) << test.body;
  }
}

TEST(ParseMail, HtmlOnly) {
  const Mail mail = ParseMail(
      "Subject: x\nContent-Type: text/html\n\n<p>Hello</p><p>you</p>\n");
  EXPECT_EQ(mail.text, "Hello\nyou\n\n");
  EXPECT_TRUE(HasProblem(mail, "HTML"));
}

TEST(ParseMail, BadMailsAreKeptAndMarked) {
  struct Case {
    std::string raw;
    std::string_view problem;
  };
  const std::string raw = PatchMailText();
  const Case cases[] = {
      {"", "no Message-ID"},
      {raw.substr(0, 200), "cut off in the headers"},
      {"Subject: x\nSubject: y\n\nz\n", "twice"},
      {"no header\nSubject: x\n\nz\n", "no headers"},
      {"Subject: x\nDate: yesterday\n\nz\n", "no Date"},
      {"Subject: x\n\nz\n", "no From"},
      {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n",
       "the end of a multipart"},
      {std::string("Subject: x\n\na\0b\n", 16), "NUL"},
  };
  for (const Case& test : cases) {
    EXPECT_TRUE(HasProblem(ParseMail(test.raw), test.problem)) << test.raw;
  }
}

TEST(ParseMail, EveryTruncationGivesAMail) {
  const std::string raw = PatchMailText();
  for (size_t size = 0; size <= raw.size(); ++size) {
    const Mail mail = ParseMail(std::string_view(raw).substr(0, size));
    EXPECT_EQ(mail.content_hash.size(), 64u);
    EXPECT_TRUE(IsValidUtf8(mail.text));
  }
}

TEST(ParseMail, LimitsHold) {
  std::string references = "References:";
  for (int i = 0; i < 100'000; ++i) {
    references += "\n <" + std::to_string(i) + "@x>";
    if (i % 1000 == 999) references += "\nReferences:";
  }
  std::string raw =
      references + "\nSubject: " + std::string(1 << 20, 'x') + "\nTo: ";
  for (int i = 0; i < 5000; ++i) raw += "a@x, ";
  const Mail mail = ParseMail(raw + "\n\nbody\n");
  EXPECT_EQ(mail.references.size(), kMaxReferences);
  EXPECT_EQ(mail.references.front(), "0@x");
  EXPECT_EQ(mail.references.back(), "99999@x");
  EXPECT_TRUE(HasProblem(mail, "References"));
  EXPECT_LE(mail.subject.text.size(), kMaxHeaderValue);
  EXPECT_LE(mail.to.size(), kMaxAddresses);
  EXPECT_EQ(mail.text, "body\n");
}

TEST(ParseMail, AHundredMebibytesAreCut) {
  std::string raw = "Subject: [PATCH] x\nMessage-ID: <a@x>\n\n";
  raw.resize(100UL << 20, 'x');
  const Mail mail = ParseMail(raw);
  EXPECT_EQ(mail.text.size(), kMaxMailText);
  EXPECT_EQ(mail.message_id, "a@x");
  EXPECT_TRUE(HasProblem(mail, "longer than is read"));
}

TEST(ParseMail, OwnMarks) {
  const Mail mail = ParseMail(
      "X-Patchmilter: v=1; engine=checks\nX-Patchmilter-Finding: a;\n b\n"
      "X-Patchmilter-Finding: c\nX-Spam-Flag: YES\n\n");
  EXPECT_EQ(mail.own_mark, "v=1; engine=checks");
  EXPECT_EQ(mail.own_findings, (std::vector<std::string>{"a; b", "c"}));
  EXPECT_TRUE(mail.spam_flag);
}

TEST(ParseMail, InReplyToOfManyForms) {
  const Mail mail = ParseMail(
      "In-Reply-To: Message from X of \"Mon\"\n\t<a@x>\n"
      "In-Reply-To: <b\n @x> <c@x>\n\n");
  EXPECT_EQ(mail.in_reply_to, (std::vector<std::string>{"a@x", "b@x", "c@x"}));
}

}  // namespace
}  // namespace patchmilter::mime
