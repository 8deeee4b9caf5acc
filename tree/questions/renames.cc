#include "tree/questions/renames.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "tree/apply/rename_detection.h"
#include "tree/apply/work.h"

namespace patchmilter::tree {
namespace {

// git's units of likeness (diffcore.h), and what it asks for.
constexpr std::uint64_t kMaxScore = 60'000;
constexpr std::uint64_t kMinScore = 30'000;
constexpr std::uint64_t kMinNameScore = 45'000;
// So many of the likeliest sources are kept for a file.
constexpr std::size_t kCandidates = 4;
// Of comparing, in units of Work: less than a second.
constexpr std::uint64_t kMaxCompared = 300'000'000;
// Sources of equal content that are looked at.
constexpr std::size_t kMaxEqual = 100;

std::string_view BaseName(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool IsRegular(std::uint32_t mode) {
  return (mode & git::kModeTypeMask) == (git::kModeFile & git::kModeTypeMask);
}

struct File {
  std::size_t change = 0;  // Index.
  std::uint32_t mode = 0;
  git::ObjectId id;
  std::string_view path;
  bool taken = false;
  std::optional<std::uint64_t> size;
  std::optional<ChunkCounts> chunks;
};

struct Match {
  std::size_t target = 0;
  std::size_t source = 0;
  std::uint64_t score = 0;
  bool same_name = false;
  bool operator<(const Match& other) const {
    if (score != other.score) return score > other.score;
    return same_name && !other.same_name;
  }
};

class Search {
 public:
  Search(git::Repository* repository,
         const std::vector<git::TreeChange>& changes, std::string_view only)
      : repository_(repository) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const git::TreeChange& change = changes[i];
      if (change.old_mode != 0 && change.new_mode == 0) {
        sources_.push_back(
            {i, change.old_mode, change.old_id, change.path, false, {}, {}});
      } else if (change.old_mode == 0 && change.new_mode != 0 &&
                 (only.empty() || change.path == only)) {
        targets_.push_back(
            {i, change.new_mode, change.new_id, change.path, false, {}, {}});
      }
    }
  }

  // Index of the new file's change to the old one's and the score.
  using Found = std::map<std::size_t, std::pair<std::size_t, std::uint64_t>>;

  Result<Found> Run() {
    if (sources_.empty() || targets_.empty()) return std::move(found_);
    MatchEqual();
    PM_RETURN_IF_ERROR(MatchNames());
    PM_RETURN_IF_ERROR(MatchContent());
    return std::move(found_);
  }

 private:
  void Take(File* target, File* source, std::uint64_t score) {
    target->taken = true;
    source->taken = true;
    found_[target->change] = {source->change, score};
  }

  void MatchEqual() {
    std::unordered_map<git::ObjectId, std::vector<File*>> by_id;
    for (File& source : sources_) by_id[source.id].push_back(&source);
    for (File& target : targets_) {
      const auto equal = by_id.find(target.id);
      if (equal == by_id.end()) continue;
      File* best = nullptr;
      std::size_t looked_at = 0;
      for (File* source : equal->second) {
        if (source->taken) continue;
        if ((!IsRegular(source->mode) || !IsRegular(target.mode)) &&
            source->mode != target.mode) {
          continue;
        }
        if (BaseName(source->path) == BaseName(target.path)) {
          best = source;
          break;
        }
        if (best == nullptr) best = source;
        if (++looked_at > kMaxEqual) break;
      }
      if (best != nullptr) Take(&target, best, kMaxScore);
    }
  }

  // Files that alone have their name, of those that are gone and those that
  // are new.
  Status MatchNames() {
    std::map<std::string_view, std::pair<File*, bool>> sources;
    std::map<std::string_view, std::pair<File*, bool>> targets;
    const auto collect = [](std::vector<File>* files, auto* by_name) {
      for (File& file : *files) {
        if (file.taken) continue;
        const auto [at, fresh] =
            by_name->try_emplace(BaseName(file.path), &file, true);
        if (!fresh) at->second.second = false;
      }
    };
    collect(&sources_, &sources);
    collect(&targets_, &targets);
    for (const auto& [name, target] : targets) {
      const auto source = sources.find(name);
      if (!target.second || source == sources.end() || !source->second.second) {
        continue;
      }
      PM_ASSIGN_OR_RETURN(
          const std::uint64_t score,
          Compare(source->second.first, target.first, kMinNameScore));
      if (score >= kMinNameScore) {
        Take(target.first, source->second.first, score);
      }
    }
    return {};
  }

