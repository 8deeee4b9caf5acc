#include "intake/writer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "tests/intake/scratch.h"

namespace patchmilter::intake {
namespace {

class WriterTest : public testing::TestWithParam<bool> {
 protected:
  WriterOptions Options() const {
    return SmallOptions(scratch_.path(), GetParam());
  }
  const Scratch scratch_;
};
INSTANTIATE_TEST_SUITE_P(DirectAndBuffered, WriterTest, testing::Bool(),
                         [](const auto& param) {
                           return param.param ? "Direct" : "Buffered";
                         });

TEST_P(WriterTest, AppendsOfAllSizes) {
  auto writer = OpenWriter(Options());
  std::vector<Record> records;
  Position last;
  for (const size_t size :
       {0UL, 1UL, 3800UL, 4096UL - 64 - 180, 4096UL, 8192UL, 60000UL, 61439UL,
        65536UL, 200000UL, 1UL, 3UL << 20, 5UL}) {
    records.push_back(MakeRecord(records.size() + 1, size));
    const Position at = MustAppend(*writer, records.back());
    EXPECT_GT(at, last);
    last = at;
  }
  const Read read = ReadAllFrom(scratch_.path());
  ASSERT_EQ(read.entries.size(), records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(read.entries[i].record, records[i]) << i;
  }
  EXPECT_TRUE(read.errors.empty());
  EXPECT_EQ(writer->stats().stored, records.size());
}

TEST_P(WriterTest, EveryPayloadLengthAroundABlock) {
  auto writer = OpenWriter(Options());
  const size_t head = EncodeRecordHead(MakeRecord(1)).size();
  std::uint64_t number = 0;
  for (size_t total = kBlock - 3; total <= kBlock + 3; ++total) {
    ++number;
    Record record = MakeRecord(number);
    record.raw.assign(total - kRecordHeaderSize - head, 'x');
    MustAppend(*writer, record);
  }
  EXPECT_EQ(ReadAllFrom(scratch_.path()).ids(), Ids(1, number));
}

TEST_P(WriterTest, ManyAppendersAndAReaderThatFollows) {
  auto writer = OpenWriter(Options());
  constexpr std::uint64_t kThreads = 8;
  constexpr std::uint64_t kEach = 60;
  std::atomic<std::uint64_t> acknowledged{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        const std::uint64_t number = t * 1000 + i;
        MustAppend(*writer, MakeRecord(number, number * 37 % 12000));
        ++acknowledged;
      }
    });
  }
  auto reader = Reader::Open(scratch_.path(), {});
  ASSERT_TRUE(reader.ok());
  Read read;
  while (read.entries.size() < kThreads * kEach) {
    const std::uint64_t before = acknowledged;
    Drain(**reader, &read);
    // Whatever was acknowledged before the look is seen by it.
    ASSERT_GE(read.entries.size(), before);
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> ids;
  for (const Entry& entry : read.entries) ids.insert(entry.record.queue_id);
  EXPECT_EQ(ids.size(), kThreads * kEach);
  EXPECT_TRUE(read.errors.empty());
  EXPECT_LE(writer->stats().flushes, kThreads * kEach);
}

TEST_P(WriterTest, PrunesBehindTheCursorAndRecycles) {
  WriterOptions options = Options();
  options.max_size = 5 * options.segment_size;
  auto writer = OpenWriter(options);
  auto reader = Reader::Open(scratch_.path(), {});
  // Far more than max_size, with a reader that keeps up.
  Read read;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    MustAppend(*writer, MakeRecord(i, 20000));
    Drain(**reader, &read);
    ASSERT_EQ(read.entries.size(), i);
    ASSERT_TRUE(
        PublishCursor(CursorFile(scratch_.path()), read.entries.back().next)
            .ok());
    writer->Prune();
  }
  EXPECT_EQ(read.ids(), Ids(1, 100));
  const WriterStats stats = writer->stats();
  EXPECT_GT(stats.pruned, 20U);
  EXPECT_LE(stats.bytes, options.max_size);
}

TEST_P(WriterTest, ReaderBehindKeepsWhatItHasNotRead) {
  auto writer = OpenWriter(Options());
  std::vector<Position> positions;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    positions.push_back(MustAppend(*writer, MakeRecord(i, 20000)));
  }
  ASSERT_TRUE(PublishCursor(CursorFile(scratch_.path()), positions[9]).ok());
  writer->Prune();
  EXPECT_GT(writer->stats().pruned, 0U);
  EXPECT_EQ(writer->stats().cursor, positions[9]);
  EXPECT_EQ(ReadAllFrom(scratch_.path(), positions[9]).ids(), Ids(10, 20));
}

TEST_P(WriterTest, FullIntakeFailsAtOnceAndRecovers) {
  WriterOptions options = Options();
  options.max_size = 3 * options.segment_size;
  auto writer = OpenWriter(options);
  std::vector<Position> positions;
  AppendResult result;
  while (true) {
    const auto start = std::chrono::steady_clock::now();
    result = writer->Append(MakeRecord(positions.size() + 1, 20000), Soon());
    EXPECT_LT(std::chrono::steady_clock::now() - start,
              std::chrono::seconds(5));
    if (result.outcome != AppendResult::Outcome::kStored) break;
    positions.push_back(result.position);
    ASSERT_LT(positions.size(), 100U);
  }
  EXPECT_EQ(result.outcome, AppendResult::Outcome::kFailed);
  EXPECT_EQ(result.error.kind, ErrorKind::kTemporary);
  EXPECT_NE(result.error.message.find("the intake is full"), std::string::npos);
  EXPECT_EQ(writer->stats().failed, 1U);
  ASSERT_TRUE(
      PublishCursor(CursorFile(scratch_.path()), positions.back()).ok());
  do {
    result = writer->Append(MakeRecord(900, 20000), Soon());
  } while (result.outcome != AppendResult::Outcome::kStored);
  const Read read = ReadAllFrom(scratch_.path(), positions.back());
  EXPECT_EQ(read.entries.back().record.queue_id, "Q900");
}

TEST_P(WriterTest, SecondWriterIsRefused) {
  auto writer = OpenWriter(Options());
  const auto second = Writer::Open(Options());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::kTemporary);
  EXPECT_NE(second.error().message.find("in use by a running process"),
            std::string::npos);
  MustAppend(*writer, MakeRecord(1));
  writer.reset();
  EXPECT_TRUE(Writer::Open(Options()).ok());
}

TEST_P(WriterTest, CloseRefusesWhatComesAfter) {
  auto writer = OpenWriter(Options());
  MustAppend(*writer, MakeRecord(1));
  EXPECT_TRUE(writer->Close(Soon()));
  const AppendResult result = writer->Append(MakeRecord(2), Soon());
  EXPECT_EQ(result.outcome, AppendResult::Outcome::kFailed);
  EXPECT_EQ(ReadAllFrom(scratch_.path()).ids(), Ids(1, 1));
}

TEST(WriterOpenTest, ClearErrors) {
  const Scratch scratch;
  WriterOptions options = SmallOptions(scratch.path());
  options.segment_size = 5000;
  EXPECT_EQ(Writer::Open(options).error().kind, ErrorKind::kInvalidInput);
  options = SmallOptions(scratch.path() + "/file");
  ASSERT_TRUE(ReplaceFile(options.directory, "x").ok());
  const auto writer = Writer::Open(options);
  ASSERT_FALSE(writer.ok());
  EXPECT_NE(writer.error().message.find(options.directory), std::string::npos);
}

}  // namespace
}  // namespace patchmilter::intake
