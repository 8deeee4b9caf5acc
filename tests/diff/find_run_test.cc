#include "diff/find_run.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace patchmilter::diff {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::string_view kText =
    "--- a/x\n+++ b/x\n"
    "@@ -1,4 +1,4 @@ int f(void)\n a\n-b\n+c  \n }\n a\n"
    "@@ -9,2 +9,2 @@ int g(void)\n c\n-}\n\\ No newline at end of file\n+a\n"
    "--- a/y\n+++ b/y\n"
    "@@ -1,2 +1,1 @@\n a\n-b\n"
    "@@ -11,5 +10,6 @@\n first line\n+second line\n third line\n+}\n last one\n"
    " }\n";

// "file:hunk:line+count" of each.
std::vector<std::string> Find(const Lines& quote, const RunHint& hint = {},
                              size_t limit = 16) {
  const Diff diff = Diff::Parse(std::string(kText));
  std::vector<std::string> places;
  for (const RunMatch& match : FindRun(diff, quote, hint, limit)) {
    places.push_back(std::to_string(match.place.file) + ":" +
                     std::to_string(match.place.hunk) + ":" +
                     std::to_string(match.place.line) + "+" +
                     std::to_string(match.count));
  }
  return places;
}

RunMatch Best(const Lines& quote, const RunHint& hint = {}) {
  const Diff diff = Diff::Parse(std::string(kText));
  const std::vector<RunMatch> matches = FindRun(diff, quote, hint, 1);
  EXPECT_EQ(matches.size(), 1U);
  return matches.empty() ? RunMatch() : matches.front();
}

using Places = std::vector<std::string>;

TEST(FindRun, HangsOnTheLastLine) {
  EXPECT_EQ(Find({"b"}), (Places{"0:0:1+1", "1:0:1+1"}));
  EXPECT_EQ(Find({"nowhere"}), Places{});
  EXPECT_EQ(Find({"b", "nowhere"}), Places{});
  EXPECT_EQ(Find({"b", "", "  "}), (Places{"0:0:1+1", "1:0:1+1"}));
  EXPECT_EQ(Find({}), Places{});
  EXPECT_EQ(Find({"", " "}), Places{});
}

TEST(FindRun, TheLinesAboveChooseThePlace) {
  EXPECT_EQ(Find({"a", "b", "c"})[0], "0:0:0+3");
  EXPECT_EQ(Find({"c", "}"})[0], "0:0:2+2");
  EXPECT_EQ(Find({"third line", "}"})[0], "1:1:2+2");
  EXPECT_EQ(Find({"last one", "}"})[0], "1:1:4+2");
}

TEST(FindRun, MarksAreReadWhereTheyStand) {
  EXPECT_EQ(Find({"+second line"}), Places{"1:1:1+1"});
  EXPECT_EQ(Best({"+second line"}).wrong_marks, 0U);
  EXPECT_EQ(Best({"-second line"}).wrong_marks, 1U);
  EXPECT_EQ(Best({" second line"}).wrong_marks, 1U);
  EXPECT_EQ(Best({"second line"}).wrong_marks, 0U);
  // Of equal lines the one with the mark that is given.
  EXPECT_EQ(Find({"+}"})[0], "1:1:3+1");
  EXPECT_EQ(Find({"-}"})[0], "0:1:1+1");
}

TEST(FindRun, LinesMayBeLeftOut) {
  for (const Lines& quote : {Lines{"first line", "[ ... ]", "third line"},
                             Lines{"first line", "...", "third line"},
                             Lines{"first line", "third line"}}) {
    const RunMatch match = Best(quote);
    EXPECT_EQ(match.place.line, 2U);
    EXPECT_EQ(match.count, 1U) << "the piece that hangs together";
    EXPECT_EQ(match.matched, 2U);
    EXPECT_EQ(match.missed, 0U);
  }
}

TEST(FindRun, InventedLinesAreCounted) {
  const RunMatch match =
      Best({"first line", "no such line", "second line", "third line"});
  EXPECT_EQ(match.place.line, 1U);
  EXPECT_EQ(match.count, 2U);
  EXPECT_EQ(match.matched, 3U);
  EXPECT_EQ(match.missed, 1U);
  EXPECT_TRUE(match.telling);
  EXPECT_FALSE(Best({"no such line", "}"}).telling);
}

TEST(FindRun, HintsDecideWhereLinesDoNot) {
  EXPECT_EQ(Find({"a"})[0], "0:0:0+1");
  RunHint hint;
  hint.path = "y";
  EXPECT_EQ(Find({"a"}, hint)[0], "1:0:0+1");
  hint.path = "";
  hint.hunk = 1;
  EXPECT_EQ(Find({"a"}, hint)[0], "0:1:3+1");
  hint.hunk.reset();
  hint.new_side = true;
  EXPECT_EQ(Find({"}"}, hint)[0], "0:0:3+1") << "unchanged: on both sides";
  hint.path = "x";
  hint.hunk = 1;
  EXPECT_EQ(Find({"c", "}"}, hint)[0], "0:0:2+2")
      << "what is quoted is above what is hinted";
}

