#include "review/anchor_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "base/text.h"
#include "diff/find_run.h"
#include "review/anchor.h"
#include "review/message_quote.h"

namespace patchmilter::review {

namespace {

using Quote = std::vector<std::string_view>;
using diff::QuotedKind;

// A quote has at most this many lines looked at; a longer one keeps its end.
constexpr std::size_t kMaxQuote = 200;

// As quoted in a mail: "> " in front of every line that is not blank.
bool QuotedAsMail(const Quote& quote) {
  return std::all_of(quote.begin(), quote.end(), [](std::string_view line) {
    return Trim(line).empty() || line == ">" || line.substr(0, 2) == "> ";
  });
}

// The quote without what is no part of any mail, and what stands behind its
// last line.
Quote Prepared(const Anchor& anchor) {
  Quote quote;
  const std::size_t size = anchor.quoted.size();
  for (std::size_t i = size > kMaxQuote ? size - kMaxQuote : 0; i < size; ++i) {
    quote.emplace_back(anchor.quoted[i]);
  }
  if (QuotedAsMail(quote)) {
    for (std::string_view& line : quote) {
      line.remove_prefix(std::min<std::size_t>(line.size(), 2));
    }
  }
  quote.erase(std::remove_if(quote.begin(), quote.end(),
                             [](std::string_view line) {
                               const QuotedKind kind = diff::KindOfQuoted(line);
                               return kind == QuotedKind::kIndexLine ||
                                      kind == QuotedKind::kCarets;
                             }),
              quote.end());
  const auto empty = [](std::string_view line) {
    const QuotedKind kind = diff::KindOfQuoted(line);
    return kind == QuotedKind::kBlank || kind == QuotedKind::kGap;
  };
  while (!quote.empty() && empty(quote.back())) quote.pop_back();
  quote.erase(quote.begin(),
              std::find_if_not(quote.begin(), quote.end(), empty));
  return quote;
}

struct Found {
  Anchor anchor;
  // Of the quoted lines: found here and not.
  std::uint32_t matched = 1;
  std::uint32_t missed = 0;
  bool telling = true;
  bool added = false;  // The line that it hangs on is.
  std::string note{};
};

bool SamePath(const diff::File& file, const std::string& path) {
  return file.path() == path || file.old_path == path;
}

diff::RunHint HintOf(const Anchor& anchor) {
  diff::RunHint hint;
  hint.path = anchor.path;
  hint.hunk = anchor.hunk;
  if (anchor.side) hint.new_side = *anchor.side == Side::kNew;
  return hint;
}

// Of the places that fit equally well the one in the function that is named,
// else the first.
const diff::RunMatch& Choose(std::int64_t patch, const diff::Diff& diff,
                             const std::vector<diff::RunMatch>& matches,
                             const std::string& function) {
  const diff::RunMatch& first = matches.front();
  if (function.empty()) return first;
  for (const diff::RunMatch& match : matches) {
    if (match.missed != first.missed ||
        match.wrong_marks != first.wrong_marks ||
        diff.files()[match.place.file].path() !=
            diff.files()[first.place.file].path()) {
      break;
    }
    const Anchor at =
        AnchorLines(patch, diff, match.place.file, match.place.hunk,
                    match.place.line, match.count);
    if (FunctionAt(diff, at) == function) return match;
  }
  return first;
}

std::optional<Found> FindLines(std::int64_t patch, const diff::Diff& diff,
                               const Quote& quote, const Anchor& anchor,
                               const std::string& function) {
  const auto matches = diff::FindRun(diff, quote, HintOf(anchor));
  if (matches.empty()) return std::nullopt;
  const diff::RunMatch& match = Choose(patch, diff, matches, function);
  Found found;
  found.anchor = AnchorLines(patch, diff, match.place.file, match.place.hunk,
                             match.place.line, match.count);
  found.matched = match.matched;
  found.missed = match.missed;
  found.telling = match.telling;
  found.added = diff.files()[match.place.file]
                    .hunks[match.place.hunk]
                    .lines[match.place.line + match.count - 1]
                    .kind == diff::LineKind::kAdded;
  std::vector<std::string> notes;
  if (match.missed > 0) {
    notes.push_back(fmt::format("{} of {} quoted lines do not stand there",
                                match.missed, match.matched + match.missed));
  }
  if (match.wrong_marks > 0) {
    notes.push_back(fmt::format("{} mark(s) repaired", match.wrong_marks));
  }
  if (!anchor.path.empty() &&
      !SamePath(diff.files()[match.place.file], anchor.path)) {
    notes.emplace_back("found in another file than was named");
  }
  found.note = Join(notes, "; ");
  return found;
}

// A line of a file's header: of the file that is named, else of any.
std::optional<Found> FindHeader(std::int64_t patch, const diff::Diff& diff,
                                std::string_view quoted, const Anchor& anchor) {
  std::optional<Found> found;
  for (std::uint32_t f = 0; f < diff.files().size(); ++f) {
    const diff::File& file = diff.files()[f];
    const bool named = SamePath(file, anchor.path);
    if (found && !named) continue;
    for (const std::string_view line : LinesOf(diff.View(file.header))) {
      if (TrimRight(line) != TrimRight(quoted)) continue;
      found = Found{AnchorFile(patch, diff, f, line)};
      if (named) return found;
      break;
    }
  }
  return found;
}

std::optional<Found> FindMessage(std::int64_t patch,
                                 const mime::PatchMail& mail,
                                 const Quote& quote, const Anchor& anchor) {
  auto place = FindInMessage(patch, mail, quote, anchor.text_line);
  if (!place) return std::nullopt;
  return Found{*std::move(place)};
}

// Whether the engine means lines of a diff, by their marks.
bool Marked(const Quote& quote) {
  return std::all_of(quote.begin(), quote.end(), [](std::string_view line) {
    return Trim(line).empty() || line[0] == '+' || line[0] == '-';
  });
}

std::optional<Found> FindIn(std::int64_t patch, const mime::PatchMail& mail,
                            const Quote& quote, const Anchor& anchor,
                            const std::string& function) {
  const QuotedKind last = diff::KindOfQuoted(quote.back());
  if (last == QuotedKind::kHunkLine) {
    const auto place =
        diff::FindHunkLine(mail.diff, quote.back(), HintOf(anchor));
    if (!place) return std::nullopt;
    return Found{AnchorHunk(patch, mail.diff, place->file, place->hunk)};
  }
  if (last == QuotedKind::kFileHeader) {
    if (auto found = FindHeader(patch, mail.diff, quote.back(), anchor)) {
      return found;
    }
  }
  const bool message_first = anchor.path.empty() && !Marked(quote);
  if (message_first) {
    if (auto found = FindMessage(patch, mail, quote, anchor)) return found;
  }
  if (auto found = FindLines(patch, mail.diff, quote, anchor, function))
    return found;
  if (message_first) return std::nullopt;
  return FindMessage(patch, mail, quote, anchor);
}

bool InNamedFile(const Found& found, const Anchor& anchor) {
  return anchor.path.empty() || anchor.kind == AnchorKind::kMessage ||
         found.anchor.kind == AnchorKind::kMessage ||
         found.anchor.path == anchor.path;
}

// In the patch that the engine names, a run that fits whole needs no more; of
// one that fits in part something must be telling. In another file than it
// names, most of the run must stand.
bool HoldsInOwnPatch(const Found& found, const Anchor& anchor) {
  if (found.missed == 0) return true;
  return found.telling &&
         (InNamedFile(found, anchor) || found.matched > found.missed);
}

// Elsewhere the engine is wrong already: it must be the file that it names, and
// most of the run must stand there.
bool HoldsElsewhere(const Found& found, const Anchor& anchor) {
  return found.telling && found.matched > found.missed &&
         InNamedFile(found, anchor);
}

std::string_view NearInWords(diff::NearKind kind) {
  switch (kind) {
    case diff::NearKind::kWhiteSpace:
      return "but for white space it is";
    case diff::NearKind::kCutOff:
      return "it is cut off from";
    case diff::NearKind::kSimilar:
      break;
  }
  return "it resembles";
}

// What comes near the quote's last line in the patch that the engine names.
std::string NearNote(const SeriesUnderReview& series, const Anchor& anchor,
                     const Quote& quote) {
  const auto own = series.patches.find(anchor.patch);
  if (own == series.patches.end()) return "";
  const diff::Diff& diff = own->second->diff;
  const auto near = diff::FindNear(diff, quote.back());
  if (!near) return "";
  const diff::File& file = diff.files()[near->place.file];
  const diff::Line& line = file.hunks[near->place.hunk].lines[near->place.line];
  return fmt::format("{} line {} of {}", NearInWords(near->kind),
                     line.new_line != 0 ? line.new_line : line.old_line,
                     ToValidUtf8(file.path()));
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
  if (Trim(quoted).empty()) return std::nullopt;
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
      anchor.quoted.empty() || anchor.quoted.size() > kMaxQuote) {
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

PlacedAnchor PlaceAnchor(const SeriesUnderReview& series, const Anchor& anchor,
                         const std::string& function) {
  if (anchor.kind == AnchorKind::kSeries) {
    return {AnchorFate::kFound, AnchorSeries(), ""};
  }
  if (auto named = NamedPlace(series, anchor)) {
    return {AnchorFate::kFound, std::move(*named), ""};
  }
  if (auto named = NamedLine(series, anchor)) {
    return {AnchorFate::kFound, std::move(*named), ""};
  }
  const Quote quote = Prepared(anchor);
  auto own = series.patches.find(anchor.patch);
  if (quote.empty()) {
    // A file as a whole is named by its path.
    if (anchor.kind == AnchorKind::kFile && own != series.patches.end()) {
      const diff::Diff& diff = own->second->diff;
      for (std::uint32_t f = 0; f < diff.files().size(); ++f) {
        if (anchor.path.empty() || !SamePath(diff.files()[f], anchor.path)) {
          continue;
        }
        return {AnchorFate::kFound, AnchorFile(anchor.patch, diff, f), ""};
      }
    }
    return {AnchorFate::kNoQuote, anchor, ""};
  }
  if (anchor.patch == 0 && series.cover != nullptr &&
      FindInMessage(0, *series.cover, quote, std::nullopt)) {
    return {AnchorFate::kFound, AnchorSeries(), "it quotes the cover letter"};
  }
  if (own != series.patches.end()) {
    auto found = FindIn(anchor.patch, *own->second, quote, anchor, function);
    if (found && HoldsInOwnPatch(*found, anchor)) {
      return {found->note.empty() ? AnchorFate::kFound : AnchorFate::kRepaired,
              std::move(found->anchor), std::move(found->note)};
    }
  }
  std::optional<Found> best;
  const auto rank = [&anchor](const Found& found) {
    return std::make_tuple(found.missed, found.anchor.path != anchor.path,
                           // The nearest patch, of two as near the earlier.
                           std::abs(static_cast<double>(found.anchor.patch) -
                                    static_cast<double>(anchor.patch)),
                           found.anchor.patch);
  };
  for (const auto& [number, mail] : series.patches) {
    if (number == anchor.patch) continue;
    auto found = FindIn(number, *mail, quote, anchor, function);
    if (!found || !HoldsElsewhere(*found, anchor)) continue;
    if (!best || rank(*found) < rank(*best)) best = std::move(found);
  }
  if (best) {
    std::string note = fmt::format("the quoted lines stand in patch {}, not {}",
                                   best->anchor.patch, anchor.patch);
    return {AnchorFate::kRerouted, std::move(best->anchor), std::move(note)};
  }
  return {AnchorFate::kAbsent, anchor, NearNote(series, anchor, quote)};
}

}  // namespace patchmilter::review
