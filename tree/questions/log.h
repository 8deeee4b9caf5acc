// The answer to LogQuestion.
//
// Of a patched tree the log is that of its base: a range of lines is followed
// back through the patches first, and a note says what they put there.
// Threads: the view's. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_LOG_H_
#define PATCHMILTER_TREE_QUESTIONS_LOG_H_

#include "base/result.h"
#include "tree/questions/commit_walk.h"
#include "tree/questions/kept.h"
#include "tree/questions/question.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {

using KeptWalks = Kept<CommitWalk>;

Result<LogAnswer> Log(View* view, KeptWalks* walks, const LogQuestion& question,
                      const Bounds& bounds);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_LOG_H_
