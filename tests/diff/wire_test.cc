#include <gtest/gtest.h>

#include <random>
#include <string>

#include "diff/diff.h"

namespace patchmilter::diff {
namespace {

constexpr std::string_view kText =
    "Message.\n---\n"
    "diff --git a/x.c b/y.c\nsimilarity index 90%\nrename from x.c\n"
    "rename to y.c\nindex 1234567..89abcde 100644\n--- a/x.c\n+++ b/y.c\n"
    "@@ -1,3 +1,3 @@ f()\n a\n-b\n+c\n\n"
    "diff --git a/i b/i\nindex 1..2 100644\nGIT binary patch\nliteral 5\n"
    "McmZQz\n\nliteral 0\nHcmV?d00001\n\n"
    "--- a/z\n+++ b/z\n@@ -1,3 +1,3 @@\n a\nwrapped\n-b\n";

std::string Encoded(const Diff& diff) {
  WireWriter out;
  diff.Encode(&out);
  return out.Take();
}

// Every span in bounds: what a reader of the diff relies on.
void ExpectSound(const Diff& diff) {
  const size_t size = diff.text().size();
  const auto check = [&](Span span) {
    ASSERT_LE(std::uint64_t{span.begin} + span.size, size);
  };
  for (const File& file : diff.files()) {
    check(file.header);
    check(file.binary_patch);
    for (const Hunk& hunk : file.hunks) {
      check(hunk.header);
      check(hunk.section);
      for (const Line& line : hunk.lines) check(line.span);
    }
  }
  for (const Problem& problem : diff.problems()) {
    ASSERT_LE(problem.file, diff.files().size());
  }
  ASSERT_LE(diff.begin(), diff.end());
  ASSERT_LE(diff.end(), size);
}

TEST(DiffWire, RoundTrip) {
  const Diff diff = Diff::Parse(std::string(kText));
  ASSERT_EQ(diff.files().size(), 3u);
  ASSERT_FALSE(diff.problems().empty());
  const std::string bytes = Encoded(diff);
  WireReader in(bytes);
  const auto got = Diff::Decode(&in);
  ASSERT_TRUE(got.has_value());
  EXPECT_TRUE(in.Done());
  EXPECT_EQ(Encoded(*got), bytes);
  EXPECT_EQ(got->added_lines(), diff.added_lines());
  EXPECT_EQ(got->removed_lines(), diff.removed_lines());
  EXPECT_EQ(got->StablePatchId(), diff.StablePatchId());
}

TEST(DiffWire, EveryTruncationIsRefused) {
  const std::string bytes = Encoded(Diff::Parse(std::string(kText)));
  for (size_t size = 0; size < bytes.size(); ++size) {
    WireReader in(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(Diff::Decode(&in).has_value()) << size;
  }
}

TEST(DiffWire, FlippedBitsGiveASoundDiffOrNothing) {
  const std::string bytes = Encoded(Diff::Parse(std::string(kText)));
  size_t refused = 0;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] =
        static_cast<char>(changed[bit / 8] ^ static_cast<char>(1 << (bit % 8)));
    WireReader in(changed);
    const auto got = Diff::Decode(&in);
    if (got.has_value()) {
      ExpectSound(*got);
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, bytes.size());
}

}  // namespace
}  // namespace patchmilter::diff
