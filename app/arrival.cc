#include "app/arrival.h"

#include <algorithm>
#include <utility>

#include "mime/date.h"
#include "mime/headers.h"

namespace patchmilter::app {
namespace {

constexpr UnixSeconds kEarliest = 631'152'000;  // 1990-01-01.
constexpr Seconds kDay = 86400;
constexpr Seconds kJump = 7 * kDay;

}  // namespace

std::optional<UnixSeconds> ArrivalClock::Believed(
    std::optional<UnixSeconds> time) const {
  if (!time || *time < kEarliest || *time > now_ + kDay) return std::nullopt;
  return time;
}

UnixSeconds ArrivalClock::Confirmed(UnixSeconds told) {
  const bool started = newest_ > kEarliest;
  const UnixSeconds before = std::exchange(jump_, 0);
  if (!started || told <= newest_ + kJump) return told;
  jump_ = told;
  // The mail before has moved the clock by a day.
  if (before > newest_) return std::min(before, told);
  return newest_ + kDay;
}

UnixSeconds ArrivalClock::ArrivalOf(std::string_view raw,
                                    std::optional<UnixSeconds> source_time) {
  const mime::HeaderBlock block = mime::ScanHeaders(raw);
  const auto header = [&](mime::HeaderName name) {
    return mime::Unfold(block.First(name));
  };
  const auto source = Believed(source_time);
  auto arrival =
      Believed(mime::ParseReceivedDate(header(mime::HeaderName::kReceived)));
  if (arrival && source && *arrival > *source + kDay) arrival = source;
  if (!arrival) arrival = source;
  if (!arrival) {
    arrival = Believed(mime::ParseMailDate(header(mime::HeaderName::kDate)));
  }
  if (source) {
    jump_ = 0;
  } else if (arrival) {
    arrival = Confirmed(*arrival);
  }
  newest_ = std::max(newest_, arrival.value_or(kEarliest));
  return newest_;
}

}  // namespace patchmilter::app
