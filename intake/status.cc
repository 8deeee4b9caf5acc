#include "intake/status.h"

#include <fmt/format.h>

#include <optional>
#include <variant>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "base/text.h"

namespace patchmilter::intake {
namespace {

constexpr std::uint64_t kMaxStatusFile = 64 << 10;

using Member = std::variant<std::uint64_t*, UnixSeconds*, std::string*>;
struct Field {
  std::string_view name;
  Member member;
};

// One table for both directions.
std::vector<Field> Fields(DaemonStatus& s) {
  return {{"pid", &s.pid},
          {"version", &s.version},
          {"started", &s.started},
          {"updated", &s.updated},
          {"stopped", &s.stopped},
          {"messages", &s.messages},
          {"stored", &s.stored},
          {"let_go", &s.let_go},
          {"failed", &s.failed},
          {"late", &s.late},
          {"late_stored", &s.late_stored},
          {"truncated", &s.truncated},
          {"aborted", &s.aborted},
          {"missed", &s.missed},
          {"segments", &s.segments},
          {"bytes", &s.bytes},
          {"end_segment", &s.end.segment},
          {"end_offset", &s.end.offset},
          {"cursor_segment", &s.cursor.segment},
          {"cursor_offset", &s.cursor.offset},
          {"last_error", &s.last_error}};
}

// Strings in the file are printable ASCII (log::Clean) with \ and " escaped.
std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    const auto byte = static_cast<unsigned char>(c);
    quoted += byte >= 0x20 && byte <= 0x7e ? c : '?';
  }
  return quoted + '"';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  bool Take(char c) {
    rest_ = TrimLeft(rest_);
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::string> String() {
    if (!Take('"')) return std::nullopt;
    std::string text;
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return text;
      if (c == '\\') {
        if (rest_.empty()) break;
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      text += c;
    }
    return std::nullopt;
  }
  std::optional<std::uint64_t> Number() {
    rest_ = TrimLeft(rest_);
    size_t digits = 0;
    while (digits < rest_.size() && IsDigitAscii(rest_[digits])) ++digits;
    const auto number = ParseUnsigned(rest_.substr(0, digits));
    rest_.remove_prefix(digits);
    return number;
  }
  bool AtString() {
    rest_ = TrimLeft(rest_);
    return !rest_.empty() && rest_.front() == '"';
  }
  bool Done() { return TrimLeft(rest_).empty(); }

 private:
  std::string_view rest_;
};

void Assign(DaemonStatus* status, std::string_view name,
            const std::optional<std::string>& text,
            std::optional<std::uint64_t> number) {
  for (const Field& field : Fields(*status)) {
    if (field.name != name) continue;
    if (const auto* member = std::get_if<std::string*>(&field.member)) {
      if (text) **member = *text;
    } else if (const auto* seconds = std::get_if<UnixSeconds*>(&field.member)) {
      if (number) **seconds = static_cast<UnixSeconds>(*number);
    } else if (number) {
      *std::get<std::uint64_t*>(field.member) = *number;
    }
  }
}

}  // namespace

std::string StatusFile(const std::string& directory) {
  return directory + "/status.json";
}

std::string StatusToJson(const DaemonStatus& status) {
  DaemonStatus copy = status;
  std::string json = "{";
  std::string_view separator = "\n  ";
  for (const Field& field : Fields(copy)) {
    json += separator;
    json += Quote(field.name) + ": ";
    if (const auto* text = std::get_if<std::string*>(&field.member)) {
      json += Quote(log::Clean(**text));
    } else if (const auto* seconds = std::get_if<UnixSeconds*>(&field.member)) {
      json += fmt::format("{}", **seconds);
    } else {
      json += fmt::format("{}", *std::get<std::uint64_t*>(field.member));
    }
    separator = ",\n  ";
  }
  return json + "\n}\n";
}

Result<DaemonStatus> StatusFromJson(std::string_view json) {
  DaemonStatus status;
  Parser parser(json);
  const Error bad = InvalidInput("is not a status file");
  if (!parser.Take('{')) return bad;
  do {
    const std::optional<std::string> name = parser.String();
    if (!name || !parser.Take(':')) return bad;
    std::optional<std::string> text;
    std::optional<std::uint64_t> number;
    if (parser.AtString()) {
      text = parser.String();
    } else {
      number = parser.Number();
    }
    if (!text && !number) return bad;
    Assign(&status, *name, text, number);
  } while (parser.Take(','));
  if (!parser.Take('}') || !parser.Done()) return bad;
  return status;
}

Status WriteStatus(const std::string& directory, const DaemonStatus& status) {
  return ReplaceFile(StatusFile(directory), StatusToJson(status));
}

Result<DaemonStatus> ReadStatus(const std::string& directory) {
  const std::string path = StatusFile(directory);
  PM_ASSIGN_OR_RETURN(const std::string json, ReadFile(path, kMaxStatusFile));
  Result<DaemonStatus> status = StatusFromJson(json);
  if (!status.ok()) return status.error().Wrap(path);
  return status;
}

}  // namespace patchmilter::intake
