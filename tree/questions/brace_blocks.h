// Blocks of languages with braces. See function_range.h.
#ifndef PATCHMILTER_TREE_QUESTIONS_BRACE_BLOCKS_H_
#define PATCHMILTER_TREE_QUESTIONS_BRACE_BLOCKS_H_

#include <vector>

#include "tree/questions/function_range.h"

namespace patchmilter::tree {

// Of C: what stands outside of all braces, with its comment; macros of several
// lines.
std::vector<CodeBlock> FindCBlocks(const FileLines& lines);
// Blocks at any depth, with the attributes and comments right above.
std::vector<CodeBlock> FindRustBlocks(const FileLines& lines);
std::vector<CodeBlock> FindDevicetreeBlocks(const FileLines& lines);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_BRACE_BLOCKS_H_
