// Definitions: where a name is defined, as the index knows from ctags.
//
// No program is started to answer: without an index there is nothing, and a
// note says so. Errors, bounds and threads as Code says.
// Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_SYMBOLS_H_
#define PATCHMILTER_TREE_QUESTIONS_SYMBOLS_H_

#include "base/result.h"
#include "tree/index/code_index.h"
#include "tree/questions/question.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {

Result<DefinitionAnswer> Definitions(View* view, CodeIndex* index,
                                     const SymbolQuestion& question,
                                     const Bounds& bounds);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_SYMBOLS_H_
