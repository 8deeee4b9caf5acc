#include "tree/index/ctags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/tree/index/fake_ctags.h"

namespace patchmilter::tree {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CtagsTest, Definitions) {
  Ctags ctags({FindCtags()});
  const auto symbols = ctags.Run("dir/a \"b\\.c",
                                 "#define FOO(x) x\n"
                                 "struct s { int a; };\n"
                                 "static int f(struct s *p)\n{ return 0; }\n");
  ASSERT_TRUE(symbols.ok()) << symbols.error().message;
  EXPECT_THAT(*symbols, ElementsAre(Symbol{"FOO", 1, "macro", ""},
                                    Symbol{"s", 2, "struct", ""},
                                    Symbol{"a", 2, "member", "struct:s"},
                                    Symbol{"f", 3, "function", ""}));
}

TEST(CtagsTest, OneChildForManyTexts) {
  Ctags ctags({FindCtags()});
  for (int i = 0; i < 50; ++i) {
    const std::string name = "name" + std::to_string(i);
    const auto symbols = ctags.Run("a.py", "def " + name + "():\n  pass\n");
    ASSERT_TRUE(symbols.ok()) << symbols.error().message;
    ASSERT_EQ(symbols->size(), 1U);
    EXPECT_EQ(symbols->front().name, name);
  }
  EXPECT_TRUE(ctags.Run("a.c", "").value().empty());
  EXPECT_TRUE(ctags.Run("unknown", "text\n").value().empty());
  EXPECT_TRUE(ctags.Run("a.c", std::string(100, '\0')).ok());
}

