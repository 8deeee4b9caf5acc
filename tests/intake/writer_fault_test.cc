// Disks that are full, fail, refuse O_DIRECT, or hang.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>

#include "base/mutex.h"
#include "intake/writer.h"
#include "tests/intake/scratch.h"

namespace patchmilter::intake {
namespace {

class FaultyFiles : public FileCalls {
 public:
  std::atomic<int> write_error{0};  // errno of every Pwrite; 0: works.
  std::atomic<int> write_once{0};   // The same, for the next one only.
  std::atomic<int> sync_error{0};
  std::atomic<int> allocate_error{0};
  std::atomic<bool> refuse_direct{false};       // At open.
  std::atomic<bool> refuse_direct_late{false};  // At write.
  std::atomic<bool> short_writes{false};
  std::atomic<bool> interrupted{false};

  int Open(const std::string& path, int flags, mode_t mode) override {
    if (refuse_direct && (flags & O_DIRECT) != 0) {
      errno = EINVAL;
      return -1;
    }
    return FileCalls::Open(path, flags, mode);
  }
  ssize_t Pwrite(int fd, const void* bytes, size_t size,
                 off_t offset) override {
    {
      const MutexLock lock(mutex_);
      while (hung_) released_.Wait(mutex_);
    }
    if (interrupted.exchange(false)) {
      errno = EINTR;
      return -1;
    }
    int error = write_once.exchange(0);
    if (error == 0) error = write_error;
    if (error == 0 && refuse_direct_late &&
        (::fcntl(fd, F_GETFL) & O_DIRECT) != 0) {
      error = EINVAL;
    }
    if (error != 0) {
      errno = error;
      return -1;
    }
    if (short_writes && size > kBlock) size = kBlock;
    return FileCalls::Pwrite(fd, bytes, size, offset);
  }
  int Fdatasync(int fd) override {
    if (sync_error != 0) {
      errno = sync_error;
      return -1;
    }
    return FileCalls::Fdatasync(fd);
  }
  int Allocate(int fd, std::uint64_t size) override {
    if (allocate_error != 0) return allocate_error;
    return FileCalls::Allocate(fd, size);
  }

  void Hang() {
    const MutexLock lock(mutex_);
    hung_ = true;
  }
  void Release() {
    const MutexLock lock(mutex_);
    hung_ = false;
    released_.NotifyAll();
  }

