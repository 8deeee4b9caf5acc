#include "tree/tree.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/git/scratch_git.h"
#include "tree/base/branch_history.h"

namespace patchmilter::tree {
namespace {

using patchmilter::testing::Fingerprint;
using patchmilter::testing::ScratchGit;

class TreeTest : public ::testing::Test {
 protected:
  std::unique_ptr<Tree> Open(std::vector<std::string> branches = {}) {
    TreeConfig config;
    config.name = "tested";
    config.path = git_.work();
    config.branches = std::move(branches);
    auto tree = Tree::Open(config);
    EXPECT_TRUE(tree.ok()) << tree.error().message;
    return tree.ok() ? std::move(tree).value() : nullptr;
  }

  // Takes the mails apart; the diffs live as long as the test.
  SeriesInput Series(const std::vector<std::string>& mails,
                     const std::string& base_commit = "",
                     UnixSeconds date = 0) {
    SeriesInput series;
    series.base_commit = base_commit;
    series.date = date;
    for (const std::string& mail : mails) {
      diffs_.push_back(std::make_unique<diff::Diff>(diff::Diff::Parse(mail)));
      series.patches.push_back(
          {static_cast<std::int64_t>(series.patches.size() + 1),
           diffs_.back().get()});
    }
    return series;
  }

  ApplyReport Apply(Tree* tree, const SeriesInput& series) {
    auto report = tree->Apply(series);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? std::move(report).value() : ApplyReport{};
  }

  std::string Lines(int count, const std::string& changed = "", int at = -1) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += i == at ? changed + "\n" : "line " + std::to_string(i) + "\n";
    }
    return text;
  }

  // Mails that do not say which version they were made for.
  static std::vector<std::string> WithoutIndex(std::vector<std::string> mails) {
    for (std::string& mail : mails) {
      std::size_t at = 0;
      while ((at = mail.find("\nindex ", at)) != std::string::npos) {
        mail.erase(at, mail.find('\n', at + 1) - at);
      }
    }
    return mails;
  }

  ScratchGit git_;
  std::vector<std::unique_ptr<diff::Diff>> diffs_;
};

TEST_F(TreeTest, AppliesASeriesAndReadsEachPatchedTree) {
  git_.Write("dir/f", Lines(30));
  git_.Write("gone", "x\n");
  const std::string base = git_.Commit("Base");
  git_.Write("dir/f", Lines(30, "first", 5));
  git_.Commit("One");
  git_.Write("dir/f", Lines(30, "second", 20));
  git_.Remove("gone");
  git_.Commit("Two");
  const auto mails = git_.FormatPatches(base);
  ASSERT_EQ(mails.size(), 2U);
  const std::string tree1 = git_.Git({"rev-parse", "HEAD~1^{tree}"});
  const std::string tree2 = git_.Git({"rev-parse", "HEAD^{tree}"});
  git_.Git({"reset", "-q", "--hard", base});
  git_.Git({"reflog", "expire", "--expire=now", "--all"});
  git_.Git({"gc", "-q", "--prune=now"});
  const auto before = Fingerprint(git_.work());
  {
    auto tree = Open();
    ASSERT_TRUE(tree);
    EXPECT_EQ(tree->name(), "tested");
    EXPECT_EQ(tree->ReadFile(0, "gone").error().kind, ErrorKind::kNotFound);
    const ApplyReport report = Apply(tree.get(), Series(mails));
    EXPECT_EQ(report.status, ApplyStatus::kApplied);
    EXPECT_EQ(report.tree, "tested");
    EXPECT_EQ(report.base, base);
    EXPECT_EQ(report.base_reason, "HEAD, by index lines of 2 of 2 files");
    EXPECT_FALSE(report.stated_base_known);
    EXPECT_FALSE(report.with_offset);
    EXPECT_EQ(report.applied, 2U);
    EXPECT_EQ(report.total, 2U);
    EXPECT_FALSE(report.failure);
    EXPECT_EQ(report.result_trees, (std::vector<std::string>{tree1, tree2}));

    EXPECT_EQ(tree->ReadFile(0, "dir/f").value(), Lines(30));
    EXPECT_EQ(tree->ReadFile(1, "dir/f").value(), Lines(30, "first", 5));
    EXPECT_EQ(tree->ReadFile(1, "gone").value(), "x\n");
    EXPECT_EQ(tree->ReadFile(2, "gone").error().kind, ErrorKind::kNotFound);
    EXPECT_EQ(tree->ReadFile(2, "dir").error().kind, ErrorKind::kNotFound);
    EXPECT_EQ(tree->ReadFile(2, "../work/dir/f").error().kind,
              ErrorKind::kNotFound);
    EXPECT_EQ(tree->ReadFile(3, "dir/f").error().kind, ErrorKind::kNotFound);
  }
  // Nothing of it has reached the repository, not even a time stamp.
  EXPECT_EQ(Fingerprint(git_.work()), before);
}

