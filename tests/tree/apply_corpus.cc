// apply_corpus TREE [BRANCH [3way]]: applies series named on standard input and
// prints how each fared, for comparing with git's decisions on a corpus (see
// apply_corpus.py). Run by hand.
//
// A line in: NAME, DATE (seconds; 0 unknown), BASE (a commit id or empty), then
// the files that hold the diffs of the patches in order, parted by tabs.
// A line out: NAME, status, base, number of patches that applied, last tree,
// path, hunk, reason, base_reason, how each patch applied.
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "tree/tree.h"

namespace patchmilter {
namespace {

std::string_view StatusName(tree::ApplyStatus status) {
  switch (status) {
    case tree::ApplyStatus::kApplied:
      return "applied";
    case tree::ApplyStatus::kPartial:
      return "partial";
    case tree::ApplyStatus::kReference:
      return "reference";
    case tree::ApplyStatus::kNoTree:
      return "no-tree";
  }
  return "?";
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: apply_corpus TREE [BRANCH [3way]]\n";
    return 2;
  }
  TreeConfig config;
  config.name = "corpus";
  config.path = argv[1];
  config.branches = {argc > 2 ? argv[2] : ""};
  const bool three_way = argc > 3 && std::string(argv[3]) == "3way";
  auto opened = tree::Tree::Open(config);
  if (!opened.ok()) {
    std::cerr << opened.error().message << '\n';
    return 1;
  }
  double seconds = 0;
  std::size_t patches = 0;
  for (std::string line; std::getline(std::cin, line);) {
    const auto fields = Split(line, '\t');
    if (fields.size() < 4) continue;
    std::vector<diff::Diff> diffs;
    for (std::size_t i = 3; i < fields.size(); ++i) {
      diffs.push_back(
          diff::Diff::Parse(ReadFile(std::string(fields[i])).value()));
    }
    tree::SeriesInput series;
    series.date = static_cast<UnixSeconds>(*ParseUnsigned(fields[1]));
    series.base_commit = fields[2];
    if (three_way) series.level = tree::ApplyLevel::kThreeWay;
    for (const diff::Diff& diff : diffs) {
      series.patches.push_back(
          {static_cast<std::int64_t>(series.patches.size() + 1), &diff});
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto report = (*opened)->Apply(series);
    seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
            .count();
    patches += diffs.size();
    std::cout << fields[0] << '\t';
    if (!report.ok()) {
      std::cout << "error\t" << report.error().message << '\n';
      continue;
    }
    std::cout << StatusName(report->status) << '\t' << report->base << '\t'
              << report->applied << '\t'
              << (report->result_trees.empty() ? ""
                                               : report->result_trees.back())
              << '\t' << (report->failure ? report->failure->path : "") << '\t'
              << (report->failure && report->failure->hunk
                      ? std::to_string(*report->failure->hunk)
                      : "")
              << '\t' << (report->failure ? report->failure->reason : "")
              << '\t' << report->base_reason << '\t';
    for (const tree::HowApplied how : report->how) {
      std::cout << tree::HowAppliedName(how) << ' ';
    }
    std::cout << std::endl;
  }
  std::cerr << patches << " patches in " << seconds << " s\n";
  return 0;
}

}  // namespace
}  // namespace patchmilter

int main(int argc, char** argv) { return patchmilter::Main(argc, argv); }
