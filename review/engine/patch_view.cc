#include "review/engine/patch_view.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "diff/diff.h"

namespace patchmilter::review {
namespace {

// Where its diffs stand, as `show_patch` with a path finds them.
void FindDiffs(PatchView* view) {
  const diff::Diff diff = diff::Diff::Parse(view->text);
  const auto& files = diff.files();
  view->diff_begin = view->diff_end = view->text.size();
  if (files.empty()) return;
  view->diff_begin = files.front().header.begin;
  view->diff_end = diff.end();
  for (std::size_t i = 0; i < files.size(); ++i) {
    FileView file;
    file.path = files[i].path();
    file.begin = files[i].header.begin;
    file.end = i + 1 < files.size() ? files[i + 1].header.begin : diff.end();
    for (const diff::Hunk& hunk : files[i].hunks) {
      for (const diff::Line& line : hunk.lines) {
        if (line.kind == diff::LineKind::kAdded) ++file.added;
        if (line.kind == diff::LineKind::kRemoved) ++file.removed;
      }
    }
    view->files.push_back(std::move(file));
  }
}

// Names go within their lines, but an attribution of several lines becomes one.
std::vector<HiddenLine> HiddenLines(std::string_view sent,
                                    std::string_view shown) {
  constexpr std::size_t kLookAhead = 8;
  const std::vector<std::string_view> a = Split(sent, '\n');
  const std::vector<std::string_view> b = Split(shown, '\n');
  std::vector<HiddenLine> hidden;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    // Up to the next line that is the same in both.
    std::size_t skip_a = 1;
    std::size_t skip_b = 1;
    for (std::size_t both = 0; both <= 2 * kLookAhead; ++both) {
      const auto same = [&](std::size_t k) {
        return i + k < a.size() && j + both - k < b.size() &&
               a[i + k] == b[j + both - k] && (both == 0 || !a[i + k].empty());
      };
      // As many lines of the one as of the other, or else as few as can be.
      std::optional<std::size_t> found;
      if (both % 2 == 0 && same(both / 2)) found = both / 2;
      for (std::size_t k = 0; k <= both && !found; ++k) {
        if (same(k)) found = k;
      }
      if (!found) continue;
      skip_a = *found;
      skip_b = both - *found;
      break;
    }
    for (std::size_t k = 0; skip_a == skip_b && k < skip_a; ++k) {
      hidden.push_back({std::string(Trim(b[j + k])), std::string(a[i + k])});
    }
    if (skip_a == 0 && skip_b == 0) skip_a = skip_b = 1;
    i += skip_a;
    j += skip_b;
  }
  return hidden;
}

template <typename Replace>
Finding WithQuotes(Finding finding,
                   const std::map<std::int64_t, PatchView>& views,
                   const Replace& replace) {
  for (Anchor& anchor : finding.anchors) {
    const auto view = views.find(anchor.patch);
    if (view == views.end()) continue;
    for (std::string& line : anchor.quoted) {
      for (const HiddenLine& hidden : view->second.hidden) {
        if (replace(hidden, &line)) break;
      }
    }
  }
  return finding;
}

PatchView ViewOf(const mime::PatchMail& patch, People* people) {
  PatchView view;
  const std::string& text = patch.mail.text;
  // The diff's first line is where a quote may begin: from there on not a byte
  // is changed.
  std::size_t begin = text.size();
  if (!patch.diff.files().empty()) {
    begin = patch.diff.files().front().header.begin;
  }
  const std::string head =
      "Subject: " + patch.mail.subject.text + "\n\n" + text.substr(0, begin);
  view.text = people == nullptr ? head : people->Hidden(head);
  view.hidden = HiddenLines(head, view.text);
  if (begin < text.size()) {
    if (!view.text.empty() && view.text.back() != '\n') view.text += '\n';
    view.text.append(text, begin);
  }
  FindDiffs(&view);
  return view;
}

}  // namespace

bool PatchView::Covered(std::int64_t number,
                        const CoverageReceipt& receipt) const {
  return receipt.Covers(number, diff_begin, diff_end);
}

std::string PatchView::Missed(std::int64_t number,
                              const CoverageReceipt& receipt) const {
  constexpr std::size_t kNamed = 5;
  std::string names;
  std::size_t missed = 0;
  for (const FileView& file : files) {
    if (receipt.Covers(number, file.begin, file.end)) continue;
    if (++missed > kNamed) continue;
    if (!names.empty()) names += ", ";
    names += log::Clean(file.path, 200);
  }
  if (missed > kNamed) names += fmt::format(" and {} more", missed - kNamed);
  return names;
}

std::map<std::int64_t, PatchView> ViewsOf(const SeriesUnderReview& series,
                                          People* people) {
  std::map<std::int64_t, PatchView> views;
  if (series.cover != nullptr) {
    views.emplace(0, ViewOf(*series.cover, people));
  }
  for (const auto& [number, patch] : series.patches) {
    views.emplace(number, ViewOf(*patch, people));
  }
  return views;
}

Finding AsSent(Finding finding,
               const std::map<std::int64_t, PatchView>& views) {
  return WithQuotes(std::move(finding), views,
                    [](const HiddenLine& hidden, std::string* line) {
                      if (Trim(*line) != hidden.shown) return false;
                      *line = hidden.sent;
                      return true;
                    });
}

Finding AsShown(Finding finding,
                const std::map<std::int64_t, PatchView>& views) {
  return WithQuotes(std::move(finding), views,
                    [](const HiddenLine& hidden, std::string* line) {
                      if (Trim(*line) != Trim(hidden.sent)) return false;
                      *line = hidden.shown;
                      return true;
                    });
}

std::map<std::int64_t, PatchView> DiffsOf(
    const std::map<std::int64_t, PatchView>& views) {
  std::map<std::int64_t, PatchView> diffs;
  for (const auto& [number, view] : views) {
    if (view.files.empty()) continue;
    PatchView diff;
    diff.text =
        view.text.substr(view.diff_begin, view.diff_end - view.diff_begin);
    FindDiffs(&diff);
    diffs.emplace(number, std::move(diff));
  }
  return diffs;
}

}  // namespace patchmilter::review