TEST_F(TreeTest, SaysWhichPatchFileAndHunkFail) {
  git_.Write("f", Lines(60));
  const std::string base = git_.Commit("Base");
  git_.Write("g", "new\n");
  git_.Commit("One");
  std::string text = Lines(60, "changed", 5);
  text.replace(text.find("line 50\n"), 8, "changed too\n");
  git_.Write("f", text);
  git_.Commit("Two");
  git_.Write("f", text + "more\n");
  git_.Commit("Three");
  const auto mails = WithoutIndex(git_.FormatPatches(base));
  git_.Git({"reset", "-q", "--hard", base});
  git_.Write("f", Lines(60, "in the way", 49));
  const std::string other = git_.Commit("In the way");
  auto tree = Open();
  ASSERT_TRUE(tree);
  const ApplyReport report = Apply(tree.get(), Series(mails));
  EXPECT_EQ(report.status, ApplyStatus::kPartial);
  EXPECT_EQ(report.base, other);
  EXPECT_EQ(report.applied, 1U);
  EXPECT_EQ(report.total, 3U);
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->patch, 2);
  EXPECT_EQ(report.failure->path, "f");
  EXPECT_EQ(report.failure->hunk, 1U);
  EXPECT_FALSE(report.failure->reason.empty());
  EXPECT_EQ(tree->ReadFile(1, "g").value(), "new\n");
  EXPECT_FALSE(tree->ReadFile(2, "g").ok());
}

TEST_F(TreeTest, SaysThatAHunkMoved) {
  git_.Write("f", Lines(40));
  const std::string base = git_.Commit("Base");
  git_.Write("f", Lines(40, "changed", 20));
  git_.Commit("One");
  const auto mails = WithoutIndex(git_.FormatPatches(base));
  git_.Git({"reset", "-q", "--hard", base});
  git_.Write("f", "on top\n" + Lines(40));
  git_.Commit("Moved");
  auto tree = Open();
  const ApplyReport report = Apply(tree.get(), Series(mails));
  EXPECT_EQ(report.status, ApplyStatus::kApplied);
  EXPECT_TRUE(report.with_offset);
  EXPECT_EQ(tree->ReadFile(1, "f").value(),
            "on top\n" + Lines(40, "changed", 20));
}

