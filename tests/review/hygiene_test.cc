#include "review/hygiene.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace patchmilter::review {
namespace {

std::string Prose(std::string_view text) {
  std::string joined;
  for (const std::string& line : CleanProse(text)) joined += line + "\n";
  return joined;
}

TEST(HygieneTest, ProseIsDefused) {
  struct Case {
    const char* text;
    const char* want;
  };
  const std::vector<Case> cases = {
      {"Reviewed-by: A B <a@b.example>", "Reviewed-by A B [address removed]\n"},
      {"Add a Fixes: tag.", "Add a Fixes tag.\n"},
      {"  Signed-off-by : me", "Signed-off-by me\n"},
      {"> Acked-by: me", "Acked-by me\n"},
      {"**Tested-by:** me", "Tested-by me\n"},
      {"Si\xE2\x80\x8Bgned-off-by: me", "Signed-off-by me\n"},
      {"say #syz fix: it", "say syz fix: it\n"},
      {"##regzbot introduced", "regzbot introduced\n"},
      {"pw-bot: reject", "pw-bot reject\n"},
      {"/test all", "test all\n"},
      {"see /test/data.c", "see /test/data.c\n"},
      {"@bot do it", "bot do it\n"},
      {"see https://evil.example/x, then", "see [link removed], then\n"},
      {"[text](https://evil.example)", "text\n"},
      {"mail a@b.example now", "mail [address removed] now\n"},
      {"-- >8 --", "-- [cut mark] --\n"},
      {"cut >8 here", "cut [cut mark] here\n"},
      {"x\n---\ny", "x\n\ny\n"},
      {"-- \nmy signature", "my signature\n"},
      {"From here on it is wrong", "| From here on it is wrong\n"},
      {"diff --git a/x b/x", "| diff --git a/x b/x\n"},
      {"# Title\ntext", "Title\n\ntext\n"},
      {"`foo()` is *not* **good**", "foo() is not good\n"},
      {"<b>bold</b> of <linux/lamp.h>", "bold of <linux/lamp.h>\n"},
      {"a\xE2\x80\xAE"
       "b\x1B[31mc",
       "ab[31mc\n"},
      {"bad \xFF byte", "bad \xEF\xBF\xBD byte\n"},
      {"- one\n- two\n  more", "- one\n- two more\n"},
      {"It reads:\n\n    if (x)\n    \treturn;\n\nwhich is wrong.",
       "It reads:\n\n    if (x)\n    \treturn;\n\nwhich is wrong.\n"},
      {"```c\nreturn 0;\n```", "    return 0;\n"},
      {"    date: today", "    date today\n"},
      {"    Reviewed-by: me", "    Reviewed-by me\n"},
      {"    diff --git a/x b/x", "    | diff --git a/x b/x\n"},
      // Odd dashes, colons and letters.
      {"Reviewed\xE2\x80\x91"
       "by\xEF\xBC\x9A me",
       "Reviewed-by me\n"},
      {"\xEF\xBC\xA6ixes: 0123456", "Fixes 0123456\n"},
      {"\xD0\x90"
       "cked-by: me",
       "\xD0\x90"
       "cked-by me\n"},
      {"a \xE2\x80\x94 b \xE2\x80\x9Cq\xE2\x80\x9D \xE2\x80\xA6",
       "a - b \"q\" ...\n"},
      // By form, not only by name.
      {"Made-up-by: me", "Made-up-by me\n"},
      {"Odd-Key: value", "Odd-Key - value\n"},
      {"tip-bot2: merge", "tip-bot2 merge\n"},
      {"#frobnicate now", "frobnicate now\n"},
      {"needs #include <linux/x.h>", "needs #include <linux/x.h>\n"},
      {"has #size-cells = <0>", "has #size-cells = <0>\n"},
      {"/frobnicate now", "| /frobnicate now\n"},
      {"Closes #12", "Closes 12\n"},
      {"(cherry picked from commit 0123)",
       "| (cherry picked from commit 0123)\n"},
      {"3 files changed", "| 3 files changed\n"},
      // Folded, in comments, behind list marks.
      {"Reviewed-by\n: me", "Reviewed-by me\n"},
      {"    /* Reviewed-by: me */", "    /* Reviewed-by me */\n"},
      {"     * Fixes: 0123", "     * Fixes 0123\n"},
      {"    // Link: x", "    // Link x\n"},
      {"- Fixes: 0123", "- Fixes 0123\n"},
      // A shift that a model has wrapped to the start of a line is no quote.
      {"The value\n>> 4 is cut.", "The value >> 4 is cut.\n"},
      {"> quoted\n> by the model\nand said", "quoted by the model\nand said\n"},
      // Markdown.
      {"see kernel.org/doc/x now", "see [link removed] now\n"},
      {"a path/x_kernel.org/y has one", "a [link removed] has one\n"},
      {"see evil.com, docs.evil.org.", "see [link removed], [link removed].\n"},
      {"evil[.]com hxxp://x evil(dot)com",
       "[link removed] [link removed] [link removed]\n"},
      {"http:\n//evil.com is", "[link removed] [link removed] is\n"},
      {"eve (at) evil (dot) com now",
       "eve [address removed] evil [link removed] com now\n"},
      {"eve[at]evil.example and buf[at] here",
       "[address removed] and buf[at] here\n"},
      {"\xD0\xB5vil.ru and xn--vil-2mc.net",
       "[link removed] and [link removed]\n"},
      {"ops.net is x.com_y or foo.org() or priv->com",
       "ops.net is x.com_y or foo.org() or priv->com\n"},
      {"drivers/net/lamp.io/x is a path", "drivers/net/lamp.io/x is a path\n"},
      {"![a plot](https://x.example/y.png)", "a plot\n"},
      {"struct foo **bar and *p, *q", "struct foo **bar and *p, *q\n"},
      {"`struct foo **bar` and `*p*`", "struct foo **bar and *p*\n"},
      {"~~gone~~ &lt;here&gt; now", "gone <here> now\n"},
      {"| a | b |\n|---|---|\n| 1 | 2 |", "- a; b\n- 1; 2\n"},
      {"1. one\n2. two", "1. one\n2. two\n"},
      {"- [x] done\n* other", "- done\n- other\n"},
      {"Title\n=====\ntext", "Title\n\ntext\n"},
      {"```\nnever closed, and said as prose",
       "never closed, and said as prose\n"},
      // Snippets without any mark, as reviewers write them.
      {"In there:\n\ndrivers/lamp/core.c:f() {\n\t...\n\n\tg();\n}\n\nit ends.",
       "In there:\n\ndrivers/lamp/core.c:f() {\n\t...\n\n\tg();\n}\n\nit "
       "ends.\n"},
      {"It reads:\n    x = 1;\nand so on.",
       "It reads:\n    x = 1;\nand so on.\n"},
      {"    [ ... ]", "    ...\n"},
      // A key with its dash, behind any mark.
      {"    x#-by: me", "    x#-by me\n"},
      {"    x(-Fixed-by: me", "    x(-Fixed-by me\n"},
      // A snippet's lines at the margin hold no ticks, the others may.
      {"lamp.c:f() {\ng(`x`);\n\th(`y`);\n}",
       "lamp.c:f() {\ng(x);\n\th(`y`);\n}\n"},
      {"the @/x.y of it", "the /x.y of it\n"},
      {"    -- x8<y -- -- -- --", "    -- x8 <y -- -- -- --\n"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(Prose(each.text), each.want) << each.text;
  }
}

TEST(HygieneTest, CodeThatLooksOddIsKept) {
  for (std::string_view line :
       {"    x = a ? b : c;", "    default:", "    case FOO: break;",
        "    out_free:", "    a->b = 1 << 8;", "    if (x > 8 || y < 8)",
        "    #define FOO(x) ((x)->y)", "    &lamp@10 {",
        "    0123456789abcdef0123456789abcdef0123456789abcdef"}) {
    EXPECT_THAT(CleanProse(line), testing::ElementsAre(line)) << line;
  }
}

TEST(HygieneTest, DataIsRemoved) {
  const std::string data =
      "aGVsbG8gd29ybGQsIHRoaXMgaXMgYSBsb25nIHJ1biBvZiBiYXNlNjQgZGF0YQ==";
  EXPECT_EQ(CleanLine("x " + data + " y"), "x [data removed] y");
  EXPECT_EQ(CleanLine("drivers/net/ethernet/mellanox/mlx5/core/en/xsk/rx.c"),
            "drivers/net/ethernet/mellanox/mlx5/core/en/xsk/rx.c");
}

TEST(HygieneTest, LinesAreOneLineAndCut) {
  EXPECT_EQ(CleanLine("a\r\n\tb   c "), "a b c");
  EXPECT_EQ(CleanLine("Fixes: x"), "Fixes x");
  EXPECT_EQ(CleanLine("lamp: dim"), "lamp: dim");
  EXPECT_EQ(CleanLine(std::string(300, 'x'), 20), "[data removed]");
  EXPECT_EQ(CleanLine("one two three four five six", 12), "one two ...");
  EXPECT_EQ(CleanLine("王小明王小明王小明", 9), "王小 ...");
}

// Whatever of ours stands in front of it or behind it.
TEST(HygieneTest, LinesFitBetweenQuotationMarks) {
  EXPECT_EQ(CleanLine("@/x.y"), "/x.y");
  EXPECT_EQ(CleanLine("@//x.org/y"), "[link removed]");
  EXPECT_EQ(CleanLine("\"@1."), "\"@1");
  EXPECT_EQ(CleanLine("of lamp@10."), "of lamp@10");
  EXPECT_EQ(CleanLine("lamp@10 is lit."), "lamp@10 is lit.");
  EXPECT_EQ(CleanLine("to8<x. -by-- --- a/x"), "to8 <x. -by-- --- a/x");
  EXPECT_EQ(CleanLine("is x>8 or y8< here"), "is x>8 or y8< here");
  EXPECT_LE(Columns(CleanLine("---- a8<b8<c8< --", 17)), 17U);
}

// What is put in the place of a cut word may be longer than it; what makes a
// cut mark harmless, too.
TEST(HygieneTest, NoLineGrowsTooWide) {
  const std::string filling =
      " and words and words and words and words and words and words and words";
  for (const std::string& text : std::vector<std::string>{
           "    " + std::string(60, 'x') + " 王王www. x www. y www. z",
           // Cut behind the first slash, it begins with what looks like a link.
           "    " + std::string(71, 'x') + "/k.org/x 王" + filling,
           "    www. www. www. www. www. www. www. www. www. www. www. www. "
           "www.",
           "x www. www. www. www. www. www. www. www. www. www. www. www. www.",
           "    -x8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<-",
           "-x8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<y8<--",
       }) {
    const std::vector<std::string> lines = CleanProse(text);
    EXPECT_FALSE(lines.empty()) << text;
    for (const std::string& line : lines) {
      EXPECT_LE(Columns(line), kMaxColumns) << line;
      EXPECT_EQ(line.find("www."), std::string::npos) << line;
    }
  }
}

TEST(HygieneTest, ColumnsAreThoseOfATerminal) {
  EXPECT_EQ(Columns("abc"), 3U);
  EXPECT_EQ(Columns("é"), 1U);
  EXPECT_EQ(Columns("王"), 2U);
  EXPECT_EQ(Columns("a\tb"), 9U);
}

TEST(HygieneTest, QuotesStayButForWhatATerminalWouldObey) {
  EXPECT_EQ(CleanQuote("+\tfoo();  "), "+\tfoo();  ");
  EXPECT_EQ(CleanQuote("+x\r"), "+x");
  EXPECT_EQ(CleanQuote("+a\x1B[2Jb"), "+a\xEF\xBF\xBD[2Jb");
  EXPECT_EQ(CleanQuote("+if (a \xE2\x80\xAE b)"), "+if (a \xEF\xBF\xBD b)");
  EXPECT_EQ(CleanQuote("+Signed-off-by: x"), "+Signed-off-by: x");
  EXPECT_LE(CleanQuote(std::string(5000, 'x')).size(), kMaxQuotedLine + 10);
}

TEST(HygieneTest, MessageIdsAreOneToken) {
  EXPECT_EQ(CleanMessageId("a@b"), "a@b");
  EXPECT_EQ(CleanMessageId("a b>\n<c@d"), "abc@d");
  EXPECT_EQ(CleanMessageId(std::string(300, 'x')), "");
}

TEST(HygieneTest, FootersFoldBehindASlash) {
  const std::string path =
      "drivers/a-rather-long-directory/with-another-one-in-it/and-more/of-it/"
      "lamp.c";
  std::vector<std::string> lines = FoldFooter("Patch-File", path);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].back(), '/');
  EXPECT_EQ(lines[1][0], ' ');
  EXPECT_EQ(lines[0] + lines[1].substr(1), "Patch-File: " + path);
  EXPECT_THAT(FoldFooter("Review-Of", "<a@b>"),
              testing::ElementsAre("Review-Of: <a@b>"));
}

TEST(HygieneTest, AFootersIdStaysWholeBelowItsKey) {
  const std::string id =
      "<a05ceff2e4869714b9dceb50a8701c556b87b4c1.1795949763.git.a@b.example>";
  EXPECT_THAT(FoldFooter("Review-Of", id),
              testing::ElementsAre("Review-Of:", " " + id));
  // One that fits nowhere is cut.
  const std::vector<std::string> cut =
      FoldFooter("Review-Of", std::string(100, 'x'));
  ASSERT_EQ(cut.size(), 2U);
  EXPECT_EQ(cut[0].substr(0, 12), "Review-Of: x");
}

}  // namespace
}  // namespace patchmilter::review
