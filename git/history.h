// History: commits as links, read once, for walks.
//
// Where a shallow clone ends, a commit has no parents here and says so. What
// was read is kept, up to kMaxKeptCommits, then forgotten all at once: a walk
// reads each commit as a parent first and as itself soon after.
// Errors: a commit that cannot be read is an error of the repository, which
// walks may take for the end of what is there. Threads: the repository's.
// Tested in tests/git/.
#ifndef PATCHMILTER_GIT_HISTORY_H_
#define PATCHMILTER_GIT_HISTORY_H_

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "git/commit_text.h"
#include "git/repository.h"

namespace patchmilter::git {

inline constexpr std::size_t kMaxKeptCommits = 50'000;  // Some 10 MB.

class History {
 public:
  // Borrows the repository.
  explicit History(Repository* repository) : repository_(repository) {}

  struct Commit {
    CommitLinks links;
    bool shallow = false;  // It has parents, and they are not there.
  };
  Result<Commit> Read(const ObjectId& commit);
  // For one that is kept for long: where a shallow clone ends now.
  Status Refresh();
  Result<CommitText> ReadText(const ObjectId& commit);

 private:
  Repository* repository_;
  bool shallow_read_ = false;
  std::unordered_set<ObjectId> shallow_;
  std::unordered_map<ObjectId, Commit> kept_;
};

// PathHistory: what stands at one path in one tree after the other.
//
// Trees that follow each other in history share most directories: what was
// found below a directory is kept by its id, so that mostly only the root is
// read. The path is only compared: any bytes may be given.
// Threads: the repository's. Tested in tests/git/.
class PathHistory {
 public:
  // `path` "" is the root itself.
  PathHistory(Repository* repository, std::string_view path);

  struct Entry {
    std::uint32_t mode = 0;  // Canonical; 0 where nothing stands there.
    ObjectId id;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  Result<Entry> At(const ObjectId& root);

 private:
  struct Level {
    std::string name;
    std::unordered_map<ObjectId, Entry> found;  // By directory.
  };
  Repository* repository_;
  std::vector<Level> levels_;
};

}  // namespace patchmilter::git

#endif  // PATCHMILTER_GIT_HISTORY_H_
