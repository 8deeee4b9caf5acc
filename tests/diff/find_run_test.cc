#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "diff/diff.h"

namespace patchmilter::diff {
namespace {

constexpr std::string_view kText =
    "--- a/x\n+++ b/x\n"
    "@@ -1,4 +1,4 @@\n a\n-b\n+c  \n }\n a\n"
    "@@ -9,2 +9,2 @@\n c\n-}\n\\ No newline at end of file\n+a\n"
    "--- a/y\n+++ b/y\n"
    "@@ -1,2 +1,1 @@\n a\n-b\n";

std::vector<std::string> Find(const std::vector<std::string_view>& run,
                              size_t limit = 16) {
  const Diff diff = Diff::Parse(std::string(kText));
  std::vector<std::string> places;
  for (const Place& place : FindRun(diff, run, limit)) {
    places.push_back(std::to_string(place.file) + ":" +
                     std::to_string(place.hunk) + ":" +
                     std::to_string(place.line));
  }
  return places;
}

using Places = std::vector<std::string>;

TEST(FindRun, FindsEachPlace) {
  EXPECT_EQ(Find({"b"}), (Places{"0:0:1", "1:0:1"}));
  EXPECT_EQ(Find({"a", "b"}), (Places{"0:0:0", "1:0:0"}));
  EXPECT_EQ(Find({"a", "b", "c"}), (Places{"0:0:0"}));
  EXPECT_EQ(Find({"nowhere"}), Places{});
  EXPECT_EQ(Find({}), Places{});
}

TEST(FindRun, TrailingBlanksDoNotCount) {
  EXPECT_EQ(Find({"c", "}  "}), (Places{"0:0:2", "0:1:0"}));
}

TEST(FindRun, RunsDoNotCrossHunks) { EXPECT_EQ(Find({"a", "c"}), Places{}); }

TEST(FindRun, NoNewlineMarksAreSkipped) {
  EXPECT_EQ(Find({"}", "a"}), (Places{"0:0:3", "0:1:1"}));
}

TEST(FindRun, StopsAtTheLimit) {
  EXPECT_EQ(Find({"a"}, 2).size(), 2u);
  EXPECT_EQ(Find({"a"}, 0).size(), 0u);
}

TEST(FindRun, OverlappingPlaces) {
  const Diff diff =
      Diff::Parse("--- a/x\n+++ b/x\n@@ -0,0 +1,4 @@\n+}\n+}\n+}\n+}\n");
  EXPECT_EQ(FindRun(diff, {"}", "}"}).size(), 3u);
}

}  // namespace
}  // namespace patchmilter::diff
