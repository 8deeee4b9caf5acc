// ReportWords: what a model may not say in a finding, whoever has told it to.
//
//  - its instructions: a run of kRun words that stands in what it was told by
//    us. What a site adds to the prompts stays the site's;
//  - the marks of our fences, with their numbers;
//  - a verdict on the patch or its author: "LGTM", "ready to be merged".
//
// Such a finding is not taken, and the model is told why: an honest one says it
// in other words. A translation or a paraphrase of the instructions is not
// known for one.
//
// Input: hostile findings. Time and memory are linear in the texts.
// Threads: const use from any.
// Tested in tests/review/engine/report_words_test.cc and tests/injection/.
#ifndef PATCHMILTER_REVIEW_ENGINE_REPORT_WORDS_H_
#define PATCHMILTER_REVIEW_ENGINE_REPORT_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "review/finding.h"

namespace patchmilter::review {

class ReportWords {
 public:
  // In a row; letters' case, and what stands between words, do not count.
  static constexpr std::size_t kRun = 10;

  // `told`: texts of ours that a model is given: the guide, the tools.
  explicit ReportWords(const std::vector<std::string_view>& told);

  // Why the finding is not taken; "" where nothing stands against it.
  std::string Fault(const Finding& finding) const;

 private:
  std::unordered_set<std::uint64_t> runs_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_REPORT_WORDS_H_
