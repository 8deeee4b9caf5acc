#include "base/wipe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace patchmilter {
namespace {

TEST(Wipe, TakesAllThatATextHasRoomFor) {
  std::string text;
  text.reserve(256);
  text = "a key that is longer than what a string holds in itself";
  const char* bytes = text.data();
  text.resize(4);
  Wipe(&text);
  EXPECT_EQ(text, "");
  // Still the text's own: it has kept its room.
  ASSERT_EQ(text.data(), bytes);
  const auto room = static_cast<std::ptrdiff_t>(text.capacity());
  EXPECT_EQ(std::count(bytes, bytes + room, '\0'), room);
}

TEST(Wipe, NothingIsFine) {
  std::string text;
  Wipe(&text);
  Wipe(nullptr, 0);
  EXPECT_EQ(text, "");
}

TEST(Wipe, AtTheEndOfAScope) {
  std::string text = "key";
  { const WipeAtEnd wipe(&text); }
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace patchmilter
