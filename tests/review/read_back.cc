#include "tests/review/read_back.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "review/finding_mark.h"
#include "review/hygiene.h"

namespace patchmilter::review {

namespace {

// Path, line, the line itself; a message's line has no path and no number.
using Place = std::tuple<std::string, long, std::string>;

std::string Quoted(std::string_view mark, std::string_view text) {
  return std::string(
      TrimRight(CleanQuote(std::string(mark) + std::string(text))));
}

// Where the comment on `anchor` must be read.
bool WantedPlace(const mime::PatchMail& mail, const Anchor& anchor,
                 Place* place) {
  if (anchor.kind == AnchorKind::kMessage) {
    const std::vector<std::string_view> lines = Split(mail.mail.text, '\n');
    std::size_t at = anchor.text_line.value_or(0) +
                     std::max<std::size_t>(anchor.line_count, 1) - 1;
    at = std::min(at, lines.size() - 1);
    *place = {"", 0, Quoted("", lines[at])};
    return !Trim(lines[at]).empty();
  }
  if (!anchor.file) return false;
  const diff::File& file = mail.diff.files()[*anchor.file];
  if (file.hunks.empty()) return false;
  std::uint32_t hunk = anchor.hunk.value_or(0);
  std::uint32_t line = 0;
  if (anchor.kind == AnchorKind::kLines && anchor.first_line &&
      anchor.line_count > 0) {
    line = *anchor.first_line + anchor.line_count - 1;
    // A blank line is not quoted where a comment follows it.
    while (line > *anchor.first_line &&
           file.hunks[hunk].lines[line].kind == diff::LineKind::kContext &&
           Trim(mail.diff.View(file.hunks[hunk].lines[line].span)).empty()) {
      --line;
    }
  }
  if (file.hunks[hunk].lines.empty()) return false;
  const diff::Line& at = file.hunks[hunk].lines[line];
  const bool removed = at.kind == diff::LineKind::kRemoved;
  const bool added = at.kind == diff::LineKind::kAdded;
  if (at.kind == diff::LineKind::kNoNewline) return false;
  if (!removed && !added) {
    // A blank quote, or a quote of a quote: readers drop both.
    const std::string_view text = Trim(mail.diff.View(at.span));
    if (text.empty() || text[0] == '>') return false;
  }
  *place = {removed ? file.old_path : file.path(),
            static_cast<long>(removed ? at.old_line : at.new_line),
            Quoted(removed ? "-"
                   : added ? "+"
                           : " ",
                   mail.diff.View(at.span))};
  return true;
}

}  // namespace

ReadBack ReadBackReview(const SeriesUnderReview& under,
                        const GatedReview& review,
                        const std::vector<ReviewMail>& mails, Resolve resolve) {
  ReadBack result;
  for (const ReviewMail& mail : mails) {
    if (mail.kind != ReviewMail::Kind::kPatch) continue;
    const mime::PatchMail& patch = *under.patches.at(mail.patch);
    // Wanted: how many tags at each place.
    std::map<Place, int> wanted;
    std::size_t printed = 0;
    for (const Finding& finding : review.kept) {
      if (finding.anchors.front().patch != mail.patch ||
          finding.anchors.front().kind == AnchorKind::kSeries) {
        continue;
      }
      ++printed;
      Place place;
      if (WantedPlace(patch, finding.anchors.front(), &place)) {
        ++wanted[place];
      } else {
        ++result.placeless;
      }
    }
    // Of a cut mail only those that are there can be asked for.
    const bool cut = printed != mail.findings;
    std::map<Place, int> found;
    std::size_t all = 0;
    for (const InlineComment& comment :
         ReadInlineComments(mail.mail.body, patch.mail.text, resolve)) {
      if (comment.at == InlineComment::At::kNowhere) continue;
      // Which of those on blank lines of the message are left out is not known.
      if (cut && comment.at == InlineComment::At::kMessage) continue;
      int tags = 0;
      for (const std::string& part : SplitByTag(comment.text)) {
        // Pointers to further places are no findings.
        if (part[0] == '[' && part.find(": as at ") == std::string::npos) {
          ++tags;
        }
      }
      all += static_cast<std::size_t>(tags);
      found[{comment.path, comment.line,
             std::string(TrimRight(comment.quoted))}] += tags;
    }
    if (cut) {
      // Every place that is read must be one that was meant.
      for (const auto& [place, tags] : found) {
        auto at = wanted.find(place);
        const int good = at == wanted.end() ? 0 : std::min(tags, at->second);
        result.comments += static_cast<std::size_t>(tags);
        result.at_place += static_cast<std::size_t>(good);
        if (good < tags) {
          result.wrong.push_back("read at " + std::get<0>(place) + ":" +
                                 std::to_string(std::get<1>(place)) + " " +
                                 std::get<2>(place));
        }
      }
      continue;
    }
    for (const auto& [place, tags] : wanted) {
      auto at = found.find(place);
      const int good = at == found.end() ? 0 : std::min(tags, at->second);
      result.comments += static_cast<std::size_t>(tags);
      result.at_place += static_cast<std::size_t>(good);
      if (good == tags) continue;
      std::string text = "patch " + std::to_string(mail.patch) + ": not at " +
                         std::get<0>(place) + ":" +
                         std::to_string(std::get<1>(place)) + " |" +
                         std::get<2>(place) + "|; read at";
      for (const auto& [other, count] : found) {
        text +=
            " " + std::get<0>(other) + ":" + std::to_string(std::get<1>(other));
      }
      result.wrong.push_back(std::move(text));
    }
  }
  return result;
}

}  // namespace patchmilter::review
