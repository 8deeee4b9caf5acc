#include "tree/index/posting_list.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace patchmilter::tree {
namespace {

using Numbers = std::vector<std::uint32_t>;

TEST(PostingListTest, ComesBackAsItWas) {
  std::mt19937 random(3);  // NOLINT: the same each time.
  for (const std::uint32_t documents :
       {1U, 2U, 9U, 63U, 64U, 1'000U, 70'000U}) {
    for (const double share : {0.0001, 0.01, 0.1, 0.5, 0.9, 1.0}) {
      Numbers numbers;
      for (std::uint32_t i = 0; i < documents; ++i) {
        if (std::generate_canonical<double, 32>(random) < share) {
          numbers.push_back(i);
        }
      }
      if (numbers.empty()) numbers.push_back(documents - 1);
      std::string bytes;
      EncodePostings(numbers, documents, &bytes);
      EXPECT_LE(bytes.size(), (documents + 7) / 8 + 1);
      Numbers got;
      ASSERT_TRUE(DecodePostings(
          bytes, static_cast<std::uint32_t>(numbers.size()), documents, &got));
      EXPECT_EQ(got, numbers);
    }
  }
}

TEST(PostingListTest, SmallNextToOneByteANumber) {
  Numbers numbers;
  for (std::uint32_t i = 0; i < 10'000; ++i) numbers.push_back(i * 8);
  std::string bytes;
  EncodePostings(numbers, 80'000, &bytes);
  EXPECT_LT(bytes.size(), numbers.size() * 6 / 10);
}

// Whatever the bytes: ascending numbers below the bound, or a refusal.
TEST(PostingListTest, AnyBytes) {
  std::mt19937 random(4);  // NOLINT: the same each time.
  std::size_t taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 20, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (!bytes.empty() && round % 2 == 0) {
      bytes[0] = static_cast<char>(random() % 8);
    }
    const auto documents = static_cast<std::uint32_t>(random() % 200);
    const auto count = static_cast<std::uint32_t>(random() % 20);
    Numbers got;
    if (!DecodePostings(bytes, count, documents, &got)) continue;
    ++taken;
    ASSERT_EQ(got.size(), count);
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_LT(got[i], documents);
      if (i > 0) {
        ASSERT_LT(got[i - 1], got[i]);
      }
    }
  }
  EXPECT_GT(taken, 100U);
}

}  // namespace
}  // namespace patchmilter::tree
