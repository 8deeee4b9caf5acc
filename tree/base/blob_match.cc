#include "tree/base/blob_match.h"

#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "tree/apply/path_rules.h"

namespace patchmilter::tree {
namespace {

bool IsZeros(const std::string& hex) {
  return hex.find_first_not_of('0') == std::string::npos;  // "" too.
}

// How many of the blobs stand in one tree after the other. Trees that follow
// each other in history share most directories: what was found in one is kept
// by its id, so that mostly only the root is read.
class BlobCounter {
 public:
  BlobCounter(git::Repository* repository, const std::vector<BaseBlob>& blobs)
      : repository_(repository), nodes_(1) {
    for (const BaseBlob& blob : blobs) Add(blob);
  }

  std::size_t CountIn(const git::ObjectId& root) {
    std::size_t count = 0;
    std::vector<std::pair<std::size_t, git::ObjectId>> below = {{0, root}};
    while (!below.empty()) {
      const auto [at, directory] = below.back();
      below.pop_back();
      const std::vector<git::TreeEntry>& entries = EntriesOf(at, directory);
      for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::size_t node = nodes_[at].nodes[i];
        if (nodes_[node].blob == entries[i].id) ++count;
        if (entries[i].IsDirectory() && !nodes_[node].names.empty()) {
          below.emplace_back(node, entries[i].id);
        }
      }
    }
    return count;
  }

 private:
  // A directory on the way to a blob, or the blob.
  struct Node {
    std::optional<git::ObjectId> blob;
    std::vector<std::string> names;  // Below it,
    std::vector<std::size_t> nodes;  // and their places in nodes_.
    // What stands there by the names, in their order; without a name where
    // nothing does. By directory.
    std::unordered_map<git::ObjectId, std::vector<git::TreeEntry>> entries;
  };
  static constexpr std::size_t kMaxKept = 20'000;  // Directories, a node.

  void Add(const BaseBlob& blob) {
    if (blob.path.size() > kMaxPathBytes) return;
    std::size_t at = 0;
    for (const std::string_view name : Split(blob.path, '/')) {
      const Node& node = nodes_[at];
      std::size_t i = 0;
      while (i < node.names.size() && node.names[i] != name) ++i;
      if (i == node.names.size()) {
        nodes_[at].names.emplace_back(name);
        nodes_[at].nodes.push_back(nodes_.size());
        nodes_.emplace_back();
      }
      at = nodes_[at].nodes[i];
    }
    nodes_[at].blob = blob.blob;
  }

  const std::vector<git::TreeEntry>& EntriesOf(std::size_t at,
                                               const git::ObjectId& directory) {
    Node& node = nodes_[at];
    const auto known = node.entries.find(directory);
    if (known != node.entries.end()) return known->second;
    if (node.entries.size() >= kMaxKept) node.entries.clear();
    std::vector<git::TreeEntry>& kept = node.entries[directory];
    const auto found = repository_->LookupEach(directory, node.names);
    if (!found.ok()) return kept;
    for (const auto& entry : *found) {
      kept.push_back(entry.value_or(git::TreeEntry()));
    }
    return kept;
  }

  git::Repository* repository_;
  std::vector<Node> nodes_;  // The first is the root.
};

// One walk through all starts.
class BlobWalk {
 public:
  BlobWalk(git::Repository* repository, BranchHistory* history,
           const std::vector<BlobStart>& starts,
           const std::vector<BaseBlob>& blobs)
      : repository_(repository),
        history_(history),
        starts_(starts),
        counter_(repository, blobs),
        wanted_(blobs.size()) {
    using Way = BlobMatch::Way;
    for (const Way way : {Way::kBefore, Way::kAfter, Way::kFromTip}) {
      for (std::size_t i = 0; i < starts.size(); ++i) {
        // From the tip it is one way only.
        if (way != Way::kBefore && starts[i].then == 0) continue;
        cursors_.push_back({i, way, 0, false});
      }
    }
  }

