// Gate 3: was the fault there before the series?
#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "review/gates/walk.h"

namespace patchmilter::review {

namespace {

// Whether the quote holds a line that the patch changes.
bool QuotesChange(const Walk& walk, const Finding& finding) {
  for (const Anchor& anchor : finding.anchors) {
    if (anchor.kind != AnchorKind::kLines) return true;
    const diff::Diff* diff = walk.DiffOf(anchor);
    if (diff == nullptr || !anchor.first_line) return true;
    const diff::Hunk& hunk =
        diff->files().at(*anchor.file).hunks.at(*anchor.hunk);
    for (std::uint32_t i = 0; i < anchor.line_count; ++i) {
      const diff::LineKind kind = hunk.lines.at(*anchor.first_line + i).kind;
      if (kind == diff::LineKind::kAdded || kind == diff::LineKind::kRemoved) {
        return true;
      }
    }
  }
  return finding.anchors.empty();
}

// The names with "()" behind them in the finding's text.
std::vector<std::string> FunctionsNamed(const Finding& finding) {
  std::vector<std::string> names;
  const std::string text = finding.title + "\n" + finding.explanation;
  for (std::size_t at = text.find("()"); at != std::string::npos;
       at = text.find("()", at + 2)) {
    std::size_t begin = at;
    while (begin > 0 &&
           (IsAlnumAscii(text[begin - 1]) || text[begin - 1] == '_')) {
      --begin;
    }
    if (at - begin >= 3) names.push_back(text.substr(begin, at - begin));
  }
  return names;
}

// Signs that the fault was there before: no changed line is quoted, and of the
// functions that are named none stands in the patch. Neither alone is enough.
bool LooksPreExisting(const Walk& walk, const Finding& finding) {
  if (finding.exact || QuotesChange(walk, finding)) return false;
  std::vector<std::string> names = FunctionsNamed(finding);
  if (names.empty()) return false;
  const diff::Diff* diff = walk.DiffOf(finding.anchors.front());
  if (diff == nullptr) return false;
  return std::none_of(names.begin(), names.end(), [&](const std::string& name) {
    return diff->text().find(name) != std::string::npos;
  });
}

}  // namespace

void PreExistingGate(Walk* walk) {
  std::vector<Walking> all = std::move(walk->walking);
  walk->walking.clear();
  for (Walking& walker : all) {
    Finding& finding = walker.finding;
    if (!finding.pre_existing && !LooksPreExisting(*walk, finding)) {
      walk->walking.push_back(std::move(walker));
      continue;
    }
    finding.pre_existing = true;
    walk->SetApart(std::move(walker), kPreExistingGate,
                   "the fault was there before the series");
  }
}

}  // namespace patchmilter::review
