// What the parts of the renderer share. Internal to review/: the face is
// review/render.h.
// Threads: values.  Tested through the golden mails in tests/review/golden/.
#ifndef PATCHMILTER_REVIEW_RENDER_PARTS_H_
#define PATCHMILTER_REVIEW_RENDER_PARTS_H_

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "review/render.h"

namespace patchmilter::review {

struct RenderInput {
  const SeriesUnderReview& series;
  const EngineResult& engine;
  const GatedReview& review;
  const RenderContext& context;
};

using Lines = std::vector<std::string>;
using FindingList = std::vector<const Finding*>;

struct SeverityCounts {
  std::array<std::size_t, 4> of = {0, 0, 0, 0};
  std::size_t total() const { return of[0] + of[1] + of[2] + of[3]; }
};
SeverityCounts Count(const FindingList& findings);
// "1 high, 2 low", the worst first; "" for none.
std::string CountsInWords(const SeverityCounts& counts);
// "1 finding", "3 findings".
std::string FindingsInWords(std::size_t count);

// "2/5", as the series counts it.
std::string PatchLabel(const RenderInput& in, std::int64_t patch);

// Which patches this round may speak of: those of earlier rounds apart.
bool CoveredBefore(const RenderInput& in, std::int64_t patch);

// The findings that this round prints: of one patch, or of the series (0).
FindingList FindingsOf(const RenderInput& in, std::int64_t patch);

// Patches of 1..n that are not there: [] for a re-roll of some patches.
std::vector<std::int64_t> MissingPatches(const RenderInput& in);
// Every byte of every patch was given to the engine.
bool WholeCoverage(const RenderInput& in);
// Nothing of the series was.
bool NothingRead(const RenderInput& in);

// The first paragraph of every mail.
Lines Opening(const RenderInput& in);

// "[low] whitespace: …", with further places of the claim.
Lines Comment(const RenderInput& in, const Finding& finding);

// From the "-- " line on. `answered` is the mail that is replied to; `files`
// and `patch_ids` may be of many patches.
struct FooterFacts {
  const mime::PatchMail* answered = nullptr;
  std::vector<std::string> files;
  std::vector<std::string> patch_ids;
  FindingList findings;
  std::string own_message_id;
};
Lines Footer(const RenderInput& in, const FooterFacts& facts);

// Joins, with the last net of review/hygiene.h over what is above "-- ".
std::string BodyOf(const Lines& body, const Lines& footer);

struct Rendered {
  std::string body;
  std::size_t printed = 0;
  std::size_t left_out = 0;
};
Rendered RenderPatchBody(const RenderInput& in, std::int64_t patch,
                         const std::string& own_message_id);
Rendered RenderSeriesBody(const RenderInput& in,
                          const mime::PatchMail& answered,
                          const std::string& own_message_id);

// Adds `more` to `lines`, behind a blank line where there is something before.
void AddBlock(const Lines& more, Lines* lines);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_RENDER_PARTS_H_
