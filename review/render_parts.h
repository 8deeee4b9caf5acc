// What the parts of the renderer share. Internal to review/: the face is
// review/render.h.
// Threads: values.  Tested through the golden mails in tests/review/golden/.
#ifndef PATCHMILTER_REVIEW_RENDER_PARTS_H_
#define PATCHMILTER_REVIEW_RENDER_PARTS_H_

#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "review/render.h"

namespace patchmilter::review {

using Lines = std::vector<std::string>;
using FindingList = std::vector<const Finding*>;

// What is rendered, with the findings of this round sorted out once. All
// borrowed.
struct RenderInput {
  RenderInput(const SeriesUnderReview& series, const EngineResult& engine,
              const GatedReview& review, const RenderContext& context);

  const SeriesUnderReview& series;
  const EngineResult& engine;
  const GatedReview& review;
  const RenderContext& context;
  // By patch, 0: the series; without those of patches covered before.
  std::map<std::int64_t, FindingList> by_patch;
  // git's patch-id, of the patches whose footers or series mail name it.
  std::map<std::int64_t, std::string> patch_ids;
};

struct SeverityCounts {
  std::array<std::size_t, 4> of = {0, 0, 0, 0};
  std::size_t total() const { return of[0] + of[1] + of[2] + of[3]; }
};
SeverityCounts Count(const FindingList& findings);
// "1 high, 2 low", the worst first; "" for none.
std::string CountsInWords(const SeverityCounts& counts);
// "1 finding", "3 findings".
std::string FindingsInWords(std::size_t count);
// The worst first; of equals as they were.
FindingList BySeverity(FindingList findings);

// "2/5", as the series counts it.
std::string PatchLabel(const RenderInput& in, std::int64_t patch);
// "2/5, 3/5 and 4/5"; of many the first twelve.
std::string PatchLabels(const RenderInput& in,
                        const std::vector<std::int64_t>& patches);

// Which patches this round may speak of: those of earlier rounds apart.
bool CoveredBefore(const RenderInput& in, std::int64_t patch);

// The findings that this round prints: of one patch, or of the series (0).
const FindingList& FindingsOf(const RenderInput& in, std::int64_t patch);

// A branch's name, a time, a count and how it was found.
inline constexpr std::size_t kMaxBaseReason = 240;

// Patches of 1..n that are not there: [] for a re-roll of some patches.
std::vector<std::int64_t> MissingPatches(const RenderInput& in);
// Every byte of every patch was given to the engine.
bool WholeCoverage(const RenderInput& in);
// Nothing of the series was.
bool NothingRead(const RenderInput& in);

// The first paragraph of every mail.
Lines Opening(const RenderInput& in);

// A category as an engine gives it, as one word.
std::string CategoryWord(std::string_view category);

// "drivers/lamp/core.c:41", "the commit message"; with its patch where that is
// not `patch`.
std::string PlaceInWords(const RenderInput& in, const Anchor& anchor,
                         std::int64_t patch);

// "[low] whitespace: …", with further places of the claim.
Lines Comment(const RenderInput& in, const Finding& finding);

// Patch-File and Patch-Id lines of one footer, each.
inline constexpr std::size_t kMaxFooterFiles = 10;

// From the "-- " line on. `answered` is the mail that is replied to; `files`
// and `patch_ids` may be of many patches.
struct FooterFacts {
  const mime::PatchMail* answered = nullptr;
  std::vector<std::string_view> files;  // Each path once.
  std::set<std::string_view> known_files;
  std::vector<std::string> patch_ids;
  FindingList findings;
  std::string own_message_id;
};
// Adds files and patch-id of a patch, each path once.
void AddPatchFacts(const RenderInput& in, std::int64_t patch,
                   FooterFacts* facts);
Lines Footer(const RenderInput& in, const FooterFacts& facts);

// Joins, with the last net of review/hygiene.h over what is above "-- ".
std::string BodyOf(const Lines& body, const Lines& footer);

struct Rendered {
  std::string body;
  FindingList printed;
  std::size_t left_out = 0;
};
Rendered RenderPatchBody(const RenderInput& in, std::int64_t patch,
                         const std::string& own_message_id);
Rendered RenderSeriesBody(const RenderInput& in,
                          const mime::PatchMail& answered,
                          const std::string& own_message_id);
Rendered RenderPreExistingBody(const RenderInput& in,
                               const mime::PatchMail& answered,
                               const std::string& own_message_id);

// The table of the series mail: one line for each patch, or for neighbours of
// one status where there are many.
Lines PatchTable(const RenderInput& in);

// The worst findings of the patch mails, a line each; [] where the patch mails
// are as quickly read.
Lines FindingIndex(const RenderInput& in);

// What became of the previous revision's findings.
Lines PreviousFates(const RenderInput& in);

// How many lines a mail may have.
std::size_t LineBudget(const RenderInput& in);

// Adds `more` to `lines`, behind a blank line where there is something before.
void AddBlock(const Lines& more, Lines* lines);
void AddWrapped(const std::string& text, Lines* lines);

// "1 file", "2 files".
std::string Plural(std::size_t count, const std::string& word);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_RENDER_PARTS_H_
