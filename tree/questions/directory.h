// The answers to ListDirectoryQuestion and FindFilesQuestion.
//
// Threads: the view's. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_DIRECTORY_H_
#define PATCHMILTER_TREE_QUESTIONS_DIRECTORY_H_

#include "base/result.h"
#include "tree/questions/question.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {

Result<ListAnswer> ListDirectory(View* view,
                                 const ListDirectoryQuestion& question,
                                 const Bounds& bounds);
// Walks the tree's listing where there is one for it, and makes it else.
Result<ListAnswer> FindFiles(View* view, const FindFilesQuestion& question,
                             const Bounds& bounds);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_DIRECTORY_H_
