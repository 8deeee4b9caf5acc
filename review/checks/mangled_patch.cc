// mangled-patch: what a mailer has done to a patch on its way.
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "review/anchor.h"
#include "review/checks/all.h"

namespace patchmilter::review {

namespace {

void Damage(std::int64_t number, const mime::PatchMail& patch,
            const Check& self, std::vector<Finding>* findings) {
  const diff::Diff& diff = patch.diff;
  std::vector<Anchor> wrapped;
  std::vector<Anchor> counts;
  std::vector<Anchor> header;
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;  // file, hunk
  for (const diff::Problem& problem : diff.problems()) {
    if (problem.kind == diff::ProblemKind::kTooLarge) continue;
    Anchor anchor = AnchorNear(number, diff, problem.text_line);
    // One word for each hunk: a wrapped line also spoils its counts.
    auto key = std::make_pair(anchor.file.value_or(0),
                              anchor.hunk ? *anchor.hunk + 1 : 0);
    const bool is_wrap = problem.kind == diff::ProblemKind::kWrappedLine;
    if (!seen.insert(key).second && !is_wrap) continue;
    switch (problem.kind) {
      case diff::ProblemKind::kWrappedLine:
        wrapped.push_back(std::move(anchor));
        break;
      case diff::ProblemKind::kHunkCounts:
      case diff::ProblemKind::kTruncated:
        counts.push_back(std::move(anchor));
        break;
      case diff::ProblemKind::kBadHunkHeader:
        header.push_back(std::move(anchor));
        break;
      case diff::ProblemKind::kTooLarge:
        break;
    }
  }
  const std::string no_am = " git am will refuse this patch as it stands.";
  if (!wrapped.empty()) {
    findings->push_back(CheckFinding(
        self, "A line of the patch was wrapped on its way",
        "After this line stands one that begins with none of the marks that a "
        "diff knows: a mail program seems to have wrapped a long line." +
            no_am,
        std::move(wrapped)));
  } else if (!counts.empty()) {
    findings->push_back(CheckFinding(
        self, "A hunk does not have the lines that its header says",
        "The lines of this hunk do not add up to the counts in its header: it "
        "was cut on its way, or edited by hand." +
            no_am,
        std::move(counts)));
  } else if (!header.empty()) {
    findings->push_back(CheckFinding(
        self, "A hunk header cannot be read",
        "The header of a hunk here cannot be read: it was wrapped or edited." +
            no_am,
        std::move(header)));
  }
}

// Languages where a tab is the usual indent of those who work by mail.
bool IndentsByTab(std::string_view path) {
  static constexpr std::array<std::string_view, 6> kEndings = {
      ".c", ".h", ".S", ".dts", ".dtsi", ".l"};
  for (std::string_view ending : kEndings) {
    if (path.size() > ending.size() &&
        path.substr(path.size() - ending.size()) == ending) {
      return true;
    }
  }
  return false;
}

// Tabs that have become spaces leave a trace: every indent is a multiple of
// eight (replaced in an editor), or seven more than one (copied off a terminal,
// where the mark in front took one column), and no tab is left anywhere.
void Tabs(std::int64_t number, const mime::PatchMail& patch, const Check& self,
          std::vector<Finding>* findings) {
  const diff::Diff& diff = patch.diff;
  std::size_t deep = 0;       // Lines with an indent.
  std::size_t deeper = 0;     // … of two levels or more.
  std::size_t unchanged = 0;  // … that the project has, not the author.
  std::size_t eight = 0;
  std::size_t seven = 0;
  Anchor first;
  for (std::uint32_t f = 0; f < diff.files().size(); ++f) {
    const diff::File& file = diff.files()[f];
    if (!IndentsByTab(file.path())) continue;
    for (std::uint32_t h = 0; h < file.hunks.size(); ++h) {
      const diff::Hunk& hunk = file.hunks[h];
      for (std::uint32_t l = 0; l < hunk.lines.size(); ++l) {
        std::string_view line = diff.View(hunk.lines[l].span);
        if (line.find('\t') != std::string_view::npos) return;
        std::string_view code = TrimLeft(line);
        if (code.empty() || code[0] == '*') continue;  // Comment blocks.
        const std::size_t indent = line.size() - code.size();
        if (indent < 4) {
          if (indent != 0) return;
          continue;
        }
        if (deep == 0) first = AnchorLines(number, diff, f, h, l);
        ++deep;
        if (indent >= 15) ++deeper;
        if (hunk.lines[l].kind != diff::LineKind::kAdded) ++unchanged;
        if (indent % 8 == 0) ++eight;
        if (indent % 8 == 7) ++seven;
      }
    }
  }
  if (deep < 4 || deeper == 0 || unchanged < 2) return;
  if (eight != deep && seven != deep) return;
  findings->push_back(CheckFinding(
      self, "Tabs seem to have become spaces",
      "No line of this patch has a tab, and every indent is what tabs look "
      "like when they are turned into spaces, also on the lines that the patch "
      "does not change. Was it pasted into a mail program or copied from a "
      "terminal? If the file has tabs, git am will refuse it.",
      {std::move(first)}));
}

void Run(const SeriesUnderReview& series, const Check& self,
         std::vector<Finding>* findings) {
  for (const auto& [number, patch] : series.patches) {
    const std::size_t before = findings->size();
    Damage(number, *patch, self, findings);
    if (findings->size() == before) Tabs(number, *patch, self, findings);
  }
}

}  // namespace

Check MangledPatchCheck() {
  Check check;
  check.name = "mangled-patch";
  check.summary = "patches that a mail program has damaged";
  check.manual =
      "Wrapped lines, hunks whose lines do not add up to the counts in their "
      "header, hunk headers that cannot be read, and C or assembler patches "
      "without a single tab whose indents, unchanged lines included, are all "
      "multiples of eight (or seven more than one, as copied off a terminal).\n"
      "\n"
      "A project that indents C by eight spaces should switch it off for its "
      "list: disable_checks = [\"mangled-patch\"].";
  check.bad =
      "@@ -10,3 +10,3 @@ int main(void)\n"
      "-\tprintf(\"a rather long line that a mail program has wrapped\",\n"
      "argument);\n";
  check.good =
      "@@ -10,3 +10,3 @@ int main(void)\n"
      "-\tprintf(\"a rather long line that was sent as it stood\", "
      "argument);\n";
  check.severity = Severity::kHigh;
  check.run = &Run;
  return check;
}

}  // namespace patchmilter::review
