#include "tree/index/wanted_files.h"

#include <algorithm>
#include <utility>

namespace patchmilter::tree {
namespace {

Result<git::CommitInfo> HeadOf(git::Repository* repository,
                               const std::string& branch) {
  PM_ASSIGN_OR_RETURN(const git::ObjectId commit,
                      repository->ResolveName(branch));
  return repository->ReadCommit(commit);
}

}  // namespace

Result<WantedFiles> WantedFiles::Of(git::Repository* repository,
                                    std::vector<std::string> branches) {
  if (branches.empty()) branches.emplace_back();
  WantedFiles files;
  std::vector<git::CommitInfo> heads;
  Status none;
  for (const std::string& branch : branches) {
    auto head = HeadOf(repository, branch);
    if (head.ok()) {
      heads.push_back(*std::move(head));
      continue;
    }
    if (head.error().kind != ErrorKind::kNotFound) return head.error();
    if (none.ok()) none = head.error();
    files.gone_.push_back(branch.empty() ? "HEAD" : branch);
  }
  if (heads.empty()) return none.error();
  std::stable_sort(heads.begin(), heads.end(),
                   [](const git::CommitInfo& a, const git::CommitInfo& b) {
                     return a.committed > b.committed;
                   });
  PM_RETURN_IF_ERROR(files.List(repository, heads));
  return files;
}

Status WantedFiles::List(git::Repository* repository,
                         const std::vector<git::CommitInfo>& heads) {
  for (const git::CommitInfo& head : heads) {
    if (std::any_of(trees_.begin(), trees_.end(), [&](const Listing& each) {
          return each.root() == head.tree;
        })) {
      continue;
    }
    auto listing = trees_.empty()
                       ? Listing::Walk(repository, head.tree)
                       : trees_.front().Update(repository, head.tree);
    if (!listing.ok()) return listing.error();
    trees_.push_back(std::move(*listing));
    for (Listing::Position at = trees_.back().From(""); at.valid(); at.Next()) {
      if (IsFile(*at)) ranks_.try_emplace(at->blob, ranks_.size());
    }
    if (trees_.size() == 1) newest_end_ = ranks_.size();
  }
  return {};
}

std::optional<std::size_t> WantedFiles::RankOf(
    const git::ObjectId& blob) const {
  const auto rank = ranks_.find(blob);
  if (rank == ranks_.end()) return std::nullopt;
  return rank->second;
}

WantedFiles::Share WantedFiles::ShareOf(const Segment& segment,
                                        std::size_t end) const {
  Share share;
  for (const IdRecord& record : segment.ids()) {
    if (record.document >= segment.documents() ||
        !segment.HasText(record.document)) {
      continue;
    }
    const std::uint64_t size = segment.Size(record.document);
    share.whole += size;
    if (RankOf(record.id).value_or(end) < end) share.wanted += size;
  }
  return share;
}

}  // namespace patchmilter::tree
