// What a writer finds after a crash: torn tails, whole tails, reader's cursors.
#include "intake/recovery.h"

#include <gtest/gtest.h>

#include "tests/intake/scratch.h"

namespace patchmilter::intake {
namespace {

// Two records, then the log of the second cut at every byte: what was there
// before the second was written stands behind the cut.
TEST(RecoveryTest, TornAtEveryByteOfTheLastRecord) {
  const Scratch scratch;
  Position last;
  std::string before;
  std::string path;
  {
    auto writer = OpenWriter(SmallOptions(scratch.path()));
    path = SegmentPath(scratch.path(),
                       MustAppend(*writer, MakeRecord(1, 500)).segment);
    before = *ReadFile(path);
    last = MustAppend(*writer, MakeRecord(2, 500));
  }
  const std::string after = *ReadFile(path);
  const std::uint64_t length =
      kRecordHeaderSize + EncodeRecord(MakeRecord(2, 500)).size();
  for (std::uint64_t cut = 0; cut < length; ++cut) {
    std::string torn = before;
    torn.replace(last.offset, cut, after, last.offset, cut);
    ASSERT_TRUE(ReplaceFile(path, torn).ok());
    EXPECT_EQ(ReadAllFrom(scratch.path()).ids(), Ids(1, 1)) << cut;
    // A whole writer takes its time: at the fields' borders, and here and
    // there.
    if (cut > 64 && cut % 53 != 0) {
      const auto recovered =
          Recover(scratch.path(), {}, 16 * kBlock, FileCalls::Real());
      ASSERT_TRUE(recovered.ok());
      EXPECT_EQ(recovered->current->id, last.segment);
      EXPECT_EQ(recovered->offset, last.offset) << cut;
      continue;
    }
    auto writer = OpenWriter(SmallOptions(scratch.path()));
    const Position again = MustAppend(*writer, MakeRecord(3, 500));
    EXPECT_EQ(again, last) << cut;
    const Read read = ReadAllFrom(scratch.path());
    EXPECT_EQ(read.ids(), (std::vector<std::string>{"Q1", "Q3"})) << cut;
    EXPECT_TRUE(read.errors.empty()) << cut;
  }
}

// A flush of two records of which only the second came to the disk: it was
// never acknowledged, and must not follow a new record that ends before it.
TEST(RecoveryTest, LeftOverOfATornFlushIsCut) {
  const Scratch scratch;
  std::string path;
  std::uint64_t at = 0;
  {
    auto writer = OpenWriter(SmallOptions(scratch.path()));
    const Position first = MustAppend(*writer, MakeRecord(1));
    path = SegmentPath(scratch.path(), first.segment);
    at = first.offset + kBlock;
  }
  const auto segment =
      Segment::Open(scratch.path(), ListSegments(scratch.path())->front());
  const std::string payload = EncodeRecord(MakeRecord(9));
  Damage(path, at + kBlock,
         EncodeRecordHeader({segment->header().id, segment->header().nonce, 3,
                             at, payload.size(), Checksum(payload)}) +
             payload);
  auto writer = OpenWriter(SmallOptions(scratch.path()));
  EXPECT_EQ(MustAppend(*writer, MakeRecord(2)).offset, at);
  EXPECT_EQ(ReadAllFrom(scratch.path()).ids(), Ids(1, 2));
}

// The same left-over of a later flush proves damage: nothing of it is cut.
TEST(RecoveryTest, DamageInTheMiddleIsKept) {
  const Scratch scratch;
  Position second;
  {
    auto writer = OpenWriter(SmallOptions(scratch.path()));
    MustAppend(*writer, MakeRecord(1));
    second = MustAppend(*writer, MakeRecord(2));
    MustAppend(*writer, MakeRecord(3));
  }
  Damage(SegmentPath(scratch.path(), second.segment), second.offset, "x");
  auto writer = OpenWriter(SmallOptions(scratch.path()));
  MustAppend(*writer, MakeRecord(4));
  const Read read = ReadAllFrom(scratch.path());
  EXPECT_EQ(read.ids(), (std::vector<std::string>{"Q1", "Q3", "Q4"}));
  EXPECT_EQ(read.errors.size(), 1U);
}

TEST(RecoveryTest, PositionsAndSequencesGoOnGrowing) {
  const Scratch scratch;
  Position last;
  for (std::uint64_t i = 1; i <= 40; ++i) {
    auto writer = OpenWriter(SmallOptions(scratch.path(), i % 2 == 0));
    const Position at = MustAppend(*writer, MakeRecord(i, 4000));
    EXPECT_GT(at, last);
    last = at;
  }
  EXPECT_EQ(ReadAllFrom(scratch.path()).ids(), Ids(1, 40));
}

// After a power failure the reader may know more than the disk: no position
// that it has seen may come again.
TEST(RecoveryTest, CursorBeyondTheEndBeginsANewSegment) {
  const Scratch scratch;
  Position at;
  {
    auto writer = OpenWriter(SmallOptions(scratch.path()));
    at = MustAppend(*writer, MakeRecord(1));
  }
  const Position cursor{at.segment, at.offset + 2 * kBlock};
  ASSERT_TRUE(PublishCursor(CursorFile(scratch.path()), cursor).ok());
  auto writer = OpenWriter(SmallOptions(scratch.path()));
  EXPECT_GT(MustAppend(*writer, MakeRecord(2)), cursor);
  EXPECT_EQ(ReadAllFrom(scratch.path(), cursor).ids(), Ids(2, 2));
}

TEST(RecoveryTest, EmptiedDirectoryUsesNoPositionAgain) {
  const Scratch scratch;
  Position last;
  {
    auto writer = OpenWriter(SmallOptions(scratch.path()));
    last = MustAppend(*writer, MakeRecord(1, 50000));
    last = MustAppend(*writer, MakeRecord(2, 50000));
  }
  ASSERT_TRUE(PublishCursor(CursorFile(scratch.path()), last).ok());
  const auto ids = ListSegments(scratch.path());
  for (const std::uint64_t id : *ids) {
    ::unlink(SegmentPath(scratch.path(), id).c_str());
  }
  auto writer = OpenWriter(SmallOptions(scratch.path()));
  EXPECT_GT(MustAppend(*writer, MakeRecord(3)), last);
  EXPECT_EQ(ReadAllFrom(scratch.path(), last).ids(), Ids(3, 3));
}

TEST(RecoveryTest, HostileCursorIsNotFollowed) {
  const Scratch scratch;
  ASSERT_TRUE(PublishCursor(CursorFile(scratch.path()), {~0ULL, ~0ULL}).ok());
  auto writer = OpenWriter(SmallOptions(scratch.path()));
  for (std::uint64_t i = 1; i <= 20; ++i) {
    MustAppend(*writer, MakeRecord(i, 20000));
    writer->Prune();
  }
  // It can have all pruned but what is being written.
  EXPECT_FALSE(ReadAllFrom(scratch.path()).ids().empty());
}

}  // namespace
}  // namespace patchmilter::intake
