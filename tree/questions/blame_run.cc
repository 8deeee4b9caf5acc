#include "tree/questions/blame_run.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "git/line_diff.h"
#include "tree/questions/renames.h"

namespace patchmilter::tree {
namespace {

constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();
// A version and its parent's; the parent's is the next one's own.
constexpr std::size_t kKeptTexts = 2;
// Names that one file had.
constexpr std::size_t kMaxKeptPaths = 64;

bool IsRegular(std::uint32_t mode) {
  return mode == git::kModeFile || mode == git::kModeExecutable;
}

}  // namespace

bool BlameRun::Suspect::operator<(const Suspect& other) const {
  if (patch != other.patch) return patch > other.patch;
  if (date != other.date) return date > other.date;
  return std::tie(commit, path) < std::tie(other.commit, other.path);
}

BlameRun::BlameRun(View* view, const State& state, std::string path,
                   LineRange lines)
    : view_(view), range_(lines) {
  const std::uint32_t count = lines.last + 1 - lines.first;
  by_line_.assign(count, kNobody);
  Suspect first;
  first.patch = state.patches;
  if (state.patches == 0) first.commit = state.commit;
  first.path = std::move(path);
  if (count > 0) suspects_[first] = {{lines.first, lines.first, count}};
}

Status BlameRun::Advance(const Deadline& deadline) {
  while (!suspects_.empty()) {
    PM_RETURN_IF_ERROR(Step());
    if (deadline.IsOver()) break;
  }
  return {};
}

BlameRun::Origin BlameRun::At(std::uint32_t line) const {
  CHECK(line >= range_.first && line <= range_.last);
  const std::uint32_t origin = by_line_[line - range_.first];
  if (origin != kNobody) return origins_[origin];
  for (const auto& [suspect, all] : suspects_) {
    for (const Lines& lines : all) {
      if (line < lines.final_first || line - lines.final_first >= lines.count) {
        continue;
      }
      return {suspect.commit, suspect.patch, false, false};
    }
  }
  return {};
}

git::PathHistory& BlameRun::AtPath(const std::string& path) {
  if (paths_.size() > kMaxKeptPaths) paths_.clear();
  return paths_.try_emplace(path, view_->repository(), path).first->second;
}

Result<std::shared_ptr<const std::string>> BlameRun::Text(
    const git::ObjectId& blob) {
  for (const auto& [id, text] : texts_) {
    if (id == blob) return text;
  }
  PM_ASSIGN_OR_RETURN(std::string read,
                      view_->repository()->ReadBlob(blob, kMaxReadBytes));
  auto text = std::make_shared<const std::string>(std::move(read));
  texts_.emplace_front(blob, text);
  if (texts_.size() > kKeptTexts) texts_.pop_back();
  return std::shared_ptr<const std::string>(std::move(text));
}

Result<git::ObjectId> BlameRun::TreeOf(const Suspect& suspect) {
  if (suspect.patch > 0) {
    PM_ASSIGN_OR_RETURN(const State state, view_->Patched(suspect.patch));
    return state.tree;
  }
  PM_ASSIGN_OR_RETURN(const auto commit,
                      view_->history()->Read(suspect.commit));
  return commit.links.tree;
}

Result<std::vector<BlameRun::Version>> BlameRun::Parents(const Version& child) {
  std::vector<Version> parents;
  std::vector<git::ObjectId> commits;
  if (child.suspect.patch > 1) {
    Version parent;
    parent.suspect.patch = child.suspect.patch - 1;
    parent.suspect.path = child.suspect.path;
    PM_ASSIGN_OR_RETURN(parent.tree, TreeOf(parent.suspect));
    parents.push_back(std::move(parent));
    return parents;
  }
  if (child.suspect.patch == 1) {
    commits.push_back(view_->scope().base);
  } else {
    PM_ASSIGN_OR_RETURN(const auto commit,
                        view_->history()->Read(child.suspect.commit));
    commits = commit.links.parents;
  }
  for (const git::ObjectId& id : commits) {
    PM_ASSIGN_OR_RETURN(const auto commit, view_->history()->Read(id));
    Version parent;
    parent.suspect = {0, commit.links.committed, id, child.suspect.path};
    parent.tree = commit.links.tree;
    parents.push_back(std::move(parent));
  }
  return parents;
}

Result<bool> BlameRun::FindSame(Version* parent) {
  PM_ASSIGN_OR_RETURN(parent->entry,
                      AtPath(parent->suspect.path).At(parent->tree));
  return IsRegular(parent->entry.mode);
}

Result<bool> BlameRun::FindRenamed(Version* parent, const Version& child) {
  PM_ASSIGN_OR_RETURN(std::string old_path,
                      OldNameOf(view_->repository(), parent->tree, child.tree,
                                child.suspect.path));
  if (old_path.empty()) return false;
  parent->suspect.path = std::move(old_path);
  return FindSame(parent);
}

void BlameRun::Give(const Suspect& suspect, const std::vector<Lines>& lines) {
  if (lines.empty()) return;
  auto& all = suspects_[suspect];
  all.insert(all.end(), lines.begin(), lines.end());
}

void BlameRun::Settle(const Suspect& suspect, const std::vector<Lines>& lines,
                      bool shallow) {
  if (lines.empty()) return;
  origins_.push_back({suspect.commit, suspect.patch, true, shallow});
  for (const Lines& some : lines) {
    std::fill_n(by_line_.begin() + (some.final_first - range_.first),
                some.count, static_cast<std::uint32_t>(origins_.size() - 1));
  }
}

Result<std::vector<BlameRun::Lines>> BlameRun::Pass(const Version& child,
                                                    const Version& parent,
                                                    std::vector<Lines>* lines) {
  PM_ASSIGN_OR_RETURN(const auto new_text, Text(child.entry.id));
  PM_ASSIGN_OR_RETURN(const auto old_text, Text(parent.entry.id));
  PM_ASSIGN_OR_RETURN(
      const auto changes,
      git::DiffLines(*old_text, *new_text, git::DiffStyle::kBlamed));
  // By how much what stands above each change is moved in the parent.
  std::vector<std::int64_t> shifts = {0};
  for (const git::LineChange& change : changes) {
    shifts.push_back(shifts.back() + std::int64_t{change.old_count} -
                     std::int64_t{change.new_count});
  }
  std::vector<Lines> passed;
  std::vector<Lines> left;
  for (Lines rest : *lines) {
    // The first change that does not lie above.
    auto change = std::partition_point(
        changes.begin(), changes.end(), [&rest](const git::LineChange& c) {
          return c.new_first + c.new_count <= rest.first;
        });
    while (rest.count > 0) {
      const bool last = change == changes.end();
      const bool changed = !last && change->new_first <= rest.first;
      Lines some = rest;
      if (!last) {
        const std::uint32_t end =
            change->new_first + (changed ? change->new_count : 0);
        some.count = std::min(rest.count, end - rest.first);
      }
      rest.final_first += some.count;
      rest.first += some.count;
      rest.count -= some.count;
      if (changed) {
        left.push_back(some);
        ++change;
        continue;
      }
      const auto above = static_cast<std::size_t>(change - changes.begin());
      some.first = static_cast<std::uint32_t>(some.first + shifts[above]);
      passed.push_back(some);
      // What was only removed there has no lines here.
      while (change != changes.end() && change->new_count == 0 &&
             change->new_first <= rest.first) {
        ++change;
      }
    }
  }
  *lines = std::move(left);
  return passed;
}

Status BlameRun::Step() {
  // It is taken out at the end: where reading fails, nothing is lost.
  const auto at = suspects_.begin();
  Version child;
  child.suspect = at->first;
  PM_ASSIGN_OR_RETURN(child.tree, TreeOf(child.suspect));
  PM_ASSIGN_OR_RETURN(child.entry, AtPath(child.suspect.path).At(child.tree));
  PM_ASSIGN_OR_RETURN(std::vector<Version> parents, Parents(child));

  const auto whole = [&](const Version& parent) {
    const std::vector<Lines> lines = std::move(at->second);
    suspects_.erase(at);
    Give(parent.suspect, lines);
  };
  // First those that have the file by its name, then those that have it by
  // another. One with the same content takes all.
  std::vector<bool> found(parents.size(), false);
  for (const bool renamed : {false, true}) {
    for (std::size_t i = 0; i < parents.size(); ++i) {
      if (found[i]) continue;
      PM_ASSIGN_OR_RETURN(
          const bool is_there,
          renamed ? FindRenamed(&parents[i], child) : FindSame(&parents[i]));
      if (!is_there) continue;
      if (parents[i].entry.id == child.entry.id) {
        whole(parents[i]);
        return {};
      }
      found[i] = true;
    }
  }
  std::vector<Lines> lines = at->second;
  std::vector<std::pair<Suspect, std::vector<Lines>>> passed;
  for (std::size_t i = 0; i < parents.size() && !lines.empty(); ++i) {
    if (!found[i]) continue;
    // The same content again has nothing more to give.
    bool again = false;
    for (std::size_t k = 0; k < i; ++k) {
      again = again || (found[k] && parents[k].entry.id == parents[i].entry.id);
    }
    if (again) continue;
    PM_ASSIGN_OR_RETURN(auto some, Pass(child, parents[i], &lines));
    passed.emplace_back(parents[i].suspect, std::move(some));
  }
  bool shallow = false;
  if (child.suspect.patch == 0) {
    PM_ASSIGN_OR_RETURN(const auto commit,
                        view_->history()->Read(child.suspect.commit));
    shallow = commit.shallow;
  }
  suspects_.erase(at);
  for (const auto& [suspect, some] : passed) Give(suspect, some);
  Settle(child.suspect, lines, shallow);
  return {};
}

}  // namespace patchmilter::tree
