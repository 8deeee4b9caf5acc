// conflict-markers: what a merge left behind.
#include <string>
#include <vector>

#include "review/anchor.h"
#include "review/checks/all.h"

namespace patchmilter::review {

namespace {

// "<<<<<<< HEAD", ">>>>>>> branch", "||||||| base": seven marks and a word.
bool IsMarker(std::string_view line, char mark) {
  if (line.size() < 9 || line[7] != ' ') return false;
  return line.substr(0, 7) == std::string(7, mark);
}

void Run(const SeriesUnderReview& series, const Check& self,
         std::vector<Finding>* findings) {
  for (const auto& [number, patch] : series.patches) {
    const diff::Diff& diff = patch->diff;
    std::vector<Anchor> anchors;
    for (std::uint32_t f = 0; f < diff.files().size(); ++f) {
      const diff::File& file = diff.files()[f];
      for (std::uint32_t h = 0; h < file.hunks.size(); ++h) {
        const diff::Hunk& hunk = file.hunks[h];
        for (std::uint32_t l = 0; l < hunk.lines.size(); ++l) {
          if (hunk.lines[l].kind != diff::LineKind::kAdded) continue;
          std::string_view line = diff.View(hunk.lines[l].span);
          if (IsMarker(line, '<') || IsMarker(line, '>') ||
              IsMarker(line, '|')) {
            anchors.push_back(AnchorLines(number, diff, f, h, l));
          }
        }
      }
    }
    if (anchors.empty()) continue;
    findings->push_back(CheckFinding(
        self, "A conflict marker is added",
        "This adds what looks like the marker of a merge conflict. Was the "
        "conflict resolved before the commit was made?",
        std::move(anchors)));
  }
}

}  // namespace

Check ConflictMarkersCheck() {
  Check check;
  check.name = "conflict-markers";
  check.summary = "markers of an unresolved merge on added lines";
  check.manual =
      "Seven of <, > or | at the start of an added line, a blank, and a word "
      "after it. A line of seven = alone is left alone: it is a heading in "
      "several kinds of documentation, and never stands without the others.";
  check.bad =
      "+<<<<<<< HEAD\n"
      "+\treturn 0;\n"
      "+=======\n"
      "+\treturn err;\n"
      "+>>>>>>> fix-leak\n";
  check.good = "+\treturn err;\n";
  check.severity = Severity::kHigh;
  check.run = &Run;
  return check;
}

}  // namespace patchmilter::review
