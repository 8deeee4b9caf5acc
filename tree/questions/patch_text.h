// The answer to PatchQuestion: a patch as it was received.
//
// TextAnswer::offset and bytes are places in the mail's own text, also where
// only one file's part of it is asked for: what a receipt of what was read can
// be made from. Threads: the view's. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_PATCH_TEXT_H_
#define PATCHMILTER_TREE_QUESTIONS_PATCH_TEXT_H_

#include "base/result.h"
#include "tree/questions/question.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {

Result<TextAnswer> ReadPatch(View* view, const PatchQuestion& question,
                             const Bounds& bounds);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_PATCH_TEXT_H_
