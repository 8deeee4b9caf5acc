// Which lines of a file are a function: for "the function around line N", and
// "the function NAME".
//
// A reader's rule and no parser's, by the file's name: C and its kin
// (functions, structures, tables, multi-line macros, with the comment right
// above), Rust, devicetree nodes, Python, shell; for every other file what git
// takes for a function in its diffs (a line that begins with a letter, '_' or
// '$', up to the next such). Conditional compilation, odd macros and missing
// braces cost a wrong range at worst: a closing brace at a line's begin ends
// what is open. Input: files are hostile; linear time, no recursion. Threads:
// values. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_FUNCTION_RANGE_H_
#define PATCHMILTER_TREE_QUESTIONS_FUNCTION_RANGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tree/questions/file_lines.h"
#include "tree/questions/read_file.h"

namespace patchmilter::tree {

// Of one file; what lies behind is not looked for. The kernel's largest files
// have some thousand.
inline constexpr std::size_t kMaxBlocks = 200'000;

// A function, or what else stands by itself.
struct CodeBlock {
  LineRange lines;      // With what is said above it.
  std::string heading;  // What it is called by, up to its body; cut.
};

// In order of their first lines; one may lie within another.
std::vector<CodeBlock> FindBlocks(std::string_view path,
                                  const FileLines& lines);

// The smallest block around `line`; nothing where it lies in none.
const CodeBlock* BlockAround(const std::vector<CodeBlock>& blocks,
                             std::uint32_t line);
// The first whose heading defines `name`: names it outside of parentheses, or
// as the first argument of a macro ("SYSCALL_DEFINE3(name, …").
const CodeBlock* BlockNamed(const std::vector<CodeBlock>& blocks,
                            std::string_view name);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_FUNCTION_RANGE_H_
