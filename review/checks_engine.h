// ChecksEngine: the engine that needs no model. It runs the checks that the
// list has on, over every patch that is there; all that was in the mails it has
// read, so its coverage is whole but for what diff/ could not take in.
// Threads: any; no state.  Tested in tests/review/checks_test.cc.
#ifndef PATCHMILTER_REVIEW_CHECKS_ENGINE_H_
#define PATCHMILTER_REVIEW_CHECKS_ENGINE_H_

#include "review/engine.h"

namespace patchmilter::review {

// Raised where what the checks say of the same series changes.
inline constexpr std::string_view kChecksVersion = "1";

// All of the patch was read: neither the mail nor its diff reached a limit.
bool TakenInWhole(const mime::PatchMail& patch);

class ChecksEngine : public Engine {
 public:
  Result<EngineResult> Review(const SeriesUnderReview& series) override;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_CHECKS_ENGINE_H_
