// whitespace: as `git diff --check` with its default core.whitespace.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "review/anchor.h"
#include "review/checks/all.h"

namespace patchmilter::review {

namespace {

// Where blanks at the end of a line mean something, or lines are data.
bool Exempt(std::string_view path) {
  static constexpr std::array<std::string_view, 10> kEndings = {
      ".patch", ".diff", ".md",  ".markdown", ".eml",
      ".mbox",  ".svg",  ".out", ".expected", ".golden"};
  for (std::string_view ending : kEndings) {
    if (path.size() > ending.size() &&
        EqualsIgnoreCase(path.substr(path.size() - ending.size()), ending)) {
      return true;
    }
  }
  return false;
}

std::string_view WithoutCr(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool BlankAtEnd(std::string_view line) {
  return !line.empty() && (line.back() == ' ' || line.back() == '\t');
}

// A space before a tab in the indent.
bool SpaceBeforeTab(std::string_view line) {
  bool space = false;
  for (char c : line) {
    if (c == ' ') {
      space = true;
    } else if (c == '\t') {
      if (space) return true;
    } else {
      return false;
    }
  }
  return false;
}

struct Places {
  std::vector<Anchor> at_end;
  std::vector<Anchor> before_tab;
  std::vector<Anchor> at_eof;
};

void Scan(std::int64_t number, const diff::Diff& diff, std::uint32_t f,
          Places* places) {
  const diff::File& file = diff.files()[f];
  for (std::uint32_t h = 0; h < file.hunks.size(); ++h) {
    const diff::Hunk& hunk = file.hunks[h];
    for (std::uint32_t l = 0; l < hunk.lines.size(); ++l) {
      if (hunk.lines[l].kind != diff::LineKind::kAdded) continue;
      std::string_view line = WithoutCr(diff.View(hunk.lines[l].span));
      if (BlankAtEnd(line)) {
        places->at_end.push_back(AnchorLines(number, diff, f, h, l));
      } else if (SpaceBeforeTab(line)) {
        places->before_tab.push_back(AnchorLines(number, diff, f, h, l));
      }
    }
  }
  // Of a new file it is certain that its last line is the file's last.
  if (file.change == diff::FileChange::kAdded && file.hunks.size() == 1) {
    const diff::Hunk& hunk = file.hunks.front();
    if (hunk.counts_match && hunk.lines.size() > 1 &&
        hunk.lines.back().kind == diff::LineKind::kAdded &&
        Trim(diff.View(hunk.lines.back().span)).empty()) {
      places->at_eof.push_back(
          AnchorLines(number, diff, f, 0,
                      static_cast<std::uint32_t>(hunk.lines.size() - 2), 2));
    }
  }
}

void Run(const SeriesUnderReview& series, const Check& self,
         std::vector<Finding>* findings) {
  for (const auto& [number, patch] : series.patches) {
    Places places;
    for (std::uint32_t f = 0; f < patch->diff.files().size(); ++f) {
      if (!Exempt(patch->diff.files()[f].path())) {
        Scan(number, patch->diff, f, &places);
      }
    }
    if (!places.at_end.empty()) {
      findings->push_back(
          CheckFinding(self, "Trailing blanks on an added line",
                       "The added line ends in blanks, which git calls a "
                       "whitespace error.",
                       std::move(places.at_end)));
    }
    if (!places.before_tab.empty()) {
      findings->push_back(
          CheckFinding(self, "A space before a tab in the indent",
                       "A space stands before a tab in the indent of the added "
                       "line, which git calls a whitespace error.",
                       std::move(places.before_tab)));
    }
    if (!places.at_eof.empty()) {
      findings->push_back(CheckFinding(
          self, "A blank line at the end of a new file",
          "The new file ends in a blank line, which git calls a whitespace "
          "error.",
          std::move(places.at_eof)));
    }
  }
}

}  // namespace

Check WhitespaceCheck() {
  Check check;
  check.name = "whitespace";
  check.summary = "whitespace errors on added lines, as git diff --check";
  check.manual =
      "What `git diff --check` finds with its defaults: blanks at the end of "
      "an added line, a space before a tab in its indent, a blank line at the "
      "end of a new file. One finding for each kind and patch, with all its "
      "places.\n"
      "\n"
      "Left alone: a CR before the line end, and files where blanks at the "
      "end of a line mean something or where lines are recorded data (.patch, "
      ".diff, .md, .eml, .mbox, .svg, .out, .expected, .golden).";
  check.bad = "+\tret = foo(bar); \t\n+  \tif (ret)\n";
  check.good = "+\tret = foo(bar);\n+\tif (ret)\n";
  check.severity = Severity::kLow;
  check.run = &Run;
  return check;
}

}  // namespace patchmilter::review