// Both directions are full at some time.
TEST(CtagsTest, LongTextAndAnswer) {
  std::string text;
  for (int i = 0; i < 60'000; ++i) {
    text += "#define LONG_NAME_OF_A_REGISTER_" + std::to_string(i) + " 1\n";
  }
  Ctags ctags({FindCtags()});
  const auto symbols = ctags.Run("regs.h", text);
  ASSERT_TRUE(symbols.ok()) << symbols.error().message;
  EXPECT_EQ(symbols->size(), 60'000U);
}

TEST(CtagsTest, HeadersOfC) {
  const std::string text = "struct class { int new; };\nint template;\n";
  Ctags c({FindCtags(), true});
  const auto symbols = c.Run("a.h", text);
  ASSERT_TRUE(symbols.ok());
  EXPECT_THAT(*symbols, ::testing::Contains(Symbol{"class", 1, "struct", ""}));
}

TEST(CtagsTest, NoProgram) {
  Ctags none({""});
  EXPECT_EQ(none.Run("a.c", "int a;").error().kind, ErrorKind::kNotFound);
  Ctags gone({"/nonexistent/ctags"});
  EXPECT_EQ(gone.Run("a.c", "int a;").error().kind, ErrorKind::kNotFound);
}

using testing::FakeCtags;

TEST(FakeCtagsTest, CrashCostsOneText) {
  const FakeCtags fake;
  fake.WriteForOthers("case $text in\n  good) " + FakeCtags::Answer("n") +
                      " ;;\n  *) exit 1 ;;\n  esac");
  Ctags ctags({fake.program()});
  EXPECT_EQ(ctags.Run("a.c", "good\n")->size(), 1U);
  EXPECT_EQ(ctags.Run("a.c", "bad\n").error().kind, ErrorKind::kTemporary);
  EXPECT_EQ(ctags.Run("a.c", "good\n")->size(), 1U);
}

TEST(FakeCtagsTest, HangsAndLies) {
  const FakeCtags fake;
  fake.WriteAfterProbe("exec sleep 1000\n");
  Ctags hangs({fake.program(), false, std::chrono::milliseconds(500)});
  const auto hung = hangs.Run("a.c", "int a;\n");
  ASSERT_FALSE(hung.ok());
  EXPECT_EQ(hung.error().kind, ErrorKind::kTemporary);
  EXPECT_THAT(hung.error().message, HasSubstr("too long"));

  for (const char* answer :
       {"no json", "{\"_type\": \"completed\"", "[1]", "{\"a\": {}}",
        "{\"_type\": \"error\", \"message\": \"x\", \"fatal\": false}"}) {
    fake.WriteAfterProbe(std::string("read -r request\ncat <<'END'\n") +
                         answer + "\nEND\nexec cat >/dev/null");
    Ctags lies({fake.program()});
    const auto lied = lies.Run("a.c", "int a;\n");
    ASSERT_FALSE(lied.ok()) << answer;
    EXPECT_EQ(lied.error().kind, ErrorKind::kTemporary);
  }
  // A line without end.
  fake.WriteAfterProbe("exec tr '\\0' x </dev/zero\n");
  Ctags endless({fake.program()});
  EXPECT_EQ(endless.Run("a.c", "int a;\n").error().kind, ErrorKind::kTemporary);
}

// Another program of that name fails on every text: that is no fault of the
// texts.
TEST(FakeCtagsTest, IsAnotherProgram) {
  const FakeCtags fake;
  const std::string script[] = {
      "echo 'unknown option' >&2\nexit 1\n", "exec cat\n",
      "read -r request; echo '{\"_type\": \"completed\"}'; exec cat\n",
      "read -r request\n" + FakeCtags::Answer("another") + "exec cat\n",
      "exec sleep 1000\n"};
  for (const std::string& each : script) {
    fake.Write(each);
    Ctags ctags({fake.program(), false, std::chrono::milliseconds(300)});
    for (int i = 0; i < 2; ++i) {
      const auto symbols = ctags.Run("a.c", "int a;\n");
      ASSERT_FALSE(symbols.ok()) << each;
      EXPECT_EQ(symbols.error().kind, ErrorKind::kNotFound) << each;
      EXPECT_THAT(symbols.error().message, HasSubstr("Universal Ctags"));
    }
  }
}

TEST(FakeCtagsTest, TooSlowTooOften) {
  const FakeCtags fake;
  fake.WriteForOthers("exec sleep 1000");
  Ctags ctags({fake.program(), false, std::chrono::milliseconds(300)});
  for (unsigned i = 1; i < kCtagsTimeouts; ++i) {
    EXPECT_EQ(ctags.Run("a.c", "slow\n").error().kind, ErrorKind::kTemporary);
  }
  const auto last = ctags.Run("a.c", "slow\n");
  EXPECT_EQ(last.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(last.error().message, HasSubstr("10 texts in a row"));
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(ctags.Run("a.c", "slow\n").error().kind, ErrorKind::kNotFound);
  EXPECT_LT(std::chrono::steady_clock::now() - before,
            std::chrono::milliseconds(200));
}

TEST(FakeCtagsTest, StopsWhileItWaits) {
  const FakeCtags fake;
  fake.WriteForOthers("exec sleep 1000");
  CtagsOptions options{fake.program()};
  int asked = 0;
  options.stopping = [&asked] { return ++asked >= 3; };
  Ctags ctags(options);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(ctags.Run("a.c", "slow\n").error().kind, ErrorKind::kTemporary);
  EXPECT_LT(std::chrono::steady_clock::now() - before,
            std::chrono::seconds(10));
}

TEST(FakeCtagsTest, KnowsNothingOfItsParent) {
  // The environment, the directory, and descriptors above the three.
  const FakeCtags fake;
  fake.WriteAfterProbe(
      "read -r request\n"
      "n=$(ls /proc/$$/fd | wc -l)\n"
      "echo \"{\\\"_type\\\": \\\"tag\\\", \\\"name\\\": \\\"$(pwd)\\\", "
      "\\\"line\\\": $n, \\\"kind\\\": \\\"$PM_SECRET\\\"}\"\n"
      "echo '{\"_type\": \"completed\"}'\n");
  ::setenv("PM_SECRET", "secret", 1);
  std::vector<UniqueFd> open;
  for (int i = 0; i < 8; ++i) open.emplace_back(::dup(0));
  Ctags ctags({fake.program()});
  const auto symbols = ctags.Run("a.c", "i");
  ::unsetenv("PM_SECRET");
  ASSERT_TRUE(symbols.ok()) << symbols.error().message;
  ASSERT_EQ(symbols->size(), 1U);
  EXPECT_EQ(symbols->front().name, "/");
  EXPECT_EQ(symbols->front().kind, "");
  // 0, 1, 2, the script, and the shell's own pipes; not the eight above.
  EXPECT_LE(symbols->front().line, 8U);
}

TEST(CtagsLineTest, Forms) {
  CtagsLine line;
  EXPECT_TRUE(ParseCtagsLine(
      R"({"_type": "tag", "name": "a\"\\\u00e9\n", "line": 12, "x": null, )"
      R"("scope": "s", "scopeKind": "struct", "kind": "member"})",
      &line));
  EXPECT_EQ(line.name, "a\"\\\xC3\xA9\n");
  EXPECT_EQ(line.line, 12U);
  EXPECT_EQ(line.scope_kind, "struct");
  for (const char* bad :
       {"", "{", "{}}", "{\"a\"}", "{\"a\":}", "{\"a\": \"b}", "{\"a\": [1]}",
        "{\"line\": 1e5}", "{\"line\": -1}", "{\"line\": 99999999999}",
        "{\"a\": \"\\u12\"}", "{\"a\": 1 \"b\": 2}", "{\"a\": \"\\x\"}"}) {
    EXPECT_FALSE(ParseCtagsLine(bad, &line)) << bad;
  }
}

}  // namespace
}  // namespace patchmilter::tree
