#include "app/index_keeper.h"

#include <utility>

#include "base/log.h"
#include "git/repository.h"
#include "tree/index/build.h"
#include "tree/index/ctags.h"

namespace patchmilter::app {
namespace {

// The heads of the tree's branches; of those that are not there nothing.
Result<std::vector<std::string>> Heads(const TreeConfig& tree) {
  PM_ASSIGN_OR_RETURN(const auto repository, git::Repository::Open(tree.path));
  std::vector<std::string> branches = tree.branches;
  if (branches.empty()) branches.emplace_back();
  std::vector<std::string> heads;
  for (const std::string& branch : branches) {
    const auto head = repository->ResolveName(branch);
    heads.push_back(head.ok() ? head->Hex() : "");
  }
  return heads;
}

}  // namespace

void IndexKeeper::Run() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_look_) return;
  for (const TreeConfig& tree : config_->trees) {
    if (!tree.index.empty() && !stopping_()) Update(tree);
  }
  next_look_ = std::chrono::steady_clock::now() + kPause;
}

void IndexKeeper::Update(const TreeConfig& tree) {
  auto heads = Heads(tree);
  if (!heads.ok()) {
    log::Warning("index", "tree={} {}", tree.name, heads.error().message);
    return;
  }
  if (done_[tree.name] == *heads) return;
  tree::BuildOptions options;
  options.directory = tree.index;
  options.repository = tree.path;
  options.branches = tree.branches;
  options.ctags = tree::FindCtags();
  auto said = std::chrono::steady_clock::now();
  options.progress = [&](const tree::BuildProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (now - said >= kSay) {
      said = now;
      log::Info("index", "tree={} {} of {} files", tree.name, progress.done,
                progress.files);
    }
    return !stopping_();
  };
  const auto report = tree::BuildIndex(options);
  if (!report.ok()) {
    if (!stopping_()) {
      log::Warning("index", "tree={} {}; searches go on without it", tree.name,
                   report.error().message);
    }
    return;
  }
  log::Info("index", "tree={} files={} added={} bytes={}{}", tree.name,
            report->files, report->added, report->disk_bytes,
            report->symbols ? "" : " without definitions");
  done_[tree.name] = *std::move(heads);
}

}  // namespace patchmilter::app
