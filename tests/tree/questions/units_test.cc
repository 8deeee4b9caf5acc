// The small parts: bounds, cursors, globs, lines, ranges.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tree/questions/commit_queue.h"
#include "tree/questions/cursor.h"
#include "tree/questions/file_lines.h"
#include "tree/questions/glob.h"
#include "tree/questions/kept.h"
#include "tree/questions/line_ranges.h"
#include "tree/questions/meter.h"

namespace patchmilter::tree {
namespace {

Bounds Of(std::size_t lines, std::size_t bytes, int milliseconds) {
  Bounds bounds;
  bounds.lines = lines;
  bounds.bytes = bytes;
  bounds.time = std::chrono::milliseconds(milliseconds);
  return bounds;
}

TEST(Meter, EndsAtTheFirstBoundThatIsReached) {
  Meter lines(Of(2, 1000, 10'000));
  EXPECT_TRUE(lines.Take(10));
  EXPECT_TRUE(lines.Take(10));
  EXPECT_FALSE(lines.Take(10));
  EXPECT_EQ(lines.stop(), Stop::kLines);

  Meter bytes(Of(100, 20, 10'000));
  EXPECT_TRUE(bytes.Take(10));  // And its LF.
  EXPECT_FALSE(bytes.Take(9));
  EXPECT_EQ(bytes.stop(), Stop::kBytes);
  EXPECT_FALSE(bytes.Take(0)) << "what has ended stays so";

  Meter time(Of(100, 1000, 0));
  EXPECT_TRUE(time.Take(1));
  EXPECT_FALSE(time.Take(1));
  EXPECT_EQ(time.stop(), Stop::kTime);
}

TEST(Meter, OneLineAlwaysFits) {
  Meter meter(Of(0, 0, 0));
  EXPECT_TRUE(meter.Take(1'000'000));
  EXPECT_FALSE(meter.Take(0));
}

TEST(Meter, BoundsAreBounded) {
  Meter meter(Of(SIZE_MAX, SIZE_MAX, 1'000'000'000));
  EXPECT_EQ(meter.lines_left(), kMaxAnswerLines);
  EXPECT_EQ(meter.bytes_left(), kMaxAnswerBytes);
  EXPECT_LE(meter.deadline().time(),
            std::chrono::steady_clock::now() + kMaxAnswerTime);
}

TEST(MakeLine, CutsWhatIsTooLong) {
  EXPECT_FALSE(MakeLine(1, std::string(kMaxLineBytes, 'x')).cut);
  const Line line = MakeLine(7, std::string(kMaxLineBytes + 1, 'x'));
  EXPECT_TRUE(line.cut);
  EXPECT_EQ(line.number, 7U);
  EXPECT_EQ(line.text.size(), kMaxLineBytes);
}

TEST(CursorKey, ReadsWhatItWrote) {
  CursorKey key("file");
  key.Add("a").Add(std::uint64_t{7});
  for (const std::uint64_t at :
       {0ULL, 1ULL, 400ULL, 1ULL << 48, 70'000ULL << 32 | 9}) {
    const auto parsed = key.Parse(key.At(at));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, at);
  }
  EXPECT_EQ(*key.Parse(""), 0U);
}

TEST(CursorKey, RefusesWhatItDidNotWrite) {
  CursorKey key("file");
  key.Add("ab").Add("c");
  const std::string good = key.At(12);
  const std::string prefix = good.substr(0, good.size() - 2);
  CursorKey other("file");
  other.Add("a").Add("bc");
  CursorKey kind("list");
  kind.Add("ab").Add("c");
  for (const std::string& bad :
       {other.At(12), kind.At(12), prefix, prefix + "012", prefix + "+12",
        prefix + "-1", prefix + "12 ", prefix + "12\n", " " + good,
        prefix + "99999999999999999999999", prefix + "18446744073709551615",
        prefix + "1152921504606846977", std::string("12"),
        std::string("file..12"), good + std::string(1, '\0'),
        std::string(1 << 20, 'x')}) {
    const auto parsed = key.Parse(bad);
    EXPECT_FALSE(parsed.ok()) << bad.substr(0, 60);
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalidInput);
    EXPECT_LT(parsed.error().message.size(), 400U);
  }
}

TEST(Glob, Matches) {
  struct Case {
    const char* pattern;
    const char* path;
    bool matches;
  };
  const Case cases[] = {
      {"Makefile", "Makefile", true},
      {"Makefile", "drivers/net/Makefile", true},
      {"Makefile", "drivers/Makefile/x", false},
      {"/Makefile", "Makefile", true},
      {"/Makefile", "drivers/Makefile", false},
      {"*.c", "drivers/net/e.c", true},
      {"*.c", "drivers/net/e.h", false},
      {"*.c", "a.c/b", false},
      {"drivers/*.c", "drivers/e.c", true},
      {"drivers/*.c", "drivers/net/e.c", false},
      {"drivers/*/*.c", "drivers/net/e.c", true},
      {"drivers/**/*.c", "drivers/e.c", true},
      {"drivers/**/*.c", "drivers/net/wireless/e.c", true},
      {"drivers/**/*.c", "xdrivers/e.c", false},
      {"**/net/*", "net/x", true},
      {"**/net/*", "a/net/x", true},
      {"**/net/*", "a/internet/x", false},
      {"a/**", "a/b", true},
      {"a/**", "a/b/c", true},
      {"a/**", "a", false},
      {"a/**", "ab/c", false},
      {"a/", "a/b/c", true},
      {"**", "any/thing", true},
      {"**/**/**", "any/thing", true},
      {"a/**/b/**/c", "a/b/c", true},
      {"a/**/b/**/c", "a/x/b/y/z/c", true},
      {"a/**/b/**/c", "a/x/c", false},
      {"a**c", "abbc", true},
      {"x/a**c", "x/ab/bc", false},
      {"?.c", "a.c", true},
      {"?.c", "ab.c", false},
      {"x/?", "x//", false},
      {"[a-c].h", "b.h", true},
      {"[a-c].h", "d.h", false},
      {"[!a-c].h", "d.h", true},
      {"[^a-c].h", "b.h", false},
      {"x[!a]y", "x/y", false},
      {"[]a].h", "].h", true},
      {"[a-].h", "-.h", true},
      {"[\\]].h", "].h", true},
      {"\\*.h", "*.h", true},
      {"\\*.h", "a.h", false},
      {"\xff*", "\xff\xfe", true},
      {"[\x80-\xff]", "\xc3", true},
      {"A.c", "a.c", false},
      {"../x", "x", false},
      {"a*b*c*d", "axxbxxcxxd", true},
      {"a*b*c*d", "axxbxxdxxc", false},
      {"[z-a]", "b", false},
  };
  for (const Case& c : cases) {
    const auto glob = Glob::Compile(c.pattern);
    ASSERT_TRUE(glob.ok()) << c.pattern;
    EXPECT_EQ(glob->Matches(c.path), c.matches) << c.pattern << " " << c.path;
    if (c.matches) {
      EXPECT_EQ(std::string_view(c.path).substr(0, glob->prefix().size()),
                glob->prefix());
    }
  }
  EXPECT_EQ(Glob::Compile("drivers/net/**/*.c")->prefix(), "drivers/net/");
}

TEST(Glob, RefusesWhatIsNone) {
  for (const std::string& bad :
       {std::string(), std::string("/"), std::string("[a"), std::string("[]"),
        std::string("[a-"), std::string("a\\"), std::string("[\\"),
        std::string(kMaxGlobBytes + 1, 'a')}) {
    const auto glob = Glob::Compile(bad);
    ASSERT_FALSE(glob.ok()) << bad;
    EXPECT_EQ(glob.error().kind, ErrorKind::kInvalidInput);
  }
}

// What takes backtracking matchers longer than the world has been there.
TEST(Glob, NothingMakesItExplode) {
  std::string stars;
  for (int i = 0; i < 300; ++i) stars += "*a";
  const auto glob = Glob::Compile(stars + "b");
  ASSERT_TRUE(glob.ok());
  std::string depths;
  for (int i = 0; i < 190; ++i) depths += "**/a/";
  const auto deep = Glob::Compile(depths + "b");
  ASSERT_TRUE(deep.ok());
  std::string path;
  for (int i = 0; i < 2'000; ++i) path += "a/";
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(glob->Matches(std::string(4'000, 'a')));
    EXPECT_FALSE(deep->Matches(path));
  }
  EXPECT_TRUE(glob->Matches(std::string(4'000, 'a') + "b"));
  EXPECT_TRUE(deep->Matches(path + "b"));
}

TEST(FileLines, LinesOfATextWithAndWithoutAFinalLf) {
  EXPECT_EQ(FileLines("").size(), 0U);
  EXPECT_EQ(FileLines("\n").size(), 1U);
  const std::string text = "a\n\nb\r\nc";
  const FileLines lines(text);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines.Line(1), "a");
  EXPECT_EQ(lines.Line(2), "");
  EXPECT_EQ(lines.Line(3), "b\r");
  EXPECT_EQ(lines.Line(4), "c");
  EXPECT_EQ(lines.Lines(2, 3), "\nb\r\n");
  EXPECT_EQ(lines.Lines(3, 2), "");
}

TEST(LooksBinary, ByTheFirst8000Bytes) {
  EXPECT_TRUE(LooksBinary(std::string(7'999, 'x') + std::string(1, '\0')));
  EXPECT_FALSE(LooksBinary(std::string(8'000, 'x') + std::string(1, '\0')));
}

TEST(Kept, ForgetsWhatWasAskedForLongestAgo) {
  Kept<int> kept(2);
  kept.Keep(1, std::make_unique<int>(10));
  kept.Keep(2, std::make_unique<int>(20));
  ASSERT_NE(kept.Find(1), nullptr);
  kept.Keep(3, std::make_unique<int>(30));
  EXPECT_EQ(kept.Find(2), nullptr);
  EXPECT_EQ(*kept.Find(1), 10);
  EXPECT_EQ(*kept.Find(3), 30);
  EXPECT_EQ(*kept.Newest(), 30);
  kept.Keep(3, std::make_unique<int>(31));
  EXPECT_EQ(*kept.Find(3), 31);
}

TEST(CommitQueue, LatestFirstAndOfEqualsTheFirst) {
  const auto id = [](std::uint8_t n) {
    git::ObjectId made;
    made.bytes[0] = n;
    return made;
  };
  CommitQueue queue;
  queue.Push(id(1), 5);
  queue.Push(id(2), 9);
  queue.Push(id(3), 9);
  queue.Push(id(4), -3);
  const CommitQueue::Item first = queue.Take();
  EXPECT_EQ(first.commit, id(2));
  queue.PutBack(first);
  EXPECT_EQ(queue.Take().commit, id(2));
  EXPECT_EQ(queue.Take().commit, id(3));
  EXPECT_EQ(queue.Take().commit, id(1));
  EXPECT_EQ(queue.Take().commit, id(4));
  EXPECT_TRUE(queue.empty());
}

using Range = LineRanges::Range;

TEST(LineRanges, FollowsLinesThroughChanges) {
  struct Case {
    const char* what;
    std::vector<Range> lines;
    std::vector<git::LineChange> changes;
    std::vector<Range> before;
    bool touched;
  };
  // {old_first, old_count, new_first, new_count}
  const Case cases[] = {
      {"nothing", {{5, 8}}, {}, {{5, 8}}, false},
      {"two lines put above", {{5, 8}}, {{2, 0, 2, 2}}, {{3, 6}}, false},
      {"two removed above", {{5, 8}}, {{2, 2, 2, 0}}, {{7, 10}}, false},
      {"removed just above", {{5, 8}}, {{5, 2, 5, 0}}, {{7, 10}}, false},
      {"removed just below", {{5, 8}}, {{8, 2, 8, 0}}, {{5, 8}}, false},
      {"removed within", {{5, 8}}, {{6, 2, 6, 0}}, {{5, 10}}, true},
      {"changed below", {{5, 8}}, {{8, 3, 8, 1}}, {{5, 8}}, false},
      {"one replaced", {{5, 8}}, {{6, 1, 6, 1}}, {{5, 8}}, true},
      {"one for three", {{5, 8}}, {{6, 3, 6, 1}}, {{5, 10}}, true},
      {"all new", {{5, 8}}, {{5, 0, 5, 3}}, {}, true},
      {"new over the edge", {{5, 8}}, {{4, 0, 4, 2}}, {{4, 6}}, true},
      {"replaced over the edge", {{5, 8}}, {{3, 1, 3, 3}}, {{3, 6}}, true},
      {"one change, two ranges",
       {{2, 4}, {6, 8}},
       {{1, 3, 1, 8}},
       {{1, 4}},
       true},
      {"between two ranges", {{2, 4}, {6, 8}}, {{4, 0, 4, 2}}, {{2, 6}}, false},
  };
  for (const Case& c : cases) {
    const auto before = LineRanges(c.lines).Follow(c.changes);
    EXPECT_EQ(before.ranges.ranges(), c.before) << c.what;
    EXPECT_EQ(before.touched, c.touched) << c.what;
  }
}

}  // namespace
}  // namespace patchmilter::tree
