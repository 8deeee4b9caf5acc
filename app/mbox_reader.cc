#include "app/mbox_reader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "app/foreign_file.h"
#include "app/mail_source.h"
#include "base/text.h"

namespace patchmilter::app {
namespace {

constexpr std::size_t kBlock = 256UL << 10;
constexpr std::size_t kLongestLine = 1UL << 20;
constexpr std::size_t kLooked = 1024;  // Of a file, before it counts as mail.
// A Content-Length above this is not looked at (the body would be held twice).
constexpr std::uint64_t kMaxTrustedLength = 64ULL << 20;
// Looking at one that is larger than this costs; after some that were wrong
// they are left alone.
constexpr std::uint64_t kCostlyLength = 1ULL << 20;
constexpr int kMaxWrongLengths = 3;

std::string_view WithoutLineEnd(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// ">From ", ">>From ", …
bool IsQuotedFrom(std::string_view line) {
  const std::size_t at = line.find_first_not_of('>');
  return at != std::string_view::npos && at > 0 &&
         line.substr(at).starts_with("From ");
}

void UnquoteFrom(std::string* raw) {
  // The usual mail has none: look before anything is moved.
  if (raw->find(">From ") == std::string::npos) return;
  std::string unquoted;
  unquoted.reserve(raw->size());
  std::string_view rest = *raw;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line =
        end == std::string_view::npos ? rest : rest.substr(0, end + 1);
    rest.remove_prefix(line.size());
    if (IsQuotedFrom(line)) line.remove_prefix(1);
    unquoted += line;
  }
  *raw = std::move(unquoted);
}

bool HoldsFromLine(std::string_view body) {
  return body.starts_with("From ") ||
         body.find("\nFrom ") != std::string_view::npos;
}

bool IsBlank(std::string_view raw) {
  return raw.find_first_not_of("\r\n") == std::string_view::npos;
}

// "08:09:10" or "08:09" as seconds of the day.
std::optional<int> ClockTime(std::string_view word) {
  const std::vector<std::string_view> parts = Split(word, ':');
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  int seconds = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    std::uint64_t value = 0;
    if (i < parts.size()) {
      const auto number = ParseUnsigned(parts[i]);
      if (!number || parts[i].size() > 2 || *number > (i == 0 ? 23U : 60U)) {
        return std::nullopt;
      }
      value = *number;
    }
    seconds = seconds * 60 + static_cast<int>(value);
  }
  return seconds;
}

// "+0100" in seconds.
std::optional<int> ZoneOffset(std::string_view word) {
  if (word.size() != 5 || (word[0] != '+' && word[0] != '-')) {
    return std::nullopt;
  }
  const auto digits = ParseUnsigned(word.substr(1));
  if (!digits) return std::nullopt;
  const int seconds =
      static_cast<int>(*digits / 100 * 3600 + *digits % 100 * 60);
  return word[0] == '-' ? -seconds : seconds;
}

std::optional<unsigned> MonthNumber(std::string_view word) {
  constexpr std::array<std::string_view, 12> kMonths = {
      "jan", "feb", "mar", "apr", "may", "jun",
      "jul", "aug", "sep", "oct", "nov", "dec"};
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (EqualsIgnoreCase(word, kMonths.at(i))) {
      return static_cast<unsigned>(i + 1);
    }
  }
  return std::nullopt;
}

}  // namespace

bool IsFromLine(std::string_view line) {
  line = WithoutLineEnd(line);
  if (!line.starts_with("From ")) return false;
  // A colon between two digits, and after it a year from 1970 on.
  for (std::size_t at = line.find(':', 5); at != std::string_view::npos;
       at = line.find(':', at + 1)) {
    if (at + 1 >= line.size() || !IsDigitAscii(line[at - 1]) ||
        !IsDigitAscii(line[at + 1])) {
      continue;
    }
    for (const std::string_view word : Split(line.substr(at), ' ')) {
      const auto year = ParseUnsigned(word);
      if (year && word.size() == 4 && *year >= 1970) return true;
    }
    return false;
  }
  return false;
}

