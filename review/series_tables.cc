// The tables of the series mail: the patches, the worst findings of their
// mails, what became of the findings of the previous revision.
#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "review/anchor.h"
#include "review/hygiene.h"
#include "review/render_parts.h"

namespace patchmilter::review {

namespace {

// A longer table puts neighbours of one status on one line.
constexpr std::size_t kMaxRows = 40;

// Lines of the index of findings.
constexpr std::size_t kMaxIndex = 12;
// Fixed findings that are named; all are counted.
constexpr std::size_t kMaxFixed = 5;
// Findings still present that are named; all are counted.
constexpr std::size_t kMaxStillPresent = 30;
// With more of them the places are left out: a line each is room enough.
constexpr std::size_t kMaxPlaced = 15;

struct Row {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::string status;
  std::string title;
};

std::string StatusOf(const RenderInput& in, std::int64_t number) {
  if (CoveredBefore(in, number)) return "reviewed before";
  auto missed = in.engine.coverage.missed.find(number);
  const FindingList findings = FindingsOf(in, number);
  if (missed != in.engine.coverage.missed.end()) {
    return findings.empty() ? "not read whole"
                            : CountsInWords(Count(findings)) + ", in part";
  }
  auto whole = in.engine.coverage.whole.find(number);
  if (whole == in.engine.coverage.whole.end() || !whole->second) {
    return "not read";
  }
  if (!findings.empty()) return CountsInWords(Count(findings));
  const std::vector<Finding>& again = in.review.still_present;
  const bool told =
      std::any_of(again.begin(), again.end(), [&](const Finding& finding) {
        return finding.anchors.front().patch == number;
      });
  return told ? "no new findings" : "no findings";
}

}  // namespace

Lines PatchTable(const RenderInput& in) {
  std::vector<Row> rows;
  std::vector<std::int64_t> missing = MissingPatches(in);
  std::map<std::int64_t, Row> by_number;
  for (const auto& [number, patch] : in.series.patches) {
    by_number[number] = {number, number, StatusOf(in, number),
                         CleanLine(patch->mail.subject.title, 120)};
  }
  for (std::int64_t number : missing) {
    by_number.try_emplace(number, Row{number, number, "not seen here", ""});
  }
  const bool grouped = by_number.size() > kMaxRows;
  for (auto& [number, row] : by_number) {
    if (grouped && !rows.empty() && rows.back().status == row.status &&
        rows.back().last + 1 == row.first) {
      rows.back().last = row.last;
      rows.back().title.clear();
      continue;
    }
    rows.push_back(std::move(row));
  }
  std::size_t label_width = 0;
  std::size_t status_width = 0;
  std::vector<std::string> labels;
  for (const Row& row : rows) {
    std::string label = PatchLabel(in, row.first);
    if (row.last != row.first) {
      label = std::to_string(row.first) + "-" + PatchLabel(in, row.last);
    }
    label_width = std::max(label_width, label.size());
    status_width = std::max(status_width, row.status.size());
    labels.push_back(std::move(label));
  }
  Lines lines;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 2 * kMaxRows) {
      lines.push_back("  and " + Plural(rows.size() - i, "more line") +
                      " of this table");
      break;
    }
    std::string line = "  " + std::string(label_width - labels[i].size(), ' ') +
                       labels[i] + "  " + rows[i].status;
    if (!rows[i].title.empty()) {
      line += std::string(status_width - rows[i].status.size(), ' ') + "  ";
      line += CleanLine(rows[i].title, kMaxColumns - Columns(line));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

Lines FindingIndex(const RenderInput& in) {
  FindingList all;
  std::size_t mails = 0;
  for (const auto& [number, findings] : in.by_patch) {
    if (number == 0) continue;
    ++mails;
    all.insert(all.end(), findings.begin(), findings.end());
  }
  // Of one mail there is nothing to choose from.
  if (mails < 2) return {};
  all = BySeverity(std::move(all));
  Lines lines = {"The findings on the patches, the worst first:"};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i + 1 == kMaxIndex && all.size() > kMaxIndex) {
      lines.push_back("  and " + std::to_string(all.size() - i) + " more");
      break;
    }
    std::string line = "  [";
    line += SeverityName(all[i]->severity);
    line += "] " + PatchLabel(in, all[i]->anchors.front().patch) + "  ";
    std::string title = CleanTitle(all[i]->title);
    if (title.empty()) title = CategoryWord(all[i]->category);
    lines.push_back(line + CleanLine(title, kMaxColumns - Columns(line)));
  }
  return lines;
}

