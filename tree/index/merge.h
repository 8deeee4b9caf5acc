// MergeSegments: several segments of an index become one.
// Memory: as SegmentWriter.  Errors: those of the file system; kTemporary where
// `go_on` says no.
// Threads: one.  Tested in tests/tree/index/index_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_MERGE_H_
#define PATCHMILTER_TREE_INDEX_MERGE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/object_id.h"
#include "tree/index/code_index.h"

namespace patchmilter::tree {

struct MergeOptions {
  std::string directory;
  std::uint64_t max_bytes = UINT64_MAX;  // Of the new one.
  // What is not needed is left out.
  std::function<bool(const git::ObjectId&)> needed;
  std::function<bool()> go_on;
};

struct Merged {
  std::string name;      // Of the new one's file; "" where there is none:
  bool no_room = false;  // it would be too large. Else one was damaged.
  // Paths of those that it stands for. They are still there.
  std::vector<std::string> replaced;
};

// Makes one of `segments`, or of the first of them where all are too many.
Result<Merged> MergeSegments(const std::vector<CodeIndex::SegmentAt>& segments,
                             const MergeOptions& options);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_MERGE_H_
