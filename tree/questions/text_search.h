// TextSearch: every line of a tree's files that a pattern matches, in order of
// path and line.
//
// The index, where it knows a file, says whether it can match and gives its
// text; a file that it does not know is read from the repository. Either way
// each line is matched itself: the index saves work and never decides.
//
// Works in rounds of some files, the first small: whoever has enough after a
// few lines pays for those alone. In a round two threads look through indexed
// texts; the repository is read by the caller's thread.
//
// Memory: what one round finds, at most the files of a round (kRoundBytes and
// one file). Files larger than kMaxSearchedBytes are not searched, and counted;
// so are lines that would take too long (LineMatcher). The time may end inside
// a file, behind any of its lines.
// Errors: a blob that cannot be read is kPermanent, as Repository says.
// Threads: one; borrows all that it is given. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_TEXT_SEARCH_H_
#define PATCHMILTER_TREE_QUESTIONS_TEXT_SEARCH_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "tree/index/code_index.h"
#include "tree/questions/glob.h"
#include "tree/questions/meter.h"
#include "tree/questions/pattern.h"

namespace patchmilter::tree {

inline constexpr std::uint64_t kMaxSearchedBytes = 64 << 20;
inline constexpr std::uint64_t kRoundBytes = 16 << 20;
inline constexpr std::uint32_t kMaxContextLines = 20;

struct FoundLine {
  std::uint32_t number = 0;
  bool match = false;  // Else context.
  std::string_view text;
};

struct FoundFile {
  std::uint64_t ordinal = 0;  // Of the tree's files, in order of path.
  std::string_view path;
  const std::vector<FoundLine>* lines = nullptr;
};

struct TextSearchOptions {
  std::string_view path;       // A directory or file; "" is everything.
  const Glob* glob = nullptr;  // null: every file.
  std::uint32_t context = 0;
  std::uint64_t from = 0;  // The ordinal of the first file to look at.
  // Lines of that file that were looked at before. Some of them may be given
  // again, as the context of others.
  std::uint32_t after_line = 0;
  // Most lines of one file; past it the search ends as where time is over.
  std::size_t lines_of_a_file = SIZE_MAX;
  Deadline deadline = Deadline::Never();
  unsigned threads = 2;
};

struct TextSearchEnd {
  bool whole = true;  // Else time was over, in file `next` behind a line.
  std::uint64_t next = 0;
  std::uint32_t next_after_line = 0;
  std::size_t binary = 0;       // Files that were not searched: binary,
  std::size_t too_large = 0;    // or too large.
  std::size_t passed_over = 0;  // Lines that would have taken too long.
  std::size_t indexed = 0;      // Files that the index answered for,
  std::size_t read = 0;         // and that were read from the repository.
};

// Calls `found` for each file that has a match, until it gives false. What was
// not searched is counted up to the file that it ends with.
Result<TextSearchEnd> SearchText(
    git::Repository* repository, CodeIndex* index, const IndexedTree& tree,
    const Pattern& pattern, const TextSearchOptions& options,
    const std::function<bool(const FoundFile&)>& found);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_TEXT_SEARCH_H_
