// What the receiving host said of a mail, and that its header is no trap.
#include "mime/trust.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/mime/mails.h"

namespace patchmilter::mime {
namespace {

std::string Shown(const AuthResults& auth) {
  std::string text = auth.authserv_id;
  for (const AuthResult& result : auth.results) {
    text += " | " + result.method + "=" + result.result;
    if (!result.domain.empty()) text += " " + result.domain;
  }
  return text;
}

TEST(ParseAuthResults, Table) {
  struct Case {
    std::string_view value;
    std::string_view want;
  };
  const Case cases[] = {
      {"", ""},
      {"mx.example.org; none", "mx.example.org"},
      {"MX.Example.ORG 1; dkim=pass header.d=Example.COM",
       "mx.example.org | dkim=pass example.com"},
      {"mx; dkim=pass (2048-bit key; secure) header.d=a.org "
       "header.i=@a.org header.b=Ab/+=; dkim=fail reason=\"bad; key\" "
       "header.d=b.org; spf=softfail smtp.mailfrom=x@c.org; dmarc=fail "
       "(p=NONE) header.from=a.org; arc=pass (i=1)",
       "mx | dkim=pass a.org | dkim=fail b.org | spf=softfail c.org | "
       "dmarc=fail a.org | arc=pass"},
      {"mx; spf=Pass smtp.helo=h.org smtp.mailfrom=\"a;b\"@c.org",
       "mx | spf=pass c.org"},
      {"mx (a (nested) comment); dkim / 1 = pass", "mx | dkim=pass"},
      {"\"quoted id\" 1; dkim=none", "quoted id | dkim=none"},
      // Others' methods, and results that are none.
      {"mx; iprev=pass policy.iprev=1.2.3.4; auth=pass smtp.auth=a", "mx"},
      {"mx; dkim=\"no keyword\"; dkim=; dkim; =pass; dkim=p\xc3\xa4ss", "mx"},
      {"; dkim=pass", " | dkim=pass"},
      {";;;;", ""},
      {"mx; dkim=pass ((((", "mx | dkim=pass"},
      {"mx; dkim=pass \"never closed; dmarc=pass", "mx | dkim=pass"},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(Shown(ParseAuthResults(test.value)), test.want) << test.value;
  }
}

TEST(ParseAuthResults, IsBounded) {
  std::string many = "mx";
  for (int i = 0; i < 10'000; ++i) many += "; dkim=pass header.d=a.org";
  EXPECT_EQ(ParseAuthResults(many).results.size(), kMaxAuthResults);
  const std::string long_word(5000, 'x');
  EXPECT_EQ(Shown(ParseAuthResults(long_word + "; dkim=pass")), "");
  EXPECT_EQ(Shown(ParseAuthResults("mx; dkim=" + long_word)), "mx");
  EXPECT_EQ(Shown(ParseAuthResults("mx; dkim=pass header.d=" + long_word)),
            "mx | dkim=pass");
}

TEST(ParseMail, TheTopmostAuthenticationResultsCount) {
  const Mail mail = ParseMail(
      "Authentication-Results: here;\n\tdkim=fail header.d=a.org\n"
      "Authentication-Results: there; dkim=pass header.d=a.org\n\n");
  EXPECT_EQ(Shown(mail.auth), "here | dkim=fail a.org");
  EXPECT_EQ(Shown(ParseMail("Subject: x\n\n").auth), "");
}

TEST(SaysSpam, Table) {
  for (const std::string_view value :
       {"YES", " Yes, score=9.1 required=5.0", "yes", "true", "Yes;"}) {
    EXPECT_TRUE(SaysSpam(value)) << value;
  }
  for (const std::string_view value :
       {"", "NO", "No, score=1", "yesterday", "1", "score=yes"}) {
    EXPECT_FALSE(SaysSpam(value)) << value;
  }
}

TEST(ParseMail, SpamFlags) {
  for (const std::string_view header :
       {"X-Spam-Flag: YES\n", "X-Spam-Status: Yes, score=9\n", "X-Spam: Yes\n",
        "X-Spam-Flag: NO\nX-Spam: yes\n"}) {
    EXPECT_TRUE(ParseMail(MailOf(header, "x\n")).spam_flag) << header;
  }
  for (const std::string_view header :
       {"X-Spam-Flag: NO\n", "X-Spam-Status: No, score=-9\n",
        "X-Spam-Level: ***\n", "Subject: X-Spam: Yes\n"}) {
    EXPECT_FALSE(ParseMail(MailOf(header, "x\n")).spam_flag) << header;
  }
}

}  // namespace
}  // namespace patchmilter::mime
