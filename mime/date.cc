#include "mime/date.h"

#include <gmime/gmime.h>

#include <array>
#include <string>

#include "base/handle.h"
#include "base/text.h"

namespace patchmilter::mime {
namespace {

constexpr UnixSeconds kEndOf9999 = 253'402'300'799;

// Days since 1970-01-01 of a date of the Gregorian calendar.
std::int64_t DaysOf(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (month <= 2) --year;
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year =
      (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 -
         year_of_era / 100 + day_of_year - 719468;
}

class DateReader {
 public:
  explicit DateReader(std::string_view text) : text_(text) {}

  std::string_view Word() {
    size_t begin = 0;
    while (begin < text_.size() && (text_[begin] == ' ' || text_[begin] == ','))
      ++begin;
    size_t end = begin;
    while (end < text_.size() && text_[end] != ' ' && text_[end] != ',') ++end;
    const std::string_view word = text_.substr(begin, end - begin);
    text_.remove_prefix(end);
    return word;
  }

 private:
  std::string_view text_;
};

std::optional<std::int64_t> Number(std::string_view text, size_t digits,
                                   std::int64_t max) {
  if (text.size() > digits) return std::nullopt;
  const auto value = ParseUnsigned(text);
  if (!value || static_cast<std::int64_t>(*value) > max) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<std::int64_t> Month(std::string_view word) {
  constexpr std::array<std::string_view, 12> kMonths = {
      "jan", "feb", "mar", "apr", "may", "jun",
      "jul", "aug", "sep", "oct", "nov", "dec"};
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (EqualsIgnoreCase(word, kMonths.at(i))) {
      return static_cast<std::int64_t>(i) + 1;
    }
  }
  return std::nullopt;
}

// Seconds east of UTC.
std::optional<std::int64_t> Zone(std::string_view word) {
  if (word.empty() || word == "GMT" || word == "UT" || word == "UTC" ||
      word == "Z") {
    return 0;
  }
  if (word.size() != 5 || (word[0] != '+' && word[0] != '-')) {
    return std::nullopt;
  }
  const auto hours = Number(word.substr(1, 2), 2, 99);
  const auto minutes = Number(word.substr(3, 2), 2, 99);
  if (!hours || !minutes) return std::nullopt;
  const std::int64_t offset = *hours * 3600 + *minutes * 60;
  return word[0] == '-' ? -offset : offset;
}

// "Wed, 03 Sep 2025 23:08:26 +0200 (CEST)", which is nearly every date.
std::optional<UnixSeconds> ParseCommonForm(std::string_view value) {
  DateReader reader(value);
  std::string_view word = reader.Word();
  if (!word.empty() && IsAlphaAscii(word[0])) word = reader.Word();
  const auto day = Number(word, 2, 31);
  const auto month = Month(reader.Word());
  const std::string_view year_word = reader.Word();
  const auto year = Number(year_word, 4, 9999);
  if (!day || *day == 0 || !month || !year || year_word.size() != 4) {
    return std::nullopt;
  }
  const std::vector<std::string_view> clock = Split(reader.Word(), ':');
  if (clock.size() != 2 && clock.size() != 3) return std::nullopt;
  const auto hour = Number(clock[0], 2, 23);
  const auto minute = Number(clock[1], 2, 59);
  const auto second =
      clock.size() == 3 ? Number(clock[2], 2, 60) : std::optional<long>(0);
  const auto zone = Zone(reader.Word());
  if (!hour || !minute || !second || !zone) return std::nullopt;
  return DaysOf(*year, *month, *day) * 86400 + *hour * 3600 + *minute * 60 +
         *second - *zone;
}

}  // namespace

std::optional<UnixSeconds> ParseMailDate(std::string_view value) {
  value = Trim(value);
  auto time = ParseCommonForm(value);
  if (!time && !value.empty() && value.size() < 200) {
    const CHandle<GDateTime, g_date_time_unref> date(
        g_mime_utils_header_decode_date(std::string(value).c_str()));
    if (date != nullptr) time = g_date_time_to_unix(date.get());
  }
  if (!time || *time < 0 || *time > kEndOf9999) return std::nullopt;
  return time;
}

std::optional<UnixSeconds> ParseReceivedDate(std::string_view value) {
  const size_t semicolon = value.rfind(';');
  if (semicolon == std::string_view::npos) return std::nullopt;
  return ParseMailDate(value.substr(semicolon + 1));
}

}  // namespace patchmilter::mime
