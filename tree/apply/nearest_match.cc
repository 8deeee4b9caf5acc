#include "tree/apply/nearest_match.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "tree/apply/file_patch.h"
#include "tree/apply/hunk_place.h"

namespace patchmilter::tree {
namespace {

// A line that stands so often in the file ("", "}") places nothing.
constexpr std::size_t kMaxPlacesOfLine = 1000;

std::string Shown(std::string_view line) {
  return std::string(line.substr(0, kMaxShownLine));
}

std::size_t Distance(std::size_t a, std::size_t b) {
  return a > b ? a - b : b - a;
}

class NearestPlace {
 public:
  explicit NearestPlace(const LineImage& image, Work* work)
      : image_(image), work_(work) {}

  // Fills in what `failure` says of the place.
  void Find(const Sides& sides, std::size_t said, HunkFailure* failure) {
    failure->lines = static_cast<std::uint32_t>(sides.before.size());
    const auto place = Vote(sides, said);
    if (!place) return;
    const std::size_t last =
        std::min(*place + sides.before.size(), image_.size());
    failure->first_line = static_cast<std::uint32_t>(*place + 1);
    failure->last_line = static_cast<std::uint32_t>(last);
    for (std::size_t i = 0; i < sides.before.size(); ++i) {
      const bool there = *place + i < image_.size();
      if (there && image_[*place + i].text == sides.before[i].text) {
        ++failure->matched;
      } else if (failure->differs_at == 0) {
        failure->differs_at = static_cast<std::uint32_t>(*place + i + 1);
        failure->wanted = Shown(sides.before[i].text);
        if (there) failure->found = Shown(image_[*place + i].text);
      }
    }
  }

 private:
  void Prepare() {
    prepared_ = true;
    if (!work_->Spend(4 * image_.size())) return;
    for (std::size_t i = 0; i < image_.size(); ++i) {
      places_[image_[i].text].push_back(i);
    }
  }

  std::optional<std::size_t> Vote(const Sides& sides, std::size_t said) {
    if (!prepared_) Prepare();
    std::unordered_map<std::size_t, std::uint32_t> votes;
    for (std::size_t i = 0; i < sides.before.size(); ++i) {
      const auto found = places_.find(sides.before[i].text);
      if (found == places_.end() || found->second.size() > kMaxPlacesOfLine) {
        continue;
      }
      if (!work_->Spend(4 * found->second.size())) return std::nullopt;
      for (const std::size_t at : found->second) {
        if (at >= i) ++votes[at - i];
      }
    }
    std::optional<std::size_t> best;
    std::uint32_t most = 0;
    for (const auto& [at, count] : votes) {
      const bool nearer = best && count == most &&
                          std::make_pair(Distance(at, said), at) <
                              std::make_pair(Distance(*best, said), *best);
      if (count > most || nearer) {
        best = at;
        most = count;
      }
    }
    return best;
  }

  const LineImage& image_;
  Work* work_;
  bool prepared_ = false;
  std::unordered_map<std::string_view, std::vector<std::size_t>> places_;
};

HunkFailure OfFile(const std::string& path, std::string_view reason,
                   std::optional<std::uint32_t> hunk = std::nullopt) {
  HunkFailure failure;
  failure.path = path;
  failure.hunk = hunk;
  failure.reason = reason;
  return failure;
}

Result<std::vector<HunkFailure>> ExplainFile(git::Repository* repository,
                                             const git::ObjectId& tree,
                                             const diff::Diff& diff,
                                             const FilePatch& patch,
                                             Work* work) {
  std::vector<HunkFailure> failures;
  const diff::File& file = *patch.file;
  const std::string& path = patch.name();
  PM_ASSIGN_OR_RETURN(const auto entry, repository->Lookup(tree, path));
  const bool is_file = entry && TypeOf(entry->mode) == TypeOf(git::kModeFile);
  if (patch.creates) {
    if (entry && !entry->IsDirectory()) {
      failures.push_back(OfFile(path, "the file exists already"));
    }
    return failures;
  }
  if (!entry || entry->IsDirectory()) {
    if (!patch.may_create) {
      failures.push_back(OfFile(path, patch.WhyNotThere()));
    }
    return failures;
  }
  if (file.hunks.empty() || !is_file) return failures;
  PM_ASSIGN_OR_RETURN(const std::uint64_t size,
                      repository->BlobSize(entry->id));
  if (size > kMaxFileBytes || !work->SpendBytes(size)) return failures;
  PM_ASSIGN_OR_RETURN(const std::string bytes,
                      repository->ReadBlob(entry->id, kMaxFileBytes));
  return ExplainHunks(bytes, diff, file, work);
}

}  // namespace

std::vector<HunkFailure> ExplainHunks(std::string_view bytes,
                                      const diff::Diff& diff,
                                      const diff::File& file, Work* work) {
  std::vector<HunkFailure> failures;
  const LineImage original(bytes);
  LineImage image(bytes);
  NearestPlace nearest(original, work);
  for (std::size_t i = 0; i < file.hunks.size(); ++i) {
    const diff::Hunk& hunk = file.hunks[i];
    const Sides sides = TakeSides(diff, hunk);
    const auto place = FindPlace(image, hunk, sides, work);
    if (place) {
      image.Replace(*place, sides.before.size(), sides.after, work);
      continue;
    }
    if (work->exhausted() || failures.size() >= kMaxHunkFailures) break;
    HunkFailure failure = OfFile(file.path(), WhyNowhere(hunk, sides),
                                 static_cast<std::uint32_t>(i));
    nearest.Find(sides, hunk.old_start > 0 ? hunk.old_start - 1 : 0, &failure);
    failures.push_back(std::move(failure));
  }
  return failures;
}

Result<std::vector<HunkFailure>> ExplainPatch(git::Repository* repository,
                                              const git::ObjectId& tree,
                                              const PatchText& patch,
                                              Work* work) {
  std::vector<HunkFailure> all;
  if (const auto& refusal = patch.refusal()) {
    all.push_back(OfFile(refusal->path, refusal->reason, refusal->hunk));
    return all;
  }
  for (const FilePatch& file : patch.files()) {
    PM_ASSIGN_OR_RETURN(
        std::vector<HunkFailure> failures,
        ExplainFile(repository, tree, patch.diff(), file, work));
    for (HunkFailure& failure : failures) {
      if (all.size() >= kMaxHunkFailures) return all;
      all.push_back(std::move(failure));
    }
    if (work->exhausted()) break;
  }
  return all;
}

}  // namespace patchmilter::tree
