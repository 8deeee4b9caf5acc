#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"

namespace patchmilter::log {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

class Log : public ::testing::Test {
 protected:
  void TearDown() override { SetLevel(Level::kInfo); }
};

TEST_F(Log, OneLineAnEventWithJournaldsPriority) {
  CaptureStderr();
  Debug("Q1", "not shown");
  Info("Q1", "taken size={}", 7);
  Warning("Q2", "late");
  Err("Q3", "gone");
  EXPECT_EQ(GetCapturedStderr(),
            "<6>Q1: taken size=7\n<4>Q2: late\n<3>Q3: gone\n");
}

TEST_F(Log, LevelsAreThresholds) {
  SetLevel(Level::kDebug);
  EXPECT_TRUE(Enabled(Level::kDebug));
  CaptureStderr();
  Debug("q", "d");
  EXPECT_EQ(GetCapturedStderr(), "<7>q: d\n");
  SetLevel(Level::kError);
  EXPECT_FALSE(Enabled(Level::kWarning));
  EXPECT_TRUE(Enabled(Level::kError));
  CaptureStderr();
  Debug("q", "d");
  Info("q", "i");
  Warning("q", "w");
  Err("q", "e");
  EXPECT_EQ(GetCapturedStderr(), "<3>q: e\n");
}

// Braces and percents come from outside: they are text, no format.
TEST_F(Log, TextIsNoFormat) {
  CaptureStderr();
  Write(Level::kInfo, "{}", "{0} %s %v {");
  Info("%v", "{}", "%n {}");
  EXPECT_EQ(GetCapturedStderr(), "<6>{}: {0} %s %v {\n<6>%v: %n {}\n");
}

TEST_F(Log, LinesOfManyThreadsStayWhole) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  CaptureStderr();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([i] {
      for (int k = 0; k < kLines; ++k) Info("t", "{} {}", i, k);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string captured = GetCapturedStderr();
  std::set<std::string> lines;
  LineReader reader(captured);
  for (std::string_view line; reader.Next(&line);) lines.emplace(line);
  std::set<std::string> want;
  for (int i = 0; i < kThreads; ++i) {
    for (int k = 0; k < kLines; ++k) {
      want.insert(fmt::format("<6>t: {} {}", i, k));
    }
  }
  EXPECT_EQ(lines, want);
}

TEST_F(Log, AClosedStandardErrorStopsNothing) {
  EXPECT_EXIT(
      {
        ::close(STDERR_FILENO);
        Err("q", "nobody hears this");
        ::_exit(7);
      },
      ::testing::ExitedWithCode(7), "");
}

TEST(Clean, LeavesNothingThatActs) {
  EXPECT_EQ(Clean("plain text ~"), "plain text ~");
  EXPECT_EQ(Clean("a\nb\r\x1b[0m\t"), "a\\x0ab\\x0d\\x1b[0m\\x09");
  EXPECT_EQ(Clean(std::string("\0\x7f\xff", 3)), "\\x00\\x7f\\xff");
  // A backslash too: else what we escaped and what came escaped look alike.
  EXPECT_EQ(Clean("\\x0a"), "\\x5cx0a");
  EXPECT_EQ(Clean(""), "");
  for (int i = 0; i < 256; ++i) {
    for (const char c : Clean(std::string(1, static_cast<char>(i)))) {
      EXPECT_TRUE(c >= 0x20 && c < 0x7f) << i;
    }
  }
}

TEST(Clean, Cuts) {
  EXPECT_EQ(Clean("abcdef", 6), "abcdef");
  EXPECT_EQ(Clean("abcdefg", 6), "abcdef...");
  EXPECT_EQ(Clean("abc", 0), "...");
  EXPECT_EQ(Clean(std::string(300, 'a')).size(), 203U);
}

}  // namespace
}  // namespace patchmilter::log
