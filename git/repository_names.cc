// Repository: what names of commits stand for.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "git/git_handles.h"
#include "git/repository.h"
#include "git/repository_state.h"

namespace patchmilter::git {
namespace {

constexpr std::size_t kMinAbbreviation = 7;

// What CollectObject gathers: the first few are enough to be ambiguous.
struct ObjectsWithPrefix {
  git_odb* odb;
  git_object_t wanted;
  git_oid prefix;
  size_t digits;
  std::vector<ObjectId> found;
};

int CollectObject(const git_oid* oid, void* payload) noexcept {
  auto* all = static_cast<ObjectsWithPrefix*>(payload);
  if (git_oid_ncmp(&all->prefix, oid, all->digits) != 0) return 0;
  const ObjectId id = FromOid(*oid);
  size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  if (git_odb_read_header(&size, &type, all->odb, oid) < 0 ||
      type != all->wanted) {
    return 0;
  }
  // An object may be there twice, loose and in a pack.
  if (!all->found.empty() && all->found.back() == id) return 0;
  all->found.push_back(id);
  return all->found.size() > 8 ? 1 : 0;
}

}  // namespace

Result<std::vector<ObjectId>> Repository::State::WithPrefix(
    const std::string& hex, git_object_t wanted) const {
  git_oid prefix;
  int code = git_oid_fromstrn(&prefix, hex.data(), hex.size());
  if (code < 0) return Fail(hex, code);
  git_oid oid;
  code = git_odb_exists_prefix(&oid, odb.get(), &prefix, hex.size());
  if (code == GIT_ENOTFOUND) return std::vector<ObjectId>();
  if (code == 0) return std::vector<ObjectId>{FromOid(oid)};
  if (code != GIT_EAMBIGUOUS) return Fail(hex, code);
  // A short id in a large repository: rare, so that a look at every id will do.
  ObjectsWithPrefix all{odb.get(), wanted, prefix, hex.size(), {}};
  code = git_odb_foreach(odb.get(), CollectObject, &all);
  if (code < 0 && code != GIT_EUSER) return Fail(hex, code);
  return std::move(all.found);
}

Result<bool> Repository::HeadIsUnborn() {
  const int code = git_repository_head_unborn(state_->repository.get());
  if (code < 0) return state_->Fail("HEAD", code);
  return code == 1;
}

Result<ObjectId> Repository::ResolveName(std::string_view name) {
  const std::string wanted(name.empty() ? "HEAD" : name);
  git_object* raw = nullptr;
  int code = GIT_ENOTFOUND;
  if (wanted.find_first_of("~^@:") != std::string::npos) {
    code = git_revparse_single(&raw, state_->repository.get(), wanted.c_str());
  } else {
    // A plain name by itself: for one that is not there, git_revparse_single
    // tries a regular expression, and libgit2 1.5 leaks 20 KB each time.
    git_reference* found = nullptr;
    code = git_reference_dwim(&found, state_->repository.get(), wanted.c_str());
    if (code < 0) {
      if (auto id = ResolveCommit(wanted); id.ok()) return id;
    } else {
      const ReferenceHandle reference(found);
      code = git_reference_peel(&raw, found, GIT_OBJECT_ANY);
      if (code < 0 && git_reference_target(found) != nullptr) {
        return state_->Damaged(FromOid(*git_reference_target(found)), code);
      }
    }
  }
  if (code < 0) {
    if (code == GIT_EINVALIDSPEC) code = GIT_ENOTFOUND;
    return state_->Fail("\"" + log::Clean(wanted) + "\"", code);
  }
  const ObjectHandle named(raw);
  git_object* peeled = nullptr;
  code = git_object_peel(&peeled, named.get(), GIT_OBJECT_COMMIT);
  if (code < 0) {
    return NotFound(state_->path + ": \"" + log::Clean(wanted) +
                    "\" is no commit");
  }
  const ObjectHandle commit(peeled);
  return FromOid(*git_object_id(commit.get()));
}

Result<ObjectId> Repository::ResolveCommit(std::string_view hex) {
  PM_ASSIGN_OR_RETURN(const CommitMatch match, MatchCommit(hex));
  switch (match.kind) {
    case CommitMatch::Kind::kOne:
      return match.commit;
    case CommitMatch::Kind::kUnsure:
      return NotFound(state_->path + ": " + log::Clean(hex, 60) +
                      " names several commits, or a tag");
    case CommitMatch::Kind::kNone:
      break;
  }
  return NotFound(state_->path + ": there is no commit \"" +
                  log::Clean(hex, 60) + "\" (an id has 7 to 40 digits)");
}

Result<CommitMatch> Repository::MatchCommit(std::string_view hex) {
  CommitMatch match;
  if (hex.size() < kMinAbbreviation || hex.size() > kHexIdLength ||
      !IsHex(hex)) {
    return match;
  }
  PM_ASSIGN_OR_RETURN(const std::vector<ObjectId> found,
                      state_->WithPrefix(ToLower(hex), GIT_OBJECT_COMMIT));
  if (found.size() > 1) match.kind = CommitMatch::Kind::kUnsure;
  if (found.size() != 1) return match;
  // Only what its header says it is: whatever else has this id is not read.
  const git_oid oid = ToOid(found.front());
  size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  const int code = git_odb_read_header(&size, &type, state_->odb.get(), &oid);
  if (code < 0) return state_->Damaged(found.front(), code);
  if (type == GIT_OBJECT_COMMIT) {
    match.kind = CommitMatch::Kind::kOne;
    match.commit = found.front();
  } else if (type == GIT_OBJECT_TAG) {
    match.kind = CommitMatch::Kind::kUnsure;
  }
  return match;
}

Result<std::map<std::string, ObjectId, std::less<>>> Repository::Branches(
    std::size_t most) {
  git_reference_iterator* raw = nullptr;
  int code = git_reference_iterator_glob_new(&raw, state_->repository.get(),
                                             "refs/heads/*");
  if (code < 0) return state_->Fail("refs/heads", code);
  const ReferenceIteratorHandle iterator(raw);
  std::map<std::string, ObjectId, std::less<>> branches;
  git_reference* next = nullptr;
  while (branches.size() < most &&
         (code = git_reference_next(&next, iterator.get())) == 0) {
    const ReferenceHandle reference(next);
    git_object* commit = nullptr;
    if (git_reference_peel(&commit, next, GIT_OBJECT_COMMIT) < 0) continue;
    const ObjectHandle handle(commit);
    branches.emplace(git_reference_shorthand(next),
                     FromOid(*git_object_id(commit)));
  }
  if (code < 0 && code != GIT_ITEROVER) return state_->Fail("branches", code);
  return branches;
}

Result<std::vector<ObjectId>> Repository::ReferencedCommits(std::size_t most) {
  std::vector<ObjectId> commits;
  if (auto head = ResolveName(""); head.ok()) commits.push_back(*head);
  git_reference_iterator* raw = nullptr;
  int code = git_reference_iterator_new(&raw, state_->repository.get());
  if (code < 0) return state_->Fail("references", code);
  const ReferenceIteratorHandle references(raw);
  git_reference* next = nullptr;
  while ((code = git_reference_next(&next, raw)) == 0) {
    const ReferenceHandle reference(next);
    git_object* peeled = nullptr;
    // A tag of a tree, a broken reference: no commit.
    if (git_reference_peel(&peeled, next, GIT_OBJECT_COMMIT) < 0) continue;
    const ObjectHandle commit(peeled);
    commits.push_back(FromOid(*git_object_id(peeled)));
    if (commits.size() > most) {
      return InvalidInput(state_->path + ": more than " + std::to_string(most) +
                          " references");
    }
  }
  if (code != GIT_ITEROVER) return state_->Fail("references", code);
  std::sort(commits.begin(), commits.end());
  commits.erase(std::unique(commits.begin(), commits.end()), commits.end());
  return commits;
}

}  // namespace patchmilter::git
