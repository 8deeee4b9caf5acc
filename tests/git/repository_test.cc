#include "git/repository.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/git/scratch_git.h"

// libgit2 1.5 leaks some bytes of pcre2's where a repository has extensions,
// once for each opening.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: its name
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libpcre2\n";
}

namespace patchmilter::git {
namespace {

using patchmilter::testing::Fingerprint;
using patchmilter::testing::ScratchGit;

std::unique_ptr<Repository> MustOpen(const std::string& path) {
  auto repository = Repository::Open(path);
  EXPECT_TRUE(repository.ok()) << repository.error().message;
  return repository.ok() ? std::move(repository).value() : nullptr;
}

TEST(ObjectIdTest, Hex) {
  const std::string hex = "0123456789abcdef0123456789abcdef01234567";
  const auto id = ObjectId::FromHex(hex);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->Hex(), hex);
  EXPECT_EQ(ObjectId::FromHex("0123456789ABCDEF0123456789ABCDEF01234567"), id);
  EXPECT_FALSE(ObjectId::FromHex(hex.substr(1)));
  EXPECT_FALSE(ObjectId::FromHex("g" + hex.substr(1)));
  EXPECT_TRUE(ObjectId{}.IsZero());
  EXPECT_FALSE(id->IsZero());
}

TEST(RepositoryTest, OpensWorkTreeBareAndLinkedWorkTree) {
  ScratchGit git;
  git.Write("a", "a\n");
  const std::string head = git.Commit("First");
  const std::string bare = git.directory() + "/bare.git";
  const std::string linked = git.directory() + "/linked";
  git.Git({"clone", "-q", "--bare", git.work(), bare});
  git.Git({"worktree", "add", "-q", linked, "HEAD"});
  for (const std::string& path :
       {git.work(), git.work() + "/.git", bare, linked}) {
    SCOPED_TRACE(path);
    auto repository = MustOpen(path);
    ASSERT_TRUE(repository);
    EXPECT_EQ(repository->path(), path);
    const auto id = repository->ResolveName("");
    ASSERT_TRUE(id.ok()) << id.error().message;
    EXPECT_EQ(id->Hex(), head);
    const auto commit = repository->ReadCommit(*id);
    ASSERT_TRUE(commit.ok());
    EXPECT_TRUE(repository->Lookup(commit->tree, "a").value());
  }
}

TEST(RepositoryTest, Branches) {
  ScratchGit git;
  git.Write("a", "a\n");
  git.Commit("First");
  const std::string first = git.Git({"rev-parse", "HEAD"});
  git.Git({"branch", "topic/x"});
  git.Git({"tag", "topic"});
  git.Git({"pack-refs", "--all"});
  git.Write("a", "b\n");
  git.Commit("Second");
  auto repository = MustOpen(git.work());
  ASSERT_TRUE(repository);
  const auto branches = repository->Branches(10);
  ASSERT_TRUE(branches.ok()) << branches.error().message;
  ASSERT_EQ(branches->size(), 2U);
  EXPECT_EQ(branches->at("topic/x").Hex(), first);
  EXPECT_EQ(branches->at("main").Hex(), git.Git({"rev-parse", "HEAD"}));
  EXPECT_EQ(repository->Branches(1)->size(), 1U);
}

TEST(RepositoryTest, DoesNotSearchUpward) {
  ScratchGit git;
  git.Write("sub/a", "a\n");
  git.Commit("First");
  for (const std::string& path :
       {git.work() + "/sub", git.work() + "/missing", std::string()}) {
    const auto repository = Repository::Open(path);
    ASSERT_FALSE(repository.ok()) << path;
    EXPECT_NE(repository.error().message.find(path), std::string::npos);
  }
  EXPECT_EQ(Repository::Open(git.work() + "/sub").error().kind,
            ErrorKind::kNotFound);
}

TEST(RepositoryTest, OpensWhatBelongsToAnotherUser) {
  // The owner check of git would refuse this. Only root can give files away;
  // without it the check of the same code is that of OpensWorkTree….
  ScratchGit git;
  git.Write("a", "a\n");
  const std::string head = git.Commit("First");
  if (geteuid() == 0) {
    namespace fs = std::filesystem;
    ASSERT_EQ(lchown(git.work().c_str(), 65534, 65534), 0);
    for (const auto& entry : fs::recursive_directory_iterator(git.work())) {
      ASSERT_EQ(lchown(entry.path().c_str(), 65534, 65534), 0);
    }
  }
  auto repository = MustOpen(git.work());
  ASSERT_TRUE(repository);
  EXPECT_EQ(repository->ResolveName("main").value().Hex(), head);
}

TEST(RepositoryTest, RefusesFormatsThatItCannotRead) {
  ScratchGit git;
  git.Write("a", "a\n");
  git.Commit("First");
  const std::string other = git.directory() + "/sha256";
  git.Git({"init", "-q", "--object-format=sha256", other});
  const auto repository = Repository::Open(other);
  ASSERT_FALSE(repository.ok());
  EXPECT_NE(repository.error().message.find("sha256"), std::string::npos)
      << repository.error().message;
}

TEST(RepositoryTest, NoConfigurationOfTheUserIsRead) {
  // A broken one would be an error, were it read.
  ScratchGit git;
  git.Write("a", "a\n");
  git.Commit("First");
  const std::string home = git.directory() + "/home";
  std::ofstream(home + "/.gitconfig") << "[core\nthis is broken";
  const char* before = getenv("HOME");
  const std::string saved = before != nullptr ? before : "";
  setenv("HOME", home.c_str(), 1);
  EXPECT_TRUE(Repository::Open(git.work()).ok());
  setenv("HOME", saved.c_str(), 1);
}

TEST(RepositoryTest, ResolvesNames) {
  ScratchGit git;
  git.Write("a", "a\n");
  const std::string first = git.Commit("First");
  git.Git({"tag", "-a", "-m", "A tag", "v1"});
  git.Write("a", "b\n");
  const std::string second = git.Commit("Second");
  auto repository = MustOpen(git.work());
  ASSERT_TRUE(repository);
  EXPECT_EQ(repository->ResolveName("")->Hex(), second);
  EXPECT_EQ(repository->ResolveName("main")->Hex(), second);
  EXPECT_EQ(repository->ResolveName("refs/heads/main")->Hex(), second);
  EXPECT_EQ(repository->ResolveName("v1")->Hex(), first);
  EXPECT_EQ(repository->ResolveName("main~1")->Hex(), first);
  EXPECT_EQ(repository->ResolveName(first)->Hex(), first);
  EXPECT_EQ(repository->ResolveName("next").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(repository->ResolveName("main:a").error().kind,
            ErrorKind::kNotFound);
}

TEST(RepositoryTest, ResolvesCommitsByHexOnly) {
  ScratchGit git;
  git.Write("a", "a\n");
  const std::string head = git.Commit("First");
  auto repository = MustOpen(git.work());
  ASSERT_TRUE(repository);
  EXPECT_EQ(repository->ResolveCommit(head)->Hex(), head);
  EXPECT_EQ(repository->ResolveCommit(head.substr(0, 7))->Hex(), head);
  const std::string blob = git.Git({"rev-parse", "HEAD:a"});
  for (const std::string& name :
       {std::string("main"), std::string("HEAD"), head.substr(0, 6), head + "0",
        blob, blob.substr(0, 12), std::string(40, '0'), std::string(),
        std::string("main~1\n"), std::string("0123456\0", 8)}) {
    const auto id = repository->ResolveCommit(name);
    ASSERT_FALSE(id.ok()) << name;
    EXPECT_EQ(id.error().kind, ErrorKind::kNotFound) << id.error().message;
  }
}

TEST(RepositoryTest, ReadsCommitsTreesAndBlobs) {
  ScratchGit git;
  git.Write("dir/sub/file", "content\n");
  git.Write("run", "#!/bin/sh\n");
  std::filesystem::permissions(git.work() + "/run",
                               std::filesystem::perms::owner_all);
  std::filesystem::create_symlink("dir/sub", git.work() + "/link");
  const std::string head =
      git.Commit("A subject\nin two lines\n\nBody.", 1234567);
  auto repository = MustOpen(git.work());
  ASSERT_TRUE(repository);
  const auto commit =
      repository->ReadCommit(repository->ResolveCommit(head).value());
  ASSERT_TRUE(commit.ok());
  EXPECT_EQ(commit->subject, "A subject in two lines");
  EXPECT_EQ(commit->committed, 1234567);
  EXPECT_TRUE(commit->parents.empty());

  const auto root = repository->ReadTree(commit->tree);
  ASSERT_TRUE(root.ok());
  ASSERT_EQ(root->size(), 3U);
  EXPECT_EQ((*root)[0].name, "dir");
  EXPECT_EQ((*root)[0].mode, kModeDirectory);
  EXPECT_EQ((*root)[1].mode, kModeSymlink);
  EXPECT_EQ((*root)[2].mode, kModeExecutable);

  const auto file = repository->Lookup(commit->tree, "dir/sub/file").value();
  ASSERT_TRUE(file);
  EXPECT_EQ(file->name, "file");
  EXPECT_EQ(repository->BlobSize(file->id).value(), 8U);
  EXPECT_EQ(repository->ReadBlob(file->id).value(), "content\n");
  EXPECT_EQ(repository->ReadBlob(file->id, 8).value(), "content\n");
  EXPECT_EQ(repository->ReadBlob(file->id, 7).error().kind,
            ErrorKind::kInvalidInput);
  EXPECT_FALSE(repository->BlobSize(commit->tree).ok());
  EXPECT_FALSE(repository->ReadBlob(ObjectId{}).ok());
  EXPECT_FALSE(repository->ReadTree(file->id).ok());

  // A path is compared, never followed: not through the link, not upward.
  for (const std::string& path :
       {std::string("link/file"), std::string("dir/../run"),
        std::string("/run"), std::string("dir//sub"), std::string("dir/"),
        std::string(""), std::string("."), std::string("run/x"),
        std::string("run\0", 4), std::string("DIR/sub/file")}) {
    EXPECT_FALSE(repository->Lookup(commit->tree, path).value()) << path;
  }
}

TEST(RepositoryTest, WritesToMemoryOnly) {
  ScratchGit git;
  git.Write("a", "a\n");
  git.Write("dir/b", "b\n");
  git.Commit("First");
  git.Git({"gc", "-q"});
  git.Write("loose", "loose\n");
  git.Commit("Second");
  const auto before = Fingerprint(git.work());
  {
    auto repository = MustOpen(git.work());
    ASSERT_TRUE(repository);
    // One that is new, one that stands in a pack, one that stands loose: git
    // itself would touch the time stamps of the last two.
    const auto fresh = repository->WriteBlob("fresh\n");
    ASSERT_TRUE(fresh.ok());
    EXPECT_EQ(fresh->Hex(), git.Git({"hash-object", "--stdin"}, "fresh\n"));
    EXPECT_EQ(*fresh, Repository::HashBlob("fresh\n"));
    EXPECT_EQ(repository->WriteBlob("a\n")->Hex(),
              git.Git({"rev-parse", "HEAD:a"}));
    EXPECT_EQ(repository->WriteBlob("loose\n")->Hex(),
              git.Git({"rev-parse", "HEAD:loose"}));
    EXPECT_EQ(repository->written_bytes(), 6U);
    EXPECT_TRUE(repository->Has(*fresh));
    EXPECT_EQ(repository->ReadBlob(*fresh).value(), "fresh\n");

    const auto tree = repository->WriteTree({{"z", kModeFile, *fresh},
                                             {"a.c", kModeFile, *fresh},
                                             {"a", kModeDirectory, *fresh},
                                             {"a0", kModeExecutable, *fresh}});
    ASSERT_TRUE(tree.ok());
    // git's order: "a" is a directory and stands as "a/".
    const std::string want =
        git.Git({"mktree", "--missing"},
                "100644 blob " + fresh->Hex() + "\tz\n" + "100644 blob " +
                    fresh->Hex() + "\ta.c\n" + "040000 tree " + fresh->Hex() +
                    "\ta\n" + "100755 blob " + fresh->Hex() + "\ta0\n",
                git.work());
    EXPECT_EQ(tree->Hex(), want);
    std::filesystem::remove(git.work() + "/.git/objects/" + want.substr(0, 2) +
                            "/" + want.substr(2));
    const auto entries = repository->ReadTree(*tree);
    ASSERT_TRUE(entries.ok()) << entries.error().message;
    EXPECT_EQ(entries->size(), 4U);
    EXPECT_EQ(repository->Lookup(*tree, "a0").value()->mode, kModeExecutable);

    repository->DropWritten();
    EXPECT_EQ(repository->written_bytes(), 0U);
    EXPECT_FALSE(repository->Has(*fresh));
  }
  // mktree above made a directory for its object, which is left aside.
  auto after = Fingerprint(git.work());
  for (auto it = after.begin(); it != after.end();) {
    it = before.find(it->first) == before.end() ? after.erase(it) : ++it;
  }
  auto expected = before;
  expected.erase(git.work() + "/.git/objects");
  after.erase(git.work() + "/.git/objects");
  EXPECT_EQ(after, expected);
}

TEST(RepositoryTest, AnAmbiguousIdNamesNoBlob) {
  constexpr std::size_t kDigits = 4;
  const auto text_of = [](int i) { return std::to_string(i) + "\n"; };
  // Three texts whose ids begin alike.
  std::map<std::string, std::vector<std::string>> by_prefix;
  std::vector<std::string> alike;
  std::string prefix;
  for (int i = 0; alike.empty(); ++i) {
    prefix = Repository::HashBlob(text_of(i)).Hex().substr(0, kDigits);
    by_prefix[prefix].push_back(text_of(i));
    if (by_prefix[prefix].size() == 3) alike = by_prefix[prefix];
  }
  ScratchGit git;
  git.Write("f", "alone\n");
  const std::string commit = git.Commit("Base");
  const auto repository = MustOpen(git.work());
  const auto store = [&git](const std::string& text) {
    git.Git({"hash-object", "-w", "--stdin"}, text);
    return std::optional(Repository::HashBlob(text));
  };
  const auto first = store(alike[0]);
  EXPECT_EQ(repository->FindBlob(prefix).value(), first);
  store(alike[1]);
  EXPECT_EQ(repository->FindBlob(prefix).value(), std::nullopt);
  // What a review has made counts as well.
  ASSERT_TRUE(repository->WriteBlob(alike[2]).ok());
  EXPECT_EQ(repository->FindBlob(prefix).value(), std::nullopt);
  EXPECT_EQ(repository->FindBlob(first->Hex()).value(), first);
  // Beside a commit that begins alike it is the blob.
  std::string other;
  for (int i = 0; !Repository::HashBlob(other).Hex().starts_with(
           commit.substr(0, kDigits));
       ++i) {
    other = text_of(i);
  }
  const auto beside = store(other);
  EXPECT_EQ(repository->FindBlob(commit.substr(0, kDigits)).value(), beside);
}

// What an id out of a mail names may be large: it is not read.
TEST(RepositoryTest, WhatIsNoCommitIsNotRead) {
  ScratchGit git;
  const std::string text(1 << 20, 'x');
  git.Write("f", text);
  const std::string commit = git.Commit("Base");
  const std::string blob = Repository::HashBlob(text).Hex();
  const std::string path =
      git.work() + "/.git/objects/" + blob.substr(0, 2) + "/" + blob.substr(2);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  // The header of what is left can be read, the rest cannot.
  std::filesystem::resize_file(path, 100);
  const auto repository = MustOpen(git.work());
  const auto resolved = repository->ResolveCommit(blob);
  ASSERT_FALSE(resolved.ok());
  EXPECT_NE(resolved.error().message.find("is no commit"), std::string::npos)
      << resolved.error().message;
  EXPECT_EQ(repository->ResolveCommit(commit.substr(0, 7)).value().Hex(),
            commit);
}

TEST(RepositoryTest, SaysThatAnObjectIsMissing) {
  ScratchGit git;
  git.Write("a", "a\n");
  git.Commit("First");
  const std::string blob = git.Git({"rev-parse", "HEAD:a"});
  std::filesystem::remove(git.work() + "/.git/objects/" + blob.substr(0, 2) +
                          "/" + blob.substr(2));
  auto repository = MustOpen(git.work());
  ASSERT_TRUE(repository);
  const auto bytes = repository->ReadBlob(ObjectId::FromHex(blob).value());
  ASSERT_FALSE(bytes.ok());
  EXPECT_NE(bytes.error().message.find(git.work()), std::string::npos);
  EXPECT_NE(bytes.error().message.find("fsck"), std::string::npos);
}

TEST(RepositoryTest, SurvivesARepackBetweenReads) {
  // What grokmirror does while a review runs.
  ScratchGit git;
  git.Write("a", "a\n");
  git.Commit("First");
  auto repository = MustOpen(git.work());
  ASSERT_TRUE(repository);
  const auto head = repository->ResolveName("");
  ASSERT_TRUE(head.ok());
  git.Git({"repack", "-q", "-a", "-d"});
  git.Git({"prune-packed"});
  const auto commit = repository->ReadCommit(*head);
  ASSERT_TRUE(commit.ok()) << commit.error().message;
  git.Write("b", "b\n");
  git.Commit("Second");
  git.Git({"repack", "-q", "-a", "-d", "-f"});
  const auto entry = repository->Lookup(commit->tree, "a");
  ASSERT_TRUE(entry.ok()) << entry.error().message;
  EXPECT_EQ(repository->ReadBlob((*entry)->id).value(), "a\n");
  const auto second = repository->ResolveName("");
  ASSERT_TRUE(second.ok());
  EXPECT_NE(*second, *head);
  EXPECT_TRUE(repository->ReadCommit(*second).ok());
}

}  // namespace
}  // namespace patchmilter::git
