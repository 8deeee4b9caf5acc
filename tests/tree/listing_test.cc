#include "tree/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "git/tree_edit.h"
#include "tests/git/scratch_git.h"

namespace patchmilter::tree {
namespace {

using git::ObjectId;
using ::testing::ElementsAre;
using Files = std::map<std::string, std::pair<std::uint32_t, ObjectId>>;

Files FilesOf(const Listing& listing, std::string_view from = "") {
  Files files;
  std::string last;
  for (Listing::Position at = listing.From(from); at.valid(); at.Next()) {
    EXPECT_TRUE(files.empty() || last < at->path) << last << " " << at->path;
    last = at->path;
    files[last] = {at->mode, at->blob};
  }
  return files;
}

std::vector<std::string> PathsOf(const Listing& listing,
                                 std::string_view from = "") {
  std::vector<std::string> paths;
  for (const auto& [path, file] : FilesOf(listing, from)) paths.push_back(path);
  return paths;
}

class ListingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scratch_.Commit("none");
    auto opened = git::Repository::Open(scratch_.work());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    repository_ = std::move(*opened);
  }

  ObjectId Blob(std::string_view text) {
    return repository_->WriteBlob(text).value();
  }
  ObjectId TreeOf(std::vector<git::TreeEntry> entries) {
    return repository_->WriteTree(std::move(entries)).value();
  }
  Listing Walk(const ObjectId& root) {
    auto listing = Listing::Walk(repository_.get(), root);
    EXPECT_TRUE(listing.ok()) << listing.error().message;
    return listing.ok() ? *listing : Listing();
  }

  testing::ScratchGit scratch_;
  std::unique_ptr<git::Repository> repository_;
};

TEST_F(ListingTest, SameAsGitsOwn) {
  scratch_.Write("a.c", "1");
  scratch_.Write("a/b.c", "2");
  scratch_.Write("a-b", "3");
  scratch_.Write("a/b/c", "4");
  scratch_.Write("z/y/x/w", "5");
  scratch_.Write("a0", "6");
  scratch_.Commit("files");
  const std::string listed =
      scratch_.Git({"ls-tree", "-r", "--name-only", "HEAD"});
  const auto head = repository_->ReadCommit(*repository_->ResolveName(""));
  ASSERT_TRUE(head.ok());
  const Listing listing = Walk(head->tree);
  std::string got;
  for (const std::string& path : PathsOf(listing)) got += path + "\n";
  EXPECT_EQ(got, listed + "\n");
  EXPECT_EQ(listing.size(), 6U);
  EXPECT_EQ(listing.root(), head->tree);
  EXPECT_EQ(listing.Find("a/b/c")->blob, git::Repository::HashBlob("4"));
  for (const char* path : {"", "a", "a/", "a/b", "a/b/", "zz", "a/b/c/d"}) {
    EXPECT_FALSE(listing.Find(path).has_value()) << path;
  }
  EXPECT_THAT(PathsOf(listing, "a/b/"), ElementsAre("a/b/c", "a0", "z/y/x/w"));
}

TEST_F(ListingTest, KeepsKindsOfFiles) {
  const ObjectId id = Blob("x");
  const Listing listing = Walk(TreeOf({{"exec", git::kModeExecutable, id},
                                       {"file", git::kModeFile, id},
                                       {"link", git::kModeSymlink, id},
                                       {"old", 0100664, id},
                                       {"sub", git::kModeSubmodule, id}}));
  EXPECT_EQ(listing.Find("exec")->mode, git::kModeExecutable);
  EXPECT_EQ(listing.Find("file")->mode, git::kModeFile);
  EXPECT_EQ(listing.Find("link")->mode, git::kModeSymlink);
  EXPECT_EQ(listing.Find("old")->mode, git::kModeFile);
  EXPECT_EQ(listing.Find("sub")->mode, git::kModeSubmodule);
}

TEST_F(ListingTest, NothingAndAnEmptyTree) {
  EXPECT_FALSE(Listing().From("").valid());
  EXPECT_FALSE(Listing().Find("a").has_value());
  const Listing listing = Walk(TreeOf({}));
  EXPECT_EQ(listing.size(), 0U);
  EXPECT_FALSE(listing.From("").valid());
}

TEST_F(ListingTest, DeepTreesAreNoRecursion) {
  ObjectId id = TreeOf({{"f", git::kModeFile, Blob("x")}});
  constexpr int kDeep = 20'000;
  for (int i = 0; i < kDeep; ++i) {
    id = TreeOf({{"d", git::kModeDirectory, id}});
  }
  const Listing listing = Walk(id);
  EXPECT_THAT(PathsOf(listing), ElementsAre(::testing::SizeIs(2 * kDeep + 1)));
}

TEST_F(ListingTest, BoundsAreErrors) {
  // Two entries that name the level below, 40 levels: 2^40 files.
  ObjectId bomb = TreeOf({{"f", git::kModeFile, Blob("x")}});
  for (int i = 0; i < 40; ++i) {
    bomb = TreeOf(
        {{"a", git::kModeDirectory, bomb}, {"b", git::kModeDirectory, bomb}});
  }
  const auto wide = Listing::Walk(repository_.get(), bomb);
  ASSERT_FALSE(wide.ok());
  EXPECT_EQ(wide.error().kind, ErrorKind::kInvalidInput);

  ObjectId deep = TreeOf({{"f", git::kModeFile, Blob("x")}});
  for (std::size_t i = 0; i < kMaxListedPath / 2; ++i) {
    deep = TreeOf({{"d", git::kModeDirectory, deep}});
  }
  const auto long_path = Listing::Walk(repository_.get(), deep);
  ASSERT_FALSE(long_path.ok());
  EXPECT_EQ(long_path.error().kind, ErrorKind::kInvalidInput);
}

