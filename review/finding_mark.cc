#include "review/finding_mark.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "base/text.h"

namespace patchmilter::review {

namespace {

using std::string_view;

constexpr std::size_t kMaxValue = 240;  // Of one escaped parameter, in bytes.

// A byte that could end a parameter, or is not plain, as %XX; never cut inside
// one.
std::string Escaped(string_view value, std::size_t max_bytes = kMaxValue) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : value) {
    const bool plain =
        IsAlnumAscii(c) || string_view("_./+-").find(c) != string_view::npos;
    if (out.size() + (plain ? 1U : 3U) > max_bytes) break;
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

int HexDigit(char c) {
  if (IsDigitAscii(c)) return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string Unescaped(string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '%' && i + 2 < value.size()) {
      const int high = HexDigit(value[i + 1]);
      const int low = HexDigit(value[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += value[i];
  }
  return ToValidUtf8(out);
}

bool StopWord(string_view word) {
  static constexpr std::array<string_view, 58> kWords = {
      "after", "all",    "also",  "and",     "any",   "are",    "because",
      "been",  "before", "being", "but",     "can",   "code",   "could",
      "did",   "does",   "doing", "else",    "for",   "from",   "had",
      "has",   "have",   "here",  "into",    "its",   "just",   "may",
      "might", "more",   "not",   "only",    "other", "should", "since",
      "some",  "such",   "than",  "that",    "the",   "them",   "then",
      "there", "these",  "they",  "this",    "those", "was",    "were",
      "what",  "when",   "where", "whether", "which", "while",  "will",
      "with",  "would"};
  return std::binary_search(kWords.begin(), kWords.end(), word);
}

// "returns", "returned", "returning" → "return"; identifiers stay.
string_view Stem(string_view word) {
  if (word.find('_') != string_view::npos) return word;
  for (string_view end : {"ing", "ed", "es", "s"}) {
    if (word.size() >= end.size() + 4 &&
        word.substr(word.size() - end.size()) == end) {
      return word.substr(0, word.size() - end.size());
    }
  }
  return word;
}

std::uint16_t HashOf(string_view word) {
  std::uint32_t hash = 2166136261U;
  for (char c : word) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 16777619U;
  }
  return static_cast<std::uint16_t>((hash >> 16) ^ (hash & 0xFFFF));
}

constexpr string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string ToBase64(const std::vector<std::uint16_t>& hashes) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (std::uint16_t hash : hashes) {
    bits = (bits << 16) | hash;
    for (count += 16; count >= 6; count -= 6) {
      out += kBase64[(bits >> (count - 6)) & 63];
    }
    bits &= (1U << count) - 1;
  }
  if (count > 0) out += kBase64[(bits << (6 - count)) & 63];
  return out;
}

std::vector<std::uint16_t> FromBase64(string_view text) {
  std::vector<std::uint16_t> hashes;
  std::uint64_t bits = 0;
  int count = 0;
  for (char c : text) {
    const std::size_t value = kBase64.find(c);
    if (value == string_view::npos || hashes.size() >= kMaxSketch) return {};
    bits = (bits << 6) | value;
    count += 6;
    if (count < 16) continue;
    count -= 16;
    hashes.push_back(static_cast<std::uint16_t>(bits >> count));
    bits &= (1U << count) - 1;
  }
  return hashes;
}

template <typename Number>
void ReadNumber(string_view value, Number* out) {
  const std::optional<std::uint64_t> number = ParseUnsigned(value);
  if (number && *number <= std::numeric_limits<std::int32_t>::max()) {
    *out = static_cast<Number>(*number);
  }
}

bool IsFingerprint(string_view value) {
  return value.size() == 16 &&
         value.find_first_not_of("0123456789abcdef") == string_view::npos;
}

}  // namespace

std::string_view AnchorKindName(AnchorKind kind) {
  switch (kind) {
    case AnchorKind::kSeries:
      return "series";
    case AnchorKind::kLines:
      return "lines";
    case AnchorKind::kMessage:
      return "message";
    case AnchorKind::kFile:
      return "file";
  }
  return "series";
}

std::string WriteFindingMark(const FindingMark& mark) {
  return "v=" + std::to_string(kFindingMarkVersion) +
         "; fp=" + Escaped(mark.fingerprint, 16) +
         "; patch=" + std::to_string(mark.patch) +
         "; at=" + std::string(AnchorKindName(mark.at)) +
         "; path=" + Escaped(mark.path) +
         "; func=" + Escaped(mark.function, 120) +
         "; line=" + std::to_string(mark.line) +
         "; severity=" + std::string(SeverityName(mark.severity)) +
         "; category=" + Escaped(mark.category, 60) +
         "; places=" + std::to_string(mark.places) +
         "; pre=" + (mark.pre_existing ? "1" : "0") +
         "; title=" + Escaped(mark.title, kMaxMarkTitle) +
         "; words=" + mark.words;
}

std::optional<FindingMark> ReadFindingMark(std::string_view value) {
  FindingMark mark;
  bool version = false;
  for (string_view part : Split(value.substr(0, 4000), ';')) {
    part = Trim(part);
    const std::size_t equals = part.find('=');
    if (equals == string_view::npos) continue;
    const string_view key = part.substr(0, equals);
    // Folded inside a value, a header has gained blanks that are not ours.
    std::string text(part.substr(equals + 1));
    std::erase_if(text, IsSpaceAscii);
    if (key == "v") {
      if (text != std::to_string(kFindingMarkVersion)) return std::nullopt;
      version = true;
    } else if (key == "fp") {
      if (IsFingerprint(text)) mark.fingerprint = text;
    } else if (key == "patch") {
      ReadNumber(text, &mark.patch);
    } else if (key == "at") {
      for (AnchorKind kind : {AnchorKind::kSeries, AnchorKind::kLines,
                              AnchorKind::kMessage, AnchorKind::kFile}) {
        if (text == AnchorKindName(kind)) mark.at = kind;
      }
    } else if (key == "path") {
      mark.path = Unescaped(text);
    } else if (key == "func") {
      mark.function = Unescaped(text);
    } else if (key == "line") {
      ReadNumber(text, &mark.line);
    } else if (key == "severity") {
      mark.severity = ParseSeverity(text).value_or(Severity::kLow);
    } else if (key == "category") {
      mark.category = Unescaped(text);
    } else if (key == "places") {
      ReadNumber(text, &mark.places);
    } else if (key == "pre") {
      mark.pre_existing = text == "1";
    } else if (key == "title") {
      mark.title = Unescaped(text);
    } else if (key == "words") {
      if (!FromBase64(text).empty()) mark.words = text;
    }
  }
  if (!version || mark.fingerprint.empty()) return std::nullopt;
  return mark;
}

std::string WordSketch(std::string_view text) {
  std::vector<std::uint16_t> hashes;
  std::string word;
  auto end = [&] {
    if (word.size() >= 3 && !StopWord(word))
      hashes.push_back(HashOf(Stem(word)));
    word.clear();
  };
  for (char c : text) {
    if (IsAlnumAscii(c) || c == '_') {
      word += ToLowerAscii(c);
    } else {
      end();
    }
  }
  end();
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  if (hashes.size() > kMaxSketch) hashes.resize(kMaxSketch);
  return ToBase64(hashes);
}

double SketchOverlap(std::string_view a, std::string_view b) {
  std::vector<std::uint16_t> left = FromBase64(a);
  std::vector<std::uint16_t> right = FromBase64(b);
  if (left.empty() || right.empty()) return 0;
  // A cut sketch says nothing of hashes above its largest.
  std::uint32_t limit = 0x10000;
  if (left.size() == kMaxSketch) limit = left.back() + 1U;
  if (right.size() == kMaxSketch) limit = std::min(limit, right.back() + 1U);
  auto cut = [limit](std::vector<std::uint16_t>* hashes) {
    std::erase_if(*hashes, [limit](std::uint16_t h) { return h >= limit; });
  };
  cut(&left);
  cut(&right);
  std::vector<std::uint16_t> both;
  std::set_intersection(left.begin(), left.end(), right.begin(), right.end(),
                        std::back_inserter(both));
  return 2.0 * static_cast<double>(both.size()) /
         static_cast<double>(left.size() + right.size());
}

}  // namespace patchmilter::review
