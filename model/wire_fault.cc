#include "model/wire_fault.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/log.h"
#include "base/text.h"

namespace patchmilter::model {
namespace {

constexpr std::int64_t kLongestPauseMs = 86'400'000;
constexpr size_t kMaxSource = 4096;  // Of a message, before it is cleaned.
constexpr size_t kMaxMessage = 300;
constexpr size_t kKeyRun = 8;  // So many bytes of a key give it away.

// Whatever is a run of at least kKeyRun bytes of `key` becomes "[key]".
std::string WithoutKey(std::string_view text, std::string_view key) {
  const size_t shortest = std::min(kKeyRun, key.size());
  if (shortest == 0) return std::string(text);
  std::string clean;
  for (size_t at = 0; at < text.size();) {
    size_t run = 0;
    if (text.size() - at >= shortest) {
      size_t place = key.find(text.substr(at, shortest));
      for (; place != std::string_view::npos;
           place = key.find(text.substr(at, shortest), place + 1)) {
        size_t length = shortest;
        while (at + length < text.size() && place + length < key.size() &&
               text[at + length] == key[place + length]) {
          ++length;
        }
        run = std::max(run, length);
      }
    }
    if (run == 0) {
      clean += text[at++];
    } else {
      clean += "[key]";
      at += run;
    }
  }
  return clean;
}

// White space and control characters as one space.
std::string OnOneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool gap = static_cast<unsigned char>(c) <= 0x20 || c == '\x7f';
    if (!gap) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

// Seconds since 1970 of "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7); the
// two obsolete forms are not sent by anybody who sends Retry-After.
std::optional<std::int64_t> ParseHttpDate(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun",
      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  text = Trim(text);
  if (text.size() != 29 || text.substr(25) != " GMT") return std::nullopt;
  const auto number = [&](size_t at, size_t size) {
    return ParseUnsigned(text.substr(at, size));
  };
  const auto day = number(5, 2);
  const auto year = number(12, 4);
  const auto hour = number(17, 2);
  const auto minute = number(20, 2);
  const auto second = number(23, 2);
  const auto* const month =
      std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (!day || !year || !hour || !minute || !second || month == kMonths.end() ||
      *day < 1 || *day > 31 || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  // Days since 1970 in the calendar whose years begin in March.
  const std::int64_t m = month - kMonths.begin() + 1;
  const std::int64_t y = static_cast<std::int64_t>(*year) - (m <= 2 ? 1 : 0);
  const std::int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 +
                               static_cast<std::int64_t>(*day) - 1;
  const std::int64_t days =
      365 * y + y / 4 - y / 100 + y / 400 + of_year - 719468;
  return days * 86400 + static_cast<std::int64_t>(*hour) * 3600 +
         static_cast<std::int64_t>(*minute) * 60 +
         static_cast<std::int64_t>(*second);
}

// "34", "34.07": in thousandths.
std::optional<std::int64_t> ParseThousandths(std::string_view text) {
  text = Trim(text);
  const size_t point = text.find('.');
  const auto whole = ParseUnsigned(text.substr(0, point));
  if (!whole) return std::nullopt;
  std::int64_t thousandths = static_cast<std::int64_t>(std::min<std::uint64_t>(
                                 *whole, kLongestPauseMs)) *
                             1000;
  if (point != std::string_view::npos) {
    std::int64_t unit = 100;
    for (const char c : text.substr(point + 1)) {
      if (!IsDigitAscii(c)) return std::nullopt;
      thousandths += unit * (c - '0');
      unit /= 10;
    }
  }
  return thousandths;
}

const std::string* Header(const WireHead& head, const std::string& name) {
  const auto found = head.headers.find(name);
  return found == head.headers.end() ? nullptr : &found->second;
}

}  // namespace

FaultKind KindOfStatus(int status) {
  switch (status) {
    case 401:
    case 403:
      return FaultKind::kAuth;
    case 402:
      return FaultKind::kQuota;
    case 408:
    case 409:
    case 425:
    case 429:
      return FaultKind::kOverloaded;
    case 413:
      return FaultKind::kTooLong;
    default:
      break;
  }
  if (status >= 500) return FaultKind::kOverloaded;
  if (status >= 300) return FaultKind::kRequest;
  return FaultKind::kProtocol;
}

Fault MakeFault(const Endpoint& endpoint, FaultKind kind, int status,
                std::string_view what) {
  std::string text = ToValidUtf8(what.substr(0, kMaxSource));
  if (endpoint.key) text = WithoutKey(text, endpoint.key->text());
  Fault fault;
  fault.kind = kind;
  fault.status = status;
  fault.message = log::Clean(OnOneLine(text), kMaxMessage);
  return fault;
}

Fault BadAnswer(std::string_view what) {
  Fault fault;
  fault.kind = FaultKind::kProtocol;
  fault.status = 200;
  fault.message = log::Clean(what, kMaxMessage);
  return fault;
}

std::optional<std::int64_t> ParseSeconds(std::string_view text) {
  const auto thousandths = ParseThousandths(text);
  if (!thousandths) return std::nullopt;
  return std::min(*thousandths, kLongestPauseMs);
}

void TakeRetryHeaders(const WireHead& head, Fault* fault) {
  if (const std::string* value = Header(head, "retry-after-ms")) {
    if (const auto thousandths = ParseThousandths(*value)) {
      fault->retry_after_ms =
          std::min((*thousandths + 999) / 1000, kLongestPauseMs);
    }
  }
  const std::string* after = Header(head, "retry-after");
  if (after != nullptr && !fault->retry_after_ms) {
    fault->retry_after_ms = ParseSeconds(*after);
    const std::string* date = Header(head, "date");
    if (!fault->retry_after_ms && date != nullptr) {
      const auto until = ParseHttpDate(*after);
      const auto now = ParseHttpDate(*date);
      if (until && now) {
        fault->retry_after_ms = std::clamp<std::int64_t>((*until - *now) * 1000,
                                                         0, kLongestPauseMs);
      }
    }
  }
  if (const std::string* value = Header(head, "x-should-retry")) {
    if (*value == "true") fault->should_retry = true;
    if (*value == "false") fault->should_retry = false;
  }
}

bool Mentions(std::string_view text,
              std::initializer_list<std::string_view> needles) {
  return std::any_of(
      needles.begin(), needles.end(), [&](std::string_view needle) {
        return FindIgnoreCase(text, needle) != std::string_view::npos;
      });
}

std::string_view BodyExcerpt(std::string_view body) {
  body = Trim(body);
  if (body.empty()) return "an empty body";
  return body.substr(0, 200);
}

}  // namespace patchmilter::model
