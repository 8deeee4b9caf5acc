#include "milter/watch.h"

#include <gtest/gtest.h>

namespace patchmilter::milter {
namespace {

Config TwoLists() {
  Config config;
  config.lists.resize(2);
  config.lists[0].name = "one";
  config.lists[0].list_id = {"One.example.org"};
  config.lists[0].recipients = {"both@example.org"};
  config.lists[1].name = "two";
  config.lists[1].list_id = {"one.example.org", "two.example.org"};
  config.lists[1].recipients = {"Both@example.org", "two@example.org"};
  config.lists[1].addresses = {"two@example.org"};
  return config;
}

TEST(WatchTest, FirstMatchWinsAndCaseDoesNotMatter) {
  const Watch watch(TwoLists());
  EXPECT_EQ(watch.ByListId("ONE.example.org"), 0U);
  EXPECT_EQ(watch.ByListId("two.example.org"), 1U);
  EXPECT_EQ(watch.ByListId("three.example.org"), kNoList);
  EXPECT_EQ(watch.ByListId(""), kNoList);
  EXPECT_EQ(watch.ByRecipient("BOTH@example.org"), 0U);
  EXPECT_EQ(watch.ByRecipient("two@example.org"), 1U);
  EXPECT_EQ(watch.ByAddress("two@example.org"), 1U);
  EXPECT_EQ(watch.ByAddress("both@example.org"), kNoList);
  EXPECT_EQ(watch.Name(1), "two");
}

TEST(WatchTest, WhatCanBeKnownAtData) {
  Config config;
  EXPECT_TRUE(Watch(config).recipients_only());
  config.lists.resize(1);
  config.lists[0].recipients = {"a@example.org"};
  EXPECT_TRUE(Watch(config).recipients_only());
  EXPECT_FALSE(Watch(config).IsDestination("a@example.org"));
  config.lists[0].addresses = {"a@example.org"};
  EXPECT_FALSE(Watch(config).recipients_only());
  config.destinations.resize(1);
  config.destinations[0].address = "Reviews@example.org";
  EXPECT_TRUE(Watch(config).IsDestination("reviews@EXAMPLE.org"));
  EXPECT_FALSE(Watch(config).IsDestination(""));
}

}  // namespace
}  // namespace patchmilter::milter
