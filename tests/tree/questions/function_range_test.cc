// Which lines are a function.

#include "tree/questions/function_range.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace patchmilter::tree {
namespace {

// A text whose lines have a mark in front: '|' where they are the function
// around the one with '>'.
struct Marked {
  std::string text;
  std::uint32_t asked = 0;
  LineRange want;
};

Marked Unmark(std::string_view marked) {
  Marked result;
  std::uint32_t number = 0;
  while (!marked.empty()) {
    const std::size_t end = marked.find('\n');
    const std::string_view line = marked.substr(0, end);
    marked.remove_prefix(end + 1);
    ++number;
    if (line[0] == '>') result.asked = number;
    if (line[0] != ' ') {
      if (result.want.last == 0) result.want.first = number;
      result.want.last = number;
    }
    result.text += line.substr(1);
    result.text += '\n';
  }
  return result;
}

void Check(const char* path, const char* marked) {
  const Marked want = Unmark(marked);
  const FileLines lines(want.text);
  const auto blocks = FindBlocks(path, lines);
  const CodeBlock* block = BlockAround(blocks, want.asked);
  ASSERT_NE(block, nullptr) << marked;
  EXPECT_EQ(block->lines.first, want.want.first) << marked;
  EXPECT_EQ(block->lines.last, want.want.last) << marked;
}

TEST(FunctionRange, C) {
  Check("a.c", R"( #include <x.h>
 
 static int x;
 
|/* Says what it does. */
|static int foo(int a,
|               char *b)
|{
>	if (a) {
|		return '}';
|	}
|	/* } */
|	puts("}");
|}
 EXPORT_SYMBOL(foo);
 
 int bar(void)
 {
 }
)");
  Check("a.c", R"( int one(void)
 {
 }
|static struct ops ops = {
|	.open = one,
>	.close = one,
|};
 
 struct other {
 	int a;
 };
)");
  Check("a.h", R"( struct a;
|struct b {
|	struct {
>		int inner;
|	} c;
|} __packed;
 struct d {
 	int e;
 };
)");
  // Branches of the preprocessor that each open the same brace.
  Check("a.c", R"( int zero;
|int f(int a)
|{
|#ifdef A
|	if (a) {
|#else
|	if (!a) {
|#endif
>		g();
|	}
|}
 int h(void)
 {
 }
)");
  // A brace that is missing ends at the next one in the first column.
  Check("a.c", R"( int zero;
|int f(int a)
|{
|	if (a) {
>		g();
|}
 
 int h(void)
 {
 }
)");
  Check("a.c", R"( MODULE_LICENSE("GPL")
 
|SYSCALL_DEFINE2(foo, int, a,
|		int, b)
|{
>	return a;
|}
)");
  Check("a.h", R"( #define ONE 1
|#define MAX(a, b) \
|	do { \
>		(a) > (b); \
|	} while (0)
 int x;
)");
  Check("a.cc", R"( namespace x {
 
 int f() { return 1; }
 
|int g() {
>  return 2;
|}
 
 }  // namespace x
)");
  Check("a.h", R"( extern "C" {
|int g(void)
|{
>	return 2;
|}
 }
)");
  Check("a.c", R"( static int a(void) { return 1; }
>static int b(void) { return 1; }
 static int c(void) { return 1; }
)");
}

TEST(FunctionRange, OutsideOfEverything) {
  const std::string text = "#include <a.h>\n\nint x;\n\nint f(void)\n{\n}\n";
  const FileLines lines(text);
  const auto blocks = FindBlocks("a.c", lines);
  EXPECT_EQ(BlockAround(blocks, 1), nullptr);
  EXPECT_EQ(BlockAround(blocks, 3), nullptr);
  ASSERT_NE(BlockAround(blocks, 6), nullptr);
  EXPECT_EQ(BlockAround(blocks, 99), nullptr);
}

TEST(FunctionRange, OtherLanguages) {
  Check("a.py", R"( import os
 
 class A(object):
     x = 1
 
|    @property
|    def f(self,
|          a):
|        """Text
|at the margin.
|        """
>        if a:
|            return 1
 
     def g(self):
         return 2
 
 def h(): pass
)");
  Check("a.rs", R"( mod m {
     impl A<'a> {
|        /// Text.
|        #[inline]
|        pub fn f(&self) -> &'a str {
|            match x {
>                '{' => "}",
|            }
|        }
         fn g() {}
     }
 }
)");
  Check("a.dts", R"( / {
 	soc {
|		uart0: serial@10 {
|			reg = <0x10 0x4>;
>			status = "okay";
|		};
 		serial@20 { };
 	};
 };
)");
  Check("run.sh", R"( #!/bin/sh
 set -e
|# Says.
|work() {
|	if true; then
>		echo "}"
|	fi
|}
 other() { true; }
)");
  Check("Kconfig", R"( config A
 	bool "a"
 
|config B
|	bool "b"
>	default y
 
 config C
 	bool "c"
)");
}

