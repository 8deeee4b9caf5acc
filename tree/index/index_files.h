// The files of an index's directory (docs/index-format.md). Ours are those with
// exactly such a name: others may stand beside them, and stay as they are.
// Threads: any.  Tested in tests/tree/index/index_files_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_INDEX_FILES_H_
#define PATCHMILTER_TREE_INDEX_INDEX_FILES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace patchmilter::tree {

inline constexpr std::string_view kSegmentPrefix = "segment-";
inline constexpr std::string_view kTreePrefix = "tree-";
inline constexpr std::string_view kIndexLock = "lock";

enum class IndexFileKind {
  kOther,       // None of an index.
  kSegment,     // "segment-" and 16 digits.
  kTree,        // "tree-" and an object id.
  kUnfinished,  // Either with ".new"; "segment.new", whose name comes last.
};
// All digits are lower-case hexadecimal ones.
IndexFileKind KindOfIndexFile(std::string_view name);

struct IndexFile {
  std::string name;
  IndexFileKind kind = IndexFileKind::kOther;
  std::uint64_t size = 0;
  std::int64_t written = 0;
};
// Those of `directory` that are of an index, by name. The lock is not one.
std::vector<IndexFile> IndexFilesIn(const std::string& directory);

// kInvalidInput where `directory` holds other things and no file of an index:
// it is not ours to fill. Fine are one that is not there, one with a lock
// alone, "lost+found", and what is hidden.
Status CheckIndexDirectory(const std::string& directory);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_INDEX_FILES_H_
