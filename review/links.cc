#include "review/links.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>

#include "base/text.h"

namespace patchmilter::review {

namespace {

using std::string_view;

bool IsHostByte(char c) { return IsAlnumAscii(c) || c == '-' || c == '.'; }

constexpr std::array<string_view, 12> kDomains = {
    "com", "org", "net", "edu", "gov", "info",
    "io",  "xyz", "top", "ru",  "cn",  "example"};

bool IsDomain(string_view name) {
  return std::find(kDomains.begin(), kDomains.end(), ToLower(name)) !=
         kDomains.end();
}

// "host.tld/…" without a scheme: mail readers make links of it all the same.
bool HoldsBareLink(string_view word) {
  for (std::size_t slash = word.find('/'); slash != string_view::npos;
       slash = word.find('/', slash + 1)) {
    std::size_t begin = slash;
    while (begin > 0 && IsHostByte(word[begin - 1])) --begin;
    if (begin > 0 && word[begin - 1] == '/') continue;  // Inside a path.
    const string_view host = word.substr(begin, slash - begin);
    const std::size_t dot = host.rfind('.');
    if (dot == string_view::npos || dot == 0 || !IsAlnumAscii(host[dot - 1])) {
      continue;
    }
    if (IsDomain(host.substr(dot + 1))) return true;
  }
  return false;
}

bool Beyond(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// "host.com", "a.host.org" alone; with letters of another script, or as
// "xn--…", below any domain of the table. "ops.net" may be a member.
bool HoldsHost(string_view word) {
  for (std::size_t dot = word.find('.'); dot != string_view::npos;
       dot = word.find('.', dot + 1)) {
    std::size_t end = dot + 1;
    while (end < word.size() && IsAlnumAscii(word[end])) ++end;
    if (end < word.size() &&
        (string_view("_-([").find(word[end]) != string_view::npos ||
         Beyond(word[end]))) {
      continue;
    }
    std::size_t begin = dot;
    bool foreign = false;
    while (begin > 0 && (IsHostByte(word[begin - 1]) ||
                         word[begin - 1] == '_' || Beyond(word[begin - 1]))) {
      --begin;
      foreign = foreign || Beyond(word[begin]);
    }
    const string_view host = word.substr(begin, dot - begin);
    if (host.empty() || host.find('_') != string_view::npos) continue;
    // Inside a path, or behind "->".
    // An address, or none (HoldsAddress).
    if (begin > 0 && word[begin - 1] == '@') continue;
    const bool scheme = begin > 1 && word.substr(begin - 2, 2) == "//";
    if (begin > 0 && !scheme &&
        (word[begin - 1] == '/' || word[begin - 1] == '>')) {
      continue;
    }
    const string_view name = word.substr(dot + 1, end - dot - 1);
    const std::string lower = ToLower(name);
    if (lower == "com" || lower == "org") return true;
    if (foreign && IsDomain(name)) return true;
  }
  return FindIgnoreCase(word, "xn--") != string_view::npos;
}

bool HoldsAny(string_view word, std::initializer_list<string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [word](string_view part) {
    return FindIgnoreCase(word, part) != string_view::npos;
  });
}

bool HoldsDressedLink(string_view word) {
  return HoldsAny(
      word, {"hxxp", "[.]", "[:]", "(.)", "[dot]", "(dot)", "{dot}", "<dot>"});
}

}  // namespace

bool HoldsData(string_view word) {
  if (word.size() < 40) return false;
  std::size_t run = 0;
  std::size_t segment = 0;  // Since the last "/": paths are no data.
  std::size_t longest = 0;
  bool upper = false;
  bool lower = false;
  bool digit = false;
  for (char c : word) {
    if (IsAlnumAscii(c) || c == '+' || c == '/' || c == '=') {
      ++run;
      segment = c == '/' ? 0 : segment + 1;
      longest = std::max(longest, segment);
      upper = upper || (c >= 'A' && c <= 'Z');
      lower = lower || (c >= 'a' && c <= 'z');
      digit = digit || IsDigitAscii(c);
      if (run >= 40 && upper && lower && digit && longest >= 20) return true;
      // No name, and no number that a reader could use, is that long.
      if (segment >= 72) return true;
    } else {
      run = segment = longest = 0;
      upper = lower = digit = false;
    }
  }
  // Any other word without a break that is this long is no word.
  return word.size() > 200;
}

bool HoldsLink(string_view word) {
  return word.find("://") != string_view::npos ||
         FindIgnoreCase(word, "http:") != string_view::npos ||
         FindIgnoreCase(word, "https:") != string_view::npos ||
         FindIgnoreCase(word, "www.") != string_view::npos ||
         FindIgnoreCase(word, "mailto:") != string_view::npos ||
         FindIgnoreCase(word, "javascript:") != string_view::npos ||
         FindIgnoreCase(word, "data:text") != string_view::npos ||
         HoldsBareLink(word) || HoldsHost(word) || HoldsDressedLink(word);
}

bool HoldsAddress(string_view word) {
  // "buf[at]" alone is code.
  if (HoldsAny(word, {"[at]", "(at)", "{at}", "<at>"}) &&
      (word.size() == 4 || word.find('.') != string_view::npos)) {
    return true;
  }
  for (std::size_t at = word.find('@'); at != string_view::npos;
       at = word.find('@', at + 1)) {
    if (at == 0 || at + 1 == word.size()) continue;
    // Something, a dot, something: what b4 takes for a person.
    std::size_t dot = word.find('.', at + 2);
    if (dot != string_view::npos && dot + 1 < word.size()) return true;
    if (word.find('<') < at && word.find('>', at) != string_view::npos) {
      return true;
    }
  }
  return false;
}

bool ClosingMark(char c) {
  return string_view(".,;:!?)").find(c) != string_view::npos;
}

std::string InPlaceOf(string_view word, string_view what) {
  std::string out(what);
  std::size_t end = word.size();
  while (end > 0 && ClosingMark(word[end - 1])) --end;
  // What was opened inside of the word closes with it.
  const bool opened = !word.empty() && word.front() == '(';
  for (char c : word.substr(end)) {
    if (c != ':' && !(opened && c == ')')) out += c;
  }
  return out;
}

}  // namespace patchmilter::review