  std::optional<BlobMatch> Run() {
    bool any = true;
    while (any && !IsOver()) {
      any = false;
      for (std::size_t i = 0; i < cursors_.size(); ++i) {
        for (std::size_t k = 0; k < kBlobTurn && !cursors_[i].ended; ++k) {
          if (IsOver()) return best_;
          Step(i);
        }
        any = any || !cursors_[i].ended;
      }
    }
    return best_;
  }

 private:
  struct Cursor {
    std::size_t start = 0;
    BlobMatch::Way way = BlobMatch::Way::kBefore;
    std::size_t steps = 0;  // Of the commit to look at next.
    bool ended = false;
  };

  bool IsOver() const {
    return seen_.size() >= kMaxBlobWalk || (best_ && best_->matched == wanted_);
  }

  // The commit where the cursor stands; nothing at its way's end.
  std::optional<git::ObjectId> CommitAt(const Cursor& cursor) {
    const BlobStart& start = starts_[cursor.start];
    std::size_t back = cursor.steps;
    if (cursor.way == BlobMatch::Way::kBefore) back += start.then;
    if (cursor.way == BlobMatch::Way::kAfter) {
      // The commit of the date itself is another way's.
      if (cursor.steps >= start.then) return std::nullopt;
      back = start.then - 1 - cursor.steps;
    }
    const auto commit = history_->Commit(start.tip, back);
    return commit.ok() ? *commit : std::nullopt;
  }

  // Looks at one commit, or at none where it was seen.
  void Step(std::size_t i) {
    Cursor& cursor = cursors_[i];
    const auto id = CommitAt(cursor);
    if (!id) {
      cursor.ended = true;
      return;
    }
    const std::size_t steps = cursor.steps++;
    if (!seen_.insert(*id).second) {
      // What is behind it, another one has seen or will see. Above it branches
      // part.
      cursor.ended = cursor.way != BlobMatch::Way::kAfter;
      return;
    }
    const auto commit = repository_->ReadCommit(*id);
    if (!commit.ok()) {
      cursor.ended = true;
      return;
    }
    const std::size_t matched = counter_.CountIn(commit->tree);
    const bool better =
        matched > (best_ ? best_->matched : 0) ||
        (best_ && matched == best_->matched && i < best_cursor_);
    if (!better) return;
    best_ = {*id, commit->tree, cursor.start, cursor.way,
             // The first commit behind the date's is one step from it.
             steps + (cursor.way == BlobMatch::Way::kAfter ? 1 : 0), matched};
    best_cursor_ = i;
  }

  git::Repository* repository_;
  BranchHistory* history_;
  const std::vector<BlobStart>& starts_;
  BlobCounter counter_;
  std::size_t wanted_;
  std::vector<Cursor> cursors_;
  std::unordered_set<git::ObjectId> seen_;
  std::optional<BlobMatch> best_;
  std::size_t best_cursor_ = 0;
};

}  // namespace

Result<BaseBlobs> FindBaseBlobs(git::Repository* repository,
                                const SeriesInput& series) {
  BaseBlobs blobs;
  std::set<std::string> touched;
  for (const PatchInput& patch : series.patches) {
    if (patch.diff == nullptr) continue;
    for (const diff::File& file : patch.diff->files()) {
      if (blobs.named >= kMaxBaseBlobs) return blobs;
      const bool first = touched.insert(file.old_path).second;
      touched.insert(file.new_path);
      if (!first || file.old_path.empty() || IsZeros(file.old_blob)) continue;
      ++blobs.named;
      PM_ASSIGN_OR_RETURN(const auto id, repository->FindBlob(file.old_blob));
      if (id) blobs.there.push_back({file.old_path, *id});
    }
  }
  return blobs;
}

std::optional<BlobMatch> BlobMatcher::Find(const std::vector<BlobStart>& starts,
                                           const std::vector<BaseBlob>& blobs) {
  if (blobs.empty()) return std::nullopt;
  if (starts != last_starts_ || blobs != last_blobs_) {
    last_ = BlobWalk(repository_, history_, starts, blobs).Run();
    last_starts_ = starts;
    last_blobs_ = blobs;
  }
  return last_;
}

}  // namespace patchmilter::tree