 private:
  Mutex mutex_;
  CondVar released_;
  bool hung_ PM_GUARDED_BY(mutex_) = false;
};

class WriterFaultTest : public testing::Test {
 protected:
  WriterOptions Options(bool direct = true) {
    WriterOptions options = SmallOptions(scratch_.path(), direct);
    options.files = &files_;
    return options;
  }
  // Appends until it works again: the writer tries once a second.
  void AppendInTheEnd(Writer& writer, const Record& record) {
    const SteadyTime end = Soon();
    while (writer.Append(record, Soon()).outcome !=
           AppendResult::Outcome::kStored) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
    }
  }
  const Scratch scratch_;
  FaultyFiles files_;
};

TEST_F(WriterFaultTest, FullDiskAtStart) {
  files_.allocate_error = ENOSPC;
  auto writer = OpenWriter(Options());
  const AppendResult result = writer->Append(MakeRecord(1), Soon());
  EXPECT_EQ(result.outcome, AppendResult::Outcome::kFailed);
  EXPECT_EQ(result.error.kind, ErrorKind::kTemporary);
  EXPECT_NE(result.error.message.find("No space left"), std::string::npos);
  files_.allocate_error = 0;
  AppendInTheEnd(*writer, MakeRecord(2));
  EXPECT_EQ(ReadAllFrom(scratch_.path()).ids(), Ids(2, 2));
}

TEST_F(WriterFaultTest, FullDiskWhileFilling) {
  // Where posix_fallocate promises what the disk does not keep.
  files_.write_error = ENOSPC;
  auto writer = OpenWriter(Options());
  EXPECT_EQ(writer->Append(MakeRecord(1), Soon()).outcome,
            AppendResult::Outcome::kFailed);
  files_.write_error = 0;
  AppendInTheEnd(*writer, MakeRecord(2));
}

TEST_F(WriterFaultTest, FailedWriteLeavesTheSegment) {
  for (const bool direct : {true, false}) {
    auto writer = OpenWriter(Options(direct));
    const Position before = MustAppend(*writer, MakeRecord(1));
    files_.write_once = EIO;
    const AppendResult result = writer->Append(MakeRecord(2), Soon());
    // The write that failed may have been the maintenance thread's.
    if (result.outcome == AppendResult::Outcome::kStored) continue;
    EXPECT_EQ(result.error.kind, ErrorKind::kTemporary);
    AppendInTheEnd(*writer, MakeRecord(3));
    EXPECT_GT(writer->stats().end.segment, before.segment);
  }
  const Read read = ReadAllFrom(scratch_.path());
  EXPECT_TRUE(read.errors.empty());
}

TEST_F(WriterFaultTest, FailedSyncIsNoAcknowledgement) {
  auto writer = OpenWriter(Options(/*direct=*/false));
  MustAppend(*writer, MakeRecord(1));
  files_.sync_error = EIO;
  EXPECT_EQ(writer->Append(MakeRecord(2), Soon()).outcome,
            AppendResult::Outcome::kFailed);
  files_.sync_error = 0;
  AppendInTheEnd(*writer, MakeRecord(3));
  const std::vector<std::string> ids = ReadAllFrom(scratch_.path()).ids();
  EXPECT_EQ(ids.front(), "Q1");
  EXPECT_EQ(ids.back(), "Q3");
}

TEST_F(WriterFaultTest, RefusedDirect) {
  files_.refuse_direct = true;
  auto writer = OpenWriter(Options());
  MustAppend(*writer, MakeRecord(1));
  EXPECT_FALSE(writer->stats().direct);
  EXPECT_EQ(ReadAllFrom(scratch_.path()).ids(), Ids(1, 1));
}

TEST_F(WriterFaultTest, RefusedDirectAtTheFirstWrite) {
  files_.refuse_direct_late = true;
  auto writer = OpenWriter(Options());
  MustAppend(*writer, MakeRecord(1));
  MustAppend(*writer, MakeRecord(2));
  EXPECT_FALSE(writer->stats().direct);
  EXPECT_EQ(ReadAllFrom(scratch_.path()).ids(), Ids(1, 2));
}

TEST_F(WriterFaultTest, ShortAndInterruptedWritesGoOn) {
  files_.short_writes = true;
  auto writer = OpenWriter(Options());
  for (std::uint64_t i = 1; i <= 10; ++i) {
    files_.interrupted = true;
    MustAppend(*writer, MakeRecord(i, 30000));
  }
  EXPECT_EQ(ReadAllFrom(scratch_.path()).ids(), Ids(1, 10));
}

TEST_F(WriterFaultTest, HungDiskGivesTheAnswerAtTheDeadline) {
  auto writer = OpenWriter(Options());
  MustAppend(*writer, MakeRecord(1));
  files_.Hang();
  const auto start = std::chrono::steady_clock::now();
  const AppendResult result =
      writer->Append(MakeRecord(2), start + std::chrono::milliseconds(100));
  EXPECT_EQ(result.outcome, AppendResult::Outcome::kLate);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_FALSE(writer->Close(std::chrono::steady_clock::now()));
  files_.Release();
  EXPECT_TRUE(writer->Close(Soon()));
  EXPECT_EQ(writer->stats().late_stored, 1U);
  EXPECT_EQ(ReadAllFrom(scratch_.path()).ids(), Ids(1, 2));
}

TEST_F(WriterFaultTest, AHungDiskIsWaitedForOnce) {
  using std::chrono::steady_clock;
  const auto kWait = std::chrono::seconds(1);
  auto writer = OpenWriter(Options());
  files_.Hang();
  ASSERT_EQ(
      writer->Append(MakeRecord(1), steady_clock::now() + 2 * kWait).outcome,
      AppendResult::Outcome::kLate);
  // The disk has hung for longer than this one may wait: no hope for it.
  const SteadyTime deadline = steady_clock::now() + kWait;
  EXPECT_EQ(writer->Append(MakeRecord(2), deadline).outcome,
            AppendResult::Outcome::kLate);
  EXPECT_LT(steady_clock::now(), deadline);
  // Both are written when it comes back, and mails are waited for again.
  files_.Release();
  AppendInTheEnd(*writer, MakeRecord(3));
  EXPECT_EQ(writer->stats().late_stored, 2U);
}

TEST_F(WriterFaultTest, WhatWaitsForAHungDiskIsBounded) {
  WriterOptions options = Options();
  options.max_queued = 100'000;
  auto writer = OpenWriter(options);
  MustAppend(*writer, MakeRecord(1));
  files_.Hang();
  size_t late = 0;
  AppendResult result;
  do {
    result =
        writer->Append(MakeRecord(2, 20000), std::chrono::steady_clock::now());
    late += result.outcome == AppendResult::Outcome::kLate ? 1 : 0;
  } while (result.outcome == AppendResult::Outcome::kLate && late < 100);
  EXPECT_EQ(result.outcome, AppendResult::Outcome::kFailed);
  EXPECT_EQ(result.error.kind, ErrorKind::kTemporary);
  EXPECT_LE(late, 6U);
  files_.Release();
}

}  // namespace
}  // namespace patchmilter::intake
