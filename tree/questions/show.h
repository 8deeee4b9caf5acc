// The answers that are diffs made from git's objects: a commit, the difference
// of two states.
//
// Threads: the view's. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_SHOW_H_
#define PATCHMILTER_TREE_QUESTIONS_SHOW_H_

#include "base/result.h"
#include "tree/questions/kept.h"
#include "tree/questions/question.h"
#include "tree/questions/text_page.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {

using KeptTexts = Kept<PagedText>;

// As `git show --no-expand-tabs` prints it, a merge against its first parent.
Result<TextAnswer> ShowCommit(View* view, KeptTexts* texts,
                              const ShowCommitQuestion& question,
                              const Bounds& bounds);
Result<TextAnswer> ShowDiff(View* view, KeptTexts* texts,
                            const DiffQuestion& question, const Bounds& bounds);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_SHOW_H_
