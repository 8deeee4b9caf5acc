#include "tree/base/base_choice.h"

#include <gtest/gtest.h>

#include "tests/git/scratch_git.h"
#include "tree/base/blob_match.h"
#include "tree/base/tree_hint.h"

namespace patchmilter::tree {
namespace {

using patchmilter::testing::ScratchGit;

TEST(FitHintTest, TakesTheLastComponents) {
  constexpr HintFit kNone = HintFit::kNone;
  constexpr HintFit kEnd = HintFit::kEnd;
  constexpr HintFit kExact = HintFit::kExact;
  const struct {
    const char* branch;
    const char* hint;
    HintFit want;
  } kCases[] = {
      {"net-next", "net-next", kExact},
      {"net-next", "NET-NEXT", kExact},
      {"remotes/origin/net-next", "net-next", kExact},
      {"refs/heads/drm/drm-misc-next", "drm-misc-next", kExact},
      {"refs/heads/drm/drm-misc-next", "drm/drm-misc-next", kExact},
      {"net-next/main", "net-next", kExact},
      {"mirror/net-next/master", "net-next", kExact},
      {"net/main", "net", kExact},
      {"for-net", "net", kEnd},
      {"net-next", "net", kNone},
      {"net-next", "next", kEnd},
      {"linux-next", "-next", kExact},
      {"linux-next/master", "next", kExact},
      {"kernel", "net-next", kNone},
      {"planet-next", "net-next", kNone},
      {"main", "in", kNone},
      {"", "net", kNone},
      {"net-next/main/x", "net-next", kNone},
      // Stable releases.
      {"linux-6.12.y", "6.12.y", kExact},
      {"stable/linux-6.12.y", "6.12.y", kExact},
      {"stable/linux-6.12.y", "6.12", kExact},
      {"linux-6.12.y", "v6.12.y", kExact},
      {"linux-6.6.y", "6.6-stable", kExact},
      {"linux-6.6.y", "stable-6.6", kExact},
      {"linux-6.6.y", "stable/linux-6.6.y", kExact},
      {"linux-5.15.y", "5.10/5.15/6.1", kExact},
      {"6.12-stable", "6.12.y", kExact},
      {"linux-6.112.y", "12.y", kNone},
      {"linux-6.1.y", "6.12", kNone},
      {"linux-6.12.y", "6.1", kNone},
      {"linux-6.12.y", "6.12-rc1", kNone},
      {"linux-6.12.y", "for-6.12", kNone},
      {"linux-6.12.y", "6.12.3", kNone},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(FitHint(test.branch, test.hint), test.want)
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
  const auto blobs = FindBaseBlobs(repository->get(), series);
  ASSERT_TRUE(blobs.ok());
  EXPECT_EQ(blobs->named, 1U);
  ASSERT_EQ(blobs->there.size(), 1U);
  EXPECT_EQ(blobs->there.front().path, "f");
  EXPECT_EQ(blobs->there.front().blob.Hex(),
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

TEST_F(BaseChoiceTest, TheWholeNameGoesBeforeTheEndOfOne) {
  const auto commits = History(4);
  const auto mails = PatchOn(commits[3]);
  for (const char* branch : {"net/main", "for-net"}) {
    git_.Git({"checkout", "-q", "-b", branch, commits[3]});
    git_.Write("h", branch);
    git_.Commit(branch, branch[0] == 'f' ? 1'700'300'000 : 1'700'200'000);
  }
  SeriesInput series;
  series.tree_hints = {"net"};
  const ApplyReport report =
      Apply({"main", "for-net", "net/main"}, series, mails);
  EXPECT_EQ(report.base, git_.Git({"rev-parse", "net/main"}));
  EXPECT_EQ(report.base_reason, "branch net/main (the subject says net)");
}

TEST_F(BaseChoiceTest, CountsTheIndexLinesThatNameNothingHere) {
  const auto commits = History(3);
  auto mails = PatchOn(commits[1]);
  mails.push_back(
      "diff --git a/g b/g\nindex 1234567..2345678 100644\n--- a/g\n+++ b/g\n"
      "@@ -1 +1 @@\n-0\n+9\n");
  const ApplyReport report = Apply({"main"}, {}, mails);
  EXPECT_EQ(report.base, commits[1]);
  EXPECT_EQ(report.base_reason,
            "branch main, 1 commit before it, by index lines of 1 of 2 files");
}

// Branches of more commits than are walked.
class LongHistoryTest : public BaseChoiceTest {
 protected:
  // `count` commits of f on `branch`, an hour apart, the first at `start`.
  void Grow(const std::string& branch, int count, std::int64_t start) {
    std::string stream;
    for (int i = 0; i < count; ++i) {
      const std::string text = Text(branch, i);
      stream += "commit refs/heads/" + branch + "\ncommitter A <a@b> " +
                std::to_string(start + i * 3600) + " +0000\ndata 1\nx\n" +
                "M 100644 inline f\ndata " + std::to_string(text.size()) +
                "\n" + text + "\n";
    }
    git_.Git({"fast-import", "--quiet", "--force"}, stream);
  }

  static std::string Text(const std::string& branch, int i) {
    return "top\n" + branch + " " + std::to_string(i) + "\n";
  }

  std::vector<std::string> PatchOnCommit(const std::string& revision) {
    git_.Git({"checkout", "-q", "--detach", revision});
    const std::string text = git_.Git({"show", "HEAD:f"}) + "\n";
    git_.Write("f", "new " + text);
    git_.Commit("Patch", kStart);
    return git_.FormatPatches("HEAD~1");
  }

  static constexpr std::int64_t kStart = 1'600'000'000;
};

TEST_F(LongHistoryTest, EachBranchHasItsTurn) {
  Grow("master", 3'200, kStart + 36'000);
  Grow("other", 20, kStart);
  const auto mails = PatchOnCommit("other");
  const ApplyReport report = Apply({"master", "other"}, {}, mails);
  EXPECT_EQ(report.base, git_.Git({"rev-parse", "other"}));
  EXPECT_EQ(report.base_reason, "branch other, by index lines of 1 of 1 files");
}

// format-patch prints the author's date: the series was rebased since.
TEST_F(LongHistoryTest, ARebasedSeriesIsFoundBehindItsDate) {
  Grow("master", 7'000, kStart);
  SeriesInput series;
  series.date = kStart + 3'300 * 3600;
  ApplyReport report = Apply({"master"}, series, PatchOnCommit("master~3600"));
  EXPECT_EQ(report.base, git_.Git({"rev-parse", "master~3600"}));
  EXPECT_EQ(report.base_reason,
            "branch master as of " + FormatTime(series.date) +
                ", 99 commits after it, by index lines of 1 of 1 files");
  report = Apply({"master"}, series, PatchOnCommit("master~900"));
  EXPECT_EQ(report.base, git_.Git({"rev-parse", "master~900"}));
  EXPECT_EQ(report.base_reason,
            "branch master, 900 commits before it, by index lines of 1 of 1 "
            "files");
  // And one that was not.
  report = Apply({"master"}, series, PatchOnCommit("master~4500"));
  EXPECT_EQ(report.base, git_.Git({"rev-parse", "master~4500"}));
}

TEST_F(LongHistoryTest, TheWalkIsBounded) {
  Grow("master", 7'000, kStart);
  const ApplyReport report =
      Apply({"master"}, {}, PatchOnCommit("master~3100"));
  EXPECT_EQ(report.status, ApplyStatus::kReference);
  EXPECT_EQ(report.base_reason, "branch master");
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

class PrerequisitesTest : public BaseChoiceTest {
 protected:
  void SetUp() override {
    base_ = History(3).back();
    // What the author had on top of it.
    prerequisite_ = PatchOn(base_);
    id_ = diff::Diff::Parse(prerequisite_.front()).StablePatchId();
    git_.Git({"checkout", "-q", "--detach", base_});
    ApplyPatches(prerequisite_);
    const std::string below = git_.Git({"rev-parse", "HEAD"});
    const std::string text = git_.Git({"show", "HEAD:f"}) + "\n";
    git_.Write("f", "newer " + text.substr(4));
    git_.Commit("Series", 1'700'600'000);
    mails_ = git_.FormatPatches(below);
    // What the index lines would find.
    for (std::string& mail : mails_) {
      const std::size_t at = mail.find("\nindex ");
      mail.erase(at + 1, mail.find('\n', at + 1) - at);
    }
    git_.Git({"checkout", "-q", "main"});
    series_.base_commit = base_;
    series_.prerequisite_patch_ids = {id_};
    series_.date = 1'700'700'000;
  }

  void ApplyPatches(const std::vector<std::string>& mails) {
    for (const std::string& mail : mails) git_.Git({"am", "-q"}, mail);
  }

  // Another file on the checked out branch.
  std::string Another(const std::string& name) {
    git_.Write(name, name + "\n");
    return git_.Commit(name, 1'700'650'000);
  }

  std::string base_;
  std::vector<std::string> prerequisite_;
  std::string id_;
  std::vector<std::string> mails_;
  SeriesInput series_;
};

TEST_F(PrerequisitesTest, TheBranchThatHasThemComesAfterTheStatedBase) {
  Another("before");
  ApplyPatches(prerequisite_);
  const std::string has = git_.Git({"rev-parse", "HEAD"});
  Another("after");
  ApplyReport report = Apply({"main"}, series_, mails_);
  EXPECT_EQ(report.status, ApplyStatus::kApplied);
  EXPECT_EQ(report.base, has);
  EXPECT_EQ(report.base_reason,
            "has 1 of 1 patch needed on top of the base-commit");
  EXPECT_TRUE(report.stated_base_known);
  EXPECT_FALSE(report.on_stated_base);
  ASSERT_EQ(report.prerequisites.size(), 1U);
  EXPECT_EQ(report.prerequisites[0].commit, has);

  // Where the stated base takes the series, nothing else is asked.
  report = Apply({"main"}, series_, prerequisite_);
  EXPECT_EQ(report.base, base_);
  EXPECT_TRUE(report.on_stated_base);
  EXPECT_EQ(report.prerequisites[0].commit, "");
}

TEST_F(PrerequisitesTest, TwoBranchesThatMet) {
  // The second patch that is needed stands on another branch.
  git_.Git({"checkout", "-q", "-b", "topic", base_});
  const std::string second = Another("second");
  series_.prerequisite_patch_ids.push_back(
      diff::Diff::Parse(git_.FormatPatches(base_).front()).StablePatchId());
  git_.Git({"checkout", "-q", "main"});
  ApplyPatches(prerequisite_);
  git_.Git({"merge", "-q", "--no-edit", "topic"});
  Another("after");
  const ApplyReport report = Apply({"main"}, series_, mails_);
  EXPECT_EQ(report.status, ApplyStatus::kApplied);
  EXPECT_EQ(report.base, git_.Git({"rev-parse", "main"}));
  EXPECT_EQ(report.base_reason,
            "has 2 of 2 patches needed on top of the base-commit");
}

TEST_F(PrerequisitesTest, FoundNowhereOrNotEnough) {
  ApplyReport report = Apply({"main"}, series_, mails_);
  EXPECT_EQ(report.status, ApplyStatus::kReference);
  EXPECT_EQ(report.base, base_);
  EXPECT_EQ(report.base_reason, "base-commit");
  ASSERT_EQ(report.prerequisites.size(), 1U);
  EXPECT_EQ(report.prerequisites[0].commit, "");
  EXPECT_EQ(report.prerequisites[0].elsewhere, "");

  // A branch has it, but the series applies there no more.
  ApplyPatches(prerequisite_);
  const std::string has = git_.Git({"rev-parse", "HEAD"});
  report = Apply({"main"}, series_, {mails_[0], mails_[0]});
  EXPECT_EQ(report.status, ApplyStatus::kPartial);
  EXPECT_EQ(report.base, has);
  std::string other = mails_[0];
  other.replace(other.find("\n-new top"), 9, "\n-no such");
  report = Apply({"main"}, series_, {other});
  EXPECT_EQ(report.base, base_);
  EXPECT_EQ(report.base_reason, "base-commit (best of 2 bases tried)");
  EXPECT_EQ(report.prerequisites[0].elsewhere, has);
}

// git makes these ids from the trees; they are not what it makes of the mails.
TEST_F(BaseChoiceTest, PrerequisitesAreKnownByTheIdsThatGitWrites) {
  const std::string base = History(2).back();
  const auto commit = [this](const char* subject) {
    git_.Git({"add", "-A"});
    git_.Commit(subject, 1'700'200'000);
  };
  git_.Git({"update-index", "--chmod=+x", "g"});
  git_.Git({"commit", "-q", "-m", "Mode alone"});
  git_.Git({"reset", "-q", "--hard"});
  git_.Git({"mv", "g", "renamed"});
  commit("Rename");
  git_.Git({"mv", "f", "h"});
  git_.Write("h", git_.Git({"show", base + ":f"}) + "\nmore\n");
  commit("Rename with a change");
  git_.Write("binary", std::string("a\0b", 3));
  commit("Binary file");
  git_.Write("binary", std::string("a\0c", 3));
  commit("Binary change");
  git_.Write("empty", "");
  commit("Empty file");
  git_.Write("na me \xc3\xbc", "text");
  commit("A name that is quoted");
  git_.Remove("empty");
  commit("Deletion");
  git_.Write("h", "last\n");
  commit("The series");
  const std::string mail =
      git_.FormatPatches("HEAD~1", {"--base=" + base}).front();
  SeriesInput series;
  series.base_commit = git_.Git({"rev-parse", "HEAD~1"});
  constexpr std::string_view kKey = "\nprerequisite-patch-id: ";
  for (std::size_t at = mail.find(kKey); at != std::string::npos;
       at = mail.find(kKey, at + 1)) {
    series.prerequisite_patch_ids.push_back(mail.substr(at + kKey.size(), 40));
  }
  EXPECT_EQ(series.prerequisite_patch_ids.size(), 8U);
  const ApplyReport report = Apply({"main"}, series, {mail});
  for (const Prerequisite& one : report.prerequisites) {
    EXPECT_NE(one.commit, "") << one.patch_id;
  }
}

}  // namespace
}  // namespace patchmilter::tree
