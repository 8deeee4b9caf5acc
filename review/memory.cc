#include "review/memory.h"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "review/anchor.h"
#include "review/hygiene.h"

namespace patchmilter::review {

namespace {

using Kind = PreviousFate::Kind;

// Of a claim's lines the last ones, on which it hangs: further up an engine
// quotes what stands around.
constexpr std::size_t kDeciding = 3;
// Places of one line that are looked at.
constexpr std::size_t kMaxPlaces = 64;

// The telling lines of a series, by file: what stands on the new side of a
// hunk, what is taken away, and those of the messages.
class LinesOfSeries {
 public:
  struct Place {
    std::size_t run = 0;  // Index into runs_.
    std::size_t at = 0;   // In its lines.
  };

  explicit LinesOfSeries(const SeriesUnderReview& series) {
    for (const auto& [number, patch] : series.patches) {
      for (const diff::File& file : patch->diff.files()) {
        paths_.insert(file.old_path);
        paths_.insert(file.new_path);
        for (const diff::Hunk& hunk : file.hunks) {
          AddHunk(number, file, hunk, patch->diff, false);
          AddHunk(number, file, hunk, patch->diff, true);
        }
      }
      const std::vector<std::string_view> text = LinesOf(patch->mail.text);
      const std::size_t count = std::min(text.size(), MessageLines(*patch));
      for (std::size_t i = 0; i < count; ++i) {
        if (IsTelling(text[i])) messages_.insert(HashOfLine(text[i]));
      }
    }
  }

  bool HasFile(const std::string& path) const {
    return paths_.count(path) != 0;
  }
  bool InMessages(std::uint32_t hash) const {
    return messages_.count(hash) != 0;
  }

  // Where the lines stand, one behind the other, in a file of that name: of
  // those that are taken away only where `removed`.
  struct Found {
    std::int64_t patch = 0;
    std::uint32_t line = 0;
  };
  std::optional<Found> Find(const std::string& path,
                            const std::vector<LineMark>& lines,
                            bool removed) const {
    if (lines.empty()) return std::nullopt;
    const auto places = places_.find(lines.back().hash);
    if (places == places_.end()) return std::nullopt;
    for (const Place& place : places->second) {
      const Run& run = runs_[place.run];
      if (run.removed != removed ||
          (*run.old_path != path && *run.new_path != path)) {
        continue;
      }
      if (place.at + 1 < lines.size()) continue;
      const std::size_t first = place.at + 1 - lines.size();
      bool equal = true;
      for (std::size_t i = 0; i < lines.size(); ++i) {
        equal = equal && run.lines[first + i].first == lines[i].hash;
      }
      if (equal) return Found{run.patch, run.lines[place.at].second};
    }
    return std::nullopt;
  }

 private:
  struct Run {
    std::int64_t patch = 0;
    const std::string* old_path = nullptr;
    const std::string* new_path = nullptr;
    bool removed = false;
    // Hash, and line number on its side.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> lines;
  };

  void AddHunk(std::int64_t number, const diff::File& file,
               const diff::Hunk& hunk, const diff::Diff& diff, bool removed) {
    Run run{number, &file.old_path, &file.new_path, removed, {}};
    for (const diff::Line& line : hunk.lines) {
      const bool is_removed = line.kind == diff::LineKind::kRemoved;
      if (is_removed != removed || line.kind == diff::LineKind::kNoNewline) {
        continue;
      }
      const std::string_view text = diff.View(line.span);
      if (!IsTelling(text)) continue;
      const std::uint32_t hash = HashOfLine(text);
      std::vector<Place>& places = places_[hash];
      if (places.size() < kMaxPlaces) {
        places.push_back({runs_.size(), run.lines.size()});
      }
      run.lines.emplace_back(hash, removed ? line.old_line : line.new_line);
    }
    if (!run.lines.empty()) runs_.push_back(std::move(run));
  }

