// The renderer: a gated review → the mails that go out, as text.
//
// Every quoted line is copied from the mail that was received; every other
// byte that is not ours passes the text hygiene of review/hygiene.h.
// The same input gives the same bytes; the time is linear in findings and
// patches. Threads: any.
// Tested in tests/review/golden_test.cc, rendered_test.cc, hostile_test.cc.
#ifndef PATCHMILTER_REVIEW_RENDER_H_
#define PATCHMILTER_REVIEW_RENDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"
#include "mime/compose.h"
#include "review/engine.h"
#include "review/gates.h"
#include "review/memory.h"

namespace patchmilter::review {

struct RenderContext {
  const IdentityConfig* identity = nullptr;
  const DestinationConfig* destination = nullptr;
  // Fixed when round 1 is queued: the Message-IDs are made from it.
  std::string series_key;
  std::int64_t round = 1;
  UnixSeconds now = 0;  // The mails' Date.
  std::int64_t max_mail_lines = 150;
  // Said in the series mail, each a sentence: superseded revision, late
  // patches, and the like.
  std::vector<std::string> remarks;
  // Patches that earlier rounds have covered: no mail of theirs again.
  std::vector<std::int64_t> covered_before;
  // Message-ID of the series mail of the round before; "" in round 1.
  std::string previous_series_mail;
  // Of the findings of the previous revision, in any order.
  std::vector<PreviousFate> previous_fates;
};

struct ReviewMail {
  enum class Kind : std::uint8_t {
    kSeries,
    kPatch,
    kPreExisting,  // What was there before the series; quotes nothing.
  };
  Kind kind = Kind::kSeries;
  std::int64_t patch = 0;    // Of kPatch.
  mime::OutgoingMail mail;   // Headers and body, ready to be composed.
  std::size_t findings = 0;  // Printed in it.
  std::size_t left_out = 0;  // Cut for length; said in it.
};

// The series mail first, then one mail for each patch with findings, then,
// where the gates have set some apart, the mail of what was there before.
std::vector<ReviewMail> Render(const SeriesUnderReview& series,
                               const EngineResult& engine,
                               const GatedReview& review,
                               const RenderContext& context);

// "series", "patch", "pre-existing": as it is kept and listed.
std::string_view ReviewMailKindName(ReviewMail::Kind kind);

// The deterministic Message-ID (without <>) of a review mail.
std::string ReviewMessageId(const std::string& series_key,
                            const std::string& destination, std::int64_t round,
                            ReviewMail::Kind kind, std::int64_t patch,
                            const std::string& domain);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_RENDER_H_
