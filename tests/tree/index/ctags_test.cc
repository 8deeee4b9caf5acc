#include "tree/index/ctags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

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

// Programs that answer in other ways than ctags does.
class FakeCtagsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/pm-ctags-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  void TearDown() override {
    ::unlink(program().c_str());
    ::rmdir(directory_.c_str());
  }
  std::string program() const { return directory_ + "/ctags"; }
  void Write(const std::string& script) {
    std::ofstream(program()) << "#!/bin/sh\n" << script;
    ::chmod(program().c_str(), 0755);
  }
  std::string directory_;
};

TEST_F(FakeCtagsTest, CrashCostsOneText) {
  // Answers the text "good", dies of every other.
  Write(
      "while read -r request; do\n"
      "  read -r text\n"
      "  case $text in\n"
      "  good) echo '{\"_type\": \"tag\", \"name\": \"n\", \"line\": 1, "
      "\"kind\": \"k\"}'\n"
      "    echo '{\"_type\": \"completed\"}' ;;\n"
      "  *) exit 1 ;;\n"
      "  esac\n"
      "done\n");
  Ctags ctags({program()});
  EXPECT_EQ(ctags.Run("a.c", "good\n")->size(), 1U);
  EXPECT_EQ(ctags.Run("a.c", "bad\n").error().kind, ErrorKind::kTemporary);
  EXPECT_EQ(ctags.Run("a.c", "good\n")->size(), 1U);
}

TEST_F(FakeCtagsTest, HangsAndLies) {
  Write("exec sleep 1000\n");
  Ctags hangs({program(), false, std::chrono::milliseconds(50)});
  const auto hung = hangs.Run("a.c", "int a;\n");
  ASSERT_FALSE(hung.ok());
  EXPECT_EQ(hung.error().kind, ErrorKind::kTemporary);
  EXPECT_THAT(hung.error().message, HasSubstr("too long"));

  for (const char* answer :
       {"no json", "{\"_type\": \"completed\"", "[1]", "{\"a\": {}}",
        "{\"_type\": \"error\", \"message\": \"x\", \"fatal\": false}"}) {
    Write(std::string("cat <<'END'\n") + answer + "\nEND\nexec cat >/dev/null");
    Ctags lies({program()});
    const auto lied = lies.Run("a.c", "int a;\n");
    ASSERT_FALSE(lied.ok()) << answer;
    EXPECT_EQ(lied.error().kind, ErrorKind::kTemporary);
  }
  // A line without end.
  Write("exec tr '\\0' x </dev/zero\n");
  Ctags endless({program()});
  EXPECT_EQ(endless.Run("a.c", "int a;\n").error().kind, ErrorKind::kTemporary);
}

TEST_F(FakeCtagsTest, KnowsNothingOfItsParent) {
  // The environment, the directory, and descriptors above the three.
  Write(
      "read -r request\n"
      "n=$(ls /proc/$$/fd | wc -l)\n"
      "echo \"{\\\"_type\\\": \\\"tag\\\", \\\"name\\\": \\\"$(pwd)\\\", "
      "\\\"line\\\": $n, \\\"kind\\\": \\\"$PM_SECRET\\\"}\"\n"
      "echo '{\"_type\": \"completed\"}'\n");
  ::setenv("PM_SECRET", "secret", 1);
  std::vector<UniqueFd> open;
  for (int i = 0; i < 8; ++i) open.emplace_back(::dup(0));
  Ctags ctags({program()});
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
