// The answer to BlameQuestion.
//
// The time bounds the search: lines that are not settled when it is over are
// given with the commit that the search had come to, as `boundary`, and a note
// says so; the same question asked again goes on from there. Lines and bytes
// bound the answer, and its cursor goes on.
// Threads: the view's. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_BLAME_H_
#define PATCHMILTER_TREE_QUESTIONS_BLAME_H_

#include "base/result.h"
#include "tree/questions/blame_run.h"
#include "tree/questions/kept.h"
#include "tree/questions/question.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {

using KeptBlames = Kept<BlameRun>;

Result<BlameAnswer> Blame(View* view, KeptBlames* runs,
                          const BlameQuestion& question, const Bounds& bounds);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_BLAME_H_
