#include "review/checks/c_lines.h"

#include <array>

#include "base/text.h"

namespace patchmilter::review {

namespace {

bool EndsWith(std::string_view text, std::string_view ending) {
  return text.size() > ending.size() &&
         text.substr(text.size() - ending.size()) == ending;
}

}  // namespace

std::string CodeReader::Next(std::string_view line) {
  std::string code(line.size(), ' ');
  // A hunk may begin inside a comment: its lines begin with "*".
  std::string_view trimmed = TrimLeft(line);
  if (!in_comment_ && !trimmed.empty() && trimmed[0] == '*' &&
      (trimmed.size() == 1 || trimmed[1] == ' ' || trimmed[1] == '/')) {
    return code;
  }
  size_t i = 0;
  while (i < line.size()) {
    if (in_comment_) {
      size_t end = line.find("*/", i);
      if (end == std::string_view::npos) return code;
      in_comment_ = false;
      i = end + 2;
      continue;
    }
    char c = line[i];
    if (c == '/' && i + 1 < line.size() && line[i + 1] == '/') return code;
    if (c == '/' && i + 1 < line.size() && line[i + 1] == '*') {
      in_comment_ = true;
      i += 2;
      continue;
    }
    if (c == '"' || c == '\'') {
      size_t j = i + 1;
      while (j < line.size() && line[j] != c) j += line[j] == '\\' ? 2U : 1U;
      code[i] = c;  // The delimiter stays, so that "f(" and f( differ.
      i = j + 1;
      continue;
    }
    code[i] = c;
    ++i;
  }
  return code;
}

std::vector<Word> WordsOf(std::string_view code) {
  std::vector<Word> words;
  size_t i = 0;
  while (i < code.size()) {
    char c = code[i];
    if (!IsAlnumAscii(c) && c != '_') {
      ++i;
      continue;
    }
    size_t j = i;
    while (j < code.size() && (IsAlnumAscii(code[j]) || code[j] == '_')) ++j;
    if (!IsDigitAscii(c)) words.push_back({i, code.substr(i, j - i)});
    i = j;
  }
  return words;
}

bool IsHeader(std::string_view path) {
  return EndsWith(path, ".h") || EndsWith(path, ".hpp") ||
         EndsWith(path, ".hh");
}

bool IsCLike(std::string_view path) {
  static constexpr std::array<std::string_view, 6> kEndings = {
      ".c", ".cc", ".cpp", ".S", ".dts", ".dtsi"};
  if (IsHeader(path)) return true;
  for (std::string_view ending : kEndings) {
    if (EndsWith(path, ending)) return true;
  }
  return false;
}

}  // namespace patchmilter::review
