#include "intake/record.h"

#include <gtest/gtest.h>

#include "tests/intake/scratch.h"

namespace patchmilter::intake {
namespace {

TEST(RecordTest, RoundTrip) {
  Record record = MakeRecord(7);
  record.sender = "";
  record.truncated = true;
  record.arrival = -1;
  record.raw = std::string("a\0b\xff\r\n", 6);
  const std::string bytes = EncodeRecord(record);
  EXPECT_EQ(bytes, EncodeRecordHead(record) + record.raw);
  const std::optional<Record> decoded = DecodeRecord(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, record);
  EXPECT_EQ(DecodeRecord(EncodeRecord(Record())), Record());
}

TEST(RecordTest, EveryCutAndEveryAdditionIsRefused) {
  const std::string bytes = EncodeRecord(MakeRecord(1));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeRecord(bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(DecodeRecord(bytes + "x"));
}

TEST(RecordTest, AnotherVersionIsRefused) {
  std::string bytes = EncodeRecord(MakeRecord(1));
  bytes[0] = 2;
  EXPECT_FALSE(DecodeRecord(bytes));
}

TEST(RecordTest, PositionsAreInTheOrderOfTheLog) {
  EXPECT_LT((Position{1, 9000}), (Position{2, 0}));
  EXPECT_LT((Position{2, 0}), (Position{2, 1}));
}

}  // namespace
}  // namespace patchmilter::intake
