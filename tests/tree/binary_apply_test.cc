#include "tree/apply/binary_apply.h"

#include <gtest/gtest.h>

namespace patchmilter::tree {
namespace {

Result<std::string> Delta(const std::string& base, const std::string& delta) {
  Work work;
  return ApplyDelta(base, delta, &work);
}

TEST(BinaryApplyTest, ParsesWhatGitWrites) {
  // git diff --binary of the four bytes "\0abc", made new.
  Work work;
  const auto hunk = ParseBinaryPatch(
      "literal 4\nLcmZQbOiBg-0!{%Z\n\nliteral 0\nHcmV?d00001\n\n", &work);
  ASSERT_TRUE(hunk.ok()) << hunk.error().message;
  EXPECT_FALSE(hunk->delta);
  EXPECT_EQ(hunk->data, std::string("\0abc", 4));
}

TEST(BinaryApplyTest, RefusesWhatIsCorrupt) {
  const char* kCases[] = {
      "",
      "literal 4\n",
      "literal x\nLcmZQbOiBg-0!{%Z\n",
      "literal 3\nLcmZQbOiBg-0!{%Z\n",   // Makes more than it says.
      "literal 5\nLcmZQbOiBg-0!{%Z\n",   // Makes less.
      "literal 4\nMcmZQbOiBg-0!{%Z\n",   // Another length.
      "literal 4\nLcmZQbOiBg-0!{%\n",    // No groups of five.
      "literal 4\nLcmZQbOiBg-0!{%\"\n",  // No base85.
      "literal 4\nL~~~~~~~~~~~~~~~\n",   // Over 32 bits.
      "literal 4\nLcmZQbOiBg-0!{%Z\n\nliteral 9\nHcmV?d00001\n\n",
      "literal 99999999999999999999\nLcmZQbOiBg-0!{%Z\n",
      "literal 8000000000\nLcmZQbOiBg-0!{%Z\n",
      "patch 4\nLcmZQbOiBg-0!{%Z\n",
  };
  for (const char* body : kCases) {
    Work work;
    EXPECT_FALSE(ParseBinaryPatch(body, &work).ok()) << body;
  }
}

TEST(BinaryApplyTest, AppliesDeltas) {
  // Sizes, then a copy of 3 bytes from 1 and two bytes of its own.
  EXPECT_EQ(Delta("abcdef", "\x06\x05\x91\x01\x03\x02xy").value(), "bcdxy");
  const std::string big(0x10000, 'z');
  // A copy without a size is 64 KiB.
  EXPECT_EQ(Delta(big, std::string("\x80\x80\x04\x80\x80\x04\x80", 7)).value(),
            big);
}

TEST(BinaryApplyTest, RefusesCorruptDeltas) {
  const struct {
    const char* name;
    std::string delta;
  } kCases[] = {
      {"empty", ""},
      {"another base", std::string("\x07\x05\x91\x01\x03\x02xy")},
      {"too short", std::string("\x06\x06\x91\x01\x03\x02xy")},
      {"too long", std::string("\x06\x04\x91\x01\x03\x02xy")},
      {"copy from behind the end", std::string("\x06\x03\x91\x04\x03")},
      {"cut in a copy", std::string("\x06\x03\x91\x01")},
      {"cut in bytes", std::string("\x06\x03\x03xy")},
      {"reserved", std::string("\x06\x01\x00", 3)},
      {"size without end", std::string(20, '\xff')},
      {"bomb", std::string("\x06\xff\xff\xff\xff\xff\x7f\x91\x01\x03")},
  };
  for (const auto& test : kCases) {
    EXPECT_FALSE(Delta("abcdef", test.delta).ok()) << test.name;
  }
}

}  // namespace
}  // namespace patchmilter::tree
