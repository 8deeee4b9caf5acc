#include "git/history.h"

#include <utility>

#include "base/text.h"

namespace patchmilter::git {
namespace {

// Directories whose entry is kept, a level of a path.
constexpr std::size_t kMaxKeptDirectories = 20'000;

}  // namespace

Result<History::Commit> History::Read(const ObjectId& commit) {
  if (const auto kept = kept_.find(commit); kept != kept_.end()) {
    return kept->second;
  }
  if (!shallow_read_) PM_RETURN_IF_ERROR(Refresh());
  PM_ASSIGN_OR_RETURN(const std::string bytes,
                      repository_->ReadCommitBytes(commit));
  auto links = ParseCommitLinks(bytes);
  if (!links) {
    return Permanent(repository_->path() + ": commit " + commit.Hex() +
                     " is damaged: it names no tree");
  }
  Commit read;
  read.links = std::move(*links);
  if (shallow_.contains(commit)) {
    read.shallow = !read.links.parents.empty();
    read.links.parents.clear();
  }
  if (kept_.size() >= kMaxKeptCommits) kept_.clear();
  kept_.emplace(commit, read);
  return read;
}

Status History::Refresh() {
  PM_ASSIGN_OR_RETURN(const auto ends, repository_->ShallowCommits());
  std::unordered_set<ObjectId> shallow(ends.begin(), ends.end());
  if (shallow != shallow_) kept_.clear();
  shallow_ = std::move(shallow);
  shallow_read_ = true;
  return {};
}

Result<CommitText> History::ReadText(const ObjectId& commit) {
  PM_ASSIGN_OR_RETURN(const std::string bytes,
                      repository_->ReadCommitBytes(commit));
  auto text = ParseCommitText(bytes);
  if (!text) {
    return Permanent(repository_->path() + ": commit " + commit.Hex() +
                     " is damaged: it names no tree");
  }
  return *std::move(text);
}

PathHistory::PathHistory(Repository* repository, std::string_view path)
    : repository_(repository) {
  if (path.empty()) return;
  for (const std::string_view name : Split(path, '/')) {
    levels_.push_back({std::string(name), {}});
  }
}

Result<PathHistory::Entry> PathHistory::At(const ObjectId& root) {
  Entry at{kModeDirectory, root};
  for (Level& level : levels_) {
    if (at.mode != kModeDirectory) return Entry{};
    if (const auto found = level.found.find(at.id);
        found != level.found.end()) {
      at = found->second;
      continue;
    }
    PM_ASSIGN_OR_RETURN(const auto entry,
                        repository_->Lookup(at.id, level.name));
    Entry next;
    if (entry) next = {CanonicalMode(entry->mode), entry->id};
    if (level.found.size() >= kMaxKeptDirectories) level.found.clear();
    level.found.emplace(at.id, next);
    at = next;
  }
  return at;
}

}  // namespace patchmilter::git
