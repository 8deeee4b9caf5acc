#include "review/tools/receipt.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace patchmilter::review {
namespace {

TEST(CoverageReceiptTest, NothingWasDeliveredOfWhatWasNotAskedFor) {
  const CoverageReceipt receipt;
  EXPECT_EQ(receipt.Delivered(1), 0u);
  EXPECT_FALSE(receipt.Whole(1));
}

TEST(CoverageReceiptTest, PartsAddUpWhateverTheirOrder) {
  CoverageReceipt receipt;
  receipt.Add(1, 50, 50, 100);
  EXPECT_FALSE(receipt.Whole(1));
  receipt.Add(1, 0, 30, 100);
  EXPECT_EQ(receipt.Delivered(1), 80u);
  EXPECT_FALSE(receipt.Whole(1));
  receipt.Add(1, 30, 20, 100);
  EXPECT_TRUE(receipt.Whole(1));
}

TEST(CoverageReceiptTest, WhatCameTwiceCountsOnce) {
  CoverageReceipt receipt;
  receipt.Add(1, 0, 60, 100);
  receipt.Add(1, 20, 60, 100);
  receipt.Add(1, 0, 60, 100);
  EXPECT_EQ(receipt.Delivered(1), 80u);
}

TEST(CoverageReceiptTest, NothingCountsBehindTheEnd) {
  CoverageReceipt receipt;
  receipt.Add(1, 0, 90, 100);
  receipt.Add(1, 100, 10, 100);
  receipt.Add(1, UINT64_MAX, 10, 100);
  EXPECT_EQ(receipt.Delivered(1), 90u);
  EXPECT_FALSE(receipt.Whole(1));
  receipt.Add(1, 95, UINT64_MAX, 100);
  EXPECT_EQ(receipt.Delivered(1), 95u);
}

TEST(CoverageReceiptTest, PatchesAreCountedApart) {
  CoverageReceipt receipt;
  receipt.Add(1, 0, 10, 10);
  receipt.Add(2, 0, 5, 10);
  EXPECT_TRUE(receipt.Whole(1));
  EXPECT_FALSE(receipt.Whole(2));
}

// Against a plain array of bytes.
TEST(CoverageReceiptTest, EqualsCountingBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    constexpr std::size_t kTotal = 64;
    std::vector<bool> bytes(kTotal);
    CoverageReceipt receipt;
    for (int step = 0; step < 20; ++step) {
      const std::size_t offset = random() % (kTotal + 8);
      const std::size_t size = random() % 16;
      receipt.Add(7, offset, size, kTotal);
      std::uint64_t set = 0;
      for (std::size_t i = 0; i < kTotal; ++i) {
        if (i >= offset && i < offset + size) bytes[i] = true;
        if (bytes[i]) ++set;
      }
      ASSERT_EQ(receipt.Delivered(7), set);
      ASSERT_EQ(receipt.Whole(7), set == kTotal);
    }
  }
}

}  // namespace
}  // namespace patchmilter::review
