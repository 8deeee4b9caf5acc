#include "model/cassette_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"

namespace patchmilter::model {
namespace {

constexpr std::string_view kFirstLine = "patchmilter cassette 1";
// A body's longest line in the file, before escapes. Broken earlier where it
// helps who reads it.
constexpr std::size_t kMaxLine = 160;

constexpr std::array<std::string_view, 6> kSecretHeaders = {
    "api-key",   "authorization", "cookie", "proxy-authorization",
    "x-api-key", "x-goog-api-key"};
constexpr std::array<std::string_view, 7> kKeptHeaders = {
    "content-type",   "date",         "request-id",    "retry-after",
    "retry-after-ms", "x-request-id", "x-should-retry"};
constexpr std::array<std::string_view, 2> kKeptPrefixes = {
    "anthropic-ratelimit-", "x-ratelimit-"};

bool MayBeKept(std::string_view name) {
  return std::find(kKeptHeaders.begin(), kKeptHeaders.end(), name) !=
             kKeptHeaders.end() ||
         std::any_of(
             kKeptPrefixes.begin(), kKeptPrefixes.end(),
             [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool IsSecret(std::string_view header) {
  const std::string name = ToLower(Trim(header.substr(0, header.find(':'))));
  return std::find(kSecretHeaders.begin(), kSecretHeaders.end(), name) !=
         kSecretHeaders.end();
}

// Visible ASCII and spaces stand for themselves, other bytes are \xNN. So is a
// backslash in front of an x; others, as in JSON, need no second one.
void AppendEscaped(std::string_view text, std::string* out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool looks_escaped =
        c == '\\' && i + 1 < text.size() && text[i + 1] == 'x';
    if (c >= 0x20 && c < 0x7f && !looks_escaped) {
      *out += c;
    } else {
      fmt::format_to(std::back_inserter(*out), "\\x{:02x}",
                     static_cast<unsigned char>(c));
    }
  }
}

std::optional<unsigned> HexDigit(char c) {
  if (IsDigitAscii(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return std::nullopt;
}

bool AppendUnescaped(std::string_view text, std::string* out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size() || text[i + 1] != 'x') {
      *out += text[i];
      continue;
    }
    if (i + 3 >= text.size()) return false;
    const auto high = HexDigit(text[i + 2]);
    const auto low = HexDigit(text[i + 3]);
    if (!high || !low) return false;
    *out += static_cast<char>(*high << 4U | *low);
    i += 3;
  }
  return true;
}

// Where a line of a body without a line end in it is broken: behind the \n of a
// JSON string, between the elements of an array, or where it is long.
std::size_t BreakOf(std::string_view text) {
  const std::size_t most = std::min(text.size(), kMaxLine);
  for (std::size_t i = 0; i + 1 < most; ++i) {
    if (text[i] == '\\' && text[i + 1] == '\\') {
      ++i;  // An escaped backslash; what follows it is no escape.
    } else if ((text[i] == '\\' && text[i + 1] == 'n') ||
               (text[i] == '}' && text[i + 1] == ',')) {
      return i + 2;
    }
  }
  return most;
}

void AppendBody(std::string_view body, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "body {}\n", body.size());
  while (!body.empty()) {
    const std::size_t end = body.find('\n');
    std::string_view line = body.substr(0, end);
    while (line.size() > BreakOf(line)) {
      const std::size_t part = BreakOf(line);
      *out += '+';
      AppendEscaped(line.substr(0, part), out);
      *out += '\n';
      line.remove_prefix(part);
    }
    *out += end == std::string_view::npos ? '+' : '|';
    AppendEscaped(line, out);
    *out += '\n';
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
  }
}

void AppendField(std::string_view name, std::string_view value,
                 std::string* out) {
  *out += name;
  *out += ' ';
  AppendEscaped(value, out);
  *out += '\n';
}

// Reads the file line by line. After the first line that is not what it should
// be, nothing is read any more.
class Parser {
 public:
  explicit Parser(std::string_view text) : lines_(text) { Advance(); }

  // The value behind `name`, where the next line is that.
  std::optional<std::string> Field(std::string_view name) {
    if (!ok_ || !line_ || !line_->starts_with(name) ||
        line_->size() <= name.size() || (*line_)[name.size()] != ' ') {
      return std::nullopt;
    }
    std::string value;
    if (!AppendUnescaped(line_->substr(name.size() + 1), &value)) {
      Fail();
      return std::nullopt;
    }
    Advance();
    return value;
  }
  std::string Needed(std::string_view name) {
    std::optional<std::string> value = Field(name);
    if (!value) Fail();
    return value ? *std::move(value) : std::string();
  }
  std::string Body() {
    const std::optional<std::uint64_t> size = ParseUnsigned(Needed("body"));
    std::string body;
    if (!size) Fail();
    while (ok_ && line_ &&
           (line_->starts_with('|') || line_->starts_with('+'))) {
      if (!AppendUnescaped(line_->substr(1), &body)) Fail();
      if (line_->starts_with('|')) body += '\n';
      Advance();
    }
    if (ok_ && body.size() != *size) Fail();
    return body;
  }
  bool Line(std::string_view text) {
    if (!ok_ || line_ != text) return false;
    Advance();
    return true;
  }
  void Need(bool condition) {
    if (!condition) Fail();
  }
  bool AtEnd() const { return ok_ && !line_; }
  bool ok() const { return ok_; }
  int number() const { return number_; }

 private:
  void Fail() { ok_ = false; }
  void Advance() {
    if (!ok_) return;
    std::string_view line;
    if (lines_.Next(&line)) {
      line_ = line;
      ++number_;
    } else {
      line_.reset();
    }
  }

  LineReader lines_;
  std::optional<std::string_view> line_;
  int number_ = 0;
  bool ok_ = true;
};

constexpr std::array kKinds = {FaultKind::kNetwork, FaultKind::kOverloaded,
                               FaultKind::kQuota,   FaultKind::kAuth,
                               FaultKind::kRequest, FaultKind::kTooLong,
                               FaultKind::kProtocol};

// "KIND RETRY MESSAGE"
std::string FaultText(const Fault& fault) {
  const char* retry = !fault.should_retry   ? "maybe"
                      : *fault.should_retry ? "yes"
                                            : "no";
  return fmt::format("{} {} {}", FaultKindName(fault.kind), retry,
                     fault.message);
}

std::optional<Fault> ParseFault(std::string_view text) {
  Fault fault;
  const std::size_t first = text.find(' ');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = text.find(' ', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto* kind = std::find_if(
      kKinds.begin(), kKinds.end(),
      [&](FaultKind k) { return FaultKindName(k) == text.substr(0, first); });
  if (kind == kKinds.end()) return std::nullopt;
  fault.kind = *kind;
  const std::string_view retry = text.substr(first + 1, second - first - 1);
  if (retry != "maybe") {
    if (retry != "yes" && retry != "no") return std::nullopt;
    fault.should_retry = retry == "yes";
  }
  fault.message = log::Clean(text.substr(second + 1), 1000);
  return fault;
}

}  // namespace

std::string HashOf(const WireRequest& sent) {
  std::vector<std::string_view> fields = {sent.path};
  fields.insert(fields.end(), sent.headers.begin(), sent.headers.end());
  fields.emplace_back(sent.body);
  return Sha256HexOf(fields);
}

Result<std::string> EncodeRecording(const Recording& recording) {
  std::string out = fmt::format("{}\n", kFirstLine);
  AppendField("sent", HashOf(recording.sent), &out);
  AppendField("path", recording.sent.path, &out);
  for (const std::string& header : recording.sent.headers) {
    if (IsSecret(header)) {
      return InvalidInput(fmt::format("a header that may hold a key: {}",
                                      header.substr(0, header.find(':'))));
    }
    AppendField("header", header, &out);
  }
  AppendBody(recording.sent.body, &out);
  AppendField("came", fmt::format("{}", recording.head.status), &out);
  for (const auto& [name, value] : recording.head.headers) {
    if (!MayBeKept(name)) continue;
    AppendField("header", fmt::format("{}: {}", name, value), &out);
  }
  AppendBody(recording.body, &out);
  if (recording.fault) {
    AppendField("fault", FaultText(*recording.fault), &out);
  } else {
    out += "end\n";
  }
  if (out.size() > kMaxRecordingBytes) {
    return InvalidInput("longer than a recording may be");
  }
  return out;
}

Result<Recording> DecodeRecording(std::string_view text) {
  Recording recording;
  Parser parser(text);
  parser.Need(parser.Line(kFirstLine));
  const std::string hash = parser.Needed("sent");
  recording.sent.path = parser.Needed("path");
  while (std::optional<std::string> header = parser.Field("header")) {
    recording.sent.headers.push_back(*std::move(header));
  }
  recording.sent.body = parser.Body();
  const auto status = ParseUnsigned(parser.Needed("came"));
  parser.Need(status && *status < 1000);
  recording.head.status = static_cast<int>(status.value_or(0));
  while (const std::optional<std::string> header = parser.Field("header")) {
    const std::size_t colon = header->find(": ");
    parser.Need(colon != std::string::npos);
    if (!parser.ok()) break;
    recording.head.headers.emplace(header->substr(0, colon),
                                   header->substr(colon + 2));
  }
  recording.body = parser.Body();
  if (const std::optional<std::string> fault = parser.Field("fault")) {
    recording.fault = ParseFault(*fault);
    parser.Need(recording.fault.has_value());
    if (recording.fault) recording.fault->status = recording.head.status;
  } else {
    parser.Need(parser.Line("end"));
  }
  parser.Need(parser.AtEnd());
  if (!parser.ok()) {
    return InvalidInput(
        fmt::format("line {}: not a cassette's", parser.number()));
  }
  if (HashOf(recording.sent) != hash) {
    return InvalidInput("its request is not the one that was sent");
  }
  return recording;
}

}  // namespace patchmilter::model
