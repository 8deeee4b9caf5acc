#include "tree/base/reach.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/git/scratch_git.h"

namespace patchmilter::tree {
namespace {

using patchmilter::testing::ScratchGit;

constexpr UnixSeconds kStart = 1'700'000'000;
constexpr UnixSeconds kDay = 86'400;

class ReachTest : public ::testing::Test {
 protected:
  git::ObjectId Commit(UnixSeconds date) {
    git_.Write("f", std::to_string(++count_) + "\n");
    return *git::ObjectId::FromHex(
        git_.Commit("commit " + std::to_string(count_), date));
  }

  std::optional<bool> Has(const git::ObjectId& head,
                          const git::ObjectId& commit,
                          std::size_t most = kMaxReach,
                          const std::string& path = "") {
    auto repository = git::Repository::Open(path.empty() ? git_.work() : path);
    EXPECT_TRUE(repository.ok());
    git::History history(repository->get());
    return Reach(&history, {head}, most).Has(commit);
  }

  ScratchGit git_;
  int count_ = 0;
};

TEST_F(ReachTest, GoesByAllParents) {
  const git::ObjectId base = Commit(kStart);
  git_.Git({"checkout", "-q", "-b", "side"});
  const git::ObjectId side = Commit(kStart + kDay);
  git_.Git({"checkout", "-q", "main"});
  git_.Write("other", "1\n");
  const auto main =
      *git::ObjectId::FromHex(git_.Commit("main", kStart + 2 * kDay));
  EXPECT_EQ(Has(main, main), true);
  EXPECT_EQ(Has(main, base), true);
  EXPECT_EQ(Has(base, main), false);
  EXPECT_EQ(Has(main, side), false);
  git_.Git({"merge", "-q", "--no-ff", "-m", "merge", "side"});
  const auto merge = *git::ObjectId::FromHex(git_.Git({"rev-parse", "HEAD"}));
  EXPECT_EQ(Has(merge, side), true);
}

TEST_F(ReachTest, AWrongClockHidesNothing) {
  const git::ObjectId base = Commit(kStart);
  Commit(1'000'000);
  const git::ObjectId tip = Commit(kStart + kDay);
  EXPECT_EQ(Has(tip, base), true);
}

TEST_F(ReachTest, WhatABoundHidesIsNotKnown) {
  const git::ObjectId base = Commit(kStart);
  git_.Git({"branch", "side"});
  for (int i = 1; i <= 5; ++i) Commit(kStart + i * kDay);
  const auto tip = *git::ObjectId::FromHex(git_.Git({"rev-parse", "HEAD"}));
  EXPECT_EQ(Has(tip, base, 5), true);
  EXPECT_EQ(Has(tip, base, 4), std::nullopt);
  git_.Git({"checkout", "-q", "side"});
  const git::ObjectId side = Commit(kStart + 3 * kDay);
  EXPECT_EQ(Has(tip, side, 3), std::nullopt);
  EXPECT_EQ(Has(tip, side), false);
}

TEST_F(ReachTest, BehindTheEndOfAShallowCloneNothingIsKnown) {
  Commit(kStart);
  git_.Git({"branch", "side"});
  Commit(kStart + kDay);
  const git::ObjectId tip = Commit(kStart + 2 * kDay);
  git_.Git({"checkout", "-q", "side"});
  const git::ObjectId side = Commit(kStart + 3 * kDay);
  const std::string copy = git_.directory() + "/shallow";
  git_.Git({"clone", "-q", "--depth", "1", "--no-single-branch",
            "file://" + git_.work(), copy});
  EXPECT_EQ(Has(tip, side, kMaxReach, copy), std::nullopt);
}

}  // namespace
}  // namespace patchmilter::tree