TEST(FunctionRange, ByName) {
  const std::string text =
      "int use(int (*foo)(int));\n\n"
      "static inline struct x *\nfoo(int bar)\n{\n}\n\n"
      "SYSCALL_DEFINE2(open, int, flags)\n{\n}\n\n"
      "struct table {\n\tint foo;\n};\n\n"
      "static const int list[] = {\n\t1,\n};\n\n"
      "#define MIN(a, b) \\\n\t((a) < (b))\n";
  const FileLines lines(text);
  const auto blocks = FindBlocks("a.c", lines);
  const auto first = [&blocks](const char* name) {
    const CodeBlock* block = BlockNamed(blocks, name);
    return block == nullptr ? 0 : block->lines.first;
  };
  EXPECT_EQ(first("foo"), 3U);
  EXPECT_EQ(first("open"), 8U);
  EXPECT_EQ(first("table"), 12U);
  EXPECT_EQ(first("list"), 16U);
  EXPECT_EQ(first("MIN"), 20U);
  EXPECT_EQ(first("bar"), 0U) << "a parameter";
  EXPECT_EQ(first("flags"), 0U);
  EXPECT_EQ(first("fo"), 0U);
  EXPECT_EQ(first(""), 0U);
}

// Any bytes: ranges lie within the file, and it does not take long.
TEST(FunctionRange, AnyBytes) {
  std::mt19937 random(7);
  constexpr std::string_view kAlphabet = "{}()[];:#\\\"'/* \n\tabdef@\r";
  for (int i = 0; i < 400; ++i) {
    std::string text;
    for (std::size_t k = random() % 400; k > 0; --k) {
      text += kAlphabet[random() % kAlphabet.size()];
    }
    const FileLines lines(text);
    for (const char* path : {"a.c", "a.py", "a.rs", "a.dts", "a.sh", "a"}) {
      for (const CodeBlock& block : FindBlocks(path, lines)) {
        EXPECT_GE(block.lines.first, 1U);
        EXPECT_LE(block.lines.first, block.lines.last);
        EXPECT_LE(block.lines.last, lines.size());
      }
    }
  }
  const std::string deep(2'000'000, '{');
  // Many on one line, below a long comment that belongs to each.
  std::string crowded;
  for (int i = 0; i < 100'000; ++i) crowded += "// x\n";
  for (int i = 0; i < 300'000; ++i) crowded += "a(){}";
  for (const char* path : {"a.c", "a.rs", "a.dts"}) {
    EXPECT_LE(FindBlocks(path, FileLines(crowded)).size(), kMaxBlocks) << path;
  }
  const std::string lines_of_braces = [] {
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += "x {\n";
    return text;
  }();
  for (const char* path : {"a.c", "a.py", "a.rs", "a.dts", "a.sh", "a"}) {
    EXPECT_LT(FindBlocks(path, FileLines(deep)).size(), 2'000U) << path;
    EXPECT_LE(FindBlocks(path, FileLines(lines_of_braces)).size(), 200'000U);
  }
}

}  // namespace
}  // namespace patchmilter::tree