  Status MatchContent() {
    const auto free = [](const std::vector<File>& files) {
      return static_cast<std::size_t>(
          std::count_if(files.begin(), files.end(),
                        [](const File& file) { return !file.taken; }));
    };
    const std::size_t targets = free(targets_);
    if (targets == 0 || free(sources_) > kMaxRenamePairs / targets) return {};
    std::vector<Match> matches;
    for (std::size_t t = 0; t < targets_.size(); ++t) {
      if (targets_[t].taken) continue;
      std::vector<Match> best;
      for (std::size_t s = 0; s < sources_.size(); ++s) {
        if (sources_[s].taken) continue;
        PM_ASSIGN_OR_RETURN(const std::uint64_t score,
                            Compare(&sources_[s], &targets_[t], kMinScore));
        if (score < kMinScore) continue;
        best.push_back(
            {t, s, score,
             BaseName(sources_[s].path) == BaseName(targets_[t].path)});
        std::stable_sort(best.begin(), best.end());
        if (best.size() > kCandidates) best.pop_back();
      }
      targets_[t].chunks.reset();
      matches.insert(matches.end(), best.begin(), best.end());
    }
    std::stable_sort(matches.begin(), matches.end());
    for (const Match& match : matches) {
      if (targets_[match.target].taken || sources_[match.source].taken) {
        continue;
      }
      Take(&targets_[match.target], &sources_[match.source], match.score);
    }
    return {};
  }

  // False where the file is not to be read any more.
  Result<bool> Load(File* file) {
    if (file->chunks) return true;
    if (*file->size > bytes_left_) return false;
    bytes_left_ -= *file->size;
    PM_ASSIGN_OR_RETURN(const std::string bytes,
                        repository_->ReadBlob(file->id, kMaxRenameBytes));
    file->chunks.emplace(bytes);
    return true;
  }

  // 0 for less than `wanted`, and where it was not looked.
  Result<std::uint64_t> Compare(File* source, File* target,
                                std::uint64_t wanted) {
    if (!IsRegular(source->mode) || !IsRegular(target->mode)) {
      return std::uint64_t{0};
    }
    for (File* file : {source, target}) {
      if (file->size) continue;
      PM_ASSIGN_OR_RETURN(file->size, repository_->BlobSize(file->id));
    }
    const std::uint64_t most = std::max(*source->size, *target->size);
    const std::uint64_t least = std::min(*source->size, *target->size);
    if (most == 0 || least == 0 || most > kMaxRenameBytes) {
      return std::uint64_t{0};
    }
    if (most * (kMaxScore - wanted) < (most - least) * kMaxScore) {
      return std::uint64_t{0};
    }
    for (File* file : {source, target}) {
      PM_ASSIGN_OR_RETURN(const bool loaded, Load(file));
      if (!loaded) return std::uint64_t{0};
    }
    if (!work_.SpendBytes(most + least)) return std::uint64_t{0};
    return static_cast<std::uint64_t>(Similarity(*source->chunks, *source->size,
                                                 *target->chunks, *target->size,
                                                 static_cast<int>(wanted)));
  }

  git::Repository* repository_;
  std::vector<File> sources_;
  std::vector<File> targets_;
  Found found_;
  std::uint64_t bytes_left_ = kMaxRenameBytes;
  Work work_{kMaxCompared};
};

}  // namespace

Result<std::vector<FilePair>> FindRenames(
    git::Repository* repository, const std::vector<git::TreeChange>& changes,
    std::string_view only) {
  PM_ASSIGN_OR_RETURN(const auto found,
                      Search(repository, changes, only).Run());
  std::vector<bool> is_source(changes.size(), false);
  for (const auto& [target, match] : found) is_source[match.first] = true;
  std::vector<FilePair> pairs;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (is_source[i]) continue;
    const git::TreeChange& change = changes[i];
    FilePair pair{change.path,
                  change.path,
                  change.old_mode,
                  change.old_id,
                  change.new_mode,
                  change.new_id,
                  -1};
    if (const auto match = found.find(i); match != found.end()) {
      const git::TreeChange& source = changes[match->second.first];
      pair.old_path = source.path;
      pair.old_mode = source.old_mode;
      pair.old_id = source.old_id;
      pair.similarity =
          static_cast<int>(match->second.second * 100 / kMaxScore);
    }
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

Result<std::string> OldNameOf(git::Repository* repository,
                              const git::ObjectId& old_tree,
                              const git::ObjectId& new_tree,
                              std::string_view path) {
  PM_ASSIGN_OR_RETURN(auto changes,
                      git::DiffTrees(repository, old_tree, new_tree));
  // What neither goes away nor is that file has no part in it.
  changes.erase(std::remove_if(changes.begin(), changes.end(),
                               [path](const git::TreeChange& change) {
                                 return change.new_mode != 0 &&
                                        change.path != path;
                               }),
                changes.end());
  PM_ASSIGN_OR_RETURN(const auto pairs, FindRenames(repository, changes, path));
  for (const FilePair& pair : pairs) {
    if (pair.new_path == path && pair.similarity >= 0) return pair.old_path;
  }
  return std::string();
}

}  // namespace patchmilter::tree
