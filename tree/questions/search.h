// Search and References, of one conversation.
//
// Answered by TextSearch (text_search.h); the same lines with an index and
// without one. Submodules and symbolic links are not searched, nor are binary
// files, as by `git grep -I` in a tree.
// Errors, bounds and threads as Code says. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_SEARCH_H_
#define PATCHMILTER_TREE_QUESTIONS_SEARCH_H_

#include "base/result.h"
#include "tree/index/code_index.h"
#include "tree/questions/question.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {

// `index` is not null: without a directory for one it is Open("").
Result<SearchAnswer> Search(View* view, CodeIndex* index,
                            const SearchQuestion& question,
                            const Bounds& bounds);
Result<SearchAnswer> References(View* view, CodeIndex* index,
                                const SymbolQuestion& question,
                                const Bounds& bounds);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_SEARCH_H_
