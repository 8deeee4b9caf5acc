// Repository::State: what a Repository holds, for the files that read it.
// Private to git/. Threads: the repository's.
#ifndef PATCHMILTER_GIT_REPOSITORY_STATE_H_
#define PATCHMILTER_GIT_REPOSITORY_STATE_H_

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "git/git_handles.h"
#include "git/memory_objects.h"
#include "git/repository.h"

namespace patchmilter::git {

inline bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const char lower = ToLowerAscii(c);
    return IsDigitAscii(c) || (lower >= 'a' && lower <= 'f');
  });
}

struct Repository::State {
  std::string path;
  std::shared_ptr<MemoryObjects> memory = std::make_shared<MemoryObjects>();
  RepositoryHandle repository;
  OdbHandle odb;

  Error Fail(std::string_view what, int code) const {
    return GitError(path + ": " + std::string(what), code);
  }
  // An object that the repository's own objects name and that cannot be read.
  Error Damaged(const ObjectId& id, int code) const {
    Error error = Fail("object " + id.Hex(), code);
    if (code == GIT_ENOTFOUND) {
      error.message += " (a partial clone, or damaged: see git fsck)";
    }
    return error;
  }

  // The objects of the repository (not those in memory) whose ids begin with
  // `hex`: where there are several those of type `wanted`, a few of them, else
  // the one there is, whatever it is. REQUIRES: `hex` is lower-case, IsHex().
  Result<std::vector<ObjectId>> WithPrefix(const std::string& hex,
                                           git_object_t wanted) const;

  // Of an object that must be of `type`.
  Result<std::uint64_t> SizeOf(const ObjectId& id, git_object_t wanted) const {
    const git_oid oid = ToOid(id);
    size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    const int code = git_odb_read_header(&size, &type, odb.get(), &oid);
    if (code < 0) return Damaged(id, code);
    if (type != wanted) {
      return NotFound(path + ": object " + id.Hex() + " is no " +
                      git_object_type2string(wanted));
    }
    return static_cast<std::uint64_t>(size);
  }

  Result<std::string> ReadBytes(const ObjectId& id, git_object_t wanted,
                                std::uint64_t max_bytes) const {
    // The size first: it stands in the header, the content may be a bomb.
    PM_ASSIGN_OR_RETURN(const std::uint64_t size, SizeOf(id, wanted));
    if (size > max_bytes) {
      return InvalidInput(path + ": object " + id.Hex() + " has " +
                          std::to_string(size) + " bytes, over the limit of " +
                          std::to_string(max_bytes));
    }
    const git_oid oid = ToOid(id);
    git_odb_object* raw = nullptr;
    const int code = git_odb_read(&raw, odb.get(), &oid);
    if (code < 0) return Damaged(id, code);
    const OdbObjectHandle object(raw);
    return std::string(static_cast<const char*>(git_odb_object_data(raw)),
                       git_odb_object_size(raw));
  }
};

}  // namespace patchmilter::git

#endif  // PATCHMILTER_GIT_REPOSITORY_STATE_H_