TEST_F(TreeTest, TakesTheStatedBaseAloneWhereItIsThere) {
  git_.Write("f", "a\n");
  const std::string old = git_.Commit("Old");
  git_.Write("f", "b\n");
  const std::string base = git_.Commit("New");
  git_.Write("f", "c\n");
  git_.Commit("One");
  const auto mails = git_.FormatPatches(base);
  git_.Git({"reset", "-q", "--hard", base});
  auto tree = Open({"main"});

  ApplyReport report = Apply(tree.get(), Series(mails, base));
  EXPECT_EQ(report.status, ApplyStatus::kApplied);
  EXPECT_EQ(report.base_reason, "base-commit");
  EXPECT_TRUE(report.stated_base_known);

  // It would apply to main; the author has said something else.
  report = Apply(tree.get(), Series(mails, old.substr(0, 12)));
  EXPECT_EQ(report.status, ApplyStatus::kReference);
  EXPECT_EQ(report.base, old);
  EXPECT_TRUE(report.stated_base_known);
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->patch, 1);
  EXPECT_EQ(tree->ReadFile(0, "f").value(), "a\n");

  // One that the repository does not have, or that is no id at all.
  for (const std::string& stated :
       {std::string(40, '1'), std::string("main~1"), std::string("--help")}) {
    report = Apply(tree.get(), Series(mails, stated));
    EXPECT_EQ(report.status, ApplyStatus::kApplied);
    EXPECT_EQ(report.base, base);
    EXPECT_FALSE(report.stated_base_known);
    EXPECT_NE(report.base_reason.find("branch main"), std::string::npos);
    EXPECT_NE(report.base_reason.find("stated base-commit"), std::string::npos);
  }
}