std::optional<UnixSeconds> FromLineTime(std::string_view line) {
  // "From mboxrd@z Thu Jan  1 00:00:00 1970" and "From 0123abcd… Mon Sep 17
  // 00:00:00 2001" are written into every mail.
  constexpr UnixSeconds kGitFormatPatch = 1'000'684'800;
  line = WithoutLineEnd(line);
  if (!IsFromLine(line)) return std::nullopt;
  std::optional<unsigned> month;
  std::optional<std::uint64_t> day;
  std::optional<int> clock;
  int zone = 0;
  for (const std::string_view word : Split(line.substr(5), ' ')) {
    if (word.empty()) continue;
    if (!month) {
      month = MonthNumber(word);
      continue;
    }
    if (!day) {
      day = ParseUnsigned(word);
      if (!day || *day < 1 || *day > 31) return std::nullopt;
      continue;
    }
    if (!clock) {
      clock = ClockTime(word);
      if (!clock) return std::nullopt;
      continue;
    }
    if (const auto offset = ZoneOffset(word)) {
      zone = *offset;
      continue;
    }
    const auto year = ParseUnsigned(word);
    if (!year || word.size() != 4) continue;  // "CET", "GMT".
    const std::chrono::year_month_day date{
        std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
        std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    const UnixSeconds time =
        std::chrono::sys_days(date).time_since_epoch().count() * 86400 +
        *clock - zone;
    if (time <= 0 || time == kGitFormatPatch) return std::nullopt;
    return time;
  }
  return std::nullopt;
}

void MboxReader::Fill(std::size_t count) {
  while (buffer_.size() - at_ < count && !end_) {
    if (at_ > kBlock) {
      buffer_.erase(0, at_);
      base_ += at_;
      at_ = 0;
    }
    const std::size_t size = buffer_.size();
    buffer_.resize(size + kBlock);
    const auto got = bytes_(buffer_.data() + size, kBlock);
    buffer_.resize(size + (got.ok() ? *got : 0));
    if (!got.ok()) error_ = got.error();
    if (!got.ok() || *got == 0) end_ = true;
  }
}

std::string_view MboxReader::PeekLine() {
  std::size_t from = 0;
  while (true) {
    const std::string_view ahead = Ahead();
    const std::size_t end = ahead.find('\n', from);
    if (end != std::string_view::npos) return ahead.substr(0, end + 1);
    if (end_ || ahead.size() >= kLongestLine) return ahead;
    from = ahead.size();
    Fill(ahead.size() + 1);
  }
}

void MboxReader::Take(std::size_t count) { at_ += count; }

bool MboxReader::AtHeadedSeparator() {
  const std::string_view line = PeekLine();
  if (!IsFromLine(line)) return false;
  const std::size_t size = line.size();
  Fill(size + kLooked);  // Ends `line`.
  const std::string_view next = Ahead().substr(size);
  return IsHeaderLine(WithoutLineEnd(next.substr(0, next.find('\n'))));
}

Status MboxReader::Begin() {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  Fill(kLooked);
  if (error_) return *error_;
  if (Ahead().starts_with(kByteOrderMark)) Take(kByteOrderMark.size());
  // Empty lines in front, as some programs write them.
  while (true) {
    const std::string_view line = PeekLine();
    if (line.empty() || !IsBlank(line)) break;
    Take(line.size());
  }
  Fill(kLooked);
  if (error_) return *error_;
  if (Ahead().empty()) {
    return InvalidInput(name_ +
                        " is empty: give an mbox, a mail, a directory of "
                        "mails, or what `git format-patch --stdout BASE..` "
                        "prints");
  }
  mbox_ = IsFromLine(PeekLine());
  if (mbox_) return {};
  const std::string why = WhyNoMail(Ahead());
  if (!why.empty()) return InvalidInput(name_ + " " + why);
  return {};
}

bool MboxReader::TakeByLength(std::uint64_t length, std::string* body) {
  if (length > kMaxTrustedLength) return false;
  if (length > kCostlyLength && wrong_lengths_ >= kMaxWrongLengths) {
    return false;
  }
  const auto size = static_cast<std::size_t>(length);
  // The body, an empty line, and a "From " line or the end.
  Fill(size + kLooked);
  const std::string_view ahead = Ahead();
  std::string_view rest = ahead.substr(std::min(size, ahead.size()));
  std::size_t gap = 0;
  while (gap < rest.size() && gap < 2 &&
         (rest[gap] == '\n' || rest[gap] == '\r')) {
    ++gap;
  }
  rest.remove_prefix(gap);
  const bool starts_line =
      size == 0 || gap > 0 || (ahead.size() >= size && ahead[size - 1] == '\n');
  if (ahead.size() < size || !starts_line ||
      !(rest.empty() || IsFromLine(rest.substr(0, rest.find('\n'))))) {
    if (length > kCostlyLength) ++wrong_lengths_;
    return false;
  }
  body->assign(ahead.substr(0, size));
  Take(size + gap);
  return true;
}

MboxMail MboxReader::ReadMail() {
  MboxMail mail;
  mail.index = ++index_;
  mail.offset = bytes_read();
  if (mbox_) {
    const std::string_view from = PeekLine();
    mail.time = FromLineTime(from);
    Take(from.size());
  }
  bool in_headers = true;
  bool has_body = false;
  bool after_empty = false;  // The line before was empty.
  bool line_start = true;    // Not in the middle of a line that came in pieces.
  bool quoted = mbox_;
  std::optional<std::uint64_t> length;
  while (true) {
    std::string_view line = PeekLine();
    if (line.empty()) break;
    if (mbox_ && line_start && line.starts_with("From ")) {
      if ((after_empty && IsFromLine(line)) || AtHeadedSeparator()) break;
      line = PeekLine();
    }
    const std::string_view text = WithoutLineEnd(line);
    after_empty = line_start && text.empty();
    line_start = line.back() == '\n';
    if (in_headers && StartsWithIgnoreCase(text, "content-length:")) {
      length = ParseUnsigned(Trim(text.substr(15)));
    }
    has_body = has_body || !in_headers;
    const std::size_t size = line.size();
    if (mail.raw.size() + size > kMaxSourceMail) {
      mail.cut = true;
    } else if (!mail.cut) {
      mail.raw += line;
    }
    Take(size);
    if (in_headers && after_empty) {
      in_headers = false;
      std::string body;
      if (mbox_ && length && TakeByLength(*length, &body)) {
        quoted = !HoldsFromLine(body);
        mail.raw += body;
        after_empty = false;
        break;
      }
    }
  }
  if (!mbox_) return mail;
  // The empty line in front of the next "From " is the mbox's.
  if (after_empty && has_body && !mail.cut) {
    if (mail.raw.ends_with("\r\n\r\n")) {
      mail.raw.resize(mail.raw.size() - 2);
    } else if (mail.raw.ends_with("\n\n")) {
      mail.raw.resize(mail.raw.size() - 1);
    }
  }
  if (quoted) UnquoteFrom(&mail.raw);
  return mail;
}

Result<std::optional<MboxMail>> MboxReader::Next() {
  while (!PeekLine().empty()) {
    MboxMail mail = ReadMail();
    if (error_) break;
    if (!IsBlank(mail.raw)) return std::optional(std::move(mail));
  }
  if (error_) return *error_;
  return std::optional<MboxMail>();
}

}  // namespace patchmilter::app
