#include "app/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchmilter::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const ProgressMeter::Time kStart{};

TEST(GroupedTest, Thousands) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(-1234567), "-1,234,567");
}

TEST(ProgressMeterTest, ABarTheRateAndWhatIsLeft) {
  ProgressMeter meter;
  EXPECT_EQ(meter.Line(80), "");
  meter.Add(kStart, {0, 0, 1000});
  meter.Add(kStart + seconds(2), {5000, 400, 1000});
  EXPECT_EQ(meter.Line(70),
            "[===========>                 ]   40 %  5,000 mails  2,500/s  3s "
            "left");
  meter.Add(kStart + seconds(5), {12'500, 1000, 1000});
  EXPECT_THAT(meter.Line(80), HasSubstr("100 %  12,500 mails  2,500/s  0s"));
}

TEST(ProgressMeterTest, NeverAsWideAsTheTerminal) {
  ProgressMeter meter;
  meter.Add(kStart, {0, 0, 1000});
  meter.Add(kStart + seconds(1), {123'456, 1, 1000});
  for (std::size_t width = 1; width < 300; ++width) {
    const std::string line = meter.Line(width);
    EXPECT_LT(line.size(), width);
    if (width >= 40) {
      EXPECT_THAT(line, HasSubstr("123,456 mails")) << width;
    }
  }
  EXPECT_THAT(meter.Line(45), Not(HasSubstr("[")));
  EXPECT_THAT(meter.Line(100), StartsWith("[>"));
}

TEST(ProgressMeterTest, WithoutATotal) {
  ProgressMeter meter;
  meter.Add(kStart, {0, 0, {}});
  meter.Add(kStart + seconds(2), {300, 90'000, {}});
  EXPECT_EQ(meter.Line(80), "300 mails  150/s");
}

// What was known goes by in a moment; the rate is that of the last seconds.
TEST(ProgressMeterTest, TheRateIsThatOfTheLastSeconds) {
  ProgressMeter meter;
  ProgressState state{0, 0, 200'000};
  ProgressMeter::Time now = kStart;
  const auto go = [&](int steps, milliseconds every, std::int64_t mails) {
    for (int i = 0; i < steps; ++i) {
      now += every;
      state.mails += mails;
      state.work_done += static_cast<std::uint64_t>(mails);
      meter.Add(now, state);
    }
  };
  go(100, milliseconds(1), 1000);
  go(400, milliseconds(50), 50);
  EXPECT_THAT(meter.Line(80), HasSubstr("120,000 mails  1,000/s  1min20s"));
}

}  // namespace
}  // namespace patchmilter::app
