#include "tree/base/prerequisites.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "git/history.h"
#include "tree/base/commit_range.h"
#include "tree/base/patch_search.h"

namespace patchmilter::tree {
namespace {

// Commits that are asked how many of the others they have.
constexpr std::size_t kMaxAsked = 10;
constexpr std::chrono::milliseconds kTimeBeside{1'000};

// How many of `found` are `commit` or behind it, and not behind `base`.
std::size_t CountBehind(git::History* history, const git::ObjectId& commit,
                        const git::ObjectId& base,
                        const std::set<git::ObjectId>& found) {
  CommitRange range(history, {commit}, {{base}, 0, kPrerequisitesBeside});
  std::size_t count = 0;
  while (count < found.size()) {
    const auto item = range.Next();
    if (!item) break;
    count += found.count(item->id);
  }
  return count;
}

// `found`, the latest first: what stands on top of the others. Then the tips,
// for where two lines of history that have some each met since.
std::vector<git::ObjectId> WhomToAsk(git::History* history,
                                     const std::vector<git::ObjectId>& tips,
                                     const git::ObjectId& base,
                                     const std::set<git::ObjectId>& found) {
  std::vector<git::ObjectId> asked;
  CommitRange range(history, tips, {{base}, 0, kPrerequisitesBeside});
  while (asked.size() < std::min(found.size(), kMaxAsked)) {
    const auto item = range.Next();
    if (!item) break;
    if (found.count(item->id) > 0) asked.push_back(item->id);
  }
  asked.insert(asked.end(), tips.begin(), tips.end());
  if (asked.size() > 2 * kMaxAsked) asked.resize(2 * kMaxAsked);
  return asked;
}

}  // namespace

Result<std::vector<Prerequisite>> FindPrerequisites(
    git::Repository* repository, const std::vector<std::string>& patch_ids,
    const git::ObjectId& base) {
  std::vector<Prerequisite> all;
  std::vector<WantedPatch> wanted;
  for (const std::string& patch_id : patch_ids) {
    if (wanted.size() >= kMaxPrerequisites) break;
    all.push_back({patch_id, "", ""});
    wanted.push_back({patch_id, {}});
  }
  if (all.empty()) return all;
  PatchSearchBounds bounds;
  bounds.commits = kPrerequisitesBehind;
  PM_ASSIGN_OR_RETURN(const auto found,
                      FindPatches(repository, {base}, wanted, bounds));
  for (Prerequisite& one : all) {
    const auto commit = found.find(one.patch_id);
    if (commit != found.end()) one.commit = commit->second.Hex();
  }
  return all;
}

Result<std::optional<PrerequisiteCommit>> FindPrerequisitesBeside(
    git::Repository* repository, const git::ObjectId& base,
    const std::vector<git::ObjectId>& tips, std::vector<Prerequisite>* wanted) {
  std::optional<PrerequisiteCommit> best;
  std::vector<WantedPatch> missing;
  for (const Prerequisite& one : *wanted) {
    if (one.commit.empty() && one.elsewhere.empty()) {
      missing.push_back({one.patch_id, {}});
    }
  }
  if (missing.empty()) return best;
  PatchSearchBounds bounds;
  bounds.commits = kPrerequisitesBeside;
  bounds.time = kTimeBeside;
  bounds.not_behind = {base};
  PM_ASSIGN_OR_RETURN(const auto found,
                      FindPatches(repository, tips, missing, bounds));
  if (found.empty()) return best;
  std::set<git::ObjectId> commits;
  std::size_t behind = 0;
  for (Prerequisite& one : *wanted) {
    if (const auto commit = found.find(one.patch_id); commit != found.end()) {
      one.elsewhere = commit->second.Hex();
    }
    if (!one.commit.empty()) ++behind;
    if (const auto id = git::ObjectId::FromHex(one.elsewhere)) {
      commits.insert(*id);
    }
  }
  git::History history(repository);
  for (const git::ObjectId& id : WhomToAsk(&history, tips, base, commits)) {
    const std::size_t count = CountBehind(&history, id, base, commits);
    if (count == 0 || (best && behind + count <= best->has)) continue;
    best = PrerequisiteCommit{id, behind + count};
    if (count == commits.size()) break;
  }
  return best;
}

}  // namespace patchmilter::tree
