#include "mime/subject.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace patchmilter::mime {
namespace {

// Reply and forward marks in front of a colon, lower case.
constexpr std::string_view kReplyMarks[] = {
    "re",   "aw",   "fwd",  "fw",      "sv",   "vs",   "antw", "wg",
    "tr",   "rv",   "res",  "odp",     "ynt",  "回复", "答复", "回覆",
    "答覆", "转发", "回信", "antwort", "轉寄", "返信"};

constexpr std::string_view kFullWidthColon = "：";

// A number in a subject with more digits is not one.
constexpr size_t kMaxDigits = 6;

std::string Squeeze(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : Trim(text)) {
    if (!IsSpaceAscii(c)) {
      out += c;
    } else if (out.empty() || out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

std::optional<std::int64_t> TakeNumber(std::string_view* text) {
  size_t digits = 0;
  while (digits < text->size() && IsDigitAscii((*text)[digits])) ++digits;
  if (digits == 0 || digits > kMaxDigits) return std::nullopt;
  const auto value = ParseUnsigned(text->substr(0, digits));
  text->remove_prefix(digits);
  return static_cast<std::int64_t>(*value);
}

// Takes "Re:", "Re[2]:", "AW :", … off the front.
bool TakeReplyMark(std::string_view* text) {
  for (const std::string_view mark : kReplyMarks) {
    if (!StartsWithIgnoreCase(*text, mark)) continue;
    std::string_view rest = text->substr(mark.size());
    if (rest.starts_with('[') || rest.starts_with('(')) {
      const size_t end = rest.find_first_of("])");
      if (end == std::string_view::npos || end > 5 || end < 2) continue;
      if (!std::all_of(rest.begin() + 1,
                       rest.begin() + static_cast<std::ptrdiff_t>(end),
                       IsDigitAscii)) {
        continue;
      }
      rest.remove_prefix(end + 1);
    } else if (rest.starts_with('^')) {
      rest.remove_prefix(1);
      if (!TakeNumber(&rest)) continue;
    }
    rest = TrimLeft(rest);
    if (rest.starts_with(':')) {
      *text = TrimLeft(rest.substr(1));
      return true;
    }
    if (rest.starts_with(kFullWidthColon)) {
      *text = TrimLeft(rest.substr(kFullWidthColon.size()));
      return true;
    }
  }
  return false;
}

// What stands in the bracket at the front, brackets in it taken off; nothing
// where it is never closed. Advances `*text` behind it.
std::optional<std::string> TakeBracket(std::string_view* text) {
  std::string inside;
  size_t depth = 0;
  for (size_t i = 0; i < text->size(); ++i) {
    const char c = (*text)[i];
    if (c == '[') {
      if (depth++ > 0) inside += ' ';
    } else if (c == ']') {
      if (--depth == 0) {
        *text = TrimLeft(text->substr(i + 1));
        return inside;
      }
      inside += ' ';
    } else {
      inside += c;
    }
  }
  return std::nullopt;
}

// "v2", "V3", "v2.1" (the part behind the dot is no version of ours), and
// nothing behind it.
std::optional<std::int64_t> ParseVersion(std::string_view word) {
  if (word.empty() || ToLowerAscii(word[0]) != 'v') return std::nullopt;
  word.remove_prefix(1);
  if (word.starts_with('.')) word.remove_prefix(1);
  const auto version = TakeNumber(&word);
  if (!version) return std::nullopt;
  if (word.starts_with('.')) {
    word.remove_prefix(1);
    if (!TakeNumber(&word)) return std::nullopt;
  }
  if (!word.empty()) return std::nullopt;
  return version;
}

// Reads the words of one bracket into `subject`.
class BracketReader {
 public:
  explicit BracketReader(Subject* subject) : subject_(subject) {}

  // A bracket behind the one that said it says nothing new: in "[PATCH v8]
  // [v7,2/2]" the title was sent a second time with its old bracket.
  void Read(std::string_view inside) {
    std::string_view word;
    had_version_ = subject_->version_given;
    had_count_ = subject_->number.has_value();
    while (TakeWord(&inside, &word)) {
      // "3 of 7": Mercurial's way.
      std::string_view rest = inside;
      std::string_view of;
      std::string_view total;
      if (IsNumber(word) && TakeWord(&rest, &of) && of == "of" &&
          TakeWord(&rest, &total) && IsNumber(total)) {
        TakeCount(std::string(word) + "/" + std::string(total));
        inside = rest;
        continue;
      }
      ReadWord(word);
    }
  }

 private:
  // The next word, in front of a blank, comma, semicolon or parenthesis.
  static bool TakeWord(std::string_view* text, std::string_view* word) {
    constexpr std::string_view kSeparators = " ,;\t()";
    const size_t begin = text->find_first_not_of(kSeparators);
    if (begin == std::string_view::npos) return false;
    text->remove_prefix(begin);
    *word = text->substr(0, text->find_first_of(kSeparators));
    text->remove_prefix(word->size());
    return true;
  }

  static bool IsNumber(std::string_view word) {
    return !word.empty() && word.size() <= kMaxDigits &&
           std::all_of(word.begin(), word.end(), IsDigitAscii);
  }

  void ReadWord(std::string_view word) {
    // "-v2", "v2:"
    std::string_view bare = word;
    if (bare.starts_with('-')) bare.remove_prefix(1);
    while (bare.ends_with(':') || bare.ends_with('.')) bare.remove_suffix(1);
    if (TakeCount(bare) || TakeVersion(bare) || TakePatch(bare) ||
        TakeRfc(bare)) {
      return;
    }
    if (EqualsIgnoreCase(word, "resend") || EqualsIgnoreCase(word, "resent") ||
        EqualsIgnoreCase(word, "repost") || EqualsIgnoreCase(word, "re-send")) {
      subject_->resend = true;
      return;
    }
    subject_->hints.emplace_back(word);
  }

  // "k/n"; also glued to a version: "1/2v3".
  bool TakeCount(std::string_view word) {
    const auto number = TakeNumber(&word);
    if (!number || !word.starts_with('/')) return false;
    word.remove_prefix(1);
    const auto total = TakeNumber(&word);
    if (!total || (!word.empty() && !ParseVersion(word))) return false;
    if (!had_count_) {
      subject_->number = number;
      subject_->total = total;
    }
    if (!word.empty()) TakeVersion(word);
    return true;
  }

  bool TakeVersion(std::string_view word) {
    const auto version = ParseVersion(word);
    if (!version) return false;
    if (had_version_) return true;
    subject_->version = *version;
    subject_->version_given = true;
    return true;
  }

  // "PATCH", "PATCHv3", "PATCH-v3", "RFC/PATCH", "PATCH/RFC", "PATCH1/2".
  bool TakePatch(std::string_view word) {
    const size_t at = FindIgnoreCase(word, "patch");
    if (at == std::string_view::npos) return false;
    subject_->patch = true;
    if (FindIgnoreCase(word, "rfc") != std::string_view::npos) {
      subject_->rfc = true;
    }
    if (FindIgnoreCase(word, "resend") != std::string_view::npos) {
      subject_->resend = true;
    }
    std::string_view rest = word.substr(at + 5);
    if (StartsWithIgnoreCase(rest, "es")) rest.remove_prefix(2);
    if (StartsWithIgnoreCase(rest, "set")) rest.remove_prefix(3);
    while (!rest.empty() && (rest[0] == '-' || rest[0] == '_' ||
                             rest[0] == ':' || rest[0] == '.')) {
      rest.remove_prefix(1);
    }
    if (!rest.empty() && !TakeVersion(rest)) TakeCount(rest);
    return true;
  }

  // "RFC", "RFCv2", "RFC-v2".
  bool TakeRfc(std::string_view word) {
    if (!StartsWithIgnoreCase(word, "rfc")) return false;
    std::string_view rest = word.substr(3);
    if (rest.starts_with('-')) rest.remove_prefix(1);
    if (!rest.empty() && !TakeVersion(rest)) return false;
    subject_->rfc = true;
    return true;
  }

  Subject* subject_;
  bool had_version_ = false;
  bool had_count_ = false;
};

}  // namespace

Subject ParseSubject(std::string_view text) {
  Subject subject;
  subject.text = Squeeze(text);
  std::string_view rest = subject.text;
  BracketReader reader(&subject);
  while (!rest.empty()) {
    if (!subject.patch && TakeReplyMark(&rest)) {
      subject.reply = true;
      continue;
    }
    if (rest[0] != '[') break;
    const auto inside = TakeBracket(&rest);
    if (!inside) break;
    reader.Read(*inside);
  }
  // "[RFC 1/3]", "[v4,08/13]": a number or a version makes a posting of it.
  if (!subject.patch && subject.number &&
      (subject.rfc || subject.version_given)) {
    subject.patch = true;
  }
  subject.title = rest;
  return subject;
}

}  // namespace patchmilter::mime
