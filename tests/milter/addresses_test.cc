#include "milter/addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace patchmilter::milter {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ListIdTest, Values) {
  const struct {
    const char* value;
    const char* want;
  } cases[] = {
      {" <dev.lists.example.org>", "dev.lists.example.org"},
      {" The Dev list <Dev.Lists.Example.ORG>", "dev.lists.example.org"},
      {"<a.b>", "a.b"},
      {" \"odd <x.y> name\" <a.b>", "a.b"},
      {" =?utf-8?q?caf=C3=A9?=\n <a.b>", "a.b"},
      {" name\n <a.\n\tb>", "a.b"},
      {" < a.b >", "a.b"},
      {" <a.b> (comment)", "a.b"},
      {" a.b ", "a.b"},
      {" two words", ""},
      {" <a.b", ""},
      {" a.b>", "a.b>"},
      {" <>", ""},
      {"", ""},
  };
  for (const auto& c : cases)
    EXPECT_EQ(ParseListId(c.value), c.want) << c.value;
}

TEST(ScanAddressesTest, OrdinaryOnes) {
  EXPECT_THAT(ScanAddresses(" a@example.org"), ElementsAre("a@example.org"));
  EXPECT_THAT(ScanAddresses(" A B <A@Example.org>, c@example.org,\n"
                            "\t\"D, E\" <d@example.org>"),
              ElementsAre("a@example.org", "c@example.org", "d@example.org"));
  EXPECT_THAT(ScanAddresses("<a@x.org>,<b@x.org>"),
              ElementsAre("a@x.org", "b@x.org"));
  EXPECT_THAT(ScanAddresses(" undisclosed-recipients:;"), IsEmpty());
  EXPECT_THAT(ScanAddresses(" friends: a@x.org, B <b@x.org>; c@x.org"),
              ElementsAre("a@x.org", "b@x.org", "c@x.org"));
  EXPECT_THAT(ScanAddresses(" a@x.org (A, <not@x.org> (nested)), b@x.org"),
              ElementsAre("a@x.org", "b@x.org"));
  EXPECT_THAT(ScanAddresses(" <@r1.org,@r2.org:a@x.org>"),
              ElementsAre("a@x.org"));
  EXPECT_THAT(ScanAddresses(" =?utf-8?q?x=2C?= <a@x.org>"),
              ElementsAre("a@x.org"));
  EXPECT_THAT(ScanAddresses(" \"a b\"@x.org"), ElementsAre("\"a b\"@x.org"));
}

// A name is no address: a mail is not a list's because somebody is called so.
TEST(ScanAddressesTest, AddressesInNamesDoNotCount) {
  EXPECT_THAT(ScanAddresses(" \"list@x.org via y\" <a@x.org>"),
              ElementsAre("a@x.org"));
  EXPECT_THAT(ScanAddresses(" list@x.org <a@x.org>"), ElementsAre("a@x.org"));
  EXPECT_THAT(ScanAddresses(" (list@x.org) a@x.org"), ElementsAre("a@x.org"));
}

TEST(ScanAddressesTest, BrokenEntriesDoNotHideTheOthers) {
  EXPECT_THAT(ScanAddresses(" \"A <a@x.org>, b@x.org"),
              ElementsAre("a@x.org", "b@x.org"));
  EXPECT_THAT(ScanAddresses(" (A <a@x.org>, b@x.org"),
              ElementsAre("a@x.org", "b@x.org"));
  EXPECT_THAT(ScanAddresses(" A <a@x.org, b@x.org"),
              ElementsAre("a@x.org", "b@x.org"));
  EXPECT_THAT(ScanAddresses(" ,,;:@, @x.org, a@, a, <>, \\"), IsEmpty());
}

// Work is bounded in the value's length, whatever stands in it.
TEST(ScanAddressesTest, HostileValuesTakeNoTime) {
  const auto start = std::chrono::steady_clock::now();
  for (const char* unit : {"\"", "(", "<", "\\", "(\"<", "a@b,", "()", "\"\"",
                           "<>", ")(", "\"\\\"("}) {
    std::string value;
    while (value.size() < kMaxHeaderScan) value += unit;
    ScanAddresses(value);
    ParseListId(value);
    ScanAddresses(value + ">\")");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(ScanAddressesTest, WhatIsBeyondTheLimitIsNotRead) {
  std::string value(kMaxHeaderScan, ' ');
  EXPECT_THAT(ScanAddresses(value + "a@x.org"), IsEmpty());
  value.resize(kMaxHeaderScan - 7);
  EXPECT_THAT(ScanAddresses(value + "a@x.org"), ElementsAre("a@x.org"));
}

TEST(EnvelopeAddressTest, Values) {
  EXPECT_EQ(EnvelopeAddress("<a@x.org>"), "a@x.org");
  EXPECT_EQ(EnvelopeAddress("a@x.org"), "a@x.org");
  EXPECT_EQ(EnvelopeAddress("<>"), "");
  EXPECT_EQ(EnvelopeAddress(""), "");
  EXPECT_EQ(EnvelopeAddress("<@r.org:A@x.org>"), "A@x.org");
  EXPECT_EQ(EnvelopeAddress(" < a@x.org > "), "a@x.org");
  EXPECT_EQ(EnvelopeAddress("<"), "<");
}

}  // namespace
}  // namespace patchmilter::milter
