// Our decisions against git's, on series that a generator makes: which patch is
// the first that does not apply, and the id of each tree.
//
// PATCHMILTER_GENERATED_SERIES (a number) makes that many in place of the
// suite's few hundred, PATCHMILTER_GENERATED_SEED starts elsewhere.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/git/scratch_git.h"
#include "tests/tree/generated_series.h"
#include "tree/tree.h"

namespace patchmilter::tree {
namespace {

using patchmilter::testing::AskGit;
using patchmilter::testing::GeneratedSeries;
using patchmilter::testing::GenerateSeries;
using patchmilter::testing::GitDecision;
using patchmilter::testing::ScratchGit;

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

// Where we mean to differ. git drops a corrupt binary patch and all files
// behind it, and applies the rest.
bool IsGitsOwn(const std::string& complaint) {
  return complaint.find("corrupt binary patch") != std::string::npos ||
         complaint.find("unrecognized binary patch") != std::string::npos;
}

struct Tally {
  std::size_t whole = 0;   // Applied whole.
  std::size_t differ = 0;  // Not decided as git does.
  std::string first;       // The first of these.
};

// Compares `count` series.
Tally Compare(std::uint64_t seed, std::size_t count, bool damaged) {
  ScratchGit git;
  const std::vector<GeneratedSeries> all =
      GenerateSeries(&git, seed, count, damaged);
  TreeConfig config;
  config.name = "generated";
  config.path = git.work();
  auto tree = Tree::Open(config);
  EXPECT_TRUE(tree.ok()) << tree.error().message;
  Tally tally;
  if (!tree.ok()) return tally;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<diff::Diff> diffs;
    for (const std::string& patch : all[i].patches) {
      diffs.push_back(diff::Diff::Parse(patch));
    }
    SeriesInput series;
    series.base_commit = all[i].base;
    for (const diff::Diff& diff : diffs) {
      series.patches.push_back(
          {static_cast<std::int64_t>(series.patches.size() + 1), &diff});
    }
    const auto got = (*tree)->Apply(series);
    EXPECT_TRUE(got.ok()) << got.error().message;
    if (!got.ok()) continue;
    const GitDecision want = AskGit(&git, all[i]);
    if (want.crashed || IsGitsOwn(want.complaint)) continue;
    // The first patch on which we part.
    std::size_t k = 0;
    while (k < got->applied && k < want.applied &&
           got->result_trees[k] == want.trees[k]) {
      ++k;
    }
    if (got->applied != want.applied || k != want.applied) {
      if (++tally.differ == 1) {
        tally.first =
            "seed " + std::to_string(seed) + ", series " + std::to_string(i) +
            ", base " + all[i].base + ", patch " + std::to_string(k + 1) +
            "\nwe say: " +
            (got->failure ? got->failure->path + ": " + got->failure->reason
                          : "it applies") +
            "\ngit says: " + (want.applied == k ? "" : "it applies ") +
            want.complaint + "\n" +
            (k < all[i].patches.size() ? all[i].patches[k] : "");
      }
    }
    if (want.applied == all[i].patches.size()) ++tally.whole;
  }
  return tally;
}

TEST(PropertyTest, DecidesAsGit) {
  const std::size_t count =
      FromEnvironment("PATCHMILTER_GENERATED_SERIES", 300);
  const Tally tally =
      Compare(FromEnvironment("PATCHMILTER_GENERATED_SEED", 1), count, false);
  EXPECT_EQ(tally.differ, 0U) << tally.first;
  // The generator makes both kinds, or it proves nothing.
  EXPECT_GT(tally.whole, count / 5);
  EXPECT_LT(tally.whole, count * 19 / 20);
}

TEST(PropertyTest, DecidesAsGitOnDamagedPatches) {
  const std::size_t count =
      FromEnvironment("PATCHMILTER_GENERATED_SERIES", 300) / 2;
  const Tally tally =
      Compare(FromEnvironment("PATCHMILTER_GENERATED_SEED", 2), count, true);
  // What is left are headers of which a line is cut in two inside a name or a
  // keyword, where git goes on with half of what it has read.
  EXPECT_LE(tally.differ, count / 300) << tally.first;
}

}  // namespace
}  // namespace patchmilter::tree
