// Merge: which verified findings of one review are the same fault. What words
// do not tell (review/gates/twice.cc finds what they do) a model is asked, in
// one answer without tools.
//
// A model can only join, never drop: of findings that are one, the gravest
// stays, and has the places of the others. It is not believed where the two
// share no words, unless they are of one category and in one file: else a model
// that was told to could hide every fault behind one.
// Input: hostile findings, a hostile answer. Pure. Threads: any.
// Tested in tests/review/engine/engine_parts_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_MERGE_H_
#define PATCHMILTER_REVIEW_ENGINE_MERGE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "review/finding.h"
#include "review/prompts/fence.h"

namespace patchmilter::review {

// More are not asked about.
inline constexpr std::size_t kMaxToMerge = 60;

// The JSON Schema of the answer, closed.
std::string_view MergeSchema();

// What is asked; findings are numbered from 1.
std::string MergeTask(const Fence& fence,
                      const std::vector<const Finding*>& findings);

// Which finding (an index) is one with an earlier one: `same[i]` is the index
// of the one that stays, or i itself. An answer that is none joins nothing.
std::vector<std::size_t> MergedBy(std::string_view answer,
                                  const std::vector<const Finding*>& findings);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_MERGE_H_