TEST_F(ListingTest, MissingDirectoryIsAnError) {
  const auto listing = Listing::Walk(
      repository_.get(),
      TreeOf({{"gone", git::kModeDirectory, ObjectId{{1, 2, 3}}}}));
  ASSERT_FALSE(listing.ok());
  EXPECT_NE(listing.error().message.find("0102030000"), std::string::npos);
}

TEST_F(ListingTest, UpdateKeepsASharedTable) {
  std::vector<git::TreeEntry> entries;
  for (int i = 0; i < 100; ++i) {
    entries.push_back({"f" + std::to_string(i), git::kModeFile, Blob("x")});
  }
  const ObjectId root = TreeOf(entries);
  const Listing before = Walk(root);
  const auto edited = git::EditTree(
      repository_.get(), root,
      {{"f5", git::FileVersion{git::kModeExecutable, Blob("x")}},
       {"f6", std::nullopt},
       {"new/file", git::FileVersion{git::kModeFile, Blob("y")}}});
  ASSERT_TRUE(edited.ok());
  const auto after = before.Update(repository_.get(), *edited);
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->table(), before.table());
  EXPECT_EQ(after->size(), 100U);
  EXPECT_FALSE(after->Find("f6").has_value());
  EXPECT_EQ(after->Find("f5")->mode, git::kModeExecutable);
  EXPECT_EQ(after->Find("new/file")->blob, Blob("y"));
  // And back again.
  const auto back = after->Update(repository_.get(), root);
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(back->changes().empty());
  EXPECT_EQ(FilesOf(*back), FilesOf(before));
}

// Only directories on the way to what differs are read: the others are gone.
TEST_F(ListingTest, UpdateReadsOnlyWhatDiffers) {
  const ObjectId gone{{9, 9}};
  const ObjectId one = TreeOf(
      {{"a", git::kModeFile, Blob("1")}, {"same", git::kModeDirectory, gone}});
  const ObjectId two = TreeOf(
      {{"a", git::kModeFile, Blob("2")}, {"same", git::kModeDirectory, gone}});
  const auto changes = DiffFiles(repository_.get(), one, two);
  ASSERT_TRUE(changes.ok()) << changes.error().message;
  ASSERT_EQ(changes->size(), 1U);
  EXPECT_EQ(changes->front().path, "a");
  EXPECT_EQ(changes->front().blob, Blob("2"));
}

// Random trees: walked and updated are the same, in any order of the steps.
TEST_F(ListingTest, UpdatedIsAsWalked) {
  std::mt19937 random(11);  // NOLINT: the same each time.
  ObjectId root = TreeOf({});
  Listing listing = Walk(root);
  Files want;
  for (int step = 0; step < 300; ++step) {
    git::TreeEdits edits;
    for (auto i = random() % 6; i > 0; --i) {
      std::string path;
      for (auto depth = random() % 4; depth > 0; --depth) {
        path += std::string(1, static_cast<char>('a' + random() % 3)) + "/";
      }
      path += std::string(1, static_cast<char>('a' + random() % 6));
      if (random() % 3 == 0) {
        edits[path] = std::nullopt;
      } else {
        edits[path] = git::FileVersion{
            random() % 4 == 0 ? git::kModeExecutable : git::kModeFile,
            Blob(std::to_string(random() % 5))};
      }
    }
    const auto edited = git::EditTree(repository_.get(), root, edits);
    if (!edited.ok()) continue;  // A path that is a file and a directory.
    root = *edited;
    auto updated = listing.Update(repository_.get(), root);
    ASSERT_TRUE(updated.ok()) << updated.error().message;
    listing = std::move(*updated);
    const Listing walked = Walk(root);
    ASSERT_EQ(FilesOf(listing), FilesOf(walked)) << step;
    ASSERT_EQ(listing.size(), walked.size()) << step;
    const std::string middle = "b/" + std::to_string(random() % 3);
    ASSERT_EQ(FilesOf(listing, middle), FilesOf(walked, middle)) << step;
  }
}

// Entries that git never writes: out of order, twice, with slashes.
TEST_F(ListingTest, HostileOrder) {
  const std::string x(reinterpret_cast<const char*>(Blob("x").bytes.data()),
                      20);
  const std::string y(reinterpret_cast<const char*>(Blob("y").bytes.data()),
                      20);
  const std::string zero(1, '\0');
  std::string bytes = "100644 z" + zero + x + "100644 a" + zero + x +
                      "100644 a" + zero + y + "100644 p/q" + zero + x;
  const std::string id = scratch_.Git(
      {"hash-object", "-t", "tree", "-w", "--literally", "--stdin"}, bytes);
  const Listing listing = Walk(*ObjectId::FromHex(id));
  EXPECT_THAT(PathsOf(listing), ElementsAre("a", "z"));
  EXPECT_EQ(listing.Find("a")->blob, Blob("x"));
}

}  // namespace
}  // namespace patchmilter::tree
