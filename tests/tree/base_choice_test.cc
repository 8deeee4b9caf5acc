#include "tree/base/base_choice.h"

#include <gtest/gtest.h>

#include "tests/git/scratch_git.h"
#include "tree/base/blob_match.h"

namespace patchmilter::tree {
namespace {

using patchmilter::testing::ScratchGit;

TEST(MatchesHintTest, TakesTheLastComponents) {
  const struct {
    const char* branch;
    const char* hint;
    bool want;
  } kCases[] = {
      {"net-next", "net-next", true},
      {"net-next", "NET-NEXT", true},
      {"remotes/origin/net-next", "net-next", true},
      {"refs/heads/drm/drm-misc-next", "drm-misc-next", true},
      {"refs/heads/drm/drm-misc-next", "drm/drm-misc-next", true},
      {"net-next/main", "net-next", true},
      {"mirror/net-next/master", "net-next", true},
      {"linux-6.12.y", "6.12.y", true},
      {"stable/linux-6.12.y", "6.12.y", true},
      {"linux-6.112.y", "12.y", false},
      {"net-next", "net", false},
      {"net-next", "next", true},
      {"kernel", "net-next", false},
      {"planet-next", "net-next", false},
      {"main", "in", false},
      {"", "net", false},
      {"net-next/main/x", "net-next", false},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(MatchesHint(test.branch, test.hint), test.want)
        << test.branch << " " << test.hint;
  }
}

class BaseChoiceTest : public ::testing::Test {
 protected:
  ApplyReport Apply(std::vector<std::string> branches, SeriesInput series,
                    const std::vector<std::string>& mails) {
    TreeConfig config;
    config.name = "tested";
    config.path = git_.work();
    config.branches = std::move(branches);
    auto tree = Tree::Open(config);
    EXPECT_TRUE(tree.ok());
    std::vector<diff::Diff> diffs;
    diffs.reserve(mails.size());
    for (const std::string& mail : mails) {
      diffs.push_back(diff::Diff::Parse(mail));
    }
    for (const diff::Diff& diff : diffs) {
      series.patches.push_back(
          {static_cast<std::int64_t>(series.patches.size() + 1), &diff});
    }
    auto report = (*tree)->Apply(series);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : ApplyReport();
  }

