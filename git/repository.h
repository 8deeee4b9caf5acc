// Repository: a git repository that is read, never written.
//
// Opened by exact path, as bare, whoever owns it: no search upward, no
// configuration but its own, no hook, no filter, no work tree. Whatever is
// written (WriteBlob, WriteTree) lives in memory until DropWritten() or the
// end of the Repository: no file of the repository changes, not even its time
// stamps. The objects' content is hostile (a pushed commit may be anything).
//
// Errors: kNotFound for names and objects that are not there, kInvalidInput
// for arguments that cannot name anything or sizes past a bound, kPermanent
// for what is damaged; messages name the repository's path.
// Threads: one Repository per thread. Tested in tests/git/.
#ifndef PATCHMILTER_GIT_REPOSITORY_H_
#define PATCHMILTER_GIT_REPOSITORY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/object_id.h"

namespace patchmilter::git {

// The modes that git knows in a tree.
inline constexpr std::uint32_t kModeFile = 0100644;
inline constexpr std::uint32_t kModeExecutable = 0100755;
inline constexpr std::uint32_t kModeSymlink = 0120000;
inline constexpr std::uint32_t kModeSubmodule = 0160000;
inline constexpr std::uint32_t kModeDirectory = 0040000;
inline constexpr std::uint32_t kModeTypeMask = 0170000;

// `mode` as git's index keeps it: one of the five above, nearest by type and
// the owner's execute bit (git's create_ce_mode, and old trees' 100664).
std::uint32_t CanonicalMode(std::uint32_t mode);

struct TreeEntry {
  std::string name;  // Of this level, without a slash.
  std::uint32_t mode = 0;
  ObjectId id;

  bool IsDirectory() const { return (mode & kModeTypeMask) == kModeDirectory; }
  friend bool operator==(const TreeEntry&, const TreeEntry&) = default;
};

// git's order of the entries of one directory: a directory's name counts as if
// it ended in '/'.
bool ComesBefore(const TreeEntry& a, const TreeEntry& b);

struct CommitInfo {
  ObjectId id;
  ObjectId tree;
  std::vector<ObjectId> parents;
  UnixSeconds committed = 0;  // The committer's date.
  std::string subject;        // First paragraph on one line, as git log %s.
};

// What the first digits of an id name.
struct CommitMatch {
  enum class Kind : std::uint8_t {
    kNone,    // No commit.
    kOne,     // `commit`.
    kUnsure,  // Several commits, or a tag.
  };
  Kind kind = Kind::kNone;
  ObjectId commit;
};

inline constexpr std::uint64_t kMaxBlobBytes = 256ULL << 20;
// The longest messages of the kernel's history have some 100 KB.
inline constexpr std::uint64_t kMaxCommitBytes = 16ULL << 20;

class Repository {
 public:
  // `path`: a bare repository, or a work tree, whose .git is taken.
  static Result<std::unique_ptr<Repository>> Open(const std::string& path);
  ~Repository();
  Repository(const Repository&) = delete;
  Repository& operator=(const Repository&) = delete;

  const std::string& path() const;  // As it was given.

  // Some of its history was never fetched: a commit that is not here may be
  // somewhere else.
  bool IsShallow();
  // HEAD names a branch that has no commit yet: a repository just made.
  Result<bool> HeadIsUnborn();
  // The commit that `name` stands for: "" is HEAD, else a branch, tag, full
  // reference name, commit id or revision, as `git rev-parse` reads it.
  // REQUIRES: `name` is the site's own (configuration, command line).
  Result<ObjectId> ResolveName(std::string_view name);
  // The branches (refs/heads/) and their commits, by name without that; of more
  // than `most`, so many in no order. What is no commit is left out.
  Result<std::map<std::string, ObjectId, std::less<>>> Branches(
      std::size_t most);
  // The commit that 7 to 40 hexadecimal digits name. Takes any bytes.
  // kNotFound where it is not there, no commit, or not unique.
  Result<ObjectId> ResolveCommit(std::string_view hex);

  // The same, and whether there may be one where it names none.
  Result<CommitMatch> MatchCommit(std::string_view hex);
  // What the repository's references lead to, HEAD as well, each once, in no
  // order. kInvalidInput where there are more than `most`.
  Result<std::vector<ObjectId>> ReferencedCommits(std::size_t most);

  Result<CommitInfo> ReadCommit(const ObjectId& commit);
  // The object's own bytes, for git/commit_text.h. kInvalidInput where it has
  // more than kMaxCommitBytes.
  Result<std::string> ReadCommitBytes(const ObjectId& commit);
  // The commits whose parents a shallow clone has left out, in no order: they
  // name parents that are not there. Read anew each time; most have none.
  Result<std::vector<ObjectId>> ShallowCommits();
  // The entries in git's order, as they stand in the object.
  Result<std::vector<TreeEntry>> ReadTree(const ObjectId& tree);
  // What stands at `path` ("a/b/c") below `root`; nothing where nothing does.
  // The path is only compared, never opened: any bytes may be given.
  Result<std::optional<TreeEntry>> Lookup(const ObjectId& root,
                                          std::string_view path);
  // What stands under each of `names` in one directory. Any bytes, too.
  Result<std::vector<std::optional<TreeEntry>>> LookupEach(
      const ObjectId& directory, const std::vector<std::string>& names);
  Result<std::uint64_t> BlobSize(const ObjectId& blob);
  // kInvalidInput where it is larger than `max_bytes`.
  Result<std::string> ReadBlob(const ObjectId& blob,
                               std::uint64_t max_bytes = kMaxBlobBytes);
  // The blob that 4 to 40 hexadecimal digits name, as an "index" line of a
  // patch does; nothing where there is none, or several. Takes any bytes.
  Result<std::optional<ObjectId>> FindBlob(std::string_view hex);
  // A blob or tree that is there, on disk or in memory.
  bool Has(const ObjectId& id);

  static ObjectId HashBlob(std::string_view bytes);
  // Into memory. The id is git's own; an object that is there already costs
  // nothing.
  Result<ObjectId> WriteBlob(std::string_view bytes);
  // In any order; sorted here. REQUIRES: names without '/' and NUL, not empty.
  Result<ObjectId> WriteTree(std::vector<TreeEntry> entries);
  std::size_t written_bytes() const;
  void DropWritten();

 private:
  struct State;
  explicit Repository(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace patchmilter::git

#endif  // PATCHMILTER_GIT_REPOSITORY_H_
