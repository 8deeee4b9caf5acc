// kill -9 of a writing process, again and again: every record that was
// acknowledged is read back, once, in order.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <random>
#include <set>

#include "intake/writer.h"
#include "tests/intake/scratch.h"

namespace patchmilter::intake {
namespace {

// Appends until it is killed; writes each number that was acknowledged into
// the pipe.
[[noreturn]] void WriteUntilKilled(const std::string& directory, bool direct,
                                   std::uint64_t first, int pipe) {
  Result<std::unique_ptr<Writer>> writer =
      Writer::Open(SmallOptions(directory, direct));
  if (!writer.ok()) ::_exit(2);
  for (std::uint64_t number = first;; ++number) {
    const AppendResult result =
        (*writer)->Append(MakeRecord(number, number * 613 % 15000), Soon());
    if (result.outcome != AppendResult::Outcome::kStored) ::_exit(3);
    if (::write(pipe, &number, sizeof(number)) != sizeof(number)) ::_exit(4);
  }
}

void KillInALoop(bool direct, int rounds) {
  const Scratch scratch;
  std::mt19937 random(20261120);
  std::uint64_t next = 1;
  std::set<std::string> acknowledged;
  for (int round = 0; round < rounds; ++round) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      WriteUntilKilled(scratch.path(), direct, next, ends[1]);
    }
    ::close(ends[1]);
    // Killed somewhere behind its n-th acknowledgement.
    std::uint64_t left = 1 + random() % 40;
    std::uint64_t number = 0;
    while (::read(ends[0], &number, sizeof(number)) == sizeof(number)) {
      acknowledged.insert(fmt::format("Q{}", number));
      next = number + 1;
      if (left != 0 && --left == 0) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exit " << WEXITSTATUS(status);
    // The one in flight may be there, too; its number is not used again.
    ++next;
  }
  const Read read = ReadAllFrom(scratch.path());
  EXPECT_TRUE(read.errors.empty());
  std::set<std::string> seen;
  std::uint64_t last = 0;
  for (const Entry& entry : read.entries) {
    EXPECT_TRUE(seen.insert(entry.record.queue_id).second)
        << entry.record.queue_id << " twice";
    const auto number =
        static_cast<std::uint64_t>(entry.record.arrival - 1'700'000'000);
    EXPECT_GT(number, last);
    last = number;
    EXPECT_EQ(entry.record, MakeRecord(number, number * 613 % 15000));
  }
  for (const std::string& id : acknowledged) {
    EXPECT_TRUE(seen.contains(id)) << id << " was acknowledged and is lost";
  }
  EXPECT_GE(acknowledged.size(), static_cast<size_t>(rounds));
}

TEST(CrashTest, Direct) { KillInALoop(true, 25); }
TEST(CrashTest, Buffered) { KillInALoop(false, 25); }

}  // namespace
}  // namespace patchmilter::intake
