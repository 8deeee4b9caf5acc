#include "intake/reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/intake/scratch.h"

namespace patchmilter::intake {
namespace {

TEST(ReaderTest, RoundTripAndGoingOn) {
  const Scratch scratch;
  auto writer = OpenWriter(SmallOptions(scratch.path()));
  auto reader = Reader::Open(scratch.path(), {});
  ASSERT_TRUE(reader.ok());
  Read read;
  Drain(**reader, &read);
  EXPECT_TRUE(read.entries.empty());
  const Record first = MakeRecord(1, 10000);
  const Position at = MustAppend(*writer, first);
  Drain(**reader, &read);
  ASSERT_EQ(read.entries.size(), 1U);
  EXPECT_EQ(read.entries[0].record, first);
  EXPECT_GT(read.entries[0].next, at);
  MustAppend(*writer, MakeRecord(2));
  Drain(**reader, &read);
  EXPECT_EQ(read.ids(), Ids(1, 2));
  // Another reader goes on where the first one was.
  EXPECT_EQ(ReadAllFrom(scratch.path(), read.entries[0].next).ids(), Ids(2, 2));
  EXPECT_TRUE(ReadAllFrom(scratch.path(), read.entries[1].next).ids().empty());
  EXPECT_TRUE(read.errors.empty());
}

TEST(ReaderTest, OverManySegments) {
  const Scratch scratch;
  auto writer = OpenWriter(SmallOptions(scratch.path()));
  auto reader = Reader::Open(scratch.path(), {});
  Read read;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    MustAppend(*writer, MakeRecord(i, i * 211 % 9000));
    Drain(**reader, &read);  // A reader that follows at each step.
    ASSERT_EQ(read.entries.size(), i);
  }
  EXPECT_GT(writer->stats().segments, 5U);
  EXPECT_EQ(read.ids(), Ids(1, 100));
  EXPECT_EQ(ReadAllFrom(scratch.path()).ids(), Ids(1, 100));
  // From each place on.
  for (size_t i = 0; i < read.entries.size(); ++i) {
    EXPECT_EQ(ReadAllFrom(scratch.path(), read.entries[i].next).ids(),
              Ids(i + 2, 100));
  }
}

TEST(ReaderTest, MissingDirectory) {
  const auto reader = Reader::Open("/nonexistent/intake", {});
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().kind, ErrorKind::kNotFound);
}

TEST(ReaderTest, SegmentGoneGoesOnWithTheNext) {
  const Scratch scratch;
  auto writer = OpenWriter(SmallOptions(scratch.path()));
  std::vector<Position> positions;
  for (std::uint64_t i = 1; i <= 30; ++i) {
    positions.push_back(MustAppend(*writer, MakeRecord(i, 9000)));
  }
  const std::uint64_t gone = positions[0].segment;
  ASSERT_EQ(::unlink(SegmentPath(scratch.path(), gone).c_str()), 0);
  size_t first = 0;
  while (positions[first].segment == gone) ++first;
  EXPECT_EQ(ReadAllFrom(scratch.path(), positions[0]).ids(),
            Ids(first + 1, 30));
}

// A bit flip in any byte of a record in the middle: that record is reported
// and skipped, all others are read.
TEST(ReaderTest, DamageInTheMiddle) {
  const Scratch scratch;
  std::vector<Position> positions;
  {
    auto writer = OpenWriter(SmallOptions(scratch.path()));
    for (std::uint64_t i = 1; i <= 3; ++i) {
      positions.push_back(MustAppend(*writer, MakeRecord(i, 5000)));
    }
  }
  const std::string path = SegmentPath(scratch.path(), positions[1].segment);
  const auto whole = ReadFile(path);
  ASSERT_TRUE(whole.ok());
  const std::uint64_t used =
      kRecordHeaderSize + EncodeRecord(MakeRecord(2, 5000)).size();
  for (std::uint64_t byte = 0; byte < used; byte += byte < 200 ? 1 : 97) {
    const std::uint64_t at = positions[1].offset + byte;
    Damage(path, at, std::string(1, static_cast<char>((*whole)[at] ^ 0x10)));
    const Read read = ReadAllFrom(scratch.path());
    EXPECT_EQ(read.ids(), (std::vector<std::string>{"Q1", "Q3"})) << byte;
    EXPECT_EQ(read.errors.size(), 1U) << byte;
    Damage(path, at, whole->substr(at, 1));
  }
  EXPECT_EQ(ReadAllFrom(scratch.path()).ids(), Ids(1, 3));
}

TEST(ReaderTest, DamageAtTheEndOfAFinishedSegment) {
  const Scratch scratch;
  std::vector<Position> positions;
  auto writer = OpenWriter(SmallOptions(scratch.path()));
  do {
    positions.push_back(
        MustAppend(*writer, MakeRecord(positions.size() + 1, 9000)));
  } while (positions.back().segment == positions.front().segment);
  const Position last = positions[positions.size() - 2];
  Damage(SegmentPath(scratch.path(), last.segment), last.offset, "\xff");
  const Read read = ReadAllFrom(scratch.path());
  EXPECT_EQ(read.entries.size(), positions.size() - 1);
  EXPECT_EQ(read.entries.back().record.queue_id,
            fmt::format("Q{}", positions.size()));
}

TEST(ReaderTest, DamagedSegmentHeader) {
  const Scratch scratch;
  auto writer = OpenWriter(SmallOptions(scratch.path()));
  const Position first = MustAppend(*writer, MakeRecord(1, 50000));
  const Position second = MustAppend(*writer, MakeRecord(2, 50000));
  ASSERT_LT(first.segment, second.segment);
  Damage(SegmentPath(scratch.path(), first.segment), 20, "x");
  const Read read = ReadAllFrom(scratch.path());
  EXPECT_EQ(read.ids(), Ids(2, 2));
  ASSERT_EQ(read.errors.size(), 1U);
  EXPECT_NE(read.errors[0].find("header is damaged"), std::string::npos);
}

TEST(CursorTest, RoundTrip) {
  const Scratch scratch;
  const std::string file = CursorFile(scratch.path());
  EXPECT_EQ(ReadCursor(file).error().kind, ErrorKind::kNotFound);
  for (const Position position :
       {Position{0, 0}, Position{3, 4096}, Position{~0ULL, ~0ULL}}) {
    ASSERT_TRUE(PublishCursor(file, position).ok());
    const auto read = ReadCursor(file);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(*read, position);
  }
}

TEST(CursorTest, WhatIsNoCursorIsRefusedAndNeverWaitedFor) {
  const Scratch scratch;
  const std::string file = scratch.path() + "/position";
  for (const char* text :
       {"", "\n", "1", "1 ", "1 2 3", "-1 2", "1 x", "1 99999999999999999999",
        "123456789012345678901234567890123456789012345678901234567890123456"
        "7"}) {
    ASSERT_TRUE(ReplaceFile(file, text).ok());
    const auto read = ReadCursor(file);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().kind, ErrorKind::kInvalidInput) << text;
  }
  const std::string pipe = scratch.path() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(ReadCursor(pipe).ok());
  const std::string link = scratch.path() + "/link";
  ASSERT_EQ(::symlink("/etc/passwd", link.c_str()), 0);
  EXPECT_FALSE(ReadCursor(link).ok());
}

}  // namespace
}  // namespace patchmilter::intake