  std::vector<Run> runs_;
  std::unordered_map<std::uint32_t, std::vector<Place>> places_;
  std::set<std::string> paths_;
  std::set<std::uint32_t> messages_;
};

struct Standing {
  std::optional<Kind> kind;  // Nothing: not to be said yet.
  std::optional<LinesOfSeries::Found> found;
};

Standing StandingOf(const SeriesUnderReview& series, const LinesOfSeries& lines,
                    const Claim& claim) {
  const series::Series* about = series.series;
  if (about != nullptr && about->partial_reroll && claim.patch > 0 &&
      series.patches.count(claim.patch) == 0) {
    return {Kind::kNotTouched, {}};  // Not sent again.
  }
  // What is not seen may stand in a patch that has not come.
  const bool incomplete =
      about != nullptr && !about->partial_reroll && !about->Missing().empty();
  const std::optional<Kind> unseen_fixed =
      incomplete ? std::nullopt : std::optional<Kind>(Kind::kFixed);
  const std::optional<Kind> unseen_gone =
      incomplete ? std::nullopt : std::optional<Kind>(Kind::kGone);
  switch (claim.at) {
    case AnchorKind::kSeries:
      if (claim.exact) return {unseen_fixed, {}};
      return {Kind::kNotTouched, {}};
    case AnchorKind::kMessage: {
      if (claim.exact) return {unseen_fixed, {}};
      const bool stands = std::any_of(
          claim.lines.begin(), claim.lines.end(),
          [&](const LineMark& line) { return lines.InMessages(line.hash); });
      return {stands ? Kind::kNotTouched : unseen_fixed, {}};
    }
    case AnchorKind::kFile:
      if (!lines.HasFile(claim.path)) return {unseen_gone, {}};
      return {claim.exact ? Kind::kFixed : Kind::kNotTouched, {}};
    case AnchorKind::kLines:
      break;
  }
  if (!lines.HasFile(claim.path)) return {unseen_gone, {}};
  if (claim.exact) return {unseen_fixed, {}};
  if (claim.lines.empty()) return {Kind::kNotTouched, {}};
  // Lines of one side: of a quote with both, what stays decides.
  std::vector<LineMark> deciding;
  bool removed = true;
  for (const LineMark& line : claim.lines) removed &= line.kind == '-';
  for (const LineMark& line : claim.lines) {
    if (removed || line.kind != '-') deciding.push_back(line);
  }
  if (deciding.size() > kDeciding) {
    deciding.erase(deciding.begin(),
                   deciding.end() - static_cast<std::ptrdiff_t>(kDeciding));
  }
  if (auto found = lines.Find(claim.path, deciding, removed)) {
    return {Kind::kNotTouched, found};
  }
  // Unchanged code beside the change that the new revision no longer shows.
  const bool beside =
      std::all_of(deciding.begin(), deciding.end(),
                  [](const LineMark& line) { return line.kind == ' '; });
  if (beside && !lines.Find(claim.path, {deciding.back()}, true)) {
    return {unseen_gone, {}};
  }
  return {unseen_fixed, {}};
}

PreviousFate FateOf(const Remembered& said, Kind kind) {
  PreviousFate fate;
  fate.kind = kind;
  fate.fingerprint = said.mark.fingerprint;
  fate.title = said.mark.title;
  fate.patch = said.mark.patch;
  fate.severity = said.mark.severity;
  fate.path = said.mark.path;
  fate.function = said.mark.function;
  fate.since = said.mark.since;
  return fate;
}

}  // namespace

void Remember(FindingMark mark, std::vector<Remembered>* memory) {
  if (memory->size() >= kMaxMemory) return;
  Claim claim = ClaimOf(mark);
  memory->push_back({std::move(mark), std::move(claim)});
}

std::optional<std::size_t> FindRepeat(const Claim& claim,
                                      const std::vector<Remembered>& memory) {
  std::optional<std::size_t> best;
  double best_score = 0;
  for (std::size_t i = 0; i < memory.size(); ++i) {
    if (!SameClaim(claim, memory[i].claim)) continue;
    const double score = MatchScore(claim, memory[i].claim);
    if (best && score <= best_score) continue;
    best = i;
    best_score = score;
  }
  return best;
}

std::string_view PreviousFateName(PreviousFate::Kind kind) {
  switch (kind) {
    case Kind::kFixed:
      return "fixed";
    case Kind::kStillPresent:
      return "still-present";
    case Kind::kNotTouched:
      return "not-touched";
    case Kind::kGone:
      return "gone";
  }
  return "not-touched";
}

std::vector<PreviousFate> PreviousFatesOf(
    const SeriesUnderReview& series,
    const std::vector<Finding>& still_present) {
  std::vector<PreviousFate> fates;
  if (series.memory == nullptr || series.memory->previous.empty()) return fates;
  const std::vector<Remembered>& previous = series.memory->previous;
  std::vector<std::optional<PreviousFate>> by_index(previous.size());
  std::vector<Claim> claims;
  for (const Finding& finding : still_present) {
    claims.push_back(ClaimOf(series, finding));
    const std::optional<std::size_t> index =
        FindRepeat(claims.back(), previous);
    if (!index) continue;
    if (by_index[*index]) {
      ++by_index[*index]->places;
      continue;
    }
    PreviousFate fate = FateOf(previous[*index], Kind::kStillPresent);
    const FindingMark mark = MarkOf(series, finding);
    fate.patch = mark.patch;
    fate.severity = mark.severity;
    fate.path = mark.path;
    fate.function = mark.function;
    fate.line = mark.line;
    by_index[*index] = std::move(fate);
  }
  const LinesOfSeries lines(series);
  for (std::size_t i = 0; i < previous.size(); ++i) {
    const Remembered& said = previous[i];
    if (!by_index[i]) {
      // The same claim as one that was found again, if not the most alike.
      const bool again = std::any_of(
          claims.begin(), claims.end(),
          [&](const Claim& claim) { return SameClaim(claim, said.claim); });
      if (again) continue;
      const Standing standing = StandingOf(series, lines, said.claim);
      if (!standing.kind) continue;
      PreviousFate fate = FateOf(said, *standing.kind);
      if (standing.kind == Kind::kNotTouched) {
        fate.carried = said.mark;
        if (standing.found) {
          fate.patch = standing.found->patch;
          fate.line = standing.found->line;
          fate.carried->patch = fate.patch;
          fate.carried->line = fate.line;
        }
      }
      by_index[i] = std::move(fate);
    }
    fates.push_back(*std::move(by_index[i]));
  }
  return fates;
}

}  // namespace patchmilter::review
