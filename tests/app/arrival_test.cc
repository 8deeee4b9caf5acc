#include "app/arrival.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "mime/mail.h"

namespace patchmilter::app {
namespace {

constexpr UnixSeconds kNow = 1'800'000'000;       // 2027-01-15T08:00:00Z
constexpr UnixSeconds kReceived = 1'735'776'000;  // 2025-01-02T00:00:00Z
constexpr Seconds kHour = 3600;
constexpr Seconds kDay = 86400;

std::string Received(const std::string& date) {
  return "Received: from a.example\n\tby b.example; " + date + "\n";
}
const char kSecondOfJanuary[] = "Thu, 2 Jan 2025 00:00:00 +0000";

TEST(ArrivalClockTest, WhichTimeCounts) {
  mime::InitMime();
  const std::string received = Received(kSecondOfJanuary);
  const std::string older = Received("Wed, 1 Jan 2025 23:59:00 +0000");
  const std::string date = "Date: Wed, 1 Jan 2025 12:00:00 +0000\n";
  const struct {
    const char* name;
    std::string raw;
    std::optional<UnixSeconds> source;
    UnixSeconds want;
  } kRows[] = {
      {"the topmost Received", received + older + date, std::nullopt,
       kReceived},
      {"before a later time of the source", received, kReceived + 300 * kDay,
       kReceived},
      {"a source whose clock is a little behind", received, kReceived - kHour,
       kReceived},
      {"no file holds what came a week after it was written", received,
       kReceived - 7 * kDay, kReceived - 7 * kDay},
      {"a Received in the future, and a source",
       Received("Fri, 2 Jan 2085 00:00:00 +0000"), kReceived, kReceived},
      {"a Received in the future, and a Date",
       Received("Fri, 2 Jan 2085 00:00:00 +0000") + date, std::nullopt,
       kReceived - 12 * kHour},
      {"a Received long ago", Received("Thu, 1 Jan 1970 00:00:01 +0000"),
       kReceived, kReceived},
      {"a Received without a date", "Received: from a.example\n" + older + date,
       kReceived, kReceived},
      {"garbage in it", Received("\xff\xfe;;; 99:99"), kReceived, kReceived},
      {"no Received: the source before the Date", date, kReceived, kReceived},
      {"a source in the future, and a Date", date, kNow + 30 * kDay,
       kReceived - 12 * kHour},
      {"a little ahead of this machine is believed", "", kNow + kHour,
       kNow + kHour},
      {"nothing at all", "Subject: x\n", std::nullopt, 631'152'000},
      {"no bytes", "", std::nullopt, 631'152'000},
  };
  for (const auto& row : kRows) {
    ArrivalClock clock(0, kNow);
    EXPECT_EQ(clock.ArrivalOf(row.raw + "\nbody\n", row.source), row.want)
        << row.name;
  }
}

TEST(ArrivalClockTest, NeverGoesBack) {
  mime::InitMime();
  ArrivalClock clock(kReceived - kHour, kNow);
  EXPECT_EQ(clock.ArrivalOf("", kReceived - kDay), kReceived - kHour);
  EXPECT_EQ(clock.ArrivalOf(Received(kSecondOfJanuary), std::nullopt),
            kReceived);
  EXPECT_EQ(clock.ArrivalOf("", kReceived - kDay), kReceived);
  EXPECT_EQ(clock.ArrivalOf("Subject: x\n", std::nullopt), kReceived);
  EXPECT_EQ(clock.ArrivalOf("", kReceived + 1), kReceived + 1);
}

// One wrong clock does not make all that follows old. Times in days since the
// first mail; `received`: it stands in a Received, `source`: the source's own.
TEST(ArrivalClockTest, AJumpCountsOnceTheNextMailConfirmsIt) {
  mime::InitMime();
  enum class By { kDate, kTrace, kSource };
  struct Step {
    By by;
    int day;
    int want;
  };
  const struct {
    const char* name;
    std::vector<Step> steps;
  } kRows[] = {
      {"a week is no jump", {{By::kDate, 0, 0}, {By::kDate, 7, 7}}},
      {"a lie, and the truth again",
       {{By::kDate, 0, 0},
        {By::kDate, 400, 1},
        {By::kDate, 0, 1},
        {By::kDate, 2, 2},
        {By::kDate, 3, 3}}},
      {"a gap", {{By::kDate, 0, 0}, {By::kDate, 30, 1}, {By::kDate, 31, 30}}},
      {"a gap whose end is out of order",
       {{By::kDate, 0, 0}, {By::kDate, 31, 1}, {By::kDate, 30, 30}}},
      {"a gap, then a lie: the lie is held still",
       {{By::kDate, 0, 0},
        {By::kDate, 30, 1},
        {By::kDate, 400, 30},
        {By::kDate, 31, 31}}},
      {"a lie, then a gap",
       {{By::kDate, 0, 0}, {By::kDate, 400, 1}, {By::kDate, 30, 30}}},
      {"a Received without a time of the source",
       {{By::kTrace, 0, 0}, {By::kTrace, 400, 1}, {By::kTrace, 1, 1}}},
      {"the source's own time is believed",
       {{By::kSource, 0, 0}, {By::kSource, 400, 400}, {By::kSource, 1, 400}}},
      {"it ends a jump that waits",
       {{By::kDate, 0, 0},
        {By::kDate, 400, 1},
        {By::kSource, 2, 2},
        {By::kDate, 400, 3}}},
  };
  for (const auto& row : kRows) {
    ArrivalClock clock(0, kNow);
    for (const Step& step : row.steps) {
      const UnixSeconds time = kReceived + step.day * kDay;
      const std::string date = FormatMailDate(time);
      const std::string raw = step.by == By::kDate    ? "Date: " + date
                              : step.by == By::kTrace ? Received(date)
                                                      : "Subject: x";
      const auto source = step.by == By::kSource
                              ? std::optional<UnixSeconds>(time)
                              : std::nullopt;
      EXPECT_EQ((clock.ArrivalOf(raw + "\n\n", source) - kReceived) / kDay,
                step.want)
          << row.name << ", day " << step.day;
    }
  }
}

}  // namespace
}  // namespace patchmilter::app
