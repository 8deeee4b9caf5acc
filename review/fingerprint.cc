#include "review/fingerprint.h"

#include <algorithm>
#include <functional>
#include <set>

#include "base/digest.h"
#include "base/text.h"
#include "review/anchor.h"

namespace patchmilter::review {

namespace {

// Without any white space: re-indented code is the same code.
void AppendPlain(std::string_view line, std::string* out) {
  for (char c : line) {
    if (!IsSpaceAscii(c)) *out += c;
  }
  *out += '\n';
}

// The anchor's last line and its neighbours. Removed lines are no neighbours of
// a line that stays: what a revision takes away besides makes no difference.
std::string PlainLines(const diff::Diff& diff, const Anchor& anchor) {
  std::string text;
  const diff::Hunk& hunk = diff.files().at(*anchor.file).hunks.at(*anchor.hunk);
  const auto size = static_cast<std::uint32_t>(hunk.lines.size());
  const std::uint32_t end = *anchor.first_line + anchor.line_count;
  if (anchor.line_count == 0 || end > size) return text;
  const std::uint32_t last = end - 1;
  const bool removed = hunk.lines[last].kind == diff::LineKind::kRemoved;
  const auto neighbour = [&](std::uint32_t i) {
    const diff::LineKind kind = hunk.lines[i].kind;
    return kind != diff::LineKind::kNoNewline &&
           kind !=
               (removed ? diff::LineKind::kAdded : diff::LineKind::kRemoved) &&
           !Trim(diff.View(hunk.lines[i].span)).empty();
  };
  for (std::uint32_t i = last; i-- > 0;) {
    if (!neighbour(i)) continue;
    AppendPlain(diff.View(hunk.lines[i].span), &text);
    break;
  }
  AppendPlain(diff.View(hunk.lines[last].span), &text);
  for (std::uint32_t i = end; i < size; ++i) {
    if (!neighbour(i)) continue;
    AppendPlain(diff.View(hunk.lines[i].span), &text);
    break;
  }
  return text;
}

std::string PlainAnchor(const SeriesUnderReview& series, const Anchor& anchor) {
  auto patch = series.patches.find(anchor.patch);
  if (anchor.kind == AnchorKind::kLines && patch != series.patches.end() &&
      anchor.file && anchor.hunk && anchor.first_line) {
    return PlainLines(patch->second->diff, anchor);
  }
  if (anchor.kind == AnchorKind::kLines) return "@@";  // Numbers move.
  std::string text;
  if (!anchor.quoted.empty()) AppendPlain(anchor.quoted.back(), &text);
  return text;
}

bool StopWord(std::string_view word) {
  static const std::set<std::string_view> kWords = {
      "the",  "and",   "that",  "this",  "with",  "for",     "not",   "are",
      "was",  "will",  "can",   "could", "would", "does",    "here",  "there",
      "when", "then",  "than",  "from",  "into",  "has",     "have",  "its",
      "but",  "also",  "which", "what",  "where", "should",  "been",  "being",
      "they", "them",  "these", "those", "while", "because", "any",   "all",
      "may",  "might", "such",  "other", "only",  "after",   "before"};
  return kWords.count(word) != 0;
}

}  // namespace

std::string FingerprintOf(const SeriesUnderReview& series,
                          const Finding& finding) {
  const Anchor none;
  const Anchor& anchor =
      finding.anchors.empty() ? none : finding.anchors.front();
  std::string function;
  auto patch = series.patches.find(anchor.patch);
  if (patch != series.patches.end()) {
    function = FunctionAt(patch->second->diff, anchor);
  }
  std::string text = PlainAnchor(series, anchor);
  // Without a quote the claim itself is all there is.
  if (text.empty()) text = finding.title;
  return Sha256HexOf({anchor.path, function, finding.category, text})
      .substr(0, 16);
}

WordSet::WordSet(std::string_view text) {
  std::string word;
  const auto end = [&] {
    if (word.size() >= 3 && !StopWord(word)) {
      words_.push_back(std::hash<std::string>()(word));
    }
    word.clear();
  };
  for (const char c : text) {
    if (IsAlnumAscii(c) || c == '_') {
      word += ToLowerAscii(c);
    } else {
      end();
    }
  }
  end();
  std::sort(words_.begin(), words_.end());
  words_.erase(std::unique(words_.begin(), words_.end()), words_.end());
}

double WordSet::Overlap(const WordSet& other) const {
  if (words_.empty() || other.words_.empty()) return 0;
  std::size_t both = 0;
  auto theirs = other.words_.begin();
  for (const std::size_t word : words_) {
    while (theirs != other.words_.end() && *theirs < word) ++theirs;
    if (theirs == other.words_.end()) break;
    both += *theirs == word ? 1U : 0U;
  }
  return 2.0 * static_cast<double>(both) /
         static_cast<double>(words_.size() + other.words_.size());
}

WordSet WordsOf(const Finding& finding) {
  return WordSet(finding.title + " " + finding.explanation);
}

double WordOverlap(std::string_view a, std::string_view b) {
  return WordSet(a).Overlap(WordSet(b));
}

}  // namespace patchmilter::review
