// BuildIndex: makes and updates the index of a repository, in a directory of
// its own.
//
// What is new since the last time is indexed, in a segment of its own: the
// blobs of the given branches that no segment has. Small segments are put
// together now and then; what is deleted or damaged is made again. One writer
// at a time (a lock in the directory); readers need none and see whole files.
// Nothing is written outside `directory`, and to the repository nothing at all;
// files in `directory` that are none of an index stay as they are.
//
// Memory: see segment_writer.h and symbol_finder.h.
// Disk: `max_bytes` of segments and lists of files. Past it go
// segments that no branch needs, lists of trees that are no branch's any more,
// then what the branch with the newest head needs least of. Where the branches
// alone need more, that branch's files come first, then the next one's, each by
// path; the rest is not indexed, nor a file that would take an eighth by
// itself. What is there already stays for as long as less than an eighth of it
// is something that is needed less: the same branches again change nothing.
// Errors: those of the repository and the file system; kInvalidInput for a
// directory of other things; kNotFound where none of the branches is there;
// kTemporary where another process writes, or where `progress` said to stop
// (what was finished stays).
// Threads: any one; makes some of its own. Tested in tests/tree/index/.
#ifndef PATCHMILTER_TREE_INDEX_BUILD_H_
#define PATCHMILTER_TREE_INDEX_BUILD_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace patchmilter::tree {

inline constexpr std::uint64_t kMaxIndexBytes = 16ULL << 30;

struct BuildProgress {
  std::size_t done = 0;  // Files, of those that are new.
  std::size_t files = 0;
  std::uint64_t text_bytes = 0;
};

struct BuildOptions {
  std::string directory;              // Made where it is not there.
  std::string repository;             // Its path.
  std::vector<std::string> branches;  // "" is HEAD. None: HEAD.
  std::string ctags;                  // The program's path; "": no symbols.
  std::uint64_t max_bytes = kMaxIndexBytes;
  unsigned ctags_children = 2;
  // Called now and then, several times a second while ctags is waited for;
  // false ends the work.
  std::function<bool(const BuildProgress&)> progress;
};

struct BuildReport {
  std::size_t files = 0;         // Of the branches' trees, each path counted.
  std::size_t added = 0;         // Blobs.
  std::size_t skipped = 0;       // Blobs for which there was no room.
  std::size_t ctags_failed = 0;  // Texts that ctags crashed or hung on.
  bool symbols = false;          // There are some, or nothing to have them.
  // Why ctags could not be run, or was not run to the end; "" where it was, or
  // where nothing needed it.
  std::string ctags_error;
  std::vector<std::string> gone;   // Branches that are not there.
  std::vector<std::string> names;  // Of the index's files.
  std::uint64_t text_bytes = 0;    // That the index holds, of all segments.
  std::uint64_t disk_bytes = 0;
};

Result<BuildReport> BuildIndex(const BuildOptions& options);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_BUILD_H_
