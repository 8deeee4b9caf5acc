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

}  // namespace

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
                      " names several objects, or a tag");
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
  git_oid prefix;
  const std::string text = ToLower(hex);
  int code = git_oid_fromstrn(&prefix, text.data(), text.size());
  if (code < 0) return state_->Fail(text, code);
  git_object* raw = nullptr;
  // Any type is asked for: "commits only" makes libgit2 call a blob's id a
  // wrong type in place of not found.
  code = git_object_lookup_prefix(&raw, state_->repository.get(), &prefix,
                                  text.size(), GIT_OBJECT_ANY);
  if (code == GIT_EAMBIGUOUS) match.kind = CommitMatch::Kind::kUnsure;
  if (code == GIT_EAMBIGUOUS || code == GIT_ENOTFOUND) return match;
  if (code < 0) return state_->Fail("commit " + text, code);
  const ObjectHandle object(raw);
  if (git_object_type(raw) == GIT_OBJECT_COMMIT) {
    match.kind = CommitMatch::Kind::kOne;
    match.commit = FromOid(*git_object_id(raw));
  } else if (git_object_type(raw) == GIT_OBJECT_TAG) {
    match.kind = CommitMatch::Kind::kUnsure;
  }
  return match;
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
