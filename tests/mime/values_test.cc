// Values of headers: addresses, ids, dates, content types, encoded words.
#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "mime/address.h"
#include "mime/content_type.h"
#include "mime/date.h"
#include "mime/encoded_word.h"
#include "mime/message_id.h"

namespace patchmilter::mime {
namespace {

std::string Shown(const std::vector<Address>& addresses) {
  std::string text;
  for (const Address& address : addresses) {
    if (!text.empty()) text += " | ";
    text += address.name + " <" + address.email + ">";
  }
  return text;
}

TEST(ParseAddresses, Table) {
  struct Case {
    std::string_view value;
    std::string_view want;
  };
  const Case cases[] = {
      {"", ""},
      {"a@x.org", " <a@x.org>"},
      {"A B <a@x.org>", "A B <a@x.org>"},
      {"A B <a@x.org>, c@x.org", "A B <a@x.org> |  <c@x.org>"},
      {"\"B, A\" <a@x.org>", "B, A <a@x.org>"},
      {"\"A \\\"q\\\" B\" <a@x.org>", "A \"q\" B <a@x.org>"},
      {"B, A <a@x.org>, c@x.org", "B, A <a@x.org> |  <c@x.org>"},
      {"a@x.org (A B)", "A B <a@x.org>"},
      {"=?utf-8?q?J=C3=B6rg?= <a@x.org>", "J\xc3\xb6rg <a@x.org>"},
      {"=?utf-8?q?B=2C_A?= <a@x.org>, c@x.org", "B, A <a@x.org> |  <c@x.org>"},
      {"\"=?utf-8?q?J=C3=B6rg?=\" <a@x.org>", "J\xc3\xb6rg <a@x.org>"},
      {"undisclosed-recipients:;", ""},
      {"people: a@x.org, B <b@x.org>;, c@x.org",
       " <a@x.org> | B <b@x.org> |  <c@x.org>"},
      {"A <a @ x.org >", "A <a@x.org>"},
      {"A <a@x.org> <b@x.org>", "A <a@x.org> |  <b@x.org>"},
      {"A <a@x.org", "A <a@x.org>"},
      {",,,a@x.org,,", " <a@x.org>"},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(Shown(ParseAddresses(test.value)), test.want) << test.value;
  }
}

TEST(ParseFrom, TakesColonsInNames) {
  const Address from = ParseFrom("kernel: test robot <lkp@x.org>");
  EXPECT_EQ(from.name, "kernel: test robot");
  EXPECT_EQ(from.email, "lkp@x.org");
  EXPECT_EQ(ParseFrom("Nobody").name, "Nobody");
  EXPECT_EQ(ParseFrom("Nobody").email, "");
  EXPECT_EQ(ParseFrom("John (zzz) Doe <j@x.org>").name, "John (zzz) Doe");
}

TEST(ParseAddresses, HostileLengthsAreBounded) {
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "a@x.org,";
  EXPECT_EQ(ParseAddresses(many).size(), kMaxAddresses);
  EXPECT_TRUE(ParseAddresses(std::string(60'000, '(')).empty());
  EXPECT_TRUE(ParseAddresses(std::string(60'000, '"')).empty());
  EXPECT_LE(ParseAddresses(std::string(60'000, '<')).size(), kMaxAddresses);
}

TEST(MessageIds, Table) {
  struct Case {
    std::string_view value;
    std::string_view want;  // Joined by blanks.
  };
  const Case cases[] = {
      {"", ""},
      {"<a@x>", "a@x"},
      {"<a@x> <b@x>", "a@x b@x"},
      {"<a@x><b@x>", "a@x b@x"},
      {"Your message of \"Mon\" <a@x>", "a@x"},
      {"Message from X <x@y.org> of Mon. <a@x>", "x@y.org a@x"},
      {"<a @ x>", "a@x"},
      {"a@x", "a@x"},
      {"a@x, b@x", "a@x b@x"},
      {"no id at all", ""},
      {"<a@x", "a@x"},
      {"<<a@x>>", "a@x"},
      {"<no-host>", "no-host"},
      {"<>", ""},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(Join(ParseMessageIds(test.value), " "), test.want) << test.value;
  }
  EXPECT_TRUE(ParseMessageIds("<" + std::string(5000, 'a') + "@x>").empty());
}

TEST(MessageIds, TheMailsOwn) {
  EXPECT_EQ(ParseMessageId("<a@x>"), "a@x");
  EXPECT_EQ(ParseMessageId(" a@x "), "a@x");
  EXPECT_EQ(ParseMessageId("<no-host>"), "no-host");
  EXPECT_EQ(ParseMessageId("<a@x> (added by someone)"), "a@x");
  EXPECT_EQ(ParseMessageId(""), "");
}

TEST(MessageIds, Safe) {
  EXPECT_TRUE(IsSafeMessageId("a.b+c@x.org"));
  for (const std::string_view id :
       {"", "a b@x", "a>b@x", "a<b@x", "a\n@x", "\xc3\xa4@x"}) {
    EXPECT_FALSE(IsSafeMessageId(id)) << id;
  }
}

TEST(ParseMailDate, Table) {
  struct Case {
    std::string_view value;
    UnixSeconds want;  // -1: none
  };
  const Case cases[] = {
      {"Fri, 20 Nov 2026 21:01:47 +0000", 1795208507},
      {"Fri, 20 Nov 2026 22:01:47 +0100", 1795208507},
      {"20 Nov 2026 21:01:47 GMT", 1795208507},
      {"Fri, 20 Nov 2026 21:01:47 +0000 (UTC)", 1795208507},
      {"Fri,20 Nov 2026 21:01:47 +0000", 1795208507},
      {"Thu, 1 Jan 1970 00:00:00 +0000", 0},
      {"Thu, 29 Feb 2024 12:00:00 -0800", 1709236800},
      {"Thu, 29 Feb 2024 12:00 -0800", 1709236800},
      {"Thu, 1 Jan 2085 00:00:00 +0000", 3629145600},
      {"", -1},
      {"not a date", -1},
      {"Fri, 20 Foo 2026 21:01:47 +0000", -1},
      {"Thu, 1 Jan 1969 00:00:00 +0000", -1},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(ParseMailDate(test.value).value_or(-1), test.want) << test.value;
  }
}

TEST(ParseReceivedDate, BehindTheLastSemicolon) {
  EXPECT_EQ(ParseReceivedDate("from a (b; c) by d; Fri, 20 Nov 2026 21:01:47 "
                              "+0000 (UTC)"),
            1795208507);
  EXPECT_EQ(ParseReceivedDate("from a by b"), std::nullopt);
}

ContentType TypeOf(std::string_view headers) {
  return ReadContentType(ScanHeaders(headers));
}

TEST(ReadContentType, Parameters) {
  const ContentType content = TypeOf(
      "Content-Type: Text/PLAIN; CharSet=\"ISO-8859-1\"; format=Flowed;\n"
      "\tdelsp=yes; name=\"a\\\"b.txt\"\n"
      "Content-Transfer-Encoding:  Quoted-Printable \n\n");
  EXPECT_EQ(content.type, "text/plain");
  EXPECT_EQ(content.charset, "ISO-8859-1");
  EXPECT_TRUE(content.flowed);
  EXPECT_TRUE(content.del_sp);
  EXPECT_EQ(content.name, "a\"b.txt");
  EXPECT_EQ(content.encoding, TransferEncoding::kQuotedPrintable);
}

TEST(ReadContentType, Defaults) {
  for (const std::string_view headers :
       {"\n", "Content-Type:\n\n", "Content-Type: text\n\n",
        "Content-Type: ; charset=x\n\n", "Content-Type: /x\n\n"}) {
    EXPECT_EQ(TypeOf(headers).type, "text/plain") << headers;
  }
}

TEST(ReadContentType, KnowsPatchFiles) {
  EXPECT_TRUE(TypeOf("Content-Type: text/x-patch\n\n").IsPatchFile());
  EXPECT_TRUE(
      TypeOf("Content-Type: application/octet-stream\n"
             "Content-Disposition: attachment; filename=\"a.PATCH\"\n\n")
          .IsPatchFile());
  EXPECT_TRUE(
      TypeOf("Content-Type: text/plain; name=a.diff\n\n").IsPatchFile());
  EXPECT_FALSE(TypeOf("Content-Type: text/html\n\n").IsPatchFile());
  EXPECT_TRUE(TypeOf("Content-Disposition: attachment\n\n").attachment);
}

// RFC 2231: charsets, percents, pieces.
TEST(ReadContentType, ParametersInPiecesAndCharsets) {
  struct Case {
    std::string_view headers;
    std::string_view name;
  };
  const Case cases[] = {
      {"Content-Disposition: attachment; filename*=utf-8''J%C3%B6rg.patch\n\n",
       "J\xc3\xb6rg.patch"},
      {"Content-Disposition: attachment; filename*=iso-8859-1'de'J%F6rg.patch"
       "\n\n",
       "J\xc3\xb6rg.patch"},
      {"Content-Disposition: attachment; filename*0=\"a;b\";\n"
       " filename*1=.patch\n\n",
       "a;b.patch"},
      {"Content-Disposition: attachment; filename*0*=utf-8''%C3;\n"
       " filename*1*=%B6; filename*2=.patch\n\n",
       "\xc3\xb6.patch"},
      {"Content-Disposition: attachment; filename=a.txt;\n"
       " filename*=utf-8''a.patch\n\n",
       "a.patch"},
      {"Content-Type: text/plain; name*0=a; name*2=c; name*1=.patch\n\n",
       "a.patch"},
      {"Content-Type: text/plain; name=\"=?utf-8?q?a=2Epatch?=\"\n\n",
       "a.patch"},
      {"Content-Disposition: attachment; filename*=broken%zz%\n\n",
       "broken%zz%"},
      {"Content-Disposition: attachment; filename*x=a; filename*99999999999="
       "b; filename*1=c\n\n",
       ""},
      {"Content-Type: application/octet-stream; name=a.patch\n"
       "Content-Disposition: attachment; size=7\n\n",
       "a.patch"},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(TypeOf(test.headers).name, test.name) << test.headers;
  }
  const ContentType content = TypeOf(
      "Content-Type: multipart/mixed; boundary*0=\"a b\"; boundary*1=c;\n"
      " charset*=us-ascii'en'utf-8\n\n");
  EXPECT_EQ(content.boundary, "a bc");
  EXPECT_EQ(content.charset, "utf-8");
}

TEST(ReadContentType, HostileParametersAreBounded) {
  std::string many = "Content-Type: text/plain";
  std::string pieces = many;
  for (int i = 0; i < 20'000; ++i) {
    many += ";a" + std::to_string(i);
    pieces += ";name*" + std::to_string(i) + "=" + std::string(9, 'x');
  }
  EXPECT_EQ(TypeOf(many + "; name=late\n\n").name, "");
  EXPECT_EQ(TypeOf(pieces + "\n\n").name.size(), 200U * 9);
}

TEST(DecodeHeaderText, Table) {
  struct Case {
    std::string_view value;
    std::string_view want;
  };
  const Case cases[] = {
      {"plain", "plain"},
      {"=?utf-8?q?=5BPATCH=5D_x?=", "[PATCH] x"},
      {"=?utf-8?b?W1BBVENIXSB4?=", "[PATCH] x"},
      {"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
      {"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},
      {"=?utf-8?q?J=C3?= =?utf-8?q?=B6rg?=", "J\xc3\xb6rg"},
      // Padding ends a word, and no run of words.
      {"=?utf-8?B?W1BBVA==?= =?utf-8?B?Q0gg?= =?utf-8?B?MS8yXSB4?=",
       "[PATCH 1/2] x"},
      {"=?utf-8?B?YQ==?= =?UTF-8?B?Yg==?= c =?utf-8?b?ZA==?=", "ab c d"},
      {"=?utf-8?b?YQ==?= =?utf-8?q?b_?= =?utf-8?b?Yw==?=", "ab c"},
      // A character that words of two encodings cut in two.
      {"=?utf-8?q?J=C3?= =?utf-8?b?tnJn?=", "J\xc3\xb6rg"},
      {"=?utf-8?b?YQ==?= =?iso-8859-1?b?9g==?=", "a\xc3\xb6"},
      {"=?utf-8*de?b?YQ==?=\t=?utf-8?b?Yg==?= tail", "ab tail"},
      {"=?utf-8?b?YQ==?= =?utf-8?x?b?=", "a =?utf-8?x?b?="},
      {"=?utf-8?b?YQ==?= =?utf-8?b?", "a =?utf-8?b?"},
      {"=?iso-8859-1?q?J=F6rg?=", "J\xc3\xb6rg"},
      {"J\xf6rg", "J\xc3\xb6rg"},
      {"J\xc3\xb6rg", "J\xc3\xb6rg"},
      {"=?utf-8?q?a=0Ab?=", "a b"},
      {"=?broken", "=?broken"},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(DecodeHeaderText(test.value), test.want) << test.value;
  }
  EXPECT_TRUE(IsValidUtf8(DecodeHeaderText("=?utf-8?q?=FF=FE?=")));
  EXPECT_TRUE(IsValidUtf8(DecodeHeaderText("=?nonsense?b?/////w==?=")));
}

TEST(EncodeHeaderText, ComesBackAsItWas) {
  std::string long_text = "[PATCH] ";
  for (int i = 0; i < 60; ++i) long_text += "w\xc3\xb6rter ";
  long_text += "end";
  for (const std::string& text :
       {std::string("plain"), std::string("J\xc3\xb6rg"),
        std::string("two  blanks"), std::string(" around "),
        std::string("looks =?utf-8?q?encoded?="), long_text,
        std::string(3000, 'x'), std::string("\xf0\x9f\x98\x80 \xe2\x82\xac")}) {
    const std::string encoded = EncodeHeaderText(text, 9);
    for (const std::string_view line : Split(encoded, '\n')) {
      EXPECT_LT(line.size(), 998u) << text;
      EXPECT_LE(line.size(), 78u) << encoded;
      for (const char c : line) EXPECT_LT(static_cast<unsigned char>(c), 0x7f);
    }
    std::string unfolded;
    for (const char c : encoded) {
      if (c != '\n') unfolded += c;
    }
    EXPECT_EQ(DecodeHeaderText(unfolded), text);
  }
}

}  // namespace
}  // namespace patchmilter::mime
