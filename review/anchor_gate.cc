#include "review/anchor_gate.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "review/anchor.h"

namespace patchmilter::review {

namespace {

using Run = std::vector<std::string_view>;

// A quote has at most this many lines looked at; a longer one keeps its end.
constexpr std::size_t kMaxRun = 200;

bool Blank(std::string_view line) { return Trim(line).empty(); }

Run Trimmed(Run run) {
  while (!run.empty() && Blank(run.back())) run.pop_back();
  std::size_t first = 0;
  while (first < run.size() && Blank(run[first])) ++first;
  run.erase(run.begin(), run.begin() + static_cast<std::ptrdiff_t>(first));
  if (run.size() > kMaxRun) {
    run.erase(run.begin(), run.end() - static_cast<std::ptrdiff_t>(kMaxRun));
  }
  return run;
}

// The run without the marks that an engine has left in front; nothing where
// some line has none.
std::optional<Run> WithoutMarks(const Run& run) {
  Run bare;
  for (std::string_view line : run) {
    if (line.empty()) {
      bare.push_back(line);
    } else if (line[0] == '+' || line[0] == '-' || line[0] == ' ') {
      bare.push_back(line.substr(1));
    } else {
      return std::nullopt;
    }
  }
  return bare;
}

// "@@ -1,2 +3,4 @@": form only.
bool IsHunkLine(std::string_view line) {
  return line.substr(0, 4) == "@@ -" && line.find(" @@") != line.npos;
}

bool IsHeaderLine(std::string_view line) {
  for (std::string_view start :
       {"diff --git ", "--- a/", "+++ b/", "--- /dev/null", "+++ /dev/null",
        "index ", "new file mode ", "deleted file mode ", "old mode ",
        "new mode ", "rename from ", "rename to ", "similarity index ",
        "copy from ", "copy to ", "Binary files ", "GIT binary patch"}) {
    if (line.substr(0, start.size()) == start) return true;
  }
  return false;
}

// Where several places hold the run: the engine's hint, else its path, else
// the first.
const diff::Place& Choose(const std::vector<diff::Place>& places,
                          const diff::Diff& diff, const Anchor& anchor) {
  const diff::Place* best = &places.front();
  int best_score = -1;
  for (const diff::Place& place : places) {
    int score = 0;
    const diff::File& file = diff.files()[place.file];
    if (!anchor.path.empty() &&
        (file.path() == anchor.path || file.old_path == anchor.path)) {
      score += 8;
    }
    if (anchor.file == place.file) score += 4;
    if (anchor.hunk == place.hunk) score += 2;
    if (anchor.first_line == place.line) score += 1;
    if (score > best_score) {
      best_score = score;
      best = &place;
    }
  }
  return *best;
}

std::optional<Anchor> FindLines(std::int64_t patch, const diff::Diff& diff,
                                const Run& run, const Anchor& anchor) {
  if (run.empty()) return std::nullopt;
  std::vector<diff::Place> places = diff::FindRun(diff, run, 64);
  if (places.empty()) return std::nullopt;
  // Places of another file are none, where the engine's file is in the patch
  // and holds the run too; Choose sees to that.
  const diff::Place& place = Choose(places, diff, anchor);
  return AnchorLines(patch, diff, place.file, place.hunk, place.line,
                     static_cast<std::uint32_t>(run.size()));
}

std::optional<Anchor> FindHeader(std::int64_t patch, const diff::Diff& diff,
                                 std::string_view last, const Anchor& anchor) {
  std::optional<Anchor> found;
  for (std::uint32_t f = 0; f < diff.files().size(); ++f) {
    const diff::File& file = diff.files()[f];
    const bool named = anchor.path.empty() || file.path() == anchor.path ||
                       file.old_path == anchor.path;
    if (IsHunkLine(last)) {
      // Numbers and function name are often not those of the mail: by form,
      // the numbers decide between several only where they are equal.
      for (std::uint32_t h = 0; h < file.hunks.size(); ++h) {
        const diff::Hunk& hunk = file.hunks[h];
        std::string_view header = diff.View(hunk.header);
        if (header == last) return AnchorHunk(patch, diff, f, h);
        if (named && !found && anchor.hunk == h) {
          found = AnchorHunk(patch, diff, f, h);
        }
      }
      if (!found && named && !anchor.path.empty() && file.hunks.size() == 1) {
        found = AnchorHunk(patch, diff, f, 0);
      }
      continue;
    }
    for (std::string_view line : LinesOf(diff.View(file.header))) {
      if (TrimRight(line) == TrimRight(last)) {
        return AnchorFile(patch, diff, f, line);
      }
    }
    // "index" lines differ where the patch was applied elsewhere.
    if (last.substr(0, 6) == "index " && named && !anchor.path.empty()) {
      found = AnchorFile(patch, diff, f);
    }
  }
  return found;
}

// A run of lines above the diff.
std::optional<Anchor> FindMessage(std::int64_t patch,
                                  const mime::PatchMail& mail, const Run& run,
                                  const Anchor& anchor) {
  if (run.empty()) return std::nullopt;
  std::vector<std::string_view> lines = LinesOf(mail.mail.text);
  lines.resize(std::min(lines.size(), MessageLines(mail)));
  std::optional<std::uint32_t> best;
  for (std::size_t i = 0; i + run.size() <= lines.size(); ++i) {
    bool equal = true;
    for (std::size_t k = 0; equal && k < run.size(); ++k) {
      // A model quotes what `git show` prints: indented by four.
      equal = Trim(lines[i + k]) == Trim(run[k]);
    }
    if (!equal) continue;
    const auto at = static_cast<std::uint32_t>(i);
    if (!best || anchor.text_line == at) best = at;
  }
  if (!best) return std::nullopt;
  Anchor found = AnchorMessage(patch, mail, *best);
  found.line_count = static_cast<std::uint32_t>(run.size());
  found.quoted.clear();
  for (std::size_t k = 0; k < run.size(); ++k) {
    found.quoted.emplace_back(lines[*best + k]);
  }
  return found;
}

bool Telling(std::string_view line) {
  std::size_t letters = 0;
  for (char c : line) letters += IsAlnumAscii(c) ? 1U : 0U;
  return letters >= 8;
}

struct Found {
  Anchor anchor;
  bool repaired = false;
};

std::optional<Found> FindIn(std::int64_t number, const mime::PatchMail& mail,
                            const Run& run, const Anchor& anchor, bool partly) {
  const diff::Diff& diff = mail.diff;
  if (anchor.kind == AnchorKind::kMessage) {
    if (auto found = FindMessage(number, mail, run, anchor)) {
      return Found{std::move(*found), false};
    }
  }
  if (auto found = FindLines(number, diff, run, anchor)) {
    return Found{std::move(*found), false};
  }
  const std::optional<Run> bare = WithoutMarks(run);
  if (bare) {
    if (auto found = FindLines(number, diff, *bare, anchor)) {
      return Found{std::move(*found), true};
    }
  }
  if (!run.empty() && (IsHunkLine(run.back()) || IsHeaderLine(run.back()))) {
    if (auto found = FindHeader(number, diff, run.back(), anchor)) {
      return Found{std::move(*found), run.size() > 1};
    }
  }
  if (auto found = FindMessage(number, mail, run, anchor)) {
    return Found{std::move(*found), false};
  }
  if (!partly) return std::nullopt;
  // The end of the run: an engine may have left lines out in the middle, or
  // have put header lines in front.
  for (std::size_t skip = 1; skip < run.size(); ++skip) {
    Run tail(run.begin() + static_cast<std::ptrdiff_t>(skip), run.end());
    if (tail.size() == 1 && !Telling(tail.front())) break;
    if (auto found = FindLines(number, diff, tail, anchor)) {
      return Found{std::move(*found), true};
    }
    if (bare) {
      Run bare_tail(bare->begin() + static_cast<std::ptrdiff_t>(skip),
                    bare->end());
      if (auto found = FindLines(number, diff, bare_tail, anchor)) {
        return Found{std::move(*found), true};
      }
    }
  }
  return std::nullopt;
}

// The header or message line that the engine names, where it does stand there.
std::optional<Anchor> NamedLine(const SeriesUnderReview& series,
                                const Anchor& anchor) {
  auto patch = series.patches.find(anchor.patch);
  if (patch == series.patches.end() || anchor.quoted.size() != 1) {
    return std::nullopt;
  }
  const diff::Diff& diff = patch->second->diff;
  const std::string& quoted = anchor.quoted.front();
  if (Blank(quoted)) return std::nullopt;
  if (anchor.kind == AnchorKind::kFile && anchor.file &&
      *anchor.file < diff.files().size()) {
    for (std::string_view line :
         LinesOf(diff.View(diff.files()[*anchor.file].header))) {
      if (line == quoted) {
        return AnchorFile(anchor.patch, diff, *anchor.file, line);
      }
    }
  }
  if (anchor.kind == AnchorKind::kLines && anchor.file && anchor.hunk &&
      !anchor.first_line && *anchor.file < diff.files().size()) {
    const diff::File& file = diff.files()[*anchor.file];
    if (*anchor.hunk < file.hunks.size() &&
        diff.View(file.hunks[*anchor.hunk].header) == quoted) {
      return AnchorHunk(anchor.patch, diff, *anchor.file, *anchor.hunk);
    }
  }
  return std::nullopt;
}

// The place that the engine names, where the quoted lines do stand there: the
// only way to anchor a blank line, and one that does not search: a check may
// name thousands of places of a hostile patch.
std::optional<Anchor> NamedPlace(const SeriesUnderReview& series,
                                 const Anchor& anchor) {
  auto patch = series.patches.find(anchor.patch);
  if (anchor.kind != AnchorKind::kLines || patch == series.patches.end() ||
      !anchor.file || !anchor.hunk || !anchor.first_line ||
      anchor.quoted.empty() || anchor.quoted.size() > kMaxRun) {
    return std::nullopt;
  }
  const diff::Diff& diff = patch->second->diff;
  if (*anchor.file >= diff.files().size()) return std::nullopt;
  const diff::File& file = diff.files()[*anchor.file];
  if (*anchor.hunk >= file.hunks.size()) return std::nullopt;
  const diff::Hunk& hunk = file.hunks[*anchor.hunk];
  const std::size_t first = *anchor.first_line;
  if (first >= hunk.lines.size() ||
      anchor.quoted.size() > hunk.lines.size() - first) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < anchor.quoted.size(); ++i) {
    if (TrimRight(diff.View(hunk.lines[first + i].span)) !=
        TrimRight(anchor.quoted[i])) {
      return std::nullopt;
    }
  }
  return AnchorLines(anchor.patch, diff, *anchor.file, *anchor.hunk,
                     *anchor.first_line,
                     static_cast<std::uint32_t>(anchor.quoted.size()));
}

}  // namespace

