#include "review/novelty.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "base/text.h"
#include "review/anchor.h"
#include "review/own_word.h"

namespace patchmilter::review {

namespace {

// The weights, tuned on one half of recorded reviews and held against the
// other (tests/review/model_reviews.cc, --half).
constexpr double kMarked = 1.0;    // The engine's `pre_existing`.
constexpr double kSaidSo = 1.0;    // Its prose says so.
constexpr double kApart = 0.5;     // kFarLines unchanged lines end the quote.
constexpr double kNotNamed = 0.5;  // No function named stands on a changed
                                   // line.
constexpr double kSaysNew = -0.5;  // Its prose says that the patch did it.

// As many as git shows below a change: the quote has left the change behind.
constexpr std::uint32_t kFarLines = 3;

bool IsNameByte(char c) { return IsAlnumAscii(c) || c == '_'; }

// Names with "(" behind them: functions and macros.
std::set<std::string_view> FunctionsNamed(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kNone = {
      "if", "for", "while", "switch", "return", "sizeof", "else", "do"};
  std::set<std::string_view> names;
  for (std::size_t at = text.find('('); at != std::string_view::npos;
       at = text.find('(', at + 1)) {
    std::size_t begin = at;
    while (begin > 0 && IsNameByte(text[begin - 1])) --begin;
    const std::string_view name = text.substr(begin, at - begin);
    if (name.size() < 3 || IsDigitAscii(name[0]) ||
        std::find(kNone.begin(), kNone.end(), name) != kNone.end()) {
      continue;
    }
    names.insert(name);
  }
  return names;
}

bool HasWord(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !IsNameByte(line[at - 1])) &&
        (end == line.size() || !IsNameByte(line[end]))) {
      return true;
    }
  }
  return false;
}

// Whether some changed line of the diff holds one of the names.
bool OnChangedLine(const diff::Diff& diff,
                   const std::set<std::string_view>& names) {
  for (const diff::File& file : diff.files()) {
    for (const diff::Hunk& hunk : file.hunks) {
      for (const diff::Line& line : hunk.lines) {
        if (line.kind != diff::LineKind::kAdded &&
            line.kind != diff::LineKind::kRemoved) {
          continue;
        }
        const std::string_view text = diff.View(line.span);
        for (const std::string_view name : names) {
          if (HasWord(text, name)) return true;
        }
      }
    }
  }
  return false;
}

// Unchanged lines from the anchor's last line upwards, as far as the hunk goes.
std::uint32_t UnchangedAbove(const diff::Hunk& hunk, const Anchor& anchor) {
  std::uint32_t count = 0;
  for (std::uint32_t i = *anchor.first_line + anchor.line_count; i-- > 0;) {
    if (i >= hunk.lines.size()) continue;
    const diff::LineKind kind = hunk.lines[i].kind;
    if (kind == diff::LineKind::kNoNewline) continue;
    if (kind != diff::LineKind::kContext) return count;
    ++count;
  }
  return count;
}

// And from the line below it downwards.
std::uint32_t UnchangedBelow(const diff::Hunk& hunk, const Anchor& anchor) {
  std::uint32_t count = 0;
  for (std::size_t i = *anchor.first_line + anchor.line_count;
       i < hunk.lines.size(); ++i) {
    const diff::LineKind kind = hunk.lines[i].kind;
    if (kind == diff::LineKind::kNoNewline) continue;
    if (kind != diff::LineKind::kContext) return count;
    ++count;
  }
  return kFarLines;  // Nothing changes below it.
}

// Whether every place stands apart from what changes.
bool StandsApart(const SeriesUnderReview& series, const Finding& finding) {
  for (const Anchor& anchor : finding.anchors) {
    const auto patch = series.patches.find(anchor.patch);
    if (patch == series.patches.end() || anchor.kind != AnchorKind::kLines ||
        !anchor.file || !anchor.hunk || !anchor.first_line ||
        anchor.line_count == 0) {
      return false;
    }
    const diff::Hunk& hunk =
        patch->second->diff.files().at(*anchor.file).hunks.at(*anchor.hunk);
    if (UnchangedAbove(hunk, anchor) < kFarLines ||
        UnchangedBelow(hunk, anchor) < kFarLines) {
      return false;
    }
  }
  return !finding.anchors.empty();
}

// "this patch introduces", "regression": words that no one uses of an old
// fault, but in a denial.
bool SaysNew(std::string_view prose) {
  const std::string text = ToLower(prose);
  for (const std::string_view words :
       {"introduced by this", "this patch introduces", "this commit introduces",
        "this change introduces", "does this patch", "does this commit",
        "does this change", "does changing", "does removing", "does adding"}) {
    if (text.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

Novelty WeighNovelty(const SeriesUnderReview& series, const Finding& finding) {
  Novelty novelty;
  const auto add = [&](double weight, std::string_view sign) {
    novelty.score += weight;
    novelty.signs.push_back(fmt::format("{} ({:+.1f})", sign, weight));
  };
  if (finding.pre_existing) add(kMarked, "the engine marks it so");
  if (finding.exact || finding.anchors.empty() ||
      finding.anchors.front().kind == AnchorKind::kSeries) {
    return novelty;
  }
  const std::string prose =
      finding.title + ".\n" + finding.explanation + "\n" + finding.suggestion;
  const std::string said = SaysPreExisting(prose);
  if (!said.empty()) {
    add(kSaidSo, fmt::format("it says \"{}\"", said));
  } else if (SaysNew(prose)) {
    add(kSaysNew, "it speaks of what the patch does");
  }
  if (StandsApart(series, finding)) {
    add(kApart, "its line stands apart from all that changes");
  }
  const std::set<std::string_view> names = FunctionsNamed(prose);
  const auto patch = series.patches.find(finding.anchors.front().patch);
  if (!names.empty() && patch != series.patches.end() &&
      !OnChangedLine(patch->second->diff, names)) {
    add(kNotNamed, "no changed line holds a function that it names");
  }
  return novelty;
}

}  // namespace patchmilter::review
