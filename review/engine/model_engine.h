// ModelEngine: a language model reviews a series, with our questions as its
// only tools; what it finds goes the same way as what checks find.
//
// Stages, each resumed from the journal where a process has died in it:
//   facts     the checks; what is known of base, replies, earlier findings
//   series    one conversation about the series as a whole ("series")
//   patches   one for each patch ("patch/3"), or part of a large one, beside
//             one another
//   verify    one for each finding that the gates would print ("verify/…"),
//             told to refute it; of a finding on code it sees no words of
//             messages and replies
//   again     a patch of which nothing would be told then is read once more,
//             its diff alone ("again/3"): words cannot ask for silence there;
//             what it finds is verified too
//   merge     one answer, where several findings were confirmed: which are one
//             ("merge"; review/engine/merge.h)
// Then the gates (review/gates.h) merge what words tell, re-route what stands
// in another patch, drop what a later one puts right, and choose, as for any
// engine.
//
// Each conversation may fail by itself: what was not reviewed is said in
// EngineResult::coverage. What stops all of them (a provider that is down, no
// money with it, the kill switch, the end of the process) pauses the review;
// it goes on from the journal.
//
// Input: hostile series, hostile models. Threads: one review at a time each;
// the conversations of a review run in threads of their own.
// Tested in tests/review/engine/, and end to end in tests/app/model_test.py.
#ifndef PATCHMILTER_REVIEW_ENGINE_MODEL_ENGINE_H_
#define PATCHMILTER_REVIEW_ENGINE_MODEL_ENGINE_H_

#include <functional>

#include "base/config.h"
#include "review/engine.h"
#include "review/engine/model_hub.h"
#include "store/store.h"

namespace patchmilter::review {

class ModelEngine : public Engine {
 public:
  // All borrowed. `store` keeps journal and ledger; only reviews of this
  // engine use it while one runs.
  ModelEngine(ModelHub* hub, store::Store* store,
              std::function<UnixSeconds()> now)
      : hub_(hub), store_(store), now_(std::move(now)) {}

  Result<EngineResult> Review(const SeriesUnderReview& series) override;

 private:
  ModelHub* hub_;
  store::Store* store_;
  std::function<UnixSeconds()> now_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_MODEL_ENGINE_H_
