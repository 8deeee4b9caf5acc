#include "mime/content_type.h"

#include "base/text.h"
#include "mime/encoded_word.h"

namespace patchmilter::mime {
namespace {

// RFC 2046 5.1.1 allows 70; mailers have more.
constexpr size_t kMaxBoundary = 500;

// Walks the parameters: `; name=value; name="value"`.
class ParameterReader {
 public:
  explicit ParameterReader(std::string_view text) : text_(text) {}

  bool Next(std::string* name, std::string* value) {
    name->clear();
    value->clear();
    while (at_ < text_.size() &&
           (text_[at_] == ';' || IsSpaceAscii(text_[at_])))
      ++at_;
    if (at_ >= text_.size()) return false;
    while (at_ < text_.size() && text_[at_] != '=' && text_[at_] != ';') {
      *name += ToLowerAscii(text_[at_++]);
    }
    *name = std::string(Trim(*name));
    if (at_ >= text_.size() || text_[at_] == ';') return true;
    ++at_;
    while (at_ < text_.size() && IsSpaceAscii(text_[at_])) ++at_;
    if (at_ < text_.size() && text_[at_] == '"') {
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        *value += text_[at_];
      }
      while (at_ < text_.size() && text_[at_] != ';') ++at_;
      return true;
    }
    while (at_ < text_.size() && text_[at_] != ';') *value += text_[at_++];
    *value = std::string(Trim(*value));
    return true;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

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
  std::string name;
  std::string value;
  if (const auto raw = block.First(HeaderName::kContentType); !raw.empty()) {
    const std::string line = Unfold(raw);
    const size_t semicolon = line.find(';');
    const std::string type = ToLower(Trim(line.substr(0, semicolon)));
    const size_t slash = type.find('/');
    if (type == "text") {
      content.given = true;
    } else if (slash != std::string::npos && slash > 0 &&
               slash + 1 < type.size() && type.find(' ') == std::string::npos) {
      content.type = type;
      content.given = true;
    }
    ParameterReader reader(semicolon == std::string::npos
                               ? std::string_view()
                               : std::string_view(line).substr(semicolon));
    while (reader.Next(&name, &value)) {
      if (name == "charset" && content.charset.empty()) {
        content.charset = value;
      } else if (name == "boundary" && content.boundary.empty()) {
        content.boundary = value.substr(0, kMaxBoundary);
      } else if (name == "format") {
        content.flowed = EqualsIgnoreCase(value, "flowed");
      } else if (name == "delsp") {
        content.del_sp = EqualsIgnoreCase(value, "yes");
      } else if (name == "name") {
        content.name = DecodeHeaderText(value);
      }
    }
  }
  if (const auto raw = block.First(HeaderName::kContentDisposition);
      !raw.empty()) {
    const std::string line = Unfold(raw);
    const size_t semicolon = line.find(';');
    content.attachment =
        EqualsIgnoreCase(Trim(line.substr(0, semicolon)), "attachment");
    ParameterReader reader(semicolon == std::string::npos
                               ? std::string_view()
                               : std::string_view(line).substr(semicolon));
    while (reader.Next(&name, &value)) {
      if (name == "filename" || name == "filename*") {
        content.name = DecodeHeaderText(value);
      }
    }
  }
  return content;
}

}  // namespace patchmilter::mime