namespace {

// "since v1, drivers/lamp/core.c:41 in lamp_probe, and 1 more place"
std::string PlaceOfFate(const PreviousFate& fate) {
  std::string text;
  if (fate.since > 0) text = "since v" + std::to_string(fate.since);
  if (!fate.path.empty()) {
    if (!text.empty()) text += ", ";
    text += CleanLine(fate.path, 45);
    if (fate.line > 0) text += ":" + std::to_string(fate.line);
    const std::string function = CleanLine(fate.function, 30);
    if (!function.empty()) text += " in " + function;
  }
  if (fate.places > 1) {
    text += text.empty() ? "" : ", ";
    text += "and " + Plural(fate.places - 1, "more place");
  }
  return text;
}

Lines NamedFates(const RenderInput& in,
                 const std::vector<const PreviousFate*>& fates,
                 std::size_t most, bool with_places) {
  Lines lines;
  for (std::size_t i = 0; i < fates.size(); ++i) {
    if (i == most) {
      lines.push_back("  and " + std::to_string(fates.size() - i) + " more");
      break;
    }
    std::string line = "  [";
    line += SeverityName(fates[i]->severity);
    line += "] ";
    if (in.series.patches.count(fates[i]->patch) != 0) {
      line += PatchLabel(in, fates[i]->patch) + "  ";
    }
    std::string title = CleanTitle(fates[i]->title);
    if (title.empty()) title = "(a finding without a title)";
    lines.push_back(line + CleanLine(title, kMaxColumns - Columns(line)));
    if (!with_places) continue;
    std::string place = PlaceOfFate(*fates[i]);
    if (!place.empty()) {
      lines.push_back("    " + CleanLine(place, kMaxColumns - 4));
    }
  }
  return lines;
}

}  // namespace

Lines PreviousFates(const RenderInput& in) {
  using Kind = PreviousFate::Kind;
  std::map<Kind, std::vector<const PreviousFate*>> by_kind;
  for (const PreviousFate& fate : in.context.previous_fates) {
    by_kind[fate.kind].push_back(&fate);
  }
  if (by_kind.empty()) return {};
  for (auto& [kind, fates] : by_kind) {
    std::stable_sort(fates.begin(), fates.end(),
                     [](const PreviousFate* a, const PreviousFate* b) {
                       if (a->severity != b->severity) {
                         return a->severity > b->severity;
                       }
                       return a->patch < b->patch;
                     });
  }
  const std::size_t total = in.context.previous_fates.size();
  std::string text = "Of the " + FindingsInWords(total) + " on ";
  if (total == 1) text = "The finding on ";
  const std::int64_t version = in.series.memory != nullptr
                                   ? in.series.memory->version
                                   : in.series.previous_version;
  text += version > 0 ? "v" + std::to_string(version) : "the previous revision";
  std::string counts;
  auto count = [&](Kind kind, const std::string& what) {
    const std::size_t number = by_kind[kind].size();
    if (number == 0) return;
    if (!counts.empty()) counts += ", ";
    counts += total == 1 ? what
                         : std::to_string(number) +
                               (number == 1 ? " is " : " are ") + what;
  };
  count(Kind::kStillPresent, "still present");
  count(Kind::kFixed, "fixed");
  count(Kind::kNotTouched, "on code that stands as it stood");
  count(Kind::kGone, "on code that is no longer part of the series");
  text += (total == 1 ? " is " : ", ") + counts + ".";
  Lines lines;
  AddWrapped(text, &lines);
  if (!by_kind[Kind::kStillPresent].empty()) {
    lines.emplace_back("Still present, and not said again:");
    const Lines named =
        NamedFates(in, by_kind[Kind::kStillPresent], kMaxStillPresent,
                   by_kind[Kind::kStillPresent].size() <= kMaxPlaced);
    lines.insert(lines.end(), named.begin(), named.end());
  }
  if (!by_kind[Kind::kFixed].empty()) {
    lines.emplace_back("Fixed, by all appearances:");
    const Lines named = NamedFates(in, by_kind[Kind::kFixed], kMaxFixed, false);
    lines.insert(lines.end(), named.begin(), named.end());
  }
  return lines;
}

}  // namespace patchmilter::review