TEST(FindRun, AnHunkLineAboveSaysWhichHunk) {
  EXPECT_TRUE(Best({"@@ -9,2 +9,2 @@ int g(void)", "c", "}", "a"}).at_header);
  EXPECT_EQ(Find({"@@ -9,2 +9,2 @@ int g(void)", "a"})[0], "0:1:3+1");
  EXPECT_EQ(Find({"@@ -1,2 +1,1 @@", " a"})[0], "1:0:0+1");
}

TEST(FindRun, RunsDoNotCrossHunks) { EXPECT_EQ(Best({"a", "c"}).count, 1U); }

TEST(FindRun, NoNewlineMarksAreSkipped) {
  EXPECT_EQ(Find({"c", "}", "a"})[0], "0:1:0+4");
}

TEST(FindRun, StopsAtTheLimit) {
  EXPECT_EQ(Find({"a"}, {}, 2).size(), 2U);
  EXPECT_EQ(Find({"a"}, {}, 0).size(), 0U);
}

TEST(FindRun, ManyEqualLinesAreBounded) {
  std::string text = "--- a/x\n+++ b/x\n@@ -0,0 +1,20000 @@\n";
  for (int i = 0; i < 20000; ++i) text += "+}\n";
  const Diff diff = Diff::Parse(text);
  const Lines quote(200, "}");
  EXPECT_EQ(FindRun(diff, quote, {}, SIZE_MAX).size(), kMaxCandidates);
}

TEST(FindHunkLine, ByForm) {
  const Diff diff = Diff::Parse(std::string(kText));
  const auto find = [&](std::string_view quoted, const RunHint& hint) {
    const auto place = FindHunkLine(diff, quoted, hint);
    return place
               ? std::to_string(place->file) + ":" + std::to_string(place->hunk)
               : "";
  };
  RunHint x;
  x.path = "x";
  EXPECT_EQ(find("@@ -9,2 +9,2 @@ int g(void)", x), "0:1");
  EXPECT_EQ(find("@@ -9,2 +9,2 @@ other(void)", x), "0:1") << "its numbers";
  EXPECT_EQ(find("@@ -7,2 +7,2 @@ other(void)", x), "0:1") << "its counts";
  EXPECT_EQ(find("@@ -7,3 +7,3 @@ int g(void)", x), "0:1") << "its function";
  x.hunk = 1;
  EXPECT_EQ(find("@@ -70,7 +70,7 @@", x), "0:1") << "the hint";
  RunHint none;
  EXPECT_EQ(find("@@ -1,2 +1,1 @@", none), "1:0");
  EXPECT_EQ(find("@@ -7,2 +7,2 @@", none), "") << "no file is named";
  x.path = "z";
  EXPECT_EQ(find("@@ -9,2 +9,2 @@ int g(void)", x), "") << "not in that file";
}

TEST(FindNear, TellsHow) {
  const Diff diff = Diff::Parse(
      "--- a/x\n+++ b/x\n@@ -1,1 +1,2 @@\n"
      "+\tret = lamp_step(lamp, level + 1);\n }\n");
  const auto kind = [&](std::string_view quoted) {
    const auto near = FindNear(diff, quoted);
    return near ? static_cast<int>(near->kind) : -1;
  };
  EXPECT_EQ(kind("+        ret = lamp_step(lamp, level + 1);"),
            static_cast<int>(NearKind::kWhiteSpace));
  EXPECT_EQ(kind("+\tret = lamp_step(lamp..."),
            static_cast<int>(NearKind::kCutOff));
  EXPECT_EQ(kind("+\tret = lamp_step(lamp, level + 2);"),
            static_cast<int>(NearKind::kSimilar));
  EXPECT_EQ(kind("+\treturn something_else(entirely);"), -1);
  EXPECT_EQ(kind("}"), -1) << "says nothing";
}

TEST(KindOfQuoted, ByForm) {
  const auto expect = [](std::string_view line, QuotedKind want) {
    EXPECT_EQ(KindOfQuoted(line), want) << line;
  };
  expect("+\tint a;", QuotedKind::kText);
  expect("+", QuotedKind::kBlank);
  expect(" ", QuotedKind::kBlank);
  expect("[ ... ]", QuotedKind::kGap);
  expect("  ...", QuotedKind::kGap);
  expect("@@ -1 +1 @@", QuotedKind::kHunkLine);
  expect("@@ of some text", QuotedKind::kText);
  expect("+++ b/a.c", QuotedKind::kFileHeader);
  expect("+++i;", QuotedKind::kText);
  expect("index 12345..6789a 100644", QuotedKind::kIndexLine);
  expect("index of the lamp", QuotedKind::kText);
  expect("      ^^^^^", QuotedKind::kCarets);
  expect("  ~", QuotedKind::kText);
}

}  // namespace
}  // namespace patchmilter::diff
