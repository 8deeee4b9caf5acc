// Who posted a mail, and who wrote its patch, where From is the list's.
#include "mime/author.h"

#include <gtest/gtest.h>

#include <string>

#include "mime/patch_mail.h"
#include "tests/mime/mails.h"

namespace patchmilter::mime {
namespace {

struct Case {
  std::string_view from;
  std::string_view headers;
  std::string_view inbody;
  std::string_view poster;  // "Name <email>"
};

std::string Shown(const Address& address) {
  return address.name + " <" + address.email + ">";
}

Mail Posted(const Case& test) {
  std::string body(test.inbody);
  if (!body.empty()) body += "\n";
  return ParseMail(MailOf("From: " + std::string(test.from) +
                              "\nSubject: [PATCH] x\n"
                              "List-Id: A list <list.lists.example.org>\n" +
                              std::string(test.headers),
                          body + "Words.\n---\n" + std::string(kDiff)));
}

constexpr std::string_view kAnn = "Ann Author <ann@example.org>";

TEST(FindPoster, OfAMungedFrom) {
  const Case cases[] = {
      // How lists put themselves into From.
      {"Ann Author via list <list@lists.example.org>",
       "Reply-To: ann@example.org\n", "", kAnn},
      {"\"Ann Author via list\" <list@lists.example.org>",
       "Reply-To: ann@example.org\n", "", kAnn},
      {"Ann Author via <list@lists.example.org>", "Reply-To: ann@example.org\n",
       "", kAnn},
      {"Ann Author Via List via Other <list@lists.example.org>",
       "Reply-To: ann@example.org\n", "", kAnn},
      {"via list <list@lists.example.org>", "Reply-To: ann@example.org\n", "",
       " <ann@example.org>"},
      {"'Ann Author' via list <list@lists.example.org>",
       "Reply-To: ann@example.org\n", "", kAnn},
      {"\"'Ann Author' via list\" <list@lists.example.org>",
       "X-Original-Sender: ann@example.org\n", "", kAnn},
      {"\"Ann Author (via list Mailing List)\" <list@lists.example.org>",
       "Reply-To: ann@example.org\n", "", kAnn},
      {"\"Ann Author (ann@example.org via list)\" <list@lists.example.org>",
       "Reply-To: ann@example.org\n", "", kAnn},
      {"=?utf-8?q?Ann_Author_via_list?= <list@lists.example.org>",
       "Reply-To: ann@example.org\n", "", kAnn},
      {"Ann Author <list@lists.example.org>", "Reply-To: ann@example.org\n", "",
       kAnn},
      {"Ann Author via B4 Relay <devnull+ann.example.org@relay.example>",
       "X-Original-From: Ann Author <ann@example.org>\n"
       "Reply-To: other@example.org\n",
       "", kAnn},
      {"Ann Author <ann=40example.org@dmarc.example>", "", "", kAnn},
      {"Ann Author via groups <ann=example.org@groups.example>", "", "", kAnn},
      // Where the person is named.
      {"Ann Author via list <list@lists.example.org>",
       "Reply-To: Ann <ann@example.org>\n", "", "Ann <ann@example.org>"},
      {"Ann Author via list <list@lists.example.org>",
       "Reply-To: A list <list@lists.example.org>,\n ann@example.org\n", "",
       kAnn},
      {"Ann Author via list <list@lists.example.org>",
       "Reply-To: list@lists.example.org\n"
       "Cc: Bob <bob@example.org>, Ann Author <ann@example.org>\n",
       "", kAnn},
      {"Ann Author via Gadget <gadget@example.com>",
       "To: ann author <ann@example.org>\n", "From: Bob <bob@example.org>\n",
       "ann author <ann@example.org>"},
      {"Ann Author via list <list@lists.example.org>", "",
       "From: Ann Author <ann@example.org>\n", kAnn},
      {"Ann Author via list <list@lists.example.org>", "", "",
       "Ann Author via list <list@lists.example.org>"},
      // From that is whole.
      {"Ann Author <ann@example.org>", "Reply-To: bob@example.org\n",
       "From: Bob <bob@example.org>\n", kAnn},
      {"Ann Octavia <ann@example.org>", "Reply-To: bob@example.org\n", "",
       "Ann Octavia <ann@example.org>"},
      {"Ann <ann+a=b@example.org>", "Reply-To: bob@example.org\n", "",
       "Ann <ann+a=b@example.org>"},
      {"=?utf-8?b?SsO2cmc=?= <joerg@example.org>", "", "",
       "J\xc3\xb6rg <joerg@example.org>"},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(Shown(Posted(test).author), test.poster) << test.from << "\n"
                                                       << test.headers;
  }
}

// git records the in-body From; where there is none, a munged From would give
// the list as the author of the commit.
TEST(CommitAuthor, IsAPerson) {
  const Case munged = {"Ann Author via list <list@lists.example.org>",
                       "Reply-To: ann@example.org\n", "", kAnn};
  EXPECT_EQ(Shown(ParsePatchMail(Posted(munged)).commit_author), kAnn);
  const Case other = {"Max via list <list@lists.example.org>",
                      "Reply-To: max@example.org\n",
                      "From: Ann Author\n <ann@example.org>\n", ""};
  const PatchMail patch = ParsePatchMail(Posted(other));
  EXPECT_EQ(Shown(patch.commit_author), kAnn);
  EXPECT_EQ(Shown(patch.mail.author), "Max <max@example.org>");
}

}  // namespace
}  // namespace patchmilter::mime
