// Log, log of lines and blame, compared with git's on made-up histories.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/tree/questions/code_site.h"
#include "tests/tree/questions/history_script.h"

namespace patchmilter::tree {
namespace {

std::uint32_t Seeds() {
  const char* wanted = std::getenv("PATCHMILTER_GENERATED_HISTORIES");
  return wanted != nullptr ? static_cast<std::uint32_t>(std::atoi(wanted)) : 12;
}

std::vector<std::string> Commits(const LogAnswer& answer) {
  std::vector<std::string> commits;
  for (const LogEntry& entry : answer.commits) {
    commits.push_back(entry.commit.Hex());
  }
  return commits;
}

std::vector<std::string> AskLog(Code* code, LogQuestion question,
                                Bounds bounds = Wide()) {
  std::vector<std::string> all;
  while (true) {
    auto answer = code->Log(question, bounds);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    if (!answer.ok()) return all;
    for (const std::string& id : Commits(*answer)) all.push_back(id);
    EXPECT_LE(answer->commits.size(), bounds.lines);
    if (answer->end.cursor.empty()) return all;
    question.cursor = answer->end.cursor;
  }
}

class HistoryTest : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  void Make(const HistoryShape& shape) {
    MakeHistory(&site_.git, GetParam(), shape);
    code_ = site_.Ask("made");
    files_ = Lines(site_.git.Git({"ls-tree", "-r", "--name-only", "made"}));
  }

  CodeSite site_;
  Code* code_ = nullptr;
  std::vector<std::string> files_;
};

TEST_P(HistoryTest, LogOfPathsIsGits) {
  for (const bool dates_lie : {false, true}) {
    HistoryShape shape;
    shape.dates_lie = dates_lie;
    Make(shape);
    std::vector<std::string> paths = files_;
    paths.insert(paths.end(), {"lib", "lib/deep", "lib/name1.c", "none", ""});
    for (const std::string& path : paths) {
      std::vector<std::string> command = {"log", "--format=%H", "made", "--"};
      if (!path.empty()) command.push_back(path);
      const auto want = Lines(site_.git.Git(command));
      LogQuestion question;
      question.path = path;
      EXPECT_EQ(AskLog(code_, question), want) << path;
      Bounds narrow = Wide();
      narrow.lines = 3;
      EXPECT_EQ(AskLog(code_, question, narrow), want) << path;
    }
  }
}

TEST_P(HistoryTest, BlameIsGits) {
  Make({});
  for (const std::string& path : files_) {
    std::vector<std::string> want;
    for (const std::string& line : Lines(site_.git.Git(
             {"blame", "-l", "-s", "--root", "made", "--", path}))) {
      want.push_back(line.substr(0, 40));
    }
    BlameQuestion question;
    question.path = path;
    const auto answer = code_->Blame(question, Wide());
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    std::vector<std::string> got;
    for (const BlamedLine& line : answer->lines) {
      EXPECT_FALSE(line.boundary);
      got.push_back(line.commit.Hex());
    }
    EXPECT_EQ(got, want) << path;
    EXPECT_TRUE(answer->end.cursor.empty());
  }
}

// On a straight line in git's order. Where branches meet the same commits:
// git walks by topology, and that needs the whole history first.
TEST_P(HistoryTest, LogOfLinesIsGits) {
  for (const bool straight : {true, false}) {
    HistoryShape shape;
    if (straight) shape.branches_percent = 0;
    Make(shape);
    for (const std::string& path : files_) {
      const std::size_t total =
          Lines(site_.git.Git({"show", "made:" + path}) + "\n").size();
      for (std::size_t first = 1; first <= total; first += 9) {
        const std::size_t last = std::min(total, first + first % 5);
        auto want = Lines(site_.git.Git({"log", "-s", "--format=%H",
                                         "-L" + std::to_string(first) + "," +
                                             std::to_string(last) + ":" + path,
                                         "made"}));
        LogQuestion question;
        question.path = path;
        question.first = static_cast<std::uint32_t>(first);
        question.last = static_cast<std::uint32_t>(last);
        auto got = AskLog(code_, question);
        if (!straight) {
          std::sort(got.begin(), got.end());
          std::sort(want.begin(), want.end());
        }
        EXPECT_EQ(got, want) << path << " " << first << " to " << last;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, HistoryTest,
                         ::testing::Range(std::uint32_t{1}, Seeds() + 1));

}  // namespace
}  // namespace patchmilter::tree
