// When the daemon builds an index, and when it does not; what the log says.
#include "app/index_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/config.h"
#include "tests/git/scratch_git.h"

namespace patchmilter::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class IndexKeeperTest : public ::testing::Test {
 protected:
  IndexKeeperTest() {
    scratch_.Write("a.c", "int alpha;\n");
    scratch_.Commit("file");
    index_ = scratch_.directory() + "/index";
    TreeConfig tree;
    tree.name = "main";
    tree.path = scratch_.work() + "/.git";
    tree.index = index_;
    config_.trees.push_back(tree);
  }

  // What the log says of one run, `later` than the last.
  std::string Run(seconds later) {
    now_ += later;
    ::testing::internal::CaptureStderr();
    keeper_.Run();
    return ::testing::internal::GetCapturedStderr();
  }
  bool IsThere() const { return fs::exists(index_ + "/lock"); }
  // A build cannot succeed, nor leave anything.
  void Block() const { std::ofstream(index_) << "no directory"; }

  testing::ScratchGit scratch_;
  std::string index_;
  Config config_;
  IndexKeeper::Time now_{std::chrono::hours(1)};
  IndexKeeper keeper_{&config_, [] { return false; }, [this] { return now_; }};
};

TEST_F(IndexKeeperTest, BuildsWhenABranchMoves) {
  EXPECT_THAT(Run(seconds(0)), HasSubstr("added=1"));
  EXPECT_EQ(Run(seconds(61)), "");
  scratch_.Write("b.c", "int beta;\n");
  scratch_.Commit("more");
  EXPECT_EQ(Run(seconds(1)), "");
  EXPECT_THAT(Run(seconds(60)), HasSubstr("added=1"));
}

TEST_F(IndexKeeperTest, BuildsWhatWasDeleted) {
  Run(seconds(0));
  fs::remove_all(index_);
  EXPECT_THAT(Run(seconds(61)), HasSubstr("added=1"));
  EXPECT_EQ(Run(seconds(61)), "");
  for (const char* prefix : {"segment-", "tree-"}) {
    for (const auto& entry : fs::directory_iterator(index_)) {
      const std::string name = entry.path().filename();
      if (name.starts_with(prefix)) fs::remove(entry.path());
    }
    EXPECT_THAT(Run(seconds(61)), HasSubstr("files=1")) << prefix;
    EXPECT_EQ(Run(seconds(61)), "");
  }
}

TEST_F(IndexKeeperTest, ABranchThatIsGoneIsPassedOver) {
  config_.trees[0].branches = {"main", "gone"};
  const std::string said = Run(seconds(0));
  EXPECT_THAT(said, HasSubstr("added=1"));
  EXPECT_THAT(said, HasSubstr("no branch \"gone\""));
  EXPECT_TRUE(IsThere());
  scratch_.Git({"branch", "gone"});
  EXPECT_THAT(Run(seconds(61)), Not(HasSubstr("gone")));
}

// A minute, two, four, … an hour; said once.
TEST_F(IndexKeeperTest, FaultsAreTriedLessAndLess) {
  Block();
  EXPECT_THAT(Run(seconds(0)), HasSubstr("searches go on without it"));
  fs::remove(index_);
  EXPECT_EQ(Run(seconds(30)), "");
  EXPECT_FALSE(IsThere());
  Block();
  for (const int pause : {1, 2, 4, 8, 16, 32, 60, 60}) {
    // Up to there nothing is tried: it would succeed now.
    fs::remove(index_);
    for (int minute = 1; minute < pause; ++minute) {
      EXPECT_EQ(Run(minutes(1)), "");
    }
    EXPECT_FALSE(IsThere()) << pause;
    Block();
    EXPECT_EQ(Run(minutes(1)), "") << "said again";
  }
  fs::remove(index_);
  Run(minutes(59));
  EXPECT_FALSE(IsThere());
  EXPECT_THAT(Run(minutes(1)), HasSubstr("added=1"));
  // A fault after that is a new one.
  fs::remove_all(index_);
  Block();
  EXPECT_THAT(Run(minutes(1)), HasSubstr("searches go on without it"));
}

TEST_F(IndexKeeperTest, ABranchThatMovesIsTriedAtOnce) {
  Block();
  Run(seconds(0));
  for (int i = 0; i < 20; ++i) Run(minutes(60));
  fs::remove(index_);
  Run(minutes(1));
  EXPECT_FALSE(IsThere());
  scratch_.Write("b.c", "int beta;\n");
  scratch_.Commit("more");
  EXPECT_THAT(Run(minutes(1)), HasSubstr("added=2"));
}

// Nothing of an index is lost while its repository is away.
TEST_F(IndexKeeperTest, ARepositoryThatIsAway) {
  Run(seconds(0));
  const std::string away = scratch_.work() + ".away";
  fs::rename(scratch_.work(), away);
  EXPECT_THAT(Run(minutes(1)), HasSubstr("searches go on without it"));
  EXPECT_EQ(Run(minutes(1)), "");
  fs::rename(away, scratch_.work());
  EXPECT_EQ(Run(minutes(1)), "");
  fs::rename(scratch_.work(), away);
  EXPECT_THAT(Run(minutes(1)), HasSubstr("searches go on without it"));
}

}  // namespace
}  // namespace patchmilter::app
