// Facts: the first stage of a review by a model: what is known before anybody
// is asked. Made from the series; what conversations are told of it is kept in
// the journal, so that a review that is gone on with tells the same, whatever
// has come since.
//
// Input: hostile mails, taken apart. Threads: one; constant once made.
// Tested through ModelEngine, in tests/app/model_test.py.
#ifndef PATCHMILTER_REVIEW_ENGINE_FACTS_H_
#define PATCHMILTER_REVIEW_ENGINE_FACTS_H_

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "model/journal.h"
#include "review/engine.h"
#include "review/engine/patch_view.h"
#include "review/prompts/fence.h"
#include "review/prompts/touched.h"

namespace patchmilter::review {

// Which mails are under review, as 64 hexadecimal digits: a journal that was
// kept of others is not gone on with.
std::string ContentOf(const SeriesUnderReview& series);

struct SeriesFacts {
  EngineResult checks;  // What the checks have found.
  std::map<std::int64_t, PatchView> views;
  std::map<std::int64_t, PatchView> diffs;  // Without words.
  Touched touched;
  // What reviewers are told first, and what those are who read the diff alone.
  std::string shared;
  std::string without_words;
};

// `content`: ContentOf(series). The error is the journal's.
Result<SeriesFacts> CollectFacts(const SeriesUnderReview& series,
                                 const std::string& content, const Fence& fence,
                                 bool hide_authors, model::Journal* journal);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_FACTS_H_
