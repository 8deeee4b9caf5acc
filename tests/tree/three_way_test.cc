// Three-way application, case by case, beside git am -3. Names what is said.
#include "tree/apply/three_way.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/git/scratch_git.h"
#include "tests/tree/git_am.h"
#include "tree/tree.h"

namespace patchmilter::tree {
namespace {

using patchmilter::testing::AmDecision;
using patchmilter::testing::AskGitAm;
using patchmilter::testing::Fingerprint;
using patchmilter::testing::ScratchGit;

std::string Lines(int count, const std::string& changed = "", int at = -1) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += i == at ? changed + "\n" : "line " + std::to_string(i) + "\n";
  }
  return text;
}

class ThreeWayTest : public ::testing::Test {
 protected:
  ThreeWayTest() {
    git_.Write("f", Lines(40));
    git_.Write("g", "nothing\nlike\nf\n");
    git_.Write("binary", std::string("\0binary", 7));
    origin_ = git_.Commit("Origin");
  }

  // The mails of what `change` does to the origin.
  std::vector<std::string> Series(const std::function<void()>& change) {
    git_.Git({"checkout", "-q", "--detach", origin_});
    change();
    git_.Commit("Change");
    return git_.FormatPatches(origin_);
  }
  // The commit on which `change` was made of the origin.
  std::string Base(const std::function<void()>& change) {
    git_.Git({"checkout", "-q", "--detach", origin_});
    change();
    return git_.Commit("Base");
  }

  ApplyReport Apply(const std::string& base,
                    const std::vector<std::string>& mails,
                    ApplyLevel level = ApplyLevel::kThreeWay) {
    TreeConfig config;
    config.name = "tested";
    config.path = git_.work();
    auto opened = Tree::Open(config);
    EXPECT_TRUE(opened.ok());
    SeriesInput series;
    series.base_commit = base;
    series.level = level;
    std::vector<diff::Diff> diffs;
    diffs.reserve(mails.size());
    for (const std::string& mail : mails) {
      diffs.push_back(diff::Diff::Parse(mail));
    }
    for (const diff::Diff& diff : diffs) {
      series.patches.push_back(
          {static_cast<std::int64_t>(series.patches.size() + 1), &diff});
    }
    auto report = (*opened)->Apply(series);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : ApplyReport();
  }

  // Both decide alike; ours.
  ApplyReport Compare(const std::string& base,
                      const std::vector<std::string>& mails) {
    ApplyReport report = Apply(base, mails);
    const AmDecision want = AskGitAm(&git_, base, mails, /*three_way=*/true);
    EXPECT_EQ(report.applied, want.applied) << want.output;
    if (!report.result_trees.empty()) {
      EXPECT_EQ(report.result_trees.back(), want.tree);
    }
    return report;
  }

  ScratchGit git_;
  std::string origin_;
};

TEST_F(ThreeWayTest, MergesWhatDoesNotApply) {
  const auto mails = Series([&] { git_.Write("f", Lines(40, "mine", 20)); });
  const std::string base =
      Base([&] { git_.Write("f", Lines(40, "theirs", 22)); });
  EXPECT_EQ(Apply(base, mails, ApplyLevel::kPlain).applied, 0U);
  const auto before = Fingerprint(git_.work());
  const ApplyReport report = Apply(base, mails);
  EXPECT_EQ(Fingerprint(git_.work()), before);
  EXPECT_EQ(report.status, ApplyStatus::kApplied);
  EXPECT_EQ(report.how, std::vector{HowApplied::kThreeWay});
  ASSERT_TRUE(report.plain_failure);
  EXPECT_EQ(report.plain_failure->patch, 1);
  EXPECT_EQ(report.plain_failure->path, "f");
  EXPECT_EQ(report.plain_failure->hunk, 0U);
  ASSERT_EQ(report.plain_hunks.size(), 1U);
  EXPECT_EQ(report.plain_hunks[0].path, "f");
  EXPECT_EQ(report.plain_hunks[0].differs_at, 23U);
  EXPECT_EQ(report.plain_hunks[0].found, "theirs");
  EXPECT_TRUE(report.hunks.empty());
  Compare(base, mails);
}

