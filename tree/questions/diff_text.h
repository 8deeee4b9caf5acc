// The text of diffs, as git prints it: headers, hunks with three lines of
// context, the line of the function in the hunk's header.
//
// As `git diff --no-ext-diff --no-textconv --abbrev=12` without attributes or
// configuration: renames found, submodules and links as data. Files that are
// too long to be compared are said to differ. Input: blobs are hostile.
// Threads: the repository's. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_DIFF_TEXT_H_
#define PATCHMILTER_TREE_QUESTIONS_DIFF_TEXT_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/line_diff.h"
#include "git/repository.h"
#include "tree/questions/file_lines.h"
#include "tree/questions/renames.h"
#include "tree/questions/text_page.h"

namespace patchmilter::tree {

inline constexpr std::uint32_t kDiffContext = 3;

// One file's part of a diff.
Result<std::string> FormatFileDiff(git::Repository* repository,
                                   const FilePair& file);

// The hunks alone. `first_old` and `first_new` number the texts' first lines.
std::string FormatHunks(const FileLines& old_lines, const FileLines& new_lines,
                        const std::vector<git::LineChange>& changes,
                        std::uint32_t context, std::uint32_t first_old = 1,
                        std::uint32_t first_new = 1);

// "a/" and a path in quotation marks, where git sets them.
std::string QuotedPath(std::string_view prefix, std::string_view path);

// How `new_tree` differs from `old_tree` (zero: the empty tree), below `path`;
// that neither has it is a note. Piece 0 is `head`, where there is one.
Result<std::unique_ptr<TextPieces>> DiffPieces(git::Repository* repository,
                                               const git::ObjectId& old_tree,
                                               const git::ObjectId& new_tree,
                                               std::string_view path,
                                               std::string head = "");

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_DIFF_TEXT_H_
