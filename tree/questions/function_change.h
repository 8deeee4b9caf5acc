// The answer to FunctionChangeQuestion: a function before and after a patch,
// as one hunk with all of its lines.
//
// The function is looked for after the patch, by a line or by its name; before
// the patch by the same name, and where there is none, in the lines that its
// own came from. A function that the patch made has no lines before, one that
// it removed (asked for by name) none after.
// Threads: the view's. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_FUNCTION_CHANGE_H_
#define PATCHMILTER_TREE_QUESTIONS_FUNCTION_CHANGE_H_

#include "base/result.h"
#include "tree/questions/question.h"
#include "tree/questions/show.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {

Result<TextAnswer> FunctionChange(View* view, KeptTexts* texts,
                                  const FunctionChangeQuestion& question,
                                  const Bounds& bounds);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_FUNCTION_CHANGE_H_
