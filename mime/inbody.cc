#include "mime/inbody.h"

#include "base/text.h"

namespace patchmilter::mime {
namespace {

// git's patchbreak(): what ends a commit message.
bool BreaksMessage(std::string_view line) {
  if (line.starts_with("diff -") || line.starts_with("Index: ")) return true;
  if (!line.starts_with("---")) return false;
  if (line.size() > 4 && line[3] == ' ' && !IsSpaceAscii(line[4])) return true;
  return Trim(line.substr(3)).empty();
}

// "Name: value", the name in any case; git wants no blank before the colon.
bool TakeHeader(std::string_view line, std::string_view name,
                std::string* value) {
  if (!value->empty() || !StartsWithIgnoreCase(line, name) ||
      line.size() <= name.size() || line[name.size()] != ':') {
    return false;
  }
  *value = std::string(Trim(line.substr(name.size() + 1)));
  return true;
}

// ">From <id> Mon Sep 17 00:00:00 2001": format-patch's separator, quoted.
bool IsQuotedSeparator(std::string_view line) {
  return line.starts_with(">From ") &&
         line.find(" Mon Sep 17 00:00:00 2001") != std::string_view::npos;
}

}  // namespace

InBody ReadInBody(std::string_view text) {
  InBody inbody;
  LineReader reader(text);
  std::string_view line;
  std::string* open = nullptr;  // The header that a fold would belong to.
  bool headers = true;
  bool begun = false;
  std::uint32_t number = 0;
  for (; reader.Next(&line); ++number) {
    if (headers) {
      if (line.empty()) {
        if (open != nullptr) headers = false;
        continue;
      }
      if (open != nullptr &&
          (line.starts_with(' ') || line.starts_with('\t'))) {
        *open += ' ';
        *open += Trim(line);
        continue;
      }
      open = nullptr;
      if (IsQuotedSeparator(line)) continue;
      if (TakeHeader(line, "From", &inbody.from)) {
        open = &inbody.from;
      } else if (TakeHeader(line, "Subject", &inbody.subject)) {
        open = &inbody.subject;
      } else if (TakeHeader(line, "Date", &inbody.date)) {
        open = &inbody.date;
      } else if (line.starts_with("[PATCH]") && line.size() > 7 &&
                 IsSpaceAscii(line[7])) {
        inbody.subject = std::string(Trim(line));
        continue;
      }
      if (open != nullptr) continue;
      headers = false;
    }
    if (!begun) {
      begun = true;
      inbody.message_begin = reader.offset();
      inbody.message_line = number;
    }
    if (BreaksMessage(line)) {
      inbody.message_end = reader.offset();
      return inbody;
    }
  }
  if (!begun) {
    inbody.message_begin = text.size();
    inbody.message_line = number;
  }
  inbody.message_end = text.size();
  return inbody;
}

}  // namespace patchmilter::mime
