#include "app/index_keeper.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
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

// What was there after a build, and is no more, was deleted by somebody.
bool AllThere(const std::string& directory,
              const std::vector<std::string>& files) {
  return std::all_of(files.begin(), files.end(), [&](const std::string& name) {
    return ::access((directory + "/" + name).c_str(), F_OK) == 0;
  });
}

std::string Summary(const tree::BuildReport& report) {
  std::string text = fmt::format("files={} added={} bytes={}", report.files,
                                 report.added, report.disk_bytes);
  if (report.skipped > 0) {
    text += fmt::format(" without {} files, for which there is no room",
                        report.skipped);
  }
  if (!report.symbols) text += " without definitions";
  if (!report.ctags_error.empty()) text += " (" + report.ctags_error + ")";
  for (const std::string& branch : report.gone) {
    text += fmt::format("; no branch \"{}\"", log::Clean(branch));
  }
  return text;
}

}  // namespace

void IndexKeeper::Run() {
  if (now_() < next_look_) return;
  for (const TreeConfig& tree : config_->trees) {
    if (!tree.index.empty() && !stopping_()) Update(tree, &kept_[tree.name]);
  }
  next_look_ = now_() + kPause;
}

void IndexKeeper::Say(const TreeConfig& tree, const std::string& why,
                      Kept* kept) {
  if (kept->fault == why) return;
  kept->fault = why;
  log::Warning("index", "tree={} {}; searches go on without it", tree.name,
               why);
}

void IndexKeeper::Update(const TreeConfig& tree, Kept* kept) {
  auto heads = Heads(tree);
  if (!heads.ok()) return Say(tree, heads.error().message, kept);
  const bool moved = kept->heads != *heads;
  if (kept->done && !moved && AllThere(tree.index, kept->files)) {
    kept->fault.clear();
    return;
  }
  if (moved) {
    kept->pause = std::chrono::seconds(0);
  } else if (!kept->done && now_() < kept->again) {
    return;
  }
  kept->heads = *std::move(heads);
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
  auto report = tree::BuildIndex(options);
  if (!report.ok()) {
    if (stopping_()) return;
    kept->done = false;
    kept->pause = std::clamp(2 * kept->pause, kPause, kLongestPause);
    kept->again = now_() + kept->pause;
    Say(tree, report.error().message, kept);
    return;
  }
  log::Info("index", "tree={} {}", tree.name, Summary(*report));
  kept->done = true;
  kept->files = std::move(report->names);
  kept->fault.clear();
  kept->pause = std::chrono::seconds(0);
}

}  // namespace patchmilter::app
