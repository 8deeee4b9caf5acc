#include "mime/message_id.h"

#include <algorithm>

#include "base/text.h"

namespace patchmilter::mime {
namespace {

// Without white space and control bytes; "" where it is too long.
std::string Cleaned(std::string_view id) {
  std::string clean;
  if (id.size() > 2 * kMaxMessageId) return clean;
  for (const char c : id) {
    if (static_cast<unsigned char>(c) > ' ' && c != '\x7f') clean += c;
  }
  if (clean.size() > kMaxMessageId) clean.clear();
  return clean;
}

}  // namespace

std::vector<std::string> ParseMessageIds(std::string_view value) {
  std::vector<std::string> ids;
  bool angle = false;
  size_t at = 0;
  while ((at = value.find('<', at)) != std::string_view::npos) {
    // "<a <b@c>": the innermost is the id.
    const size_t end = value.find_first_of("<>", at + 1);
    if (end == std::string_view::npos) break;
    if (value[end] == '>') {
      angle = true;
      std::string id = Cleaned(value.substr(at + 1, end - at - 1));
      if (!id.empty()) ids.push_back(std::move(id));
    }
    at = end;
  }
  if (angle) return ids;
  size_t begin = 0;
  while (begin < value.size()) {
    const size_t end =
        std::min(value.find_first_of(" \t,", begin), value.size());
    std::string_view word = value.substr(begin, end - begin);
    if (word.starts_with('<')) word.remove_prefix(1);
    if (word.find('@') != std::string_view::npos) {
      std::string id = Cleaned(word);
      if (!id.empty()) ids.push_back(std::move(id));
    }
    begin = end + 1;
  }
  return ids;
}

std::string ParseMessageId(std::string_view value) {
  const size_t begin = value.find('<');
  if (begin == std::string_view::npos) {
    value = Trim(value);
    return Cleaned(value.substr(0, value.find(' ')));
  }
  const size_t end = value.find('>', begin);
  return Cleaned(value.substr(
      begin + 1, end == std::string_view::npos ? end : end - begin - 1));
}

bool IsSafeMessageId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxMessageId - 100 &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return c > ' ' && c < '\x7f' && c != '<' && c != '>';
         });
}

}  // namespace patchmilter::mime