TEST_F(TreeTest, TakesBranchesAsTheyStoodAtTheDate) {
  git_.Write("f", "1\n");
  const std::string first = git_.Commit("First", 1'600'000'000);
  git_.Write("f", "2\n");
  const std::string second = git_.Commit("Second", 1'600'001'000);
  git_.Write("f", "2 patched\n");
  git_.Commit("The patch");
  const auto mails = WithoutIndex(git_.FormatPatches(second));
  git_.Git({"reset", "-q", "--hard", second});
  git_.Git({"branch", "other", first});
  git_.Write("f", "3\n");
  const std::string third = git_.Commit("Third", 1'600'002'000);

  auto tree = Open({"other", "main"});
  ApplyReport report = Apply(tree.get(), Series(mails, "", 1'600'001'500));
  EXPECT_EQ(report.status, ApplyStatus::kApplied);
  EXPECT_EQ(report.base, second);
  EXPECT_EQ(report.base_reason, "branch main as of 2020-09-13T12:51:40Z");

  // The second that the commit was made counts as known to the author.
  report = Apply(tree.get(), Series(mails, "", 1'600'001'000));
  EXPECT_EQ(report.base, second);
  // A date before: main stood at `first` then, as `other` does; both fail,
  // and so does main's tip. The first in the order is read.
  report = Apply(tree.get(), Series(mails, "", 1'600'000'500));
  EXPECT_EQ(report.status, ApplyStatus::kReference);
  EXPECT_EQ(report.base, first);
  EXPECT_EQ(report.base_reason.substr(0, 12), "branch other");
  // No date, or one of the year 2085: the branches as they stand.
  for (const UnixSeconds date : {UnixSeconds{0}, UnixSeconds{3'650'000'000}}) {
    report = Apply(tree.get(), Series(mails, "", date));
    EXPECT_EQ(report.status, ApplyStatus::kReference);
    EXPECT_EQ(report.base, third);  // The newest.
  }
  // A date before all history leaves the tips.
  report = Apply(tree.get(), Series(mails, "", 1'000));
  EXPECT_EQ(report.base, third);
}

TEST_F(TreeTest, TakesTheTipWhereTheDateLies) {
  git_.Write("f", "1\n");
  git_.Commit("First", 1'600'000'000);
  git_.Write("f", "2\n");
  const std::string second = git_.Commit("Second", 1'600'001'000);
  git_.Write("f", "3\n");
  git_.Commit("The patch");
  const auto mails = WithoutIndex(git_.FormatPatches(second));
  git_.Git({"reset", "-q", "--hard", second});
  auto tree = Open({"main"});
  const ApplyReport report =
      Apply(tree.get(), Series(mails, "", 1'600'000'500));
  EXPECT_EQ(report.status, ApplyStatus::kApplied);
  EXPECT_EQ(report.base, second);
  EXPECT_EQ(report.base_reason, "branch main");
}

TEST_F(TreeTest, KeepsTheBaseThatTakesMost) {
  git_.Write("f", "1\n");
  git_.Write("g", "1\n");
  const std::string base = git_.Commit("Base");
  git_.Write("f", "2\n");
  git_.Commit("One");
  git_.Write("g", "2\n");
  git_.Commit("Two");
  const auto mails = WithoutIndex(git_.FormatPatches(base));
  const std::string one = git_.Git({"rev-parse", "HEAD~1^{tree}"});
  git_.Git({"reset", "-q", "--hard", base});
  git_.Write("f", "other\n");
  git_.Commit("Takes none");
  git_.Git({"branch", "none"});
  git_.Git({"branch", "none-too"});
  git_.Git({"reset", "-q", "--hard", base});
  git_.Write("g", "other\n");
  const std::string some = git_.Commit("Takes one");
  git_.Git({"branch", "some"});
  auto tree = Open({"none", "some", "none-too"});
  const ApplyReport report = Apply(tree.get(), Series(mails));
  EXPECT_EQ(report.status, ApplyStatus::kPartial);
  EXPECT_EQ(report.base, some);
  EXPECT_EQ(report.applied, 1U);
  EXPECT_NE(report.base_reason.find("branch some"), std::string::npos);
  // Its trees are there though another base was tried after it.
  EXPECT_EQ(tree->ReadFile(1, "f").value(), "2\n");
}

TEST_F(TreeTest, ABranchThatIsGoneDoesNotTakeTheOthersWithIt) {
  git_.Write("f", "1\n");
  const std::string base = git_.Commit("Base");
  git_.Write("f", "2\n");
  git_.Commit("One");
  const auto mails = git_.FormatPatches(base);
  git_.Git({"reset", "-q", "--hard", base});
  auto tree = Open({"gone", "main"});
  EXPECT_EQ(Apply(tree.get(), Series(mails)).status, ApplyStatus::kApplied);
  tree = Open({"gone"});
  const auto report = tree->Apply(Series(mails));
  ASSERT_FALSE(report.ok());
  for (const char* part : {"tested", "gone", "branches"}) {
    EXPECT_NE(report.error().message.find(part), std::string::npos)
        << report.error().message;
  }
}

TEST_F(TreeTest, HistoryEndsWhereACloneIsShallow) {
  for (int i = 0; i < 4; ++i) {
    git_.Write("f", std::to_string(i) + "\n");
    git_.Commit("Step", 1'600'000'000 + 1000 * i);
  }
  const std::string shallow = git_.directory() + "/shallow";
  git_.Git({"clone", "-q", "--depth=2", "file://" + git_.work(), shallow});
  auto repository = git::Repository::Open(shallow);
  ASSERT_TRUE(repository.ok());
  BranchHistory history(repository->get());
  const auto tip = (*repository)->ResolveName("");
  ASSERT_TRUE(tip.ok());
  EXPECT_EQ(history.BackTo(*tip, 1'600'002'500).value(), 1U);
  EXPECT_FALSE(history.BackTo(*tip, 1'600'000'500).value());
  EXPECT_EQ(history.BackTo(*tip, 1'600'009'000).value(), 0U);
  EXPECT_EQ(history.Commit(*tip, 0).value(), *tip);
  EXPECT_TRUE(history.Commit(*tip, 1).value());
  EXPECT_FALSE(history.Commit(*tip, 2).value());
}

TEST_F(TreeTest, RefusesHostilePaths) {
  git_.Write("f", "1\n");
  git_.Commit("Base");
  auto tree = Open();
  for (const char* path :
       {"../escape", "/etc/passwd", ".git/config", ".GIT/hooks/x", "a/../../b",
        "a//b", "./x", "git~1/config", ".g\xe2\x80\x8cit/config"}) {
    SCOPED_TRACE(path);
    const std::string name(path);
    const ApplyReport report = Apply(
        tree.get(),
        Series({"diff --git a/" + name + " b/" + name +
                "\nnew file mode 100644\nindex 0000000..1\n--- /dev/null\n"
                "+++ b/" +
                name + "\n@@ -0,0 +1 @@\n+x\n"}));
    EXPECT_EQ(report.status, ApplyStatus::kReference);
    ASSERT_TRUE(report.failure);
    // Of "a//b" git makes "a/b" in one line of the header and not in the other.
    const char* why = name == "a//b" ? "names" : "path";
    EXPECT_NE(report.failure->reason.find(why), std::string::npos)
        << report.failure->reason;
  }
}

TEST_F(TreeTest, RefusesToWriteThroughALink) {
  std::filesystem::create_symlink("/etc", git_.work() + "/link");
  git_.Commit("Base");
  auto tree = Open();
  const ApplyReport report = Apply(
      tree.get(), Series({"diff --git a/link/x b/link/x\nnew file mode 100644\n"
                          "index 0000000..1\n--- /dev/null\n+++ b/link/x\n"
                          "@@ -0,0 +1 @@\n+x\n"}));
  ASSERT_TRUE(report.failure);
  EXPECT_NE(report.failure->reason.find("symbolic link"), std::string::npos);
}

TEST_F(TreeTest, FailuresOfWholeFiles) {
  git_.Write("f", "1\n");
  git_.Write("d/x", "1\n");
  git_.Commit("Base");
  auto tree = Open();
  const std::string index = "index 0000000..1111111";
  const struct {
    const char* name;
    std::string diff;
    const char* path;
    const char* reason;
  } kCases[] = {
      {"no diff", "Only words.\n", "", "no diff"},
      {"creation of what exists",
       "diff --git a/f b/f\nnew file mode 100644\n" + index +
           "\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+x\n",
       "f", "exists already"},
      {"not there",
       "diff --git a/n b/n\n" + index +
           " 100644\n--- a/n\n+++ b/n\n@@ -1 +1 @@\n-1\n+2\n",
       "n", "not in the tree"},
      {"deletion that leaves content",
       "diff --git a/f b/f\ndeleted file mode 100644\n" + index + "\n", "f",
       "leaves content"},
      {"another type",
       "diff --git a/f b/f\n" + index +
           " 120000\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-1\n+2\n",
       "f", "another type"},
      {"a file where a directory is",
       "diff --git a/d b/d\nnew file mode 100644\n" + index +
           "\n--- /dev/null\n+++ b/d\n@@ -0,0 +1 @@\n+x\n",
       "d", "file and a directory"},
      {"a directory where a file is",
       "diff --git a/f/x b/f/x\nnew file mode 100644\n" + index +
           "\n--- /dev/null\n+++ b/f/x\n@@ -0,0 +1 @@\n+x\n",
       "f", "file and a directory"},
      {"rename onto a file",
       "diff --git a/f b/d/x\nsimilarity index 100%\nrename from f\n"
       "rename to d/x\n",
       "d/x", "exists already"},
      {"no prefix",
       "diff --git d/x d/x\n" + index +
           " 100644\n--- d/x\n+++ d/x\n@@ -1 +1 @@\n-1\n+2\n",
       "x", "without a/ and b/"},
      {"binary without content",
       "diff --git a/f b/f\n" + index +
           " 100644\nBinary files a/f and b/f differ\n",
       "f", "full index"},
      {"wrapped by a mailer",
       "diff --git a/f b/f\n" + index +
           " 100644\n--- a/f\n+++ b/f\n@@ -1 +1,2 @@\n 1\n+a line that\nis "
           "wrapped\n",
       "f", ""},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const ApplyReport report = Apply(tree.get(), Series({test.diff}));
    if (std::string(test.name) == "wrapped by a mailer") {
      // All that the header counts is there: git takes it, too.
      EXPECT_EQ(report.status, ApplyStatus::kApplied);
      continue;
    }
    EXPECT_EQ(report.status, ApplyStatus::kReference);
    ASSERT_TRUE(report.failure);
    EXPECT_EQ(report.failure->path, test.path);
    EXPECT_NE(report.failure->reason.find(test.reason), std::string::npos)
        << report.failure->reason;
  }
  // A part that is missing is no diff, and no crash.
  SeriesInput missing;
  missing.patches.push_back({7, nullptr});
  const ApplyReport report = Apply(tree.get(), missing);
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->patch, 7);
}

TEST_F(TreeTest, TheTreesOwnModeIsKept) {
  // The author's file was 100644, the tree's is executable.
  git_.Write("run", "1\n");
  std::filesystem::permissions(git_.work() + "/run",
                               std::filesystem::perms::owner_all);
  git_.Commit("Base");
  auto tree = Open();
  const ApplyReport report =
      Apply(tree.get(),
            Series({"diff --git a/run b/run\nindex 1111111..2222222 100644\n"
                    "--- a/run\n+++ b/run\n@@ -1 +1 @@\n-1\n+2\n"}));
  ASSERT_EQ(report.status, ApplyStatus::kApplied);
  git_.Write("run", "2\n");
  git_.Git({"add", "run"});
  EXPECT_EQ(report.result_trees[0], git_.Git({"write-tree"}));
}

TEST_F(TreeTest, AnEmptySeriesAppliesToItsBase) {
  git_.Write("f", "1\n");
  const std::string base = git_.Commit("Base");
  auto tree = Open();
  const ApplyReport report = Apply(tree.get(), SeriesInput{});
  EXPECT_EQ(report.base, base);
  EXPECT_EQ(report.total, 0U);
  EXPECT_EQ(tree->ReadFile(0, "f").value(), "1\n");
}

TEST_F(TreeTest, FindsCommitsByTheirFirstDigits) {
  git_.Write("f", "1\n");
  const std::string id = git_.Commit("mm: fix a leak\n\nBody.");
  git_.Git({"tag", "-a", "-m", "one", "v1"});
  auto tree = Open();
  for (const std::size_t digits : {7U, 12U, 40U}) {
    const auto found = tree->FindCommit(id.substr(0, digits));
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->kind, NamedCommit::Kind::kOne);
    EXPECT_EQ(found->id, id);
    EXPECT_EQ(found->subject, "mm: fix a leak");
  }
  for (const std::string& name :
       {std::string("123456789abc"), id.substr(0, 6), std::string("HEAD"),
        git_.Git({"rev-parse", "HEAD:f"}), std::string()}) {
    EXPECT_EQ(tree->FindCommit(name)->kind, NamedCommit::Kind::kNone) << name;
  }
  EXPECT_EQ(tree->FindCommit(git_.Git({"rev-parse", "v1"}))->kind,
            NamedCommit::Kind::kUnsure);
  // Two blobs whose ids have seven digits in common: no commit has them.
  std::map<std::string, std::string> texts;
  for (int i = 0;; ++i) {
    const std::string text = std::to_string(i);
    const std::string digits =
        git::Repository::HashBlob(text).Hex().substr(0, 7);
    const auto [known, added] = texts.emplace(digits, text);
    if (added) continue;
    git_.Git({"hash-object", "-w", "--stdin"}, text);
    git_.Git({"hash-object", "-w", "--stdin"}, known->second);
    EXPECT_EQ(Open()->FindCommit(digits)->kind, NamedCommit::Kind::kNone);
    break;
  }
}

TEST_F(TreeTest, KnowsWhatBranchesLeadTo) {
  git_.Write("f", "1\n");
  const std::string first = git_.Commit("one");
  git_.Write("f", "2\n");
  const std::string lost = git_.Commit("two");
  git_.Git({"reset", "-q", "--hard", first});
  git_.Write("f", "3\n");
  git_.Commit("three");
  auto tree = Open({"main"});
  EXPECT_EQ(tree->IsReachable(first).value(), true);
  EXPECT_EQ(tree->IsReachable(lost).value(), false);
  EXPECT_EQ(tree->IsReachable("no id").value(), std::nullopt);
  // A reference that is not configured, and a base, lead to it.
  EXPECT_EQ(Apply(tree.get(), Series({}, lost)).base, lost);
  EXPECT_EQ(tree->IsReachable(lost).value(), true);
  git_.Git({"tag", "kept", lost});
  EXPECT_EQ(Open({"main"})->IsReachable(lost).value(), true);
}

TEST_F(TreeTest, IsCalledByItsNamesAndThoseOfItsBranches) {
  git_.Write("f", "1\n");
  git_.Commit("one");
  auto tree = Open({"main", "net-next/main", "linux-6.12.y"});
  for (const std::string hint :
       {"tested", "work", "net-next", "6.12.y", "NET-NEXT"}) {
    EXPECT_TRUE(tree->IsCalled(hint)) << hint;
  }
  for (const std::string hint : {"net", "6.1.y", "", "next-net"}) {
    EXPECT_FALSE(tree->IsCalled(hint)) << hint;
  }
}

TEST_F(TreeTest, ErrorsNameTheTreeThePathAndWhatToDo) {
  TreeConfig config;
  config.name = "mainline";
  config.path = git_.directory() + "/missing";
  auto tree = Tree::Open(config);
  ASSERT_FALSE(tree.ok());
  for (const std::string& part :
       {config.name, config.path, std::string("`path`")}) {
    EXPECT_NE(tree.error().message.find(part), std::string::npos)
        << tree.error().message;
  }

  // A blob that is gone (a partial clone): an error, not a patch that fails.
  git_.Write("f", "1\n");
  const std::string base = git_.Commit("Base");
  git_.Write("f", "2\n");
  git_.Commit("One");
  const auto mails = git_.FormatPatches(base);
  git_.Git({"reset", "-q", "--hard", base});
  const std::string blob = git_.Git({"rev-parse", "HEAD:f"});
  std::filesystem::remove(git_.work() + "/.git/objects/" + blob.substr(0, 2) +
                          "/" + blob.substr(2));
  const auto report = Open()->Apply(Series(mails));
  ASSERT_FALSE(report.ok());
  for (const std::string& part :
       {std::string("tested"), git_.work(), blob, std::string("fsck")}) {
    EXPECT_NE(report.error().message.find(part), std::string::npos)
        << report.error().message;
  }
}

// Which heads a conversation may name: the configured ones, HEAD where there is
// none, all at a desk; and none past a history limit.
TEST_F(TreeTest, HeadsThatMayBeNamed) {
  git_.Write("f", "1\n");
  git_.Commit("Base");
  git_.Git({"branch", "topic/x"});
  const auto named = [this](const std::vector<std::string>& branches,
                            bool every, bool limit) {
    auto tree = Open(branches);
    EXPECT_TRUE(tree->Apply({}).ok());
    QuestionScope scope;
    scope.every_branch = every;
    scope.history_limit = limit;
    const auto code = tree->Questions(std::move(scope));
    std::string names;
    for (const std::string name : {"HEAD", "main", "topic/x", "HEAD~0"}) {
      ReadFileQuestion question;
      question.at = name;
      question.path = "f";
      if (code->ReadFile(question, Bounds()).ok()) names += name + " ";
    }
    return names;
  };
  EXPECT_EQ(named({}, false, false), "HEAD ");
  EXPECT_EQ(named({""}, false, false), "HEAD ");
  EXPECT_EQ(named({"main"}, false, false), "main ");
  EXPECT_EQ(named({}, true, false), "HEAD main topic/x ");
  EXPECT_EQ(named({"HEAD~0"}, true, false), "HEAD main topic/x HEAD~0 ");
  EXPECT_EQ(named({"main"}, true, true), "");
}

}  // namespace
}  // namespace patchmilter::tree
