#include "tree/apply/rename_detection.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "base/check.h"

namespace patchmilter::tree {
namespace {

constexpr double kWhole = 60000.0;  // git's MAX_SCORE.
constexpr int kLeast = 30000;       // Half.
constexpr int kLeastForEqualNames = 45000;
constexpr std::uint64_t kMaxPairs = 7000ULL * 7000;  // merge.renameLimit.
// For each file that came, so many of the most similar are considered.
constexpr std::size_t kCandidates = 4;
// Equal files that are looked at before one is taken.
constexpr int kMaxEqual = 100;

constexpr std::uint32_t kHashBase = 107927;
constexpr int kChunkBytes = 64;
constexpr std::size_t kBinaryLook = 8000;

std::string_view BaseName(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0.
}

bool IsRegular(const git::FileVersion& file) {
  return (file.mode & git::kModeTypeMask) ==
         (git::kModeFile & git::kModeTypeMask);
}

bool SizesFit(std::uint64_t a, std::uint64_t b, int minimum) {
  const std::uint64_t large = std::max(a, b);
  const std::uint64_t difference = large - std::min(a, b);
  return static_cast<double>(large) * (kWhole - minimum) >=
         static_cast<double>(difference) * kWhole;
}

class Detector {
 public:
  Detector(git::Repository* repository, const std::vector<NamedFile>& gone,
           const std::vector<NamedFile>& come, Work* work)
      : repository_(repository), work_(work) {
    const git::ObjectId empty = git::Repository::HashBlob("");
    for (const NamedFile& file : gone) {
      if (file.second.id != empty) sources_.push_back({&file, false, {}, {}});
    }
    for (const NamedFile& file : come) {
      if (file.second.id != empty) targets_.push_back({&file, {}, {}});
    }
  }

  Result<std::map<std::string, std::string>> Run() {
    std::map<std::string, std::string> renames;
    if (sources_.empty() || targets_.empty()) return renames;
    FindEqual();
    PM_RETURN_IF_ERROR(FindByBaseName());
    PM_RETURN_IF_ERROR(FindSimilar());
    for (const Target& target : targets_) {
      if (target.source) {
        renames[sources_[*target.source].file->first] = target.file->first;
      }
    }
    return renames;
  }

 private:
  struct Source {
    const NamedFile* file;
    bool used;
    std::optional<std::uint64_t> size;
    std::optional<ChunkCounts> counts;
  };
  struct Target {
    const NamedFile* file;
    std::optional<std::size_t> source;
    std::optional<std::uint64_t> size;
  };
  struct Score {
    bool valid = false;
    int score = 0;
    int equal_name = 0;
    std::size_t target = 0;
    std::size_t source = 0;

    // Before `other` in the order of what is taken first.
    bool Beats(const Score& other) const {
      if (!valid || !other.valid) return valid && !other.valid;
      if (score != other.score) return score > other.score;
      return equal_name > other.equal_name;
    }
  };

  void Pair(std::size_t source, std::size_t target) {
    sources_[source].used = true;
    targets_[target].source = source;
  }

  static bool EqualNames(const NamedFile& a, const NamedFile& b) {
    return BaseName(a.first) == BaseName(b.first);
  }

  void FindEqual() {
    std::unordered_map<git::ObjectId, std::vector<std::size_t>> by_content;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      by_content[sources_[i].file->second.id].push_back(i);
    }
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      const NamedFile& target = *targets_[i].file;
      const auto found = by_content.find(target.second.id);
      if (found == by_content.end()) continue;
      std::optional<std::size_t> best;
      bool best_by_name = false;
      int left = kMaxEqual;
      for (const std::size_t source : found->second) {
        const NamedFile& file = *sources_[source].file;
        const bool regular = IsRegular(file.second) && IsRegular(target.second);
        if (!regular && file.second.mode != target.second.mode) continue;
        if (sources_[source].used) continue;
        const bool by_name = EqualNames(file, target);
        if (!best || (by_name && !best_by_name)) {
          best = source;
          best_by_name = by_name;
          if (by_name) break;
        }
        if (--left == 0) break;
      }
      if (best) Pair(*best, i);
    }
  }