  // Commits of f: 0, 1, …; the last is the tip.
  std::vector<std::string> History(int count) {
    std::vector<std::string> commits;
    for (int i = 0; i < count; ++i) {
      git_.Write("f", "top\n1\n2\n3\n4\nchanges " + std::to_string(i) + "\n");
      git_.Write("g", std::to_string(i / 3) + "\n");
      commits.push_back(
          git_.Commit(std::to_string(i), 1'700'000'000 + i * 1000));
    }
    return commits;
  }

  std::vector<std::string> PatchOn(const std::string& base) {
    git_.Git({"checkout", "-q", "--detach", base});
    const std::string text = git_.Git({"show", base + ":f"}) + "\n";
    git_.Write("f", "new top\n" + text.substr(4));
    git_.Commit("Patch", 1'700'500'000);
    auto mails = git_.FormatPatches(base);
    git_.Git({"checkout", "-q", "main"});
    return mails;
  }

  ScratchGit git_;
};

TEST_F(BaseChoiceTest, TakesTheCommitThatTheIndexLinesName) {
  const auto commits = History(8);
  const auto mails = PatchOn(commits[2]);
  ApplyReport report = Apply({"main"}, {}, mails);
  EXPECT_EQ(report.base, commits[2]);
  EXPECT_EQ(report.base_reason,
            "branch main, 5 commits before it, by index lines of 1 of 1 files");
  EXPECT_EQ(report.how, std::vector{HowApplied::kExact});

  // From the date backwards where that will do, else from the tip.
  SeriesInput series;
  series.date = 1'700'003'500;
  report = Apply({"main"}, series, mails);
  EXPECT_EQ(report.base, commits[2]);
  EXPECT_EQ(
      report.base_reason,
      "branch main as of 2023-11-14T23:11:40Z, 1 commit before it, by index "
      "lines of 1 of 1 files");
  series.date = 1'700'000'500;
  EXPECT_EQ(Apply({"main"}, series, mails).base, commits[2]);

  // What a person has named stands, whatever the mails say.
  series.as_configured = true;
  series.base_commit = commits[2];
  const ApplyReport given = Apply({"main~1"}, series, mails);
  EXPECT_EQ(given.base, commits[6]);
  EXPECT_EQ(given.base_reason, "given as main~1");
}

TEST_F(BaseChoiceTest, ReadsTheFirstIndexLineOfEachFile) {
  const auto commits = History(3);
  git_.Write("f", "top\nx\n");
  git_.Write("new", "1\n");
  git_.Commit("One");
  git_.Write("f", "top\ny\n");
  git_.Write("new", "2\n");
  git_.Commit("Two");
  const auto mails = git_.FormatPatches(commits[2]);
  auto repository = git::Repository::Open(git_.work());
  ASSERT_TRUE(repository.ok());
  SeriesInput series;
  std::vector<diff::Diff> diffs;
  diffs.reserve(mails.size());
  for (const std::string& mail : mails) {
    diffs.push_back(diff::Diff::Parse(mail));
  }
  for (const diff::Diff& diff : diffs) series.patches.push_back({1, &diff});
  series.patches.push_back({2, nullptr});
  const auto blobs = BaseBlobs(repository->get(), series);
  ASSERT_TRUE(blobs.ok());
  ASSERT_EQ(blobs->size(), 1U);
  EXPECT_EQ(blobs->front().path, "f");
  EXPECT_EQ(blobs->front().blob.Hex(),
            git_.Git({"rev-parse", commits[2] + ":f"}));
}

TEST_F(BaseChoiceTest, TheSubjectsHintGoesFirst) {
  const auto commits = History(4);
  const auto mails = PatchOn(commits[3]);
  git_.Git({"branch", "net-next/main", commits[3]});
  git_.Git({"checkout", "-q", "net-next/main"});
  git_.Write("h", "h\n");
  const std::string next = git_.Commit("Next", 1'700'100'000);
  SeriesInput series;
  series.tree_hints = {"ltp", "net-next"};
  const ApplyReport report = Apply({"main", "net-next/main"}, series, mails);
  EXPECT_EQ(report.base, next);
  EXPECT_EQ(report.base_reason,
            "branch net-next/main (the subject says net-next)");
}

TEST_F(BaseChoiceTest, TheNewestBranchGoesBeforeTheOthers) {
  const auto commits = History(2);
  git_.Git({"branch", "old", commits[0]});
  const std::string patch =
      "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n"
      "@@ -0,0 +1 @@\n+x\n";
  EXPECT_EQ(Apply({"old", "main"}, {}, {patch}).base, commits[1]);
}

TEST_F(BaseChoiceTest, SaysWhichPrerequisitesAreThere) {
  const auto commits = History(3);
  git_.Write("p", "p\n");
  const std::string prerequisite = git_.Commit("Prerequisite", 1'700'200'000);
  const std::string id =
      diff::Diff::Parse(git_.FormatPatches(commits[2]).front()).StablePatchId();
  SeriesInput series;
  series.base_commit = prerequisite;
  series.prerequisite_patch_ids = {id, std::string(40, '1')};
  const ApplyReport report = Apply({"main"}, series, PatchOn(prerequisite));
  EXPECT_EQ(report.status, ApplyStatus::kApplied);
  ASSERT_EQ(report.prerequisites.size(), 2U);
  EXPECT_EQ(report.prerequisites[0].patch_id, id);
  EXPECT_EQ(report.prerequisites[0].commit, prerequisite);
  EXPECT_EQ(report.prerequisites[1].commit, "");
}

}  // namespace
}  // namespace patchmilter::tree
