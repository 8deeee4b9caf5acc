// Owning handles for what libgit2 hands out. Included by .cc files of git/
// only: the library's names stay in this room.
#ifndef PATCHMILTER_GIT_GIT_HANDLES_H_
#define PATCHMILTER_GIT_GIT_HANDLES_H_

#include <git2.h>

#include <algorithm>
#include <string_view>

#include "base/handle.h"
#include "base/result.h"
#include "git/object_id.h"

namespace patchmilter::git {

using RepositoryHandle = CHandle<git_repository, git_repository_free>;
using OdbHandle = CHandle<git_odb, git_odb_free>;
using OdbObjectHandle = CHandle<git_odb_object, git_odb_object_free>;
using ObjectHandle = CHandle<git_object, git_object_free>;
using CommitHandle = CHandle<git_commit, git_commit_free>;
using TreeHandle = CHandle<git_tree, git_tree_free>;
using TreeEntryHandle = CHandle<git_tree_entry, git_tree_entry_free>;
using ReferenceHandle = CHandle<git_reference, git_reference_free>;
using ReferenceIteratorHandle =
    CHandle<git_reference_iterator, git_reference_iterator_free>;
using ConfigHandle = CHandle<git_config, git_config_free>;

inline git_oid ToOid(const ObjectId& id) {
  git_oid oid;
  std::copy(id.bytes.begin(), id.bytes.end(), oid.id);
  return oid;
}

inline ObjectId FromOid(const git_oid& oid) {
  ObjectId id;
  std::copy(oid.id, oid.id + id.bytes.size(), id.bytes.begin());
  return id;
}

// libgit2's last error on this thread as ours, "what: message". `code` is what
// the call returned: GIT_ENOTFOUND and GIT_EAMBIGUOUS become kNotFound, the
// rest kPermanent.
Error GitError(std::string_view what, int code);

// Starts libgit2 once for the process, set as repository.h says.
Status StartLibrary();

}  // namespace patchmilter::git

#endif  // PATCHMILTER_GIT_GIT_HANDLES_H_
