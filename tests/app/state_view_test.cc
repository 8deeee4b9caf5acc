#include "app/state_view.h"

#include <gtest/gtest.h>

#include <string>

namespace patchmilter::app {
namespace {

TEST(PrintableTest, NothingReachesTheTerminalUnseen) {
  const struct {
    const char* text;
    const char* want;
  } cases[] = {
      {"lamp: dim it", "lamp: dim it"},
      {"a\tb\nc\x1B[31m\x7F", "a b c [31m "},
      {"\xC2\x9B"
       "31m",
       "\\u{9b}31m"},  // CSI of C1.
      {"\xE2\x80\xAE"
       "cod\xE2\x80\xAC",
       "\\u{202e}cod\\u{202c}"},
      {"\xE2\x81\xA6x\xE2\x80\x8By\xEF\xBB\xBF",
       "\\u{2066}x\\u{200b}y\\u{feff}"},
      {"J\xC3\xB6rg \xE7\x8E\x8B", "J\xC3\xB6rg \xE7\x8E\x8B"},
      {"\xFF", "\xEF\xBF\xBD"},
  };
  for (const auto& c : cases) EXPECT_EQ(Printable(c.text), c.want);
}

TEST(PrintableTest, IsCutBetweenCharacters) {
  EXPECT_EQ(Printable("lamp", 4), "lamp");
  EXPECT_EQ(Printable("lamps", 4), "lamp...");
  EXPECT_EQ(Printable("lam\xC3\xB6", 4), "lam...");
}

}  // namespace
}  // namespace patchmilter::app
