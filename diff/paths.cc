#include "diff/paths.h"

namespace patchmilter::diff {
namespace {

constexpr std::string_view kDevNull = "/dev/null";

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

// "a/b/c" → "a", "b/c"; "c" → "", "c".
std::pair<std::string_view, std::string_view> SplitFirst(
    std::string_view path) {
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos) return {{}, path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// git's own prefixes, diff.mnemonicPrefix among them.
bool IsGitPrefix(std::string_view first) {
  return first.size() == 1 &&
         std::string_view("abciow12").find(first[0]) != std::string_view::npos;
}

void StripAlone(std::string* path) {
  const auto [first, rest] = SplitFirst(*path);
  if (IsGitPrefix(first)) *path = std::string(rest);
}

}  // namespace

std::optional<std::string> UnquotePath(std::string_view text,
                                       std::string_view* rest) {
  if (text.empty() || text[0] != '"') return std::nullopt;
  std::string path;
  for (size_t i = 1; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      *rest = text.substr(i + 1);
      return path;
    }
    if (c != '\\') {
      path += c;
      continue;
    }
    if (++i == text.size()) break;
    c = text[i];
    constexpr std::string_view kEscapes = "abtnvfr";
    constexpr std::string_view kValues = "\a\b\t\n\v\f\r";
    const size_t escape = kEscapes.find(c);
    if (escape != std::string_view::npos) {
      path += kValues[escape];
    } else if (c == '"' || c == '\\') {
      path += c;
    } else if (i + 2 < text.size() && c >= '0' && c <= '3' &&
               IsOctal(text[i + 1]) && IsOctal(text[i + 2])) {
      path += static_cast<char>((c - '0') * 64 + (text[i + 1] - '0') * 8 +
                                (text[i + 2] - '0'));
      i += 2;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::string WholePath(std::string_view text) {
  std::string_view rest;
  if (auto path = UnquotePath(text, &rest)) return *std::move(path);
  return std::string(text);
}

std::string DatedPath(std::string_view text) {
  std::string_view rest;
  if (auto path = UnquotePath(text, &rest)) return *std::move(path);
  text = text.substr(0, text.find('\t'));
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

std::optional<std::pair<std::string, std::string>> GitHeaderPaths(
    std::string_view text) {
  std::string_view rest;
  if (auto first = UnquotePath(text, &rest)) {
    if (rest.size() < 2 || rest[0] != ' ') return std::nullopt;
    return std::pair(*std::move(first), WholePath(rest.substr(1)));
  }
  if (text.starts_with('"')) return std::nullopt;
  if (!text.empty() && text.back() == '"') {
    const size_t quote = text.find(" \"");
    if (quote == std::string_view::npos || quote == 0) return std::nullopt;
    auto second = UnquotePath(text.substr(quote + 1), &rest);
    if (!second || !rest.empty()) return std::nullopt;
    return std::pair(std::string(text.substr(0, quote)), *std::move(second));
  }
  // One name under two prefixes of one length, or under none.
  const size_t middle = text.size() / 2;
  if (text.size() % 2 == 1 && middle > 0 && text[middle] == ' ') {
    const std::string_view old_path = text.substr(0, middle);
    const std::string_view new_path = text.substr(middle + 1);
    if (old_path == new_path ||
        SplitFirst(old_path).second == SplitFirst(new_path).second) {
      return std::pair(std::string(old_path), std::string(new_path));
    }
  }
  // A rename, or prefixes of other lengths: a single blank, or " b/".
  size_t blank = text.find(' ');
  if (blank == 0 || blank == std::string_view::npos) return std::nullopt;
  if (text.find(' ', blank + 1) != std::string_view::npos) {
    blank = text.find(" b/");
    if (blank == 0 || blank == std::string_view::npos) return std::nullopt;
  }
  if (blank + 1 >= text.size()) return std::nullopt;
  return std::pair(std::string(text.substr(0, blank)),
                   std::string(text.substr(blank + 1)));
}

void StripPrefixes(std::string* old_path, std::string* new_path) {
  if (*old_path == kDevNull) old_path->clear();
  if (*new_path == kDevNull) new_path->clear();
  if (old_path->empty() || new_path->empty()) {
    StripAlone(old_path);
    StripAlone(new_path);
    return;
  }
  const auto [old_first, old_rest] = SplitFirst(*old_path);
  const auto [new_first, new_rest] = SplitFirst(*new_path);
  if (old_first.empty() || new_first.empty()) return;
  if (old_first == new_first) return;
  const bool git = IsGitPrefix(old_first) && IsGitPrefix(new_first);
  if (!git && old_rest != new_rest) return;
  std::string old_stripped(old_rest);
  std::string new_stripped(new_rest);
  *old_path = std::move(old_stripped);
  *new_path = std::move(new_stripped);
}

}  // namespace patchmilter::diff
