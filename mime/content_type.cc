#include "mime/content_type.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/text.h"
#include "mime/charset.h"
#include "mime/encoded_word.h"

namespace patchmilter::mime {
namespace {

// RFC 2046 5.1.1 allows 70; mailers have more.
constexpr size_t kMaxBoundary = 500;

// More parameters than that are none; RFC 2231 pieces are counted alike.
constexpr size_t kMaxParameters = 200;
constexpr size_t kMaxParameterValue = 4096;

struct Parameter {
  std::string name;  // Lower case, "filename*1*" as it stands there.
  std::string value;
};

// `; name=value; name="value"`.
std::vector<Parameter> SplitParameters(std::string_view text) {
  std::vector<Parameter> parameters;
  size_t at = 0;
  while (parameters.size() < kMaxParameters) {
    while (at < text.size() && (text[at] == ';' || IsSpaceAscii(text[at])))
      ++at;
    if (at >= text.size()) break;
    Parameter& parameter = parameters.emplace_back();
    size_t end = std::min(text.find_first_of("=;", at), text.size());
    parameter.name = ToLower(Trim(text.substr(at, end - at)));
    at = end;
    if (at >= text.size() || text[at] == ';') continue;
    ++at;
    while (at < text.size() && IsSpaceAscii(text[at])) ++at;
    if (at < text.size() && text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        parameter.value += text[at];
      }
      at = std::min(text.find(';', at), text.size());
    } else {
      end = std::min(text.find(';', at), text.size());
      parameter.value = Trim(text.substr(at, end - at));
      at = end;
    }
    parameter.value.resize(
        std::min(parameter.value.size(), kMaxParameterValue));
  }
  return parameters;
}

int HexDigit(char c) {
  if (IsDigitAscii(c)) return c - '0';
  c = ToLowerAscii(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string Unpercent(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

// A value in pieces (RFC 2231 3 and 4): "name*0", "name*1*", or "name*".
struct Pieces {
  std::string bytes;
  std::string charset;
  size_t next = 0;  // The number of the piece that must follow.
};

// Joins pieces, decodes what is encoded. The first of a name counts, and a
// value of RFC 2231 more than a plain one of that name.
std::map<std::string, std::string> ReadParameters(std::string_view text) {
  std::map<std::string, std::string> plain;
  std::map<std::string, Pieces> pieces;
  for (Parameter& parameter : SplitParameters(text)) {
    std::string& name = parameter.name;
    const size_t star = name.find('*');
    if (star == std::string::npos) {
      plain.try_emplace(std::move(name), std::move(parameter.value));
      continue;
    }
    const bool encoded = name.back() == '*';
    std::string number = name.substr(star + 1);
    if (encoded && !number.empty()) number.pop_back();
    name.resize(star);
    Pieces& value = pieces[name];
    const auto place = ParseUnsigned(number.empty() ? "0" : number);
    if (!place || *place != value.next) continue;
    ++value.next;
    std::string_view more = parameter.value;
    if (encoded && *place == 0) {
      // "charset'language'value"
      const size_t first = more.find('\'');
      const size_t second =
          first == std::string_view::npos ? first : more.find('\'', first + 1);
      if (second != std::string_view::npos) {
        value.charset = more.substr(0, first);
        more.remove_prefix(second + 1);
      }
    }
    value.bytes += encoded ? Unpercent(more) : std::string(more);
  }
  for (auto& [name, value] : pieces) {
    if (value.next == 0) continue;
    std::vector<std::string> problems;
    plain[name] = ToUtf8(std::move(value.bytes), value.charset, &problems);
  }
  return plain;
}

// The parameters behind the first ";" of `line`.
std::map<std::string, std::string> ParametersOf(std::string_view line) {
  const size_t semicolon = line.find(';');
  if (semicolon == std::string_view::npos) return {};
  return ReadParameters(line.substr(semicolon));
}

TransferEncoding ParseEncoding(std::string_view value) {
  const std::string name = ToLower(Trim(value));
  if (name.starts_with("quoted-printable")) {
    return TransferEncoding::kQuotedPrintable;
  }
  if (name.starts_with("base64")) return TransferEncoding::kBase64;
  if (name.starts_with("x-uuencode") || name.starts_with("uuencode")) {
    return TransferEncoding::kUuencode;
  }
  return TransferEncoding::kIdentity;
}

bool HasPatchEnding(std::string_view name) {
  const std::string lower = ToLower(name);
  return lower.ends_with(".patch") || lower.ends_with(".diff");
}

}  // namespace

bool ContentType::IsPatchFile() const {
  return type == "text/x-patch" || type == "text/x-diff" ||
         type == "text/patch" || type == "text/diff" ||
         type == "application/x-patch" || type == "application/x-diff" ||
         HasPatchEnding(name);
}

ContentType ReadContentType(const HeaderBlock& block) {
  ContentType content;
  if (const auto raw = block.First(HeaderName::kContentTransferEncoding);
      !raw.empty()) {
    content.encoding = ParseEncoding(raw);
  }
  if (const auto raw = block.First(HeaderName::kContentType); !raw.empty()) {
    const std::string line = Unfold(raw);
    const std::string type = ToLower(Trim(line.substr(0, line.find(';'))));
    const size_t slash = type.find('/');
    if (type == "text") {
      content.given = true;
    } else if (slash != std::string::npos && slash > 0 &&
               slash + 1 < type.size() && type.find(' ') == std::string::npos) {
      content.type = type;
      content.given = true;
    }
    std::map<std::string, std::string> parameters = ParametersOf(line);
    content.charset = parameters["charset"];
    content.boundary = parameters["boundary"].substr(0, kMaxBoundary);
    content.flowed = EqualsIgnoreCase(parameters["format"], "flowed");
    content.del_sp = EqualsIgnoreCase(parameters["delsp"], "yes");
    content.name = DecodeHeaderText(parameters["name"]);
  }
  if (const auto raw = block.First(HeaderName::kContentDisposition);
      !raw.empty()) {
    const std::string line = Unfold(raw);
    content.attachment =
        EqualsIgnoreCase(Trim(line.substr(0, line.find(';'))), "attachment");
    std::map<std::string, std::string> parameters = ParametersOf(line);
    if (const std::string& name = parameters["filename"]; !name.empty()) {
      content.name = DecodeHeaderText(name);
    }
  }
  return content;
}

}  // namespace patchmilter::mime