PlacedAnchor PlaceAnchor(const SeriesUnderReview& series,
                         const Anchor& anchor) {
  if (anchor.kind == AnchorKind::kSeries) {
    return {AnchorFate::kFound, AnchorSeries(), ""};
  }
  if (auto named = NamedPlace(series, anchor)) {
    return {AnchorFate::kFound, std::move(*named), ""};
  }
  if (auto named = NamedLine(series, anchor)) {
    return {AnchorFate::kFound, std::move(*named), ""};
  }
  Run run;
  for (const std::string& line : anchor.quoted) run.emplace_back(line);
  run = Trimmed(std::move(run));
  auto own = series.patches.find(anchor.patch);
  if (run.empty()) {
    // A file as a whole is named by its path.
    if (anchor.kind == AnchorKind::kFile && own != series.patches.end()) {
      const diff::Diff& diff = own->second->diff;
      for (std::uint32_t f = 0; f < diff.files().size(); ++f) {
        const diff::File& file = diff.files()[f];
        if (anchor.path.empty() ||
            (file.path() != anchor.path && file.old_path != anchor.path)) {
          continue;
        }
        return {AnchorFate::kFound, AnchorFile(anchor.patch, diff, f), ""};
      }
    }
    return {AnchorFate::kNoQuote, anchor, ""};
  }
  for (const bool partly : {false, true}) {
    if (own != series.patches.end()) {
      if (auto found =
              FindIn(anchor.patch, *own->second, run, anchor, partly)) {
        return {found->repaired || partly ? AnchorFate::kRepaired
                                          : AnchorFate::kFound,
                std::move(found->anchor), ""};
      }
    }
    // A single short line stands in many patches: it moves nothing.
    const bool telling =
        std::any_of(run.begin(), run.end(),
                    [](std::string_view line) { return Telling(line); });
    if (!telling || partly) continue;
    std::optional<Found> best;
    for (const auto& [number, mail] : series.patches) {
      if (number == anchor.patch) continue;
      auto found = FindIn(number, *mail, run, anchor, false);
      if (!found) continue;
      const bool better = !best || (found->anchor.path == anchor.path &&
                                    best->anchor.path != anchor.path);
      if (better) best = std::move(found);
    }
    if (best) return {AnchorFate::kRerouted, std::move(best->anchor), ""};
  }
  return {AnchorFate::kAbsent, anchor, ""};
}

}  // namespace patchmilter::review
