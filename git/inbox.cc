#include "git/inbox.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace patchmilter::git {
namespace {

bool IsHexName(std::string_view name, std::size_t digits) {
  return name.size() == digits &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return IsDigitAscii(c) || (c >= 'a' && c <= 'f');
         });
}

bool IsMail(const TreeEntry& entry) {
  return (entry.mode & kModeTypeMask) == (kModeFile & kModeTypeMask);
}

// What `now` has and `before` has not, by name and id. Both in git's order of
// names, as far as they are sane; what is not costs a mail twice at worst.
std::vector<TreeEntry> Added(const std::vector<TreeEntry>& before,
                             const std::vector<TreeEntry>& now) {
  std::vector<TreeEntry> added;
  auto old = before.begin();
  for (const TreeEntry& entry : now) {
    while (old != before.end() && old->name < entry.name) ++old;
    if (old == before.end() || *old != entry) added.push_back(entry);
  }
  return added;
}

}  // namespace

Result<std::unique_ptr<InboxEpoch>> InboxEpoch::Open(const std::string& path) {
  std::unique_ptr<InboxEpoch> epoch(new InboxEpoch(path));
  PM_RETURN_IF_ERROR(epoch->OpenRepository());
  PM_RETURN_IF_ERROR(epoch->Walk());
  return epoch;
}

Status InboxEpoch::OpenRepository() {
  read_ = 0;
  PM_ASSIGN_OR_RETURN(repository_, Repository::Open(path_));
  return {};
}

Error InboxEpoch::NoInbox(const ObjectId& commit) const {
  return InvalidInput(
      path_ + " is a git repository, but no public-inbox: commit " +
      commit.Hex() + " has neither a mail in the file m nor mails at XX/…");
}

Status InboxEpoch::Walk() {
  PM_ASSIGN_OR_RETURN(const bool unborn, repository_->HeadIsUnborn());
  if (unborn) return {};
  PM_ASSIGN_OR_RETURN(ObjectId at, repository_->ResolveName("HEAD"));
  // Before a long walk through what is something else.
  PM_RETURN_IF_ERROR(Look(at));
  found_.clear();
  last_tree_ = {};
  last_directories_.clear();

  PM_ASSIGN_OR_RETURN(const std::vector<ObjectId> ends,
                      repository_->ShallowCommits());
  const std::set<ObjectId> shallow(ends.begin(), ends.end());
  while (true) {
    left_.push_back(at);
    if (++read_ >= kCommitsKept) PM_RETURN_IF_ERROR(OpenRepository());
    PM_ASSIGN_OR_RETURN(const CommitInfo commit, repository_->ReadCommit(at));
    if (commit.parents.empty() || shallow.contains(at)) break;
    at = commit.parents.front();
  }
  commits_ = left_.size();
  return {};
}

Status InboxEpoch::Look(const ObjectId& commit) {
  PM_ASSIGN_OR_RETURN(const CommitInfo info, repository_->ReadCommit(commit));
  // A commit whose mail was purged has its parent's tree.
  if (info.tree == last_tree_) return {};
  PM_ASSIGN_OR_RETURN(const std::vector<TreeEntry> entries,
                      repository_->ReadTree(info.tree));
  last_tree_ = info.tree;
  bool removal = false;
  for (const TreeEntry& entry : entries) {
    if (!IsMail(entry)) continue;
    if (entry.name == "m") {
      found_.push_back({entry.id, info.committed});
      return {};
    }
    removal = removal || entry.name == "d";
  }
  if (removal || entries.empty()) return {};
  return LookInDirectories(commit, entries, info.committed);
}

Status InboxEpoch::LookInDirectories(const ObjectId& commit,
                                     const std::vector<TreeEntry>& entries,
                                     UnixSeconds committed) {
  for (const TreeEntry& entry : entries) {
    if (!entry.IsDirectory() || !IsHexName(entry.name, 2)) {
      return NoInbox(commit);
    }
  }
  for (const TreeEntry& directory : Added(last_directories_, entries)) {
    PM_ASSIGN_OR_RETURN(const std::vector<TreeEntry> now,
                        repository_->ReadTree(directory.id));
    std::vector<TreeEntry> before;
    for (const TreeEntry& old : last_directories_) {
      if (old.name != directory.name) continue;
      PM_ASSIGN_OR_RETURN(before, repository_->ReadTree(old.id));
    }
    for (const TreeEntry& mail : Added(before, now)) {
      if (!IsMail(mail) || !IsHexName(mail.name, 38)) return NoInbox(commit);
      found_.push_back({mail.id, committed});
    }
  }
  last_directories_ = entries;
  return {};
}

Result<std::optional<InboxEpoch::Entry>> InboxEpoch::Next() {
  while (found_.empty()) {
    if (left_.empty()) return std::optional<Entry>();
    if (++read_ >= kCommitsKept) PM_RETURN_IF_ERROR(OpenRepository());
    PM_RETURN_IF_ERROR(Look(left_.back()));
    left_.pop_back();
  }
  const Entry entry = found_.front();
  found_.pop_front();
  return std::optional(entry);
}

Result<std::string> InboxEpoch::Read(const ObjectId& blob,
                                     std::uint64_t max_bytes) {
  return repository_->ReadBlob(blob, max_bytes);
}

}  // namespace patchmilter::git
