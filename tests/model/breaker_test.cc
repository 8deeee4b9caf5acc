#include "model/breaker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace patchmilter::model {
namespace {

Fault Of(FaultKind kind, std::string message = "it is so") {
  Fault fault;
  fault.kind = kind;
  fault.message = std::move(message);
  return fault;
}
const Fault kWeather = Of(FaultKind::kOverloaded);
const Fault kMoney = Of(FaultKind::kQuota, "no money");

// Seconds for which nothing is asked; 0 where it is closed.
Seconds OpenFor(const Breaker& breaker, UnixSeconds now) {
  const auto open = breaker.IsOpen(now);
  return open ? open->until - now : 0;
}

TEST(Breaker, ThreeInARowOpenIt) {
  Breaker breaker;
  for (const FaultKind kind :
       {FaultKind::kNetwork, FaultKind::kOverloaded, FaultKind::kProtocol}) {
    EXPECT_TRUE(breaker.Allow(100));
    EXPECT_EQ(OpenFor(breaker, 100), 0);
    breaker.Failure(Of(kind), 100);
  }
  EXPECT_EQ(OpenFor(breaker, 100), 60);
  EXPECT_EQ(breaker.IsOpen(100)->reason, "it is so");
  EXPECT_FALSE(breaker.Allow(100));
  EXPECT_FALSE(breaker.Allow(159));
}

TEST(Breaker, ASuccessBetweenKeepsItClosed) {
  Breaker breaker;
  for (int i = 0; i < 10; ++i) {
    breaker.Failure(kWeather, 100);
    breaker.Failure(kWeather, 100);
    breaker.Success();
  }
  EXPECT_TRUE(breaker.Allow(100));
}

TEST(Breaker, OneProbesAndTheOthersWait) {
  Breaker breaker;
  for (int i = 0; i < 3; ++i) breaker.Failure(kWeather, 100);
  bool probe = false;
  EXPECT_TRUE(breaker.Allow(160, &probe));
  EXPECT_TRUE(probe);
  EXPECT_FALSE(breaker.Allow(160, &probe));
  EXPECT_FALSE(probe);
  EXPECT_EQ(OpenFor(breaker, 160), 1200);
  // Of one that was never heard of again.
  EXPECT_FALSE(breaker.Allow(160 + 1199));
  EXPECT_TRUE(breaker.Allow(160 + 1200, &probe));
  EXPECT_TRUE(probe);
  breaker.Success();
  EXPECT_TRUE(breaker.Allow(1361, &probe));
  EXPECT_FALSE(probe);
  EXPECT_TRUE(breaker.Allow(1361));
}

TEST(Breaker, AProbeThatIsAbandonedMakesPlace) {
  Breaker breaker;
  breaker.Failure(kMoney, 0);
  EXPECT_TRUE(breaker.Allow(900));
  EXPECT_FALSE(breaker.Allow(900));
  breaker.Abandon();
  EXPECT_TRUE(breaker.Allow(900));
}

struct Ladder {
  FaultKind kind;
  std::vector<Seconds> steps;
};

class BreakerLadder : public ::testing::TestWithParam<Ladder> {};

TEST_P(BreakerLadder, DoublesWithEachProbeThatFails) {
  Breaker breaker;
  UnixSeconds now = 1000;
  const Fault fault = Of(GetParam().kind);
  for (int i = 0; i < 2; ++i) breaker.Failure(fault, now);
  if (OpenFor(breaker, now) == 0) breaker.Failure(fault, now);
  for (const Seconds step : GetParam().steps) {
    EXPECT_EQ(OpenFor(breaker, now), step);
    now += step;
    EXPECT_EQ(OpenFor(breaker, now), 0);
    ASSERT_TRUE(breaker.Allow(now));
    breaker.Failure(fault, now);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Of, BreakerLadder,
    ::testing::Values(Ladder{FaultKind::kOverloaded,
                             {60, 120, 240, 480, 960, 1920, 3600, 3600, 3600}},
                      Ladder{FaultKind::kQuota,
                             {900, 1800, 3600, 7200, 14'400, 21'600, 21'600}},
                      Ladder{FaultKind::kAuth, {900, 1800}}));

// Thirty conversations fail together: that is one failure of the provider's.
TEST(Breaker, StragglersDoNotMakeItLonger) {
  Breaker breaker;
  for (int i = 0; i < 30; ++i) breaker.Failure(kWeather, 100);
  EXPECT_EQ(OpenFor(breaker, 100), 60);
  breaker.Failure(kMoney, 110);
  EXPECT_EQ(OpenFor(breaker, 110), 900);
  breaker.Failure(kWeather, 120);
  EXPECT_EQ(OpenFor(breaker, 120), 890);
  EXPECT_EQ(breaker.IsOpen(120)->reason, "no money");
}

TEST(Breaker, ARefusedRequestShowsThatSomebodyAnswers) {
  Breaker breaker;
  breaker.Failure(kWeather, 100);
  breaker.Failure(kWeather, 100);
  breaker.Failure(Of(FaultKind::kTooLong), 100);
  breaker.Failure(kWeather, 100);
  EXPECT_TRUE(breaker.Allow(100));
  for (int i = 0; i < 3; ++i) breaker.Failure(kWeather, 100);
  ASSERT_TRUE(breaker.Allow(160));
  breaker.Failure(Of(FaultKind::kRequest), 160);
  EXPECT_TRUE(breaker.Allow(160));
  EXPECT_TRUE(breaker.Allow(160));
}

TEST(Breaker, ButNothingOfMoney) {
  Breaker breaker;
  breaker.Failure(kMoney, 0);
  ASSERT_TRUE(breaker.Allow(900));
  breaker.Failure(Of(FaultKind::kRequest), 900);
  bool probe = false;
  EXPECT_TRUE(breaker.Allow(900, &probe));
  EXPECT_TRUE(probe);
}

TEST(Breaker, ManyThreadsOneProbe) {
  Breaker breaker;
  breaker.Failure(kMoney, 0);
  std::atomic<int> probes = 0;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      if (breaker.Allow(900)) ++probes;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(probes, 1);
}

}  // namespace
}  // namespace patchmilter::model
