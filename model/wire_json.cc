#include "model/wire_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace patchmilter::model {
namespace {

bool IsJsonSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

size_t SkipSpace(std::string_view text, size_t at) {
  while (at < text.size() && IsJsonSpace(text[at])) ++at;
  return at;
}

// Behind the string that begins at `at`.
size_t SkipString(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

// Behind the value that begins at `at`. REQUIRES: `text` is valid from there.
size_t SkipValue(std::string_view text, size_t at) {
  size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = SkipString(text, at);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
      continue;
    } else if (c == '}' || c == ']') {
      --depth;
      ++at;
    } else if (depth > 0) {
      ++at;
      continue;
    } else {
      while (at < text.size() && text[at] != ',' && text[at] != '}' &&
             text[at] != ']' && !IsJsonSpace(text[at])) {
        ++at;
      }
    }
    if (depth == 0) return at;
  }
  return at;
}

bool TooDeep(std::string_view text) {
  size_t depth = 0;
  size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = SkipString(text, at);
      continue;
    }
    if ((c == '{' || c == '[') && ++depth > kMaxJsonDepth) return true;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    ++at;
  }
  return false;
}

std::string Unescaped(std::string_view raw) {
  const std::string_view inner = raw.substr(1, raw.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return std::string(inner);
  const auto json = nlohmann::json::parse(raw, nullptr, false);
  return json.is_string() ? json.get<std::string>() : std::string();
}

// A member of an object as it stands there.
struct RawMember {
  std::string_view name;  // With its quotes.
  std::string_view value;
  size_t end = 0;  // Where the next one is looked for; 0 before the first.
};

// Goes on to the next member of `object`; false behind the last.
bool NextMember(std::string_view object, RawMember* member) {
  size_t at = SkipSpace(object, member->end == 0 ? 1 : member->end);
  if (member->end != 0) {
    if (at >= object.size() || object[at] != ',') return false;
    at = SkipSpace(object, at + 1);
  }
  if (at >= object.size() || object[at] != '"') return false;
  const size_t name_end = SkipString(object, at);
  member->name = object.substr(at, name_end - at);
  at = SkipSpace(object, SkipSpace(object, name_end) + 1);  // The colon.
  member->end = SkipValue(object, at);
  member->value = object.substr(at, member->end - at);
  return true;
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  std::string mended;
  if (!IsValidUtf8(text)) {
    mended = ToValidUtf8(text);
    text = mended;
  }
  out->reserve(out->size() + text.size() + 2);
  *out += '"';
  std::size_t copied = 0;  // What stands for itself is copied in one piece.
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\')
      continue;
    out->append(text, copied, i - copied);
    copied = i + 1;
    switch (c) {
      case '"':
        *out += "\\\"";
        break;
      case '\\':
        *out += "\\\\";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\t':
        *out += "\\t";
        break;
      default:
        *out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    }
  }
  out->append(text, copied);
  *out += '"';
}

void JsonWriter::Comma() {
  if (comma_) text_ += ',';
  comma_ = true;
}

JsonWriter& JsonWriter::Open(char bracket) {
  Comma();
  text_ += bracket;
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::Close(char bracket) {
  text_ += bracket;
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view name) {
  Comma();
  text_ += '"';
  text_ += name;
  text_ += "\":";
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::EscapedKey(std::string_view name) {
  Comma();
  AppendJsonString(name, &text_);
  text_ += ':';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  Comma();
  AppendJsonString(text, &text_);
  return *this;
}

JsonWriter& JsonWriter::Number(std::uint64_t number) {
  Comma();
  text_ += std::to_string(number);
  return *this;
}

JsonWriter& JsonWriter::Raw(std::string_view json) {
  Comma();
  text_ += json;
  return *this;
}

JsonSlice JsonSlice::Of(std::string_view text) {
  const size_t begin = SkipSpace(text, 0);
  text.remove_prefix(begin);
  while (!text.empty() && IsJsonSpace(text.back())) text.remove_suffix(1);
  // A NUL would end the text for the parser, and a BOM be passed over.
  if (text.empty() || text.find('\0') != std::string_view::npos ||
      text.front() == '\xef' || TooDeep(text) ||
      !nlohmann::json::accept(text)) {
    return JsonSlice();
  }
  return JsonSlice(text);
}

std::vector<JsonSlice::Member> JsonSlice::Members() const {
  std::vector<Member> members;
  if (!IsObject()) return members;
  for (RawMember each; NextMember(raw_, &each);) {
    members.push_back({Unescaped(each.name), JsonSlice(each.value)});
  }
  return members;
}

JsonSlice JsonSlice::operator[](std::string_view name) const {
  JsonSlice found;
  if (!IsObject()) return found;
  for (RawMember each; NextMember(raw_, &each);) {
    const std::string_view inner = each.name.substr(1, each.name.size() - 2);
    const bool same = inner.find('\\') == std::string_view::npos
                          ? inner == name
                          : Unescaped(each.name) == name;
    if (same) found = JsonSlice(each.value);
  }
  return found;
}

std::vector<JsonSlice> JsonSlice::Elements() const {
  std::vector<JsonSlice> elements;
  if (!IsArray()) return elements;
  size_t at = SkipSpace(raw_, 1);
  while (at < raw_.size() && raw_[at] != ']') {
    const size_t end = SkipValue(raw_, at);
    elements.push_back(JsonSlice(raw_.substr(at, end - at)));
    at = SkipSpace(raw_, end);
    if (at >= raw_.size() || raw_[at] != ',') break;
    at = SkipSpace(raw_, at + 1);
  }
  return elements;
}

std::string JsonSlice::Text() const {
  return IsString() ? Unescaped(raw_) : std::string();
}

std::optional<std::uint64_t> JsonSlice::Number() const {
  return ParseUnsigned(raw_);
}

}  // namespace patchmilter::model