  // Base names that one source and one target alone have.
  Status FindByBaseName() {
    std::unordered_map<std::string_view, std::vector<std::size_t>> from;
    std::unordered_map<std::string_view, std::vector<std::size_t>> to;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i].used) continue;
      from[BaseName(sources_[i].file->first)].push_back(i);
    }
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (targets_[i].source) continue;
      const std::string_view name = BaseName(targets_[i].file->first);
      if (from.find(name) != from.end()) to[name].push_back(i);
    }
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i].used) continue;
      const std::string_view name = BaseName(sources_[i].file->first);
      const auto found = to.find(name);
      if (found == to.end() || found->second.size() != 1 ||
          from[name].size() != 1) {
        continue;
      }
      const std::size_t target = found->second.front();
      PM_ASSIGN_OR_RETURN(const int score,
                          ScoreOf(i, target, kLeastForEqualNames));
      if (score >= kLeastForEqualNames) Pair(i, target);
    }
    return {};
  }

  Status FindSimilar() {
    std::vector<std::size_t> sources;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (!sources_[i].used) sources.push_back(i);
    }
    const auto open = std::count_if(
        targets_.begin(), targets_.end(),
        [](const Target& target) { return !target.source.has_value(); });
    if (sources.empty() || open == 0 ||
        static_cast<std::uint64_t>(open) * sources.size() > kMaxPairs) {
      return {};
    }
    std::vector<Score> scores;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (targets_[i].source) continue;
      if (work_->exhausted()) return {};
      std::array<Score, kCandidates> best;
      std::optional<ChunkCounts> counts;
      for (const std::size_t source : sources) {
        PM_ASSIGN_OR_RETURN(const int value,
                            ScoreOf(source, i, kLeast, &counts));
        const Score score{
            true, value,
            EqualNames(*sources_[source].file, *targets_[i].file) ? 1 : 0, i,
            source};
        // In place of the worst, the first of equals.
        auto* worst = best.begin();
        for (auto* at = best.begin() + 1; at != best.end(); ++at) {
          if (worst->Beats(*at)) worst = at;
        }
        if (score.Beats(*worst)) *worst = score;
      }
      // Below the least they are never taken, nor does one that is taken come
      // behind them.
      for (const Score& score : best) {
        if (score.valid && score.score >= kLeast) scores.push_back(score);
      }
    }
    std::stable_sort(scores.begin(), scores.end(),
                     [](const Score& a, const Score& b) { return a.Beats(b); });
    for (const Score& score : scores) {
      if (targets_[score.target].source || sources_[score.source].used) {
        continue;
      }
      Pair(score.source, score.target);
    }
    return {};
  }

  template <typename Side>
  Result<std::uint64_t> SizeOf(Side* side) {
    if (!side->size) {
      work_->Spend(100);
      PM_ASSIGN_OR_RETURN(side->size,
                          repository_->BlobSize(side->file->second.id));
    }
    return *side->size;
  }

  // Nothing where there is no work left or the file is too large.
  Result<std::optional<ChunkCounts>> Count(const NamedFile& file,
                                           std::uint64_t size) {
    std::optional<ChunkCounts> counts;
    if (size > kMaxFileBytes || !work_->Spend(size)) return counts;
    PM_ASSIGN_OR_RETURN(const std::string bytes,
                        repository_->ReadBlob(file.second.id, kMaxFileBytes));
    counts.emplace(bytes);
    return counts;
  }

  // `counts` keeps those of the target between calls for one target.
  Result<int> ScoreOf(std::size_t source, std::size_t target, int minimum,
                      std::optional<ChunkCounts>* counts = nullptr) {
    Source& from = sources_[source];
    Target& to = targets_[target];
    // Links and submodules are renamed unchanged or not at all.
    if (!IsRegular(from.file->second) || !IsRegular(to.file->second)) return 0;
    PM_ASSIGN_OR_RETURN(const std::uint64_t from_size, SizeOf(&from));
    PM_ASSIGN_OR_RETURN(const std::uint64_t to_size, SizeOf(&to));
    if (!SizesFit(from_size, to_size, minimum)) return 0;
    if (!from.counts) {
      PM_ASSIGN_OR_RETURN(from.counts, Count(*from.file, from_size));
    }
    std::optional<ChunkCounts> own;
    std::optional<ChunkCounts>* to_counts = counts != nullptr ? counts : &own;
    if (!*to_counts) {
      PM_ASSIGN_OR_RETURN(*to_counts, Count(*to.file, to_size));
    }
    if (!from.counts || !*to_counts) return 0;
    return Similarity(*from.counts, from_size, **to_counts, to_size, minimum);
  }

  git::Repository* repository_;
  Work* work_;
  std::vector<Source> sources_;
  std::vector<Target> targets_;
};

}  // namespace

ChunkCounts::ChunkCounts(std::string_view bytes) {
  const bool text =
      bytes.substr(0, kBinaryLook).find('\0') == std::string_view::npos;
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (text && byte == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') {
      continue;
    }
    const std::uint32_t before = low;
    low = (low << 7) ^ (high >> 25);
    high = (high << 7) ^ (before >> 25);
    low += byte;
    if (++length < kChunkBytes && byte != '\n') continue;
    counts_.emplace_back((low + high * 0x61) % kHashBase, length);
    length = low = high = 0;
  }
  // What follows the last end of a chunk is not counted: so git 2.39.
  std::sort(counts_.begin(), counts_.end());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (kept > 0 && counts_[kept - 1].first == counts_[i].first) {
      counts_[kept - 1].second += counts_[i].second;
    } else {
      counts_[kept++] = counts_[i];
    }
  }
  counts_.resize(kept);
}

std::uint64_t ChunkCounts::SharedWith(const ChunkCounts& other) const {
  std::uint64_t shared = 0;
  auto there = other.counts_.begin();
  for (const auto& [hash, bytes] : counts_) {
    while (there != other.counts_.end() && there->first < hash) ++there;
    if (there == other.counts_.end()) break;
    if (there->first == hash) shared += std::min(bytes, there->second);
  }
  return shared;
}

int Similarity(const ChunkCounts& from, std::uint64_t from_size,
               const ChunkCounts& to, std::uint64_t to_size, int minimum) {
  if (!SizesFit(from_size, to_size, minimum) || to_size == 0) return 0;
  return static_cast<int>(static_cast<double>(from.SharedWith(to)) * kWhole /
                          static_cast<double>(std::max(from_size, to_size)));
}

Result<std::map<std::string, std::string>> DetectRenames(
    git::Repository* repository, const std::vector<NamedFile>& gone,
    const std::vector<NamedFile>& come, Work* work) {
  return Detector(repository, gone, come, work).Run();
}

}  // namespace patchmilter::tree
