// An engine that reports what a file of findings holds (review/findings_json.h)
// instead of looking itself: the way in for other people's reviewers.
// Threads: one at a time.  Tested in tests/app/findings_test.py.
#ifndef PATCHMILTER_REVIEW_FINDINGS_ENGINE_H_
#define PATCHMILTER_REVIEW_FINDINGS_ENGINE_H_

#include <utility>

#include "review/engine.h"
#include "review/findings_json.h"

namespace patchmilter::review {

class FindingsEngine : public Engine {
 public:
  explicit FindingsEngine(FindingsFile file) : file_(std::move(file)) {}

  // The file's findings, whatever the series. They bring no receipt of what was
  // read: nobody can say "no issues" by them.
  Result<EngineResult> Review(const SeriesUnderReview& series) override;

 private:
  const FindingsFile file_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_FINDINGS_ENGINE_H_
