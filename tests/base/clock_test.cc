#include "base/clock.h"

#include <gtest/gtest.h>

#include <clocale>
#include <ctime>
#include <limits>

namespace patchmilter {
namespace {

constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
constexpr auto kMax = std::numeric_limits<std::int64_t>::max();

TEST(FormatTime, IsUtcAndTakesAnyValue) {
  EXPECT_EQ(FormatTime(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatTime(1795208507), "2026-11-20T21:01:47Z");
  EXPECT_EQ(FormatTime(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(FormatTime(951782400), "2000-02-29T00:00:00Z");
  EXPECT_EQ(FormatTime(kMax), "9999-12-31T23:59:59Z");
  EXPECT_EQ(FormatTime(kMin), "0001-01-01T00:00:00Z");
}

TEST(FormatMailDate, IsRfc5322InAnyLocale) {
  EXPECT_EQ(FormatMailDate(1795208507), "Fri, 20 Nov 2026 21:01:47 +0000");
  EXPECT_EQ(FormatMailDate(0), "Thu, 1 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(FormatMailDate(kMax), "Fri, 31 Dec 9999 23:59:59 +0000");
  EXPECT_EQ(FormatMailDate(kMin), "Mon, 1 Jan 0001 00:00:00 +0000");
}

TEST(FormatDuration, GivesTheTwoLargestUnits) {
  const struct {
    Seconds duration;
    const char* want;
  } cases[] = {
      {0, "0s"},
      {1, "1s"},
      {59, "59s"},
      {60, "1min"},
      {61, "1min1s"},
      {900, "15min"},
      {3600, "1h"},
      {3601, "1h"},
      {5400, "1h30min"},
      {259200, "3d"},
      {273600, "3d4h"},
      {273660, "3d4h"},
      {86400 + 59, "1d"},
      {-61, "-1min1s"},
      {kMax, "106751991167300d15h"},
      {kMin, "-106751991167300d15h"},
  };
  for (const auto& [duration, want] : cases) {
    EXPECT_EQ(FormatDuration(duration), want) << duration;
  }
}

TEST(ManualClock, NeverGoesBack) {
  ManualClock clock(10);
  clock.AdvanceTo(20);
  EXPECT_EQ(clock.Now(), 20);
  clock.AdvanceTo(5);
  EXPECT_EQ(clock.Now(), 20);
}

TEST(SystemClock, IsTheMachines) {
  const std::time_t before = std::time(nullptr);
  const UnixSeconds now = SystemClock().Now();
  EXPECT_GE(now, before);
  EXPECT_LE(now, std::time(nullptr));
}

}  // namespace
}  // namespace patchmilter