// The first that needs a merge is looked at where it stands: behind the patch
// before it, and not where a later one fails altogether.
TEST_F(ThreeWayTest, SaysWhatTheFirstMergeWasNeededFor) {
  std::vector<std::string> mails;
  git_.Git({"checkout", "-q", "--detach", origin_});
  git_.Write("g", "nothing\nat all\nlike f\n");
  git_.Commit("One");
  git_.Write("f", Lines(40, "mine", 20));
  git_.Commit("Two");
  git_.Write("g", "nothing\nmore\nlike f\n");
  git_.Write("f", Lines(40, "mine again", 20));
  git_.Commit("Three");
  mails = git_.FormatPatches(origin_);
  std::string theirs = Lines(40, "theirs", 22);
  theirs.replace(theirs.find("line 20\n"), 8, "also theirs\n");
  const std::string whole =
      Base([&] { git_.Write("f", Lines(40, "theirs", 22)); });
  ApplyReport report = Compare(whole, mails);
  EXPECT_EQ(report.how, (std::vector{HowApplied::kExact, HowApplied::kThreeWay,
                                     HowApplied::kThreeWay}));
  ASSERT_TRUE(report.plain_failure);
  EXPECT_EQ(report.plain_failure->patch, 2);
  ASSERT_EQ(report.plain_hunks.size(), 1U);
  EXPECT_EQ(report.plain_hunks[0].differs_at, 23U);
  const std::string conflict = Base([&] { git_.Write("f", theirs); });
  report = Compare(conflict, mails);
  EXPECT_EQ(report.applied, 1U);
  EXPECT_FALSE(report.plain_failure);
  EXPECT_TRUE(report.plain_hunks.empty());
  EXPECT_EQ(report.hunks.size(), 1U);
}

TEST_F(ThreeWayTest, SaysWhyAMergeDoesNotHelp) {
  const auto mails = Series([&] { git_.Write("f", Lines(40, "mine", 20)); });
  const std::string base =
      Base([&] { git_.Write("f", Lines(40, "theirs", 20)); });
  const ApplyReport report = Compare(base, mails);
  EXPECT_EQ(report.status, ApplyStatus::kReference);
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->reason,
            "the hunk's lines stand nowhere in the file; by a merge: the patch "
            "and the tree change the same lines");
  EXPECT_FALSE(report.plain_failure);
  EXPECT_EQ(report.hunks.size(), 1U);
}

TEST_F(ThreeWayTest, FollowsARename) {
  const auto mails = Series([&] { git_.Write("f", Lines(40, "mine", 20)); });
  const std::string base = Base([&] {
    git_.Remove("f");
    git_.Write("moved/away", Lines(40, "theirs", 3));
  });
  const ApplyReport report = Compare(base, mails);
  EXPECT_EQ(report.how, std::vector{HowApplied::kThreeWay});
}

TEST_F(ThreeWayTest, RenamesWhatWasChanged) {
  const auto mails = Series([&] {
    git_.Remove("f");
    git_.Write("moved", Lines(40, "mine", 20));
  });
  const std::string base =
      Base([&] { git_.Write("f", Lines(40, "theirs", 22)); });
  EXPECT_EQ(Compare(base, mails).how, std::vector{HowApplied::kThreeWay});
  // Renamed here and there, to the same and to another name.
  const auto renamed = [&](const std::string& name) {
    return Base([&] {
      git_.Remove("f");
      git_.Write(name, Lines(40, "theirs", 22));
    });
  };
  EXPECT_EQ(Compare(renamed("moved"), mails).applied, 1U);
  EXPECT_EQ(Compare(renamed("elsewhere"), mails).applied, 0U);
}

TEST_F(ThreeWayTest, SeesWhatIsThereAlready) {
  const auto mails = Series([&] {
    git_.Write("f", Lines(40, "mine", 20));
    git_.Write("new", "new\n");
  });
  const std::string base = Base([&] {
    git_.Write("f", Lines(40, "mine", 20));
    git_.Write("new", "new\n");
    git_.Write("g", "other\n");
  });
  const ApplyReport report = Compare(base, mails);
  EXPECT_EQ(report.how, std::vector{HowApplied::kAlreadyThere});
  EXPECT_EQ(report.result_trees.front(),
            git_.Git({"rev-parse", base + "^{tree}"}));
}

