#include <cstddef>

#include "base/text.h"
#include "diff/diff.h"

namespace patchmilter::diff {
namespace {

// For each prefix of `run`, the length of its longest proper border (Knuth,
// Morris, Pratt), so that a run of many equal lines is searched in linear time.
std::vector<size_t> Borders(const std::vector<std::string_view>& run) {
  std::vector<size_t> borders(run.size(), 0);
  size_t matched = 0;
  for (size_t i = 1; i < run.size(); ++i) {
    while (matched > 0 && run[i] != run[matched])
      matched = borders[matched - 1];
    if (run[i] == run[matched]) ++matched;
    borders[i] = matched;
  }
  return borders;
}

}  // namespace

std::vector<Place> FindRun(const Diff& diff,
                           const std::vector<std::string_view>& run,
                           std::size_t limit) {
  std::vector<Place> places;
  if (run.empty() || limit == 0) return places;
  std::vector<std::string_view> wanted;
  wanted.reserve(run.size());
  for (const std::string_view line : run) wanted.push_back(TrimRight(line));
  const std::vector<size_t> borders = Borders(wanted);

  // Indices of a hunk's lines without "\ No newline…", which nobody quotes.
  std::vector<std::uint32_t> indices;
  for (size_t f = 0; f < diff.files().size(); ++f) {
    const std::vector<Hunk>& hunks = diff.files()[f].hunks;
    for (size_t h = 0; h < hunks.size(); ++h) {
      indices.clear();
      size_t matched = 0;
      for (size_t l = 0; l < hunks[h].lines.size(); ++l) {
        const Line& line = hunks[h].lines[l];
        if (line.kind == LineKind::kNoNewline) continue;
        indices.push_back(static_cast<std::uint32_t>(l));
        const std::string_view text = TrimRight(diff.View(line.span));
        while (matched > 0 && text != wanted[matched]) {
          matched = borders[matched - 1];
        }
        if (text == wanted[matched]) ++matched;
        if (matched < wanted.size()) continue;
        places.push_back({static_cast<std::uint32_t>(f),
                          static_cast<std::uint32_t>(h),
                          indices[indices.size() - wanted.size()]});
        if (places.size() == limit) return places;
        matched = borders[matched - 1];
      }
    }
  }
  return places;
}

}  // namespace patchmilter::diff
