#include "tree/base/blob_match.h"

#include <algorithm>
#include <set>
#include <utility>

#include "git/history.h"

namespace patchmilter::tree {
namespace {

bool IsZeros(const std::string& hex) {
  return hex.find_first_not_of('0') == std::string::npos;  // "" too.
}

}  // namespace

Result<std::vector<BaseBlob>> BaseBlobs(git::Repository* repository,
                                        const SeriesInput& series) {
  std::vector<BaseBlob> blobs;
  std::set<std::string> touched;
  for (const PatchInput& patch : series.patches) {
    if (patch.diff == nullptr) continue;
    for (const diff::File& file : patch.diff->files()) {
      if (blobs.size() >= kMaxBaseBlobs) return blobs;
      const bool first = touched.insert(file.old_path).second;
      touched.insert(file.new_path);
      if (!first || file.old_path.empty() || IsZeros(file.old_blob)) continue;
      PM_ASSIGN_OR_RETURN(const auto id, repository->FindBlob(file.old_blob));
      if (id) blobs.push_back({file.old_path, *id});
    }
  }
  return blobs;
}

Result<std::optional<BlobMatch>> FindBlobMatch(
    git::Repository* repository, const std::vector<git::ObjectId>& starts,
    const std::vector<BaseBlob>& blobs) {
  std::optional<BlobMatch> best;
  if (blobs.empty()) return best;
  std::vector<git::PathHistory> paths;
  paths.reserve(blobs.size());
  for (const BaseBlob& blob : blobs) paths.emplace_back(repository, blob.path);
  std::set<git::ObjectId> seen;
  for (std::size_t branch = 0; branch < starts.size(); ++branch) {
    std::optional<git::ObjectId> next = starts[branch];
    for (std::size_t back = 0; next && seen.size() < kMaxBlobWalk; ++back) {
      if (!seen.insert(*next).second) break;
      const auto commit = repository->ReadCommit(*next);
      // A shallow clone ends like this.
      if (!commit.ok()) break;
      BlobMatch match{*commit, branch, back, 0};
      for (std::size_t i = 0; i < blobs.size(); ++i) {
        const auto entry = paths[i].At(commit->tree);
        // A directory that a partial clone has left out matches nothing.
        if (entry.ok() && entry->id == blobs[i].blob) ++match.matched;
      }
      if (match.matched > (best ? best->matched : 0)) best = std::move(match);
      if (best && best->matched == blobs.size()) return best;
      next.reset();
      if (!commit->parents.empty()) next = commit->parents.front();
    }
  }
  return best;
}

}  // namespace patchmilter::tree
