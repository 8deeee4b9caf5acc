// The small containers that keep a mail's place at tens of bytes.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "series/flat_map.h"
#include "series/interner.h"

namespace patchmilter::series {
namespace {

TEST(InternerTest, NumbersTextsInTheOrderOfAsking) {
  Interner interner;
  EXPECT_EQ(interner.Get(""), 0U);
  EXPECT_EQ(interner.Lookup("a"), 0U);
  EXPECT_EQ(interner.Get("a"), 1U);
  EXPECT_EQ(interner.Get(std::string("b\0c", 3)), 2U);
  EXPECT_EQ(interner.Get("b"), 3U);
  EXPECT_EQ(interner.Get("a"), 1U);
  EXPECT_EQ(interner.Lookup(std::string("b\0c", 3)), 2U);
  EXPECT_EQ(interner.Text(0), "");
  EXPECT_EQ(interner.Text(2), std::string("b\0c", 3));
}

TEST(InternerTest, TextsStayWhereTheyAre) {
  Interner interner;
  const std::string_view first = interner.Text(interner.Get("first"));
  const std::string huge(1 << 20, 'x');
  for (int i = 0; i < 20000; ++i) {
    const std::string text = "text number " + std::to_string(i);
    ASSERT_EQ(interner.Get(text), static_cast<std::uint32_t>(i + 2));
  }
  const std::uint32_t number = interner.Get(huge);
  EXPECT_EQ(interner.Text(number), huge);
  EXPECT_EQ(first.data(), interner.Text(1).data());
  for (int i = 0; i < 20000; ++i) {
    const std::string text = "text number " + std::to_string(i);
    ASSERT_EQ(interner.Lookup(text), static_cast<std::uint32_t>(i + 2));
    ASSERT_EQ(interner.Text(static_cast<std::uint32_t>(i + 2)), text);
  }
}

TEST(FlatMapTest, HoldsWhatAMapHolds) {
  FlatMap<std::int64_t> flat;
  std::map<std::uint64_t, std::int64_t> map;
  EXPECT_EQ(flat.Find(0), nullptr);
  std::mt19937_64 random(1);
  for (int i = 0; i < 5000; ++i) {
    // Few and many, close together and far apart.
    const std::uint64_t key = i % 2 == 0 ? random() % 3000 : random() >> 1;
    const bool added = map.emplace(key, i).second;
    const auto [value, fresh] = flat.Emplace(key, i);
    ASSERT_EQ(fresh, added);
    ASSERT_EQ(*value, map.at(key));
  }
  EXPECT_EQ(flat.size(), map.size());
  for (const auto& [key, value] : map) {
    ASSERT_NE(flat.Find(key), nullptr);
    ASSERT_EQ(*flat.Find(key), value);
  }
  *flat.Find(map.begin()->first) = -7;
  EXPECT_EQ(*flat.Emplace(map.begin()->first, 0).first, -7);
}

}  // namespace
}  // namespace patchmilter::series
