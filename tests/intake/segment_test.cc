#include "intake/segment.h"

#include <gtest/gtest.h>

#include "tests/intake/scratch.h"

namespace patchmilter::intake {
namespace {

TEST(SegmentTest, HeaderRoundTripAndEveryBitFlip) {
  const std::string block = EncodeSegmentHeader({5, 0x1234, 1 << 20, 77});
  ASSERT_EQ(block.size(), kBlock);
  const auto header = DecodeSegmentHeader(block);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->id, 5U);
  EXPECT_EQ(header->nonce, 0x1234U);
  EXPECT_EQ(header->size, 1U << 20);
  EXPECT_EQ(header->sequence, 77U);
  for (size_t bit = 0; bit < 48 * 8; ++bit) {
    std::string bad = block;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeSegmentHeader(bad)) << bit;
  }
}

TEST(SegmentTest, RecordHeaderRoundTripAndEveryBitFlip) {
  const std::string bytes = EncodeRecordHeader({1, 2, 3, 4096, 5, 6});
  ASSERT_EQ(bytes.size(), kRecordHeaderSize);
  const auto header = DecodeRecordHeader(bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->segment, 1U);
  EXPECT_EQ(header->nonce, 2U);
  EXPECT_EQ(header->sequence, 3U);
  EXPECT_EQ(header->batch, 4096U);
  EXPECT_EQ(header->length, 5U);
  EXPECT_EQ(header->payload_checksum, 6U);
  for (size_t bit = 0; bit < kRecordHeaderSize * 8; ++bit) {
    std::string bad = bytes;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeRecordHeader(bad)) << bit;
  }
}

TEST(SegmentTest, OnlySegmentFilesAreListed) {
  const Scratch scratch;
  for (const char* name :
       {"segment-00000000000000ff.log", "segment-0000000000000002.log",
        "segment-1.log", "segment-00000000000000fg.log", "segment.new",
        "segment.spare", "lock", "xsegment-0000000000000002.log"}) {
    ASSERT_TRUE(ReplaceFile(scratch.path() + "/" + name, "").ok());
  }
  const auto ids = ListSegments(scratch.path());
  ASSERT_TRUE(ids.ok());
  EXPECT_EQ(*ids, (std::vector<std::uint64_t>{2, 255}));
}

TEST(SegmentTest, ARecordOfAnotherSegmentIsNothing) {
  const Scratch scratch;
  const SegmentHeader header{3, 99, 4 * kBlock, 1};
  const std::string payload = "payload";
  const auto write = [&](std::uint64_t segment, std::uint64_t nonce) {
    const std::string record =
        EncodeRecordHeader(
            {segment, nonce, 1, kBlock, payload.size(), Checksum(payload)}) +
        payload;
    std::string file = EncodeSegmentHeader(header) + record;
    file.resize(header.size, '\0');
    ASSERT_TRUE(ReplaceFile(SegmentPath(scratch.path(), 3), file).ok());
  };
  const auto slot = [&] {
    const auto segment = Segment::Open(scratch.path(), 3);
    return segment->At(kBlock)->slot;
  };
  write(3, 99);
  EXPECT_EQ(slot(), Segment::Slot::kRecord);
  write(2, 99);  // Old bytes of a recycled file.
  EXPECT_EQ(slot(), Segment::Slot::kNothing);
  write(3, 98);  // A forged record: the nonce cannot be known.
  EXPECT_EQ(slot(), Segment::Slot::kNothing);
}

TEST(SegmentTest, ALyingLengthAllocatesNothing) {
  const Scratch scratch;
  std::string file = EncodeSegmentHeader({3, 99, 2 * kBlock, 1});
  file += EncodeRecordHeader({3, 99, 1, kBlock, ~0ULL, 0});
  file.resize(2 * kBlock, '\0');
  ASSERT_TRUE(ReplaceFile(SegmentPath(scratch.path(), 3), file).ok());
  const auto segment = Segment::Open(scratch.path(), 3);
  ASSERT_TRUE(segment.ok());
  EXPECT_EQ(segment->At(kBlock)->slot, Segment::Slot::kTorn);
}

}  // namespace
}  // namespace patchmilter::intake
