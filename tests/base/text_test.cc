#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter {
namespace {

using ::testing::ElementsAre;

TEST(Ascii, ClassesAreThoseOfAsciiAlone) {
  for (int i = -128; i < 128; ++i) {
    const char c = static_cast<char>(i);
    EXPECT_EQ(IsDigitAscii(c), i >= '0' && i <= '9') << i;
    EXPECT_EQ(IsSpaceAscii(c), i == ' ' || (i >= 9 && i <= 13)) << i;
    const bool upper = i >= 'A' && i <= 'Z';
    EXPECT_EQ(IsAlphaAscii(c), upper || (i >= 'a' && i <= 'z')) << i;
    EXPECT_EQ(IsAlnumAscii(c), IsAlphaAscii(c) || IsDigitAscii(c)) << i;
    EXPECT_EQ(ToLowerAscii(c), upper ? i + 32 : i) << i;
  }
}

TEST(Case, IsIgnoredInAsciiOnly) {
  EXPECT_EQ(ToLower("AbC-\xc3\x84"), "abc-\xc3\x84");
  EXPECT_TRUE(EqualsIgnoreCase("", ""));
  EXPECT_TRUE(EqualsIgnoreCase("List-ID", "list-id"));
  EXPECT_FALSE(EqualsIgnoreCase("list-id", "list-ids"));
  EXPECT_FALSE(EqualsIgnoreCase("list-ids", "list-id"));
  EXPECT_FALSE(EqualsIgnoreCase("@", "`"));  // 0x20 apart, no letters.
  EXPECT_TRUE(StartsWithIgnoreCase("RE: x", "re:"));
  EXPECT_TRUE(StartsWithIgnoreCase("x", ""));
  EXPECT_FALSE(StartsWithIgnoreCase("re", "re:"));
}

TEST(FindIgnoreCase, FindsFromAPlaceOn) {
  constexpr auto kNone = std::string_view::npos;
  EXPECT_EQ(FindIgnoreCase("abc ABC", "abc"), 0U);
  EXPECT_EQ(FindIgnoreCase("abc ABC", "abc", 1), 4U);
  EXPECT_EQ(FindIgnoreCase("abc ABC", "abc", 5), kNone);
  EXPECT_EQ(FindIgnoreCase("abc", "abcd"), kNone);
  EXPECT_EQ(FindIgnoreCase("", "a"), kNone);
  EXPECT_EQ(FindIgnoreCase("abc", "c", 100), kNone);
  EXPECT_EQ(FindIgnoreCase("abc", "", 2), 2U);
  EXPECT_EQ(FindIgnoreCase("abc", "", 3), 3U);
  EXPECT_EQ(FindIgnoreCase("abc", "", 4), kNone);
  EXPECT_EQ(FindIgnoreCase("", ""), 0U);
  EXPECT_EQ(FindIgnoreCase(std::string_view("a\0B", 3), "b"), 2U);
}

TEST(Trim, TakesSpaceFromTheEnds) {
  EXPECT_EQ(Trim(" \t\r\n a b \v\f"), "a b");
  EXPECT_EQ(TrimLeft(" a "), "a ");
  EXPECT_EQ(TrimRight(" a "), " a");
  EXPECT_EQ(Trim(" \n"), "");
  EXPECT_EQ(Trim(""), "");
  EXPECT_EQ(Trim("\xc2\xa0"), "\xc2\xa0");  // Not an ASCII space.
}

TEST(SplitAndJoin, KeepEmptyParts) {
  EXPECT_THAT(Split("a,b,,c", ','), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(Split("", ','), ElementsAre(""));
  EXPECT_THAT(Split(",", ','), ElementsAre("", ""));
  EXPECT_THAT(Split("abc", ','), ElementsAre("abc"));
  EXPECT_EQ(Join({"a", "", "c"}, ", "), "a, , c");
  EXPECT_EQ(Join({"", ""}, ","), ",");
  EXPECT_EQ(Join({"a", "a"}, "+"), "a+a");
  EXPECT_EQ(Join({}, ", "), "");
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  LineReader reader(text);
  std::string_view line;
  while (reader.Next(&line)) {
    EXPECT_EQ(text.substr(reader.offset(), line.size()), line);
    lines.emplace_back(line);
  }
  EXPECT_FALSE(reader.Next(&line));
  return lines;
}

TEST(LineReader, GivesLinesWithoutTheirLf) {
  EXPECT_THAT(Lines(""), ElementsAre());
  EXPECT_THAT(Lines("\n"), ElementsAre(""));
  EXPECT_THAT(Lines("a\nb\n"), ElementsAre("a", "b"));
  EXPECT_THAT(Lines("a\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(Lines("a\r\nb\rc"), ElementsAre("a\r", "b\rc"));
  EXPECT_THAT(Lines(std::string_view("\0\n\0", 3)),
              ElementsAre(std::string(1, '\0'), std::string(1, '\0')));
}

TEST(ParseUnsigned, ADecimalNumberAndNothingElse) {
  EXPECT_EQ(ParseUnsigned("0"), 0U);
  EXPECT_EQ(ParseUnsigned("007"), 7U);
  EXPECT_EQ(ParseUnsigned("18446744073709551615"),
            std::numeric_limits<std::uint64_t>::max());
  for (const char* bad : {"", " 1", "1 ", "+1", "-1", "0x1", "1.", "1e3", "a",
                          "18446744073709551616", "99999999999999999999999"}) {
    EXPECT_EQ(ParseUnsigned(bad), std::nullopt) << bad;
  }
}

TEST(Utf8, IsWhatRfc3629Says) {
  for (const char* good :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsValidUtf8(good)) << good;
    EXPECT_EQ(ToValidUtf8(good), good);
  }
  for (const char* bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2g", "\xe0\x9f\xbf",
        "\xe0\xa0", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xfe"}) {
    EXPECT_FALSE(IsValidUtf8(bad)) << bad;
    EXPECT_TRUE(IsValidUtf8(ToValidUtf8(bad)));
  }
  EXPECT_EQ(ToValidUtf8("a\xff\xc3\xa4\xc3"),
            "a\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd");
}

// All sequences of two bytes, and those of three that begin with a lead byte:
// what is made valid is valid, and what was valid is not touched.
TEST(Utf8, MadeValidIsValid) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text = {static_cast<char>(a), static_cast<char>(b),
                                '\x80', '\x80'};
      const std::string valid = ToValidUtf8(text);
      ASSERT_TRUE(IsValidUtf8(valid)) << a << ' ' << b;
      if (IsValidUtf8(text)) {
        ASSERT_EQ(valid, text) << a << ' ' << b;
      }
    }
  }
}

TEST(Utf8, IsCutBetweenCharacters) {
  EXPECT_EQ(CutBytes("abc", 3), "abc");
  EXPECT_EQ(CutBytes("abc", 2), "ab");
  EXPECT_EQ(CutBytes("a\xe2\x82\xac", 4), "a\xe2\x82\xac");
  for (const std::size_t bytes : {1U, 2U, 3U}) {
    EXPECT_EQ(CutBytes("a\xe2\x82\xac", bytes), "a");
  }
  EXPECT_EQ(CutBytes("\xe2\x82\xac", 2), "");
  EXPECT_EQ(CutBytes("", 0), "");
}

TEST(EditDistance, CountsSingleEdits) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
  EXPECT_EQ(EditDistance("socket", "sokcet"), 2U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(EditDistance("sitting", "kitten"), 3U);
  EXPECT_EQ(EditDistance(std::string(100, 'a'), std::string(100, 'b')), 100U);
  EXPECT_EQ(EditDistance(std::string(101, 'a'), "a"),
            std::numeric_limits<size_t>::max());
}

}  // namespace
}  // namespace patchmilter
