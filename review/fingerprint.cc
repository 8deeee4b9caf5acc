#include "review/fingerprint.h"

#include <set>
#include <vector>

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

std::string PlainAnchor(const SeriesUnderReview& series, const Anchor& anchor) {
  std::string text;
  auto patch = series.patches.find(anchor.patch);
  if (anchor.kind == AnchorKind::kLines && patch != series.patches.end() &&
      anchor.file && anchor.hunk && anchor.first_line) {
    const diff::Diff& diff = patch->second->diff;
    const diff::Hunk& hunk =
        diff.files().at(*anchor.file).hunks.at(*anchor.hunk);
    auto say = [&](std::uint32_t i) {
      AppendPlain(diff.View(hunk.lines.at(i).span), &text);
    };
    auto blank = [&](std::uint32_t i) {
      return Trim(diff.View(hunk.lines.at(i).span)).empty();
    };
    const std::uint32_t first = *anchor.first_line;
    const std::uint32_t end = first + anchor.line_count;
    for (std::uint32_t i = first; i-- > 0;) {
      if (blank(i)) continue;
      say(i);
      break;
    }
    for (std::uint32_t i = first; i < end && i < hunk.lines.size(); ++i) say(i);
    for (std::uint32_t i = end; i < hunk.lines.size(); ++i) {
      if (blank(i)) continue;
      say(i);
      break;
    }
    return text;
  }
  if (anchor.kind == AnchorKind::kLines) return "@@";  // Numbers move.
  for (const std::string& line : anchor.quoted) AppendPlain(line, &text);
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

std::set<std::string> WordsFor(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  auto end = [&] {
    if (word.size() >= 3 && !StopWord(word)) words.insert(word);
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
  return words;
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

double WordOverlap(std::string_view a, std::string_view b) {
  std::set<std::string> left = WordsFor(a);
  std::set<std::string> right = WordsFor(b);
  if (left.empty() || right.empty()) return 0;
  std::size_t both = 0;
  for (const std::string& word : left) both += right.count(word);
  return 2.0 * static_cast<double>(both) /
         static_cast<double>(left.size() + right.size());
}

}  // namespace patchmilter::review
