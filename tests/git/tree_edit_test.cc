#include "git/tree_edit.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/git/scratch_git.h"

namespace patchmilter::git {
namespace {

using patchmilter::testing::ScratchGit;

class TreeEditTest : public ::testing::Test {
 protected:
  void SetUp() override {
    git_.Write("a", "a\n");
    git_.Write("dir/one", "1\n");
    git_.Write("dir/sub/two", "2\n");
    git_.Write("dir/sub/three", "3\n");
    git_.Write("dir.c", "c\n");
    git_.Write("single/file", "f\n");
    git_.Write("z/deep/er/file", "z\n");
    git_.Commit("Base");
    auto repository = Repository::Open(git_.work());
    ASSERT_TRUE(repository.ok()) << repository.error().message;
    repository_ = std::move(repository).value();
    const auto head = repository_->ResolveName("");
    root_ = repository_->ReadCommit(*head)->tree;
  }

  FileVersion File(const std::string& bytes, std::uint32_t mode = kModeFile) {
    return {mode, repository_->WriteBlob(bytes).value()};
  }

  // The same through git's index.
  std::string ByGit(const TreeEdits& edits) {
    git_.Git({"read-tree", "HEAD"});
    for (const auto& [path, version] : edits) {
      if (!version) git_.Git({"update-index", "--force-remove", path});
    }
    for (const auto& [path, version] : edits) {
      if (!version) continue;
      const std::string bytes = repository_->ReadBlob(version->id).value();
      const std::string id = git_.Git({"hash-object", "-w", "--stdin"}, bytes);
      EXPECT_EQ(id, version->id.Hex());
      char mode[16];
      snprintf(mode, sizeof(mode), "%o", version->mode);
      git_.Git({"update-index", "--add", "--cacheinfo",
                std::string(mode) + "," + id + "," + path});
    }
    return git_.Git({"write-tree"});
  }

  ScratchGit git_;
  std::unique_ptr<Repository> repository_;
  ObjectId root_;
};

TEST_F(TreeEditTest, MakesWhatGitsIndexMakes) {
  const std::vector<TreeEdits> cases = {
      {},
      {{"a", File("new\n")}},
      {{"a", File("new\n", kModeExecutable)}},
      {{"a", std::nullopt}},
      {{"dir/sub/two", File("new\n")}, {"dir/sub/two.c", File("more\n")}},
      {{"dir/sub/two", std::nullopt}, {"dir/sub/three", std::nullopt}},
      {{"single/file", std::nullopt}},
      {{"z/deep/er/file", std::nullopt}},
      {{"new/path/to/file", File("n\n")}, {"new/path0", File("m\n")}},
      {{"b", File("link", kModeSymlink)}, {"dir-", File("d\n")}},
      // A file becomes a directory, a directory a file.
      {{"a", std::nullopt}, {"a/b", File("b\n")}},
      {{"single", File("s\n")}, {"single/file", std::nullopt}},
      {{"single", File("s\n")},
       {"single-", File("t\n")},
       {"single/file", std::nullopt}},
      {{"dir", File("s\n")},
       {"dir/one", std::nullopt},
       {"dir/sub/three", std::nullopt},
       {"dir/sub/two", std::nullopt}},
      {{"missing", std::nullopt}, {"also/missing", std::nullopt}},
      {{"a", std::nullopt},
       {"dir.c", std::nullopt},
       {"dir/one", std::nullopt},
       {"dir/sub/three", std::nullopt},
       {"dir/sub/two", std::nullopt},
       {"single/file", std::nullopt},
       {"z/deep/er/file", std::nullopt}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    const auto tree = EditTree(repository_.get(), root_, cases[i]);
    ASSERT_TRUE(tree.ok()) << tree.error().message;
    EXPECT_EQ(tree->Hex(), ByGit(cases[i]));
  }
}

TEST_F(TreeEditTest, RefusesFileAndDirectoryAtOnce) {
  const std::vector<std::pair<TreeEdits, std::string>> cases = {
      {{{"a/b", File("b\n")}}, "a"},
      {{{"a/b/c", File("b\n")}}, "a"},
      {{{"single", File("s\n")}}, "single"},
      {{{"dir", File("s\n")}, {"dir/one", std::nullopt}}, "dir"},
      {{{"dir/sub", File("s\n")}, {"dir/sub/two", File("2\n")}}, "dir/sub"},
      {{{"n", File("s\n")}, {"n/m", File("2\n")}}, "n"},
  };
  for (const auto& [edits, path] : cases) {
    SCOPED_TRACE(path);
    std::string conflict;
    const auto tree = EditTree(repository_.get(), root_, edits, &conflict);
    ASSERT_FALSE(tree.ok());
    EXPECT_EQ(tree.error().kind, ErrorKind::kInvalidInput);
    EXPECT_EQ(conflict, path);
  }
}

TEST_F(TreeEditTest, DeepPathsDoNotRecurse) {
  std::string path;
  for (int i = 0; i < 2000; ++i) path += "d/";
  path += "f";
  const TreeEdits edits = {{path, File("deep\n")}};
  const auto tree = EditTree(repository_.get(), root_, edits);
  ASSERT_TRUE(tree.ok());
  const auto entry = repository_->Lookup(*tree, path);
  ASSERT_TRUE(entry.ok());
  EXPECT_TRUE(*entry);
  const auto back = EditTree(repository_.get(), *tree, {{path, std::nullopt}});
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, root_);
}

TEST_F(TreeEditTest, RewrittenDirectoriesHaveCanonicalModes) {
  // Old trees hold 100664; git's index makes 100644 of it.
  const std::string blob = git_.Git({"rev-parse", "HEAD:a"});
  const ObjectId id = ObjectId::FromHex(blob).value();
  const auto odd = repository_->WriteTree({{"old", 0100664, id}});
  ASSERT_TRUE(odd.ok());
  const auto tree =
      EditTree(repository_.get(), *odd, {{"new", FileVersion{kModeFile, id}}});
  ASSERT_TRUE(tree.ok());
  EXPECT_EQ(repository_->Lookup(*tree, "old").value()->mode, kModeFile);
}

}  // namespace
}  // namespace patchmilter::git
