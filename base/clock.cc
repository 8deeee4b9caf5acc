#include "base/clock.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <utility>

namespace patchmilter {
namespace {

// Years 0001 to 9999: outside them gmtime's answers are of no use to a mail.
constexpr UnixSeconds kEarliest = -62135596800;
constexpr UnixSeconds kLatest = 253402300799;

std::tm BrokenDown(UnixSeconds time) {
  if (time < kEarliest) time = kEarliest;
  if (time > kLatest) time = kLatest;
  const std::time_t value = static_cast<std::time_t>(time);
  std::tm result{};
  ::gmtime_r(&value, &result);
  return result;
}

}  // namespace

UnixSeconds SystemClock::Now() const { return std::time(nullptr); }

std::string FormatTime(UnixSeconds time) {
  const std::tm t = BrokenDown(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", t.tm_year + 1900,
                     t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

std::string FormatMailDate(UnixSeconds time) {
  // Not strftime: its names follow the locale.
  static constexpr std::array<const char*, 7> kDays = {
      "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun",
      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm t = BrokenDown(time);
  return fmt::format("{}, {} {} {:04} {:02}:{:02}:{:02} +0000",
                     kDays.at(static_cast<size_t>(t.tm_wday)), t.tm_mday,
                     kMonths.at(static_cast<size_t>(t.tm_mon)),
                     t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

std::string FormatDuration(Seconds duration) {
  static constexpr std::array<std::pair<Seconds, const char*>, 4> kUnits = {
      {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}}};
  std::string text = duration < 0 ? "-" : "";
  if (duration < 0) duration = duration == INT64_MIN ? INT64_MAX : -duration;
  int parts = 0;
  for (const auto& [length, name] : kUnits) {
    if (parts == 2) break;
    const Seconds count = duration / length;
    duration %= length;
    if (count == 0 && parts == 0) continue;
    if (count != 0) text += fmt::format("{}{}", count, name);
    ++parts;
  }
  return parts == 0 ? "0s" : text;
}

}  // namespace patchmilter
