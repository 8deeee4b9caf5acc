// Our decisions against `git am -3`, and `git am --no-3way`, in a work tree, on
// series that a generator makes: how many patches apply, and the tree.
//
// PATCHMILTER_GENERATED_SERIES (a number) makes that many in place of the
// suite's hundred, PATCHMILTER_GENERATED_SEED starts elsewhere.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/git/scratch_git.h"
#include "tests/tree/generated_series.h"
#include "tests/tree/git_am.h"
#include "tree/tree.h"

namespace patchmilter::tree {
namespace {

using patchmilter::testing::AmDecision;
using patchmilter::testing::AskGitAm;
using patchmilter::testing::AsMail;
using patchmilter::testing::GeneratedSeries;
using patchmilter::testing::GenerateSeries;
using patchmilter::testing::ScratchGit;

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

// git mailsplit takes the CR in front of each LF away.
std::string WithoutCr(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    out += text[i];
  }
  return out;
}

struct Tally {
  std::size_t whole = 0;   // Applied whole,
  std::size_t merged = 0;  // some patch by a merge.
  std::size_t differ = 0;  // Not decided as git does.
  std::string differences;
};

Tally Compare(std::uint64_t seed, std::size_t count, ApplyLevel level) {
  ScratchGit git;
  const std::vector<GeneratedSeries> all =
      GenerateSeries(&git, seed, count, /*damaged=*/false, /*roomy=*/true);
  TreeConfig config;
  config.name = "generated";
  config.path = git.work();
  auto tree = Tree::Open(config);
  EXPECT_TRUE(tree.ok()) << tree.error().message;
  Tally tally;
  if (!tree.ok()) return tally;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].patches.empty()) continue;
    std::vector<std::string> mails;
    std::vector<diff::Diff> diffs;
    for (const std::string& patch : all[i].patches) {
      mails.push_back(WithoutCr(AsMail(patch)));
      diffs.push_back(diff::Diff::Parse(mails.back()));
    }
    SeriesInput series;
    series.base_commit = all[i].base;
    series.level = level;
    for (const diff::Diff& diff : diffs) {
      series.patches.push_back(
          {static_cast<std::int64_t>(series.patches.size() + 1), &diff});
    }
    const auto got = (*tree)->Apply(series);
    EXPECT_TRUE(got.ok()) << got.error().message;
    if (!got.ok()) continue;
    const AmDecision want =
        AskGitAm(&git, all[i].base, mails, level == ApplyLevel::kThreeWay);
    // git drops a corrupt binary patch and all files behind it.
    if (want.output.find("corrupt binary patch") != std::string::npos) continue;
    const std::string base_tree =
        git.Git({"rev-parse", all[i].base + "^{tree}"});
    const std::string& last =
        got->result_trees.empty() ? base_tree : got->result_trees.back();
    if (want.applied == mails.size()) ++tally.whole;
    bool merged = false;
    for (const HowApplied how : got->how) {
      merged = merged || how >= HowApplied::kThreeWay;
    }
    if (merged) ++tally.merged;
    if (got->applied == want.applied && last == want.tree) continue;
    if (++tally.differ > 3) continue;
    tally.differences +=
        "seed " + std::to_string(seed) + ", series " + std::to_string(i) +
        ", base " + all[i].base + "\nwe say: " + std::to_string(got->applied) +
        " applied, " + last + " " +
        (got->failure ? got->failure->path + ": " + got->failure->reason : "") +
        "\ngit says: " + std::to_string(want.applied) + " applied, " +
        want.tree + "\n" + want.output + "\n";
    const std::size_t k = std::min(got->applied, want.applied);
    if (k < mails.size()) tally.differences += mails[k];
  }
  return tally;
}

TEST(ThreeWayPropertyTest, DecidesAsGitAm3) {
  const std::size_t count =
      FromEnvironment("PATCHMILTER_GENERATED_SERIES", 100);
  const Tally tally = Compare(FromEnvironment("PATCHMILTER_GENERATED_SEED", 3),
                              count, ApplyLevel::kThreeWay);
  EXPECT_EQ(tally.differ, 0U) << tally.differences;
  // The generator makes all kinds, or it proves nothing.
  EXPECT_GT(tally.whole, count / 5);
  EXPECT_LT(tally.whole, count * 19 / 20);
  EXPECT_GT(tally.merged, count / 20);
}

TEST(ThreeWayPropertyTest, DecidesAsGitAm) {
  const std::size_t count =
      FromEnvironment("PATCHMILTER_GENERATED_SERIES", 100) / 4;
  const Tally tally = Compare(FromEnvironment("PATCHMILTER_GENERATED_SEED", 4),
                              count, ApplyLevel::kPlain);
  EXPECT_EQ(tally.differ, 0U) << tally.differences;
  EXPECT_EQ(tally.merged, 0U);
  EXPECT_GT(tally.whole, count / 5);
}

}  // namespace
}  // namespace patchmilter::tree
