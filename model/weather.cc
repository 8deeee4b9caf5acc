#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "model/client.h"

namespace patchmilter::model {
namespace {

constexpr std::int64_t kAskStopEveryMillis = 250;

}  // namespace

Weather RealWeather(StopAsked stop) {
  Weather weather;
  weather.now = [] { return SystemClock().Now(); };
  weather.wait = [stop = std::move(stop)](std::int64_t millis) {
    using std::chrono::milliseconds;
    using std::chrono::steady_clock;
    const auto end =
        steady_clock::now() + milliseconds(std::max<std::int64_t>(millis, 0));
    while (true) {
      if (stop && stop()) return false;
      const auto now = steady_clock::now();
      if (now >= end) return true;
      std::this_thread::sleep_until(
          std::min(end, now + milliseconds(kAskStopEveryMillis)));
    }
  };
  // Not for secrets: so that many who wait do not come back at once.
  auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
  weather.random = [engine] {
    return std::uniform_real_distribution<double>(0.0, 1.0)(*engine);
  };
  return weather;
}

Weather CalmWeather(StopAsked stop) {
  auto waited = std::make_shared<std::int64_t>(0);
  Weather weather;
  weather.now = [waited] { return SystemClock().Now() + *waited / 1000; };
  weather.wait = [waited, stop = std::move(stop)](std::int64_t millis) {
    *waited += std::max<std::int64_t>(millis, 0);
    return !stop || !stop();
  };
  weather.random = [] { return 0.5; };
  return weather;
}

}  // namespace patchmilter::model
