#include "git/inbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/git/scratch_git.h"

namespace patchmilter::git {
namespace {

using ::patchmilter::testing::Fingerprint;
using ::patchmilter::testing::ScratchGit;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "TIME CONTENT" of each mail; a failure is "error: …" at the end.
std::vector<std::string> ReadAll(const std::string& path) {
  std::vector<std::string> mails;
  const auto fail = [&](const Error& error) {
    mails.push_back("error: " + error.message);
    return mails;
  };
  auto epoch = InboxEpoch::Open(path);
  if (!epoch.ok()) return fail(epoch.error());
  while (true) {
    const auto entry = (*epoch)->Next();
    if (!entry.ok()) return fail(entry.error());
    if (!*entry) break;
    const auto bytes = (*epoch)->Read((*entry)->blob);
    if (!bytes.ok()) return fail(bytes.error());
    mails.push_back(std::to_string((*entry)->committed) + " " + *bytes);
  }
  EXPECT_EQ((*epoch)->commits_passed(), (*epoch)->commits());
  return mails;
}

class InboxTest : public ::testing::Test {
 protected:
  // One commit in the second format: only `name` stands in its tree.
  void CommitOnly(const std::string& name, const std::string& bytes,
                  std::int64_t date) {
    for (const char* old : {"m", "d"}) {
      if (std::filesystem::exists(git_.work() + "/" + old)) git_.Remove(old);
    }
    git_.Write(name, bytes);
    git_.Commit("a subject", date);
  }

  ScratchGit git_;
};

TEST_F(InboxTest, OldestFirstAndRemovalsPassedOver) {
  CommitOnly("m", "first", 1'700'000'100);
  CommitOnly("m", "second", 1'700'000'200);
  CommitOnly("d", "first", 1'700'000'300);
  CommitOnly("m", "third", 1'700'000'250);
  const auto before = Fingerprint(git_.work() + "/.git");
  EXPECT_THAT(
      ReadAll(git_.work()),
      ElementsAre("1700000100 first", "1700000200 second", "1700000250 third"));
  EXPECT_EQ(Fingerprint(git_.work() + "/.git"), before);
}

TEST_F(InboxTest, APurgedMailLeavesItsParentsTree) {
  CommitOnly("m", "first", 1'700'000'100);
  git_.Git({"commit", "--allow-empty", "-q", "-m", "was purged"});
  CommitOnly("m", "second", 1'700'000'200);
  EXPECT_THAT(ReadAll(git_.work()),
              ElementsAre("1700000100 first", "1700000200 second"));
}

TEST_F(InboxTest, TheFirstFormat) {
  const std::string a = "aa/" + std::string(38, '0');
  const std::string b = "ab/" + std::string(38, '1');
  const std::string c = "aa/" + std::string(38, '2');
  git_.Write(a, "first");
  git_.Commit("one", 1'700'000'100);
  git_.Write(b, "second");
  git_.Write(c, "third");
  git_.Commit("two", 1'700'000'200);
  git_.Remove(a);
  git_.Commit("rm", 1'700'000'300);
  git_.Write(b, "second, edited");
  git_.Commit("edit", 1'700'000'400);
  EXPECT_THAT(ReadAll(git_.work()),
              ElementsAre("1700000100 first", "1700000200 third",
                          "1700000200 second", "1700000400 second, edited"));
}

TEST_F(InboxTest, WithoutACommit) {
  EXPECT_THAT(ReadAll(git_.work()), IsEmpty());
}

TEST_F(InboxTest, AHeadThatIsBroken) {
  CommitOnly("m", "first", 1'700'000'100);
  const std::string commit = git_.Git({"rev-parse", "HEAD"});
  std::filesystem::remove(git_.work() + "/.git/objects/" + commit.substr(0, 2) +
                          "/" + commit.substr(2));
  const auto mails = ReadAll(git_.work());
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_THAT(mails[0], HasSubstr("error: " + git_.work()));
}

TEST_F(InboxTest, WhatIsNoPublicInbox) {
  git_.Write("README", "hello");
  git_.Commit("one");
  const auto mails = ReadAll(git_.work());
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_THAT(mails[0], HasSubstr("is a git repository, but no public-inbox"));
}

TEST_F(InboxTest, AShallowCloneEndsWhereItEnds) {
  for (int i = 1; i <= 5; ++i) {
    CommitOnly("m", std::to_string(i), 1'700'000'000 + i);
  }
  const std::string clone = git_.directory() + "/clone.git";
  git_.Git(
      {"clone", "-q", "--bare", "--depth=2", "file://" + git_.work(), clone});
  EXPECT_THAT(ReadAll(clone), ElementsAre("1700000004 4", "1700000005 5"));
}

TEST_F(InboxTest, APartialCloneSaysWhatIsMissing) {
  CommitOnly("m", "first", 1'700'000'100);
  CommitOnly("m", "second", 1'700'000'200);
  git_.Git({"config", "uploadpack.allowFilter", "true"});
  const std::string clone = git_.directory() + "/clone.git";
  git_.Git({"clone", "-q", "--bare", "--filter=blob:none",
            "file://" + git_.work(), clone});
  const auto mails = ReadAll(clone);
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_THAT(mails[0], HasSubstr("error: " + clone));
  EXPECT_THAT(mails[0], HasSubstr("partial clone"));
}

TEST_F(InboxTest, AMailThatIsTooLong) {
  CommitOnly("m", std::string(5000, 'x'), 1'700'000'100);
  auto epoch = InboxEpoch::Open(git_.work());
  ASSERT_TRUE(epoch.ok());
  const auto entry = (*epoch)->Next();
  ASSERT_TRUE(entry.ok() && *entry);
  const auto bytes = (*epoch)->Read((*entry)->blob, 4999);
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().kind, ErrorKind::kInvalidInput);
}

}  // namespace
}  // namespace patchmilter::git
