#include "review/claim.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "review/anchor.h"

namespace patchmilter::review {

namespace {

// What is added to the overlap of the words. Neither the file nor the lines
// are: on one line hang several claims, and a claim moves with its code.
constexpr double kSameTitle = 0.3;  // Times the overlap of the titles' words.
constexpr double kSameFunction = 0.06;
// Times the share of equal lines: which of several like claims is meant.
constexpr double kSameLines = 0.1;
constexpr std::size_t kTitleStart = 100;
constexpr unsigned kIdentifierWeight = 2;

// FNV-1a, 64 bits, by its published constants: the same everywhere, since the
// hashes stand in mails; what an enemy could win by a collision is a wrong
// "still present" for a claim of his own.
std::uint64_t Hash(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash ^ (hash >> 29);  // The low bits alone mix too little.
}

bool IsStopWord(std::string_view word) {
  static const std::set<std::string_view> kWords = {
      "about",   "after", "all",    "also",   "and",     "any",   "are",
      "because", "been",  "before", "being",  "between", "both",  "but",
      "can",     "could", "did",    "does",   "doing",   "each",  "for",
      "from",    "has",   "have",   "here",   "how",     "into",  "its",
      "just",    "like",  "may",    "might",  "not",     "only",  "other",
      "over",    "per",   "same",   "should", "since",   "still", "such",
      "than",    "that",  "the",    "them",   "then",    "there", "these",
      "they",    "this",  "those",  "under",  "via",     "was",   "were",
      "what",    "when",  "where",  "which",  "while",   "why",   "will",
      "with",    "would", "you"};
  return kWords.count(word) != 0;
}

// Cuts the endings by which English words differ in number, tense and kind;
// at least four letters stay. No dictionary: "freed" and "free" meet, "men" and
// "man" do not.
std::string_view Stem(std::string_view word) {
  static constexpr std::array<std::string_view, 20> kEndings = {
      "ications", "ization", "ations", "ation", "ingly", "ments", "ment",
      "edly",     "ness",    "ings",   "ing",   "ies",   "ied",   "ers",
      "ed",       "er",      "es",     "ly",    "s",     "e"};
  for (const std::string_view ending : kEndings) {
    if (word.size() >= ending.size() + 4 && word.ends_with(ending)) {
      word.remove_suffix(ending.size());
      return word;
    }
  }
  return word;
}

bool IsWordByte(char c) {
  return IsAlnumAscii(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// Written as code is.
bool LooksLikeCode(std::string_view word, bool called) {
  bool lower = false;
  bool inner_upper = false;
  bool digit = false;
  bool inner_bar = false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    lower = lower || (c >= 'a' && c <= 'z');
    inner_upper = inner_upper || (i > 0 && c >= 'A' && c <= 'Z');
    digit = digit || IsDigitAscii(c);
    inner_bar = inner_bar || (c == '_' && i > 0 && i + 1 < word.size());
  }
  return called || digit || inner_bar || (lower && inner_upper);
}

class WordCollector {
 public:
  void Add(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
      if (!IsWordByte(text[at])) {
        ++at;
        continue;
      }
      std::size_t end = at;
      while (end < text.size() && IsWordByte(text[end])) ++end;
      const bool called = end < text.size() && text[end] == '(';
      AddWord(text.substr(at, end - at), called);
      at = end;
    }
  }

  std::vector<WordMark> Take() {
    std::vector<WordMark> words(marks_.begin(), marks_.end());
    if (words.size() > kMaxClaimWords) words.resize(kMaxClaimWords);
    return words;
  }

 private:
  void AddWord(std::string_view word, bool called) {
    const std::string lower = ToLower(word);
    if (!LooksLikeCode(word, called)) {
      AddProse(lower);
      return;
    }
    if (lower.size() < 2) return;
    Insert(lower, true);
    for (const std::string_view part : Split(lower, '_')) {
      if (std::any_of(part.begin(), part.end(),
                      [](char c) { return !IsDigitAscii(c); })) {
        AddProse(part);
      }
    }
  }

  void AddProse(std::string_view word) {
    if (word.size() < 3 || IsStopWord(word)) return;
    Insert(Stem(word), false);
  }

  void Insert(std::string_view word, bool identifier) {
    const auto hash = static_cast<WordMark>((Hash(word) & 0x7fff) << 1);
    marks_.insert(identifier ? static_cast<WordMark>(hash | kIdentifierBit)
                             : hash);
  }

  std::set<WordMark> marks_;
};

// A snippet, or a statement that stands alone.
bool IsCode(std::string_view line) {
  if (line.starts_with("    ") || line.starts_with('\t')) return true;
  line = TrimRight(line);
  return !line.empty() &&
         std::string_view(";{}").find(line.back()) != std::string_view::npos;
}

char KindOf(diff::LineKind kind) {
  switch (kind) {
    case diff::LineKind::kAdded:
      return '+';
    case diff::LineKind::kRemoved:
      return '-';
    case diff::LineKind::kContext:
    case diff::LineKind::kNoNewline:
      break;
  }
  return ' ';
}

void KeepLast(std::vector<LineMark>* lines) {
  if (lines->size() <= kMaxClaimLines) return;
  lines->erase(lines->begin(),
               lines->end() - static_cast<std::ptrdiff_t>(kMaxClaimLines));
}

std::vector<LineMark> LinesOfAnchor(const SeriesUnderReview& series,
                                    const Anchor& anchor) {
  std::vector<LineMark> lines;
  const auto patch = series.patches.find(anchor.patch);
  if (anchor.kind == AnchorKind::kLines && patch != series.patches.end() &&
      anchor.file && anchor.hunk && anchor.first_line) {
    const diff::Diff& diff = patch->second->diff;
    const diff::Hunk& hunk =
        diff.files().at(*anchor.file).hunks.at(*anchor.hunk);
    const auto add = [&](std::size_t i) {
      const std::string_view text = diff.View(hunk.lines.at(i).span);
      if (!IsTelling(text)) return false;
      lines.push_back({KindOf(hunk.lines.at(i).kind), HashOfLine(text)});
      return true;
    };
    const std::size_t first = *anchor.first_line;
    const std::size_t end =
        std::min<std::size_t>(first + anchor.line_count, hunk.lines.size());
    for (std::size_t i = first; i < end; ++i) add(i);
    // A brace says nothing: the line above it that does stands for it.
    for (std::size_t i = first; lines.empty() && i-- > 0;) {
      if (add(i)) break;
    }
  } else {
    const char kind = anchor.kind == AnchorKind::kMessage ? 'm' : 'h';
    for (const std::string& line : anchor.quoted) {
      if (IsTelling(line)) lines.push_back({kind, HashOfLine(line)});
    }
  }
  KeepLast(&lines);
  return lines;
}

// Lines of `a` that are lines of `b`, whatever kind they are of: what one
// revision adds, a later patch of the next may show as context.
std::size_t SharedLines(const Claim& a, const Claim& b) {
  std::size_t shared = 0;
  for (const LineMark& line : a.lines) {
    const bool there =
        std::any_of(b.lines.begin(), b.lines.end(),
                    [&](const LineMark& l) { return l.hash == line.hash; });
    shared += there ? 1U : 0U;
  }
  return shared;
}

double ShareOfLines(const Claim& a, const Claim& b) {
  const std::size_t least = std::min(a.lines.size(), b.lines.size());
  if (least == 0) return 0;
  // A line may stand twice in one of them: the smaller count keeps it
  // symmetric.
  const std::size_t shared =
      std::min({SharedLines(a, b), SharedLines(b, a), least});
  return static_cast<double>(shared) / static_cast<double>(least);
}

unsigned WeightOf(WordMark word) {
  return (word & kIdentifierBit) != 0 ? kIdentifierWeight : 1;
}

// The same check at the same place.
bool SameTemplate(const Claim& a, const Claim& b) {
  if (a.category != b.category || a.at != b.at || a.path != b.path) {
    return false;
  }
  if (a.fingerprint == b.fingerprint && !a.fingerprint.empty()) return true;
  switch (a.at) {
    case AnchorKind::kSeries:
    case AnchorKind::kFile:
      return a.title == b.title;
    case AnchorKind::kMessage:
      return a.title == b.title &&
             (a.patch == b.patch || SharedLines(a, b) > 0);
    case AnchorKind::kLines:
      break;
  }
  return SharedLines(a, b) > 0 && SharedLines(b, a) > 0;
}

}  // namespace

double OverlapOf(const std::vector<WordMark>& a,
                 const std::vector<WordMark>& b) {
  // A cut list says nothing of words above its last.
  WordMark limit = 0xffff;
  if (a.size() >= kMaxClaimWords) limit = std::min(limit, a.back());
  if (b.size() >= kMaxClaimWords) limit = std::min(limit, b.back());
  unsigned all = 0;
  unsigned both = 0;
  auto left = a.begin();
  auto right = b.begin();
  const auto has = [&](const auto& at, const auto& words) {
    return at != words.end() && *at <= limit;
  };
  while (has(left, a) || has(right, b)) {
    const bool take_left = !has(right, b) || (has(left, a) && *left <= *right);
    const bool take_right = !has(left, a) || (has(right, b) && *right <= *left);
    const unsigned weight = WeightOf(take_left ? *left : *right);
    all += weight;
    if (take_left && take_right) {
      all += weight;
      both += weight;
    }
    if (take_left) ++left;
    if (take_right) ++right;
  }
  return all == 0 ? 0 : 2.0 * both / all;
}

bool IsTelling(std::string_view line) {
  std::size_t letters = 0;
  for (const char c : line) {
    if (IsAlnumAscii(c) || static_cast<unsigned char>(c) >= 0x80) ++letters;
    if (letters == 4) return true;
  }
  return false;
}

std::uint32_t HashOfLine(std::string_view line) {
  std::string plain;
  for (const char c : line) {
    if (!IsSpaceAscii(c)) plain += c;
  }
  return static_cast<std::uint32_t>(Hash(plain)) & kMaxLineHash;
}

std::vector<WordMark> ClaimWords(std::string_view title,
                                 std::string_view explanation) {
  WordCollector words;
  words.Add(title.substr(0, kMaxClaimText));
  LineReader reader(explanation.substr(0, kMaxClaimText));
  std::string_view line;
  while (reader.Next(&line)) {
    if (!IsCode(line)) words.Add(line);
  }
  return words.Take();
}

std::string_view TitleStart(std::string_view title) {
  if (title.size() <= kTitleStart) return title;
  std::size_t end = kTitleStart;
  while (end > 0 && IsWordByte(title[end]) && IsWordByte(title[end - 1])) --end;
  return title.substr(0, end == 0 ? kTitleStart : end);
}

Claim ClaimOf(const SeriesUnderReview& series, const Finding& finding) {
  Claim claim;
  claim.fingerprint = finding.fingerprint;
  claim.category = finding.category;
  claim.title = finding.title;
  claim.exact = finding.exact;
  claim.function = finding.function;
  claim.title_words = ClaimWords(TitleStart(finding.title), "");
  claim.words = ClaimWords(finding.title, finding.explanation);
  if (finding.anchors.empty()) return claim;
  const Anchor& anchor = finding.anchors.front();
  claim.at = anchor.kind;
  claim.patch = anchor.patch;
  claim.path = anchor.path;
  claim.lines = LinesOfAnchor(series, anchor);
  const auto patch = series.patches.find(anchor.patch);
  if (patch != series.patches.end()) {
    const std::string shown = FunctionAt(patch->second->diff, anchor);
    if (!shown.empty()) claim.function = shown;
  }
  return claim;
}

double Likeness(const Claim& a, const Claim& b) {
  double likeness = OverlapOf(a.words, b.words);
  likeness += kSameTitle * OverlapOf(a.title_words, b.title_words);
  if (a.function == b.function && !a.function.empty()) {
    likeness += kSameFunction;
  }
  return likeness;
}

bool SameClaim(const Claim& a, const Claim& b) {
  if (a.exact || b.exact) return a.exact == b.exact && SameTemplate(a, b);
  return Likeness(a, b) >= kSameClaim;
}

double MatchScore(const Claim& a, const Claim& b) {
  if (!a.exact) return Likeness(a, b) + kSameLines * ShareOfLines(a, b);
  const bool same_place =
      a.fingerprint == b.fingerprint && !a.fingerprint.empty();
  return (same_place ? 2 : 0) + ShareOfLines(a, b) +
         (a.patch == b.patch ? 0.5 : 0);
}

}  // namespace patchmilter::review
