// patchmilter index: makes and updates the index of a tree.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <iostream>

#include "app/commands.h"
#include "app/progress.h"
#include "base/log.h"
#include "tree/index/build.h"
#include "tree/index/ctags.h"

namespace patchmilter::app {
namespace {

constexpr std::chrono::milliseconds kRedraw{200};

// One line on a terminal, rewritten; elsewhere nothing.
class Line {
 public:
  void Show(const tree::BuildProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - shown_at_ < kRedraw) return;
    shown_at_ = now;
    shown_ = true;
    const std::size_t percent =
        progress.files == 0 ? 100 : progress.done * 100 / progress.files;
    std::cerr << fmt::format("\r{:3} %  {} of {} files  {} MB\x1b[K", percent,
                             Grouped(static_cast<std::int64_t>(progress.done)),
                             Grouped(static_cast<std::int64_t>(progress.files)),
                             Grouped(static_cast<std::int64_t>(
                                 progress.text_bytes / 1'000'000)))
              << std::flush;
  }
  void End() {
    if (shown_) std::cerr << "\r\x1b[K" << std::flush;
    shown_ = false;
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  bool shown_ = false;
  std::chrono::steady_clock::time_point shown_at_;
};

std::string Megabytes(std::uint64_t bytes) {
  return Grouped(static_cast<std::int64_t>((bytes + 500'000) / 1'000'000)) +
         " MB";
}

// Why definitions are not found; "" where they are, or where there are no
// files.
std::string WithoutDefinitions(const tree::BuildReport& report, bool not_wanted,
                               bool not_there) {
  if (!report.ctags_error.empty()) {
    return fmt::format("no definitions{}: {}",
                       report.symbols ? " of what was added" : "",
                       report.ctags_error);
  }
  if (report.symbols) return "";
  if (not_wanted) return "no definitions: ctags was not run";
  return not_there ? "no definitions: Universal Ctags is not installed" : "";
}

}  // namespace

int RunIndex(const IndexOptions& options) {
  tree::BuildOptions build;
  build.repository = options.tree;
  build.directory = options.index;
  build.branches = options.branches;
  if (options.max_mib > 0) build.max_bytes = options.max_mib << 20;
  if (!options.no_symbols) build.ctags = tree::FindCtags();
  Line line;
  build.progress = [&line](const tree::BuildProgress& progress) {
    line.Show(progress);
    return true;
  };
  const auto report = tree::BuildIndex(build);
  line.End();
  if (!report.ok()) return Fail(report.error());
  std::cout << fmt::format("{} files, {} added; {} of text in {} on disk\n",
                           Grouped(static_cast<std::int64_t>(report->files)),
                           Grouped(static_cast<std::int64_t>(report->added)),
                           Megabytes(report->text_bytes),
                           Megabytes(report->disk_bytes));
  for (const std::string& branch : report->gone) {
    std::cout << fmt::format("no branch \"{}\": left out\n",
                             log::Clean(branch));
  }
  if (report->skipped > 0) {
    std::cout << fmt::format(
        "{} files are not indexed: there is no room for them in {} MiB; "
        "searches read them from the repository\n",
        Grouped(static_cast<std::int64_t>(report->skipped)),
        Grouped(static_cast<std::int64_t>(build.max_bytes >> 20)));
  }
  const std::string why =
      WithoutDefinitions(*report, options.no_symbols, build.ctags.empty());
  if (!why.empty()) std::cout << why << '\n';
  if (report->ctags_failed > 0) {
    std::cout << fmt::format(
        "{} files without definitions: ctags failed on them\n",
        Grouped(static_cast<std::int64_t>(report->ctags_failed)));
  }
  return kExitDone;
}

}  // namespace patchmilter::app
