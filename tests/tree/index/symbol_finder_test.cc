#include "tree/index/symbol_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/tree/index/fake_ctags.h"

namespace patchmilter::tree {
namespace {

using std::chrono::steady_clock;
using testing::FakeCtags;
using ::testing::HasSubstr;

// Far less than kCtagsTime, far more than a wait that ends takes.
constexpr std::chrono::seconds kSoon{10};

TEST(SymbolFinderTest, FindsBeside) {
  SymbolFinder finder({FindCtags()}, 2, nullptr);
  for (std::uint32_t i = 0; i < 40; ++i) {
    ASSERT_TRUE(finder.Ask(i, "a.c", "int a" + std::to_string(i) + ";\n"));
  }
  std::size_t found = 0;
  while (found < 40) {
    const auto some = finder.Take(true);
    ASSERT_TRUE(some.has_value());
    for (const SymbolFinder::Found& each : *some) {
      ASSERT_EQ(each.symbols.size(), 1U);
      EXPECT_EQ(each.symbols.front().name, "a" + std::to_string(each.document));
    }
    found += some->size();
  }
  EXPECT_EQ(finder.error(), "");
  EXPECT_EQ(finder.failed(), 0U);
  EXPECT_EQ(finder.waiting_bytes(), 0U);
}

// Who stops waits neither for the answer nor, in the end, for the children.
TEST(SymbolFinderTest, StopsWhileChildrenHang) {
  const FakeCtags fake;
  fake.WriteForOthers("exec sleep 1000");
  const auto begun = steady_clock::now();
  {
    int asked = 0;
    SymbolFinder finder({fake.program()}, 2, [&asked] { return ++asked < 3; });
    ASSERT_TRUE(finder.Ask(0, "a.c", "slow\n"));
    ASSERT_TRUE(finder.Ask(1, "a.c", "slow\n"));
    EXPECT_FALSE(finder.Take(true).has_value());
  }
  EXPECT_LT(steady_clock::now() - begun, kSoon);
  {
    int asked = 0;
    SymbolFinder finder({fake.program()}, 1, [&asked] { return ++asked < 3; });
    const std::string text(SymbolFinder::kWaitingText + 1, 'x');
    ASSERT_TRUE(finder.Ask(0, "a.c", text));
    EXPECT_FALSE(finder.Ask(1, "a.c", "more\n"));
  }
  EXPECT_LT(steady_clock::now() - begun, kSoon);
}

TEST(SymbolFinderTest, GoesOnWithoutOneThatHangs) {
  const FakeCtags fake;
  fake.WriteForOthers("exec sleep 1000");
  CtagsOptions options{fake.program()};
  options.time = std::chrono::milliseconds(200);
  SymbolFinder finder(options, 1, nullptr);
  for (std::uint32_t i = 0; i < 500; ++i) {
    ASSERT_TRUE(finder.Ask(i, "a.c", "slow\n"));
  }
  EXPECT_TRUE(finder.Take(true)->empty());
  EXPECT_THAT(finder.error(), HasSubstr("in a row"));
  EXPECT_EQ(finder.waiting_bytes(), 0U);
  EXPECT_TRUE(finder.Ask(0, "a.c", "more\n"));
  EXPECT_TRUE(finder.Take(true)->empty());
}

}  // namespace
}  // namespace patchmilter::tree
