#include "mime/subject.h"

#include <gtest/gtest.h>

#include <string>

namespace patchmilter::mime {
namespace {

struct Case {
  std::string_view subject;
  std::string_view title;
  // What is said, in letters: p patch, r reply, f rfc, s resend, v version.
  std::string_view flags;
  std::int64_t version = 1;
  int number = -1;  // -1: none
  int total = -1;
  std::string_view hints = {};  // Joined by a blank.
};

constexpr Case kCases[] = {
    {"", "", ""},
    {"Just words", "Just words", ""},
    {"[PATCH] a: b", "a: b", "p"},
    {"[PATCH v3 02/11] a: b", "a: b", "pv", 3, 2, 11},
    {"[RFC PATCH net-next 1/2] x", "x", "pf", 1, 1, 2, "net-next"},
    {"[PATCH RFC v2] x", "x", "pfv", 2},
    {"[PATCHv2] x", "x", "pv", 2},
    {"[PATCHv3 0/7] x", "x", "pv", 3, 0, 7},
    {"[PATCH-v4 1/2] x", "x", "pv", 4, 1, 2},
    {"[RESEND PATCH] x", "x", "ps"},
    {"[PATCH RESEND v2 1/3] x", "x", "psv", 2, 1, 3},
    {"[REPOST PATCH] x", "x", "ps"},
    {"[PATCH 1/2 v4] x", "x", "pv", 4, 1, 2},
    {"[PATCH 00/33 v6] x", "x", "pv", 6, 0, 33},
    {"[PATCH V3 1/2] x", "x", "pv", 3, 1, 2},
    {"[PATCH v2.1 3/5] x", "x", "pv", 2, 3, 5},
    {"[v4,08/13] x", "x", "pv", 4, 8, 13},
    {"[PATCH] [v2,1/4] x", "x", "pv", 2, 1, 4},
    {"[PATCH v8] [v7,2/2] x", "x", "pv", 8, 2, 2},
    {"[PATCH 13/12] x", "x", "p", 1, 13, 12},
    {"[PATCH -v3 2/5] x", "x", "pv", 3, 2, 5},
    {"[PATCH -next v2] x", "x", "pv", 2, -1, -1, "-next"},
    {"[PATCH v2: 1/3] x", "x", "pv", 2, 1, 3},
    {"[PATCH (v2) 1/3] x", "x", "pv", 2, 1, 3},
    {"[PATCH (3/7)] x", "x", "p", 1, 3, 7},
    {"[PATCH 03 of 07 v2] x", "x", "pv", 2, 3, 7},
    {"[PATCH 3 of them] x", "x", "p", 1, -1, -1, "3 of them"},
    {"[PATCHSETv2 0/3] x", "x", "pv", 2, 0, 3},
    {"[PATCHSET RFC 0/3] x", "x", "pf", 1, 0, 3},
    {"[patch 1/2] x", "x", "p", 1, 1, 2},
    {"[v1,1/1 1/2] x", "x", "pv", 1, 1, 2},
    {"[Project,v2,1/3] x", "x", "pv", 2, 1, 3, "Project"},
    {"[branch][PATCH v2 1/3] x", "x", "pv", 2, 1, 3, "branch"},
    {"[PATCH for-8.2 v2 1/3] x", "x", "pv", 2, 1, 3, "for-8.2"},
    {"Re: [External] Re: [PATCH v2] x", "x", "prv", 2, -1, -1, "External"},
    {"回复: [External] Re: 回复: [PATCH] x", "x", "pr", 1, -1, -1, "External"},
    {"[PATCH v2 1/2] [PATCH v1 1/2] x", "x", "pv", 2, 1, 2},
    {"[tip: x86/urgent] x", "x", "", 1, -1, -1, "tip: x86/urgent"},
    {"[PATCH 6.18 000/430] x", "x", "p", 1, 0, 430, "6.18"},
    {"[PATCH drm-misc-next v2 1/1] x", "x", "pv", 2, 1, 1, "drm-misc-next"},
    {"[PATCH iproute2-next] x", "x", "p", 1, -1, -1, "iproute2-next"},
    {"[dpu PATCH] x", "x", "p", 1, -1, -1, "dpu"},
    {"[RFC 1/3] x", "x", "pf", 1, 1, 3},
    {"[RFCv2 1/3] x", "x", "pfv", 2, 1, 3},
    {"[RFC] x", "x", "f"},
    {"[RFC/PATCH 1/2] x", "x", "pf", 1, 1, 2},
    {"[PATCH/RFC] x", "x", "pf"},
    {"[Some-List] [PATCH 1/2] x", "x", "p", 1, 1, 2, "Some-List"},
    {"[Some-List] Re: [PATCH 1/2] x", "x", "pr", 1, 1, 2, "Some-List"},
    {"Re: [Some-List] [PATCH v2] x", "x", "prv", 2, -1, -1, "Some-List"},
    {"Re: [PATCH] x", "x", "pr"},
    {"RE: [PATCH] x", "x", "pr"},
    {"AW: [PATCH] x", "x", "pr"},
    {"Aw: Re: [PATCH] x", "x", "pr"},
    {"Fwd: [PATCH] x", "x", "pr"},
    {"Re[2]: [PATCH] x", "x", "pr"},
    {"Re^2: [PATCH] x", "x", "pr"},
    {"Re : [PATCH] x", "x", "pr"},
    {"回复: [PATCH] x", "x", "pr"},
    {"答复： [PATCH] x", "x", "pr"},
    {"Re: words", "words", "r"},
    {"Regression in foo", "Regression in foo", ""},
    {"Release: 1.0", "Release: 1.0", ""},
    {"[PATCH] Re: x", "Re: x", "p"},
    {"[PATCH 1/2][net] x", "x", "p", 1, 1, 2, "net"},
    {"[[PATCH 1/2]] x", "x", "p", 1, 1, 2},
    {"[PATCH  v2\t1/2]   x   y", "x y", "pv", 2, 1, 2},
    {"[PATCH 1/2 x", "[PATCH 1/2 x", ""},
    {"[PATCH 1/", "[PATCH 1/", ""},
    {"[]", "", ""},
    {"[PATCH 99999999999999999999/2] x", "x", "p", 1, -1, -1,
     "99999999999999999999/2"},
    {"[PATCH v99999999999999999999] x", "x", "p", 1, -1, -1,
     "v99999999999999999999"},
    {"[linux-next:master 3/9] x", "x", "", 1, 3, 9, "linux-next:master"},
    {"[GIT PULL] x", "x", "", 1, -1, -1, "GIT PULL"},
    {"x [PATCH] y", "x [PATCH] y", ""},
};

TEST(ParseSubject, Table) {
  for (const Case& test : kCases) {
    const Subject got = ParseSubject(test.subject);
    EXPECT_EQ(got.title, test.title) << test.subject;
    std::string flags;
    if (got.patch) flags += 'p';
    if (got.reply) flags += 'r';
    if (got.rfc) flags += 'f';
    if (got.resend) flags += 's';
    if (got.version_given) flags += 'v';
    EXPECT_EQ(flags, test.flags) << test.subject;
    EXPECT_EQ(got.version, test.version) << test.subject;
    EXPECT_EQ(got.number.value_or(-1), test.number) << test.subject;
    EXPECT_EQ(got.total.value_or(-1), test.total) << test.subject;
    std::string hints;
    for (const std::string& hint : got.hints) {
      if (!hints.empty()) hints += ' ';
      hints += hint;
    }
    EXPECT_EQ(hints, test.hints) << test.subject;
  }
}

TEST(ParseSubject, TextIsOnOneLine) {
  EXPECT_EQ(ParseSubject(" [PATCH]\n\t a\r\n b ").text, "[PATCH] a b");
}

TEST(ParseSubject, HostileLengthsAreLinear) {
  constexpr size_t kSize = 1 << 20;
  EXPECT_EQ(ParseSubject(std::string(kSize, '[')).title.size(), kSize);
  std::string many;
  while (many.size() < kSize) many += "Re: ";
  EXPECT_TRUE(ParseSubject(many).reply);
  std::string brackets;
  while (brackets.size() < kSize) brackets += "[1/2]";
  EXPECT_EQ(ParseSubject(brackets).number, 1);
}

}  // namespace
}  // namespace patchmilter::mime