TEST_F(ThreeWayTest, NeedsTheVersionThatThePatchWasMadeFor) {
  auto mails = Series([&] { git_.Write("f", Lines(40, "mine", 20)); });
  const std::string base =
      Base([&] { git_.Write("f", Lines(40, "theirs", 22)); });
  const std::size_t index = mails[0].find("index ");
  ASSERT_NE(index, std::string::npos);
  auto unknown = mails;
  unknown[0].replace(index + 6, 7, "1234567");
  EXPECT_NE(Compare(base, unknown)
                .failure->reason.find("the version that the patch was made for "
                                      "is not in the repository"),
            std::string::npos);
  auto none = mails;
  none[0].erase(index, none[0].find('\n', index) + 1 - index);
  EXPECT_EQ(Compare(base, none).applied, 0U);
  // The index line of another file: the patch does not apply to that.
  auto other = mails;
  other[0].replace(index + 6, 7,
                   git_.Git({"rev-parse", "--short=7", origin_ + ":g"}));
  EXPECT_NE(Compare(base, other).failure->reason.find("edited by hand?"),
            std::string::npos);
}

TEST_F(ThreeWayTest, ConflictsAsGit) {
  const auto change = [&] { git_.Write("f", Lines(40, "mine", 20)); };
  const struct {
    const char* name;
    std::function<void()> change;
    std::function<void()> base;
    std::size_t applied;
  } kCases[] = {
      {"deleted in the tree", change, [&] { git_.Remove("f"); }, 0},
      {"a directory in the tree", change,
       [&] {
         git_.Remove("f");
         git_.Write("f/x", "x\n");
       },
       0},
      {"deleted by the patch, changed in the tree", [&] { git_.Remove("f"); },
       [&] { git_.Write("f", Lines(40, "theirs", 1)); }, 0},
      {"deleted by both", [&] { git_.Remove("f"); }, [&] { git_.Remove("f"); },
       1},
      {"both make a file", [&] { git_.Write("n", "mine\n"); },
       [&] { git_.Write("n", "theirs\n"); }, 0},
      {"both make the same file", [&] { git_.Write("n", "same\n"); },
       [&] { git_.Write("n", "same\n"); }, 1},
      {"a new file where a directory is", [&] { git_.Write("n", "mine\n"); },
       [&] { git_.Write("n/x", "x\n"); }, 0},
      {"both make it, one empty", [&] { git_.Write("n", "mine\n"); },
       [&] { git_.Write("n", ""); }, 1},
      {"binary on both sides",
       [&] { git_.Write("binary", std::string("\0mine!!", 7)); },
       [&] { git_.Write("binary", std::string("\0theirs", 7)); }, 0},
      {"a mode and a change",
       [&] {
         git_.Git({"update-index", "--chmod=+x", "f"});
         git_.Git({"checkout", "-q", "--", "f"});
       },
       [&] { git_.Write("f", Lines(40, "theirs", 22)); }, 1},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const auto mails = Series(test.change);
    if (mails.empty()) continue;
    EXPECT_EQ(Compare(Base(test.base), mails).applied, test.applied);
  }
}

TEST_F(ThreeWayTest, FindsTheVersionThatAnEarlierPatchMade) {
  // Patch 2's index line names what patch 1 makes: in no repository but ours.
  git_.Git({"checkout", "-q", "--detach", origin_});
  git_.Write("f", Lines(40, "one", 5));
  git_.Commit("One");
  std::string text = Lines(40, "one", 5);
  text.replace(text.find("line 30\n"), 8, "two\n");
  git_.Write("f", text);
  git_.Commit("Two");
  const auto mails = git_.FormatPatches(origin_);
  ASSERT_EQ(mails.size(), 2U);
  const std::string base =
      Base([&] { git_.Write("f", Lines(40, "theirs", 32)); });
  git_.Git({"reflog", "expire", "--expire=now", "--all"});
  git_.Git({"tag", "origin", origin_});
  git_.Git({"gc", "-q", "--prune=now"});
  // On this base patch 1 applies plainly, and makes another version than the
  // one that patch 2 was made for: that one has gone.
  EXPECT_EQ(Compare(base, mails).applied, 1U);
  // On the origin it makes the very version; then it moves on.
  const std::string further = Base([&] { git_.Write("h", "h\n"); });
  auto with_change = mails;
  with_change.insert(
      with_change.begin() + 1,
      Series([&] { git_.Write("f", Lines(40, "theirs", 32)); }).front());
  const ApplyReport report = Compare(further, with_change);
  EXPECT_EQ(report.how, (std::vector{HowApplied::kExact, HowApplied::kExact,
                                     HowApplied::kThreeWay}));
}

}  // namespace
}  // namespace patchmilter::tree
