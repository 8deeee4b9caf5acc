#include "review/hygiene.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "base/text.h"

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

// ---- The property test --------------------------------------------------

// What must never come out, said with regular expressions and tables that
// share nothing with the code under test: b4's and git's rules for trailers,
// the marks that other tools look for.
std::vector<std::string> Faults(const std::vector<std::string>& lines,
                                std::size_t columns, bool prose = true) {
  static const std::regex trailer(
      R"(^[\s>|]*([A-Za-z0-9-]+[-_]by|fixes|link|closes|cc|bcc|to|from|subject|)"
      R"(date|buglink|change-id|base-commit|obsoleted-by|message-id|)"
      R"(in-reply-to|references|pw-bot)\s*:+(\s|$|\S))",
      std::regex::icase);
  static const std::regex yaml(R"(^(    |\t).*)");
  static const std::regex bots(R"(#(syz|regzbot|regz|bugspray)|pw-bot:)",
                               std::regex::icase);
  static const std::regex slash(R"((^|\s)/(test|retest|lgtm|merge)(\s|$))",
                                std::regex::icase);
  static const std::regex link(R"(\w+://|www\.|mailto:)", std::regex::icase);
  static const std::regex address(R"([^\s@]+@[^\s@.]+\.[^\s@]+)");
  static const std::regex marks(R"(^\s*(diff --git|---|\+\+\+ |-- ?$|>))");
  static const std::regex from(R"(^From )");
  static const std::regex scissors(R"(^[-\s]*(>8|8<|>%|%<)[-\s]*$)");
  static const std::regex data(R"([A-Za-z0-9+=]{80,})");
  std::vector<std::string> faults;
  for (const std::string& line : lines) {
    auto fault = [&](const char* what) {
      faults.push_back(std::string(what) + ": " + line);
    };
    std::smatch match;
    if (std::regex_search(line, match, trailer)) {
      // "    date : x" is a key of a snippet that neither tool reads.
      const std::string& whole = match[0];
      const bool spaced = whole.find(" :") != std::string::npos &&
                          match[1].str().find('-') == std::string::npos;
      if (!(spaced && std::regex_match(line, yaml))) fault("trailer");
    }
    if (std::regex_search(line, bots)) fault("bot");
    if (std::regex_search(line, slash)) fault("command");
    if (std::regex_search(line, link)) fault("link");
    if (std::regex_search(line, address)) fault("address");
    if (std::regex_search(line, marks)) fault("mark");
    if (std::regex_search(line, from)) fault("From");
    if (std::regex_search(line, scissors)) fault("scissors");
    if (std::regex_search(line, data)) fault("data");
    if (prose && line.find('`') != std::string::npos &&
        line.substr(0, 4) != "    " && line[0] != '\t') {
      fault("markdown");
    }
    if (Columns(line) > columns) fault("long");
    if (!IsValidUtf8(line)) fault("utf8");
    for (char c : line) {
      if ((static_cast<unsigned char>(c) < 32 && c != '\t') || c == 127) {
        fault("control");
      }
    }
    for (std::string_view hidden :
         {"\xE2\x80\x8B", "\xE2\x80\x8D", "\xE2\x80\xAE", "\xE2\x81\xA6",
          "\xEF\xBB\xBF", "\xC2\xAD", "\xE2\x80\xA8"}) {
      if (line.find(hidden) != std::string::npos) fault("hidden");
    }
  }
  return faults;
}

std::string Hostile(std::mt19937* random) {
  static const std::vector<std::string> kPieces = {
      "Signed-off-by",
      "Reviewed-by:",
      "Acked-by : ",
      "Fixes:",
      "fixes: ",
      "Link:",
      "Closes:",
      "Cc:",
      "From ",
      "From: ",
      "Date: ",
      "Tested-By::",
      "x_by: ",
      " : ",
      ":",
      "::",
      "<a@b.example>",
      "a@b.example",
      "a@b",
      ".",
      "@",
      "https://x.example/y",
      "http:",
      "//",
      "www.",
      "mailto:",
      "#syz ",
      "#",
      "syz",
      "regzbot",
      "pw-bot:",
      "pw-bot",
      "/test",
      "/",
      "test",
      " ",
      " ",
      " ",
      "\n",
      "\n",
      "\n\n",
      "    ",
      "\t",
      "-- ",
      "--",
      "---",
      "-",
      ">8",
      "8<",
      "-- >8 --",
      ">",
      "> ",
      ">>",
      "diff --git a/x b/x",
      "diff ",
      "--git",
      "+++ b/x",
      "@@ -1 +1 @@",
      "`",
      "```",
      "**",
      "*",
      "_",
      "# ",
      "[",
      "]",
      "(",
      ")",
      "[ ... ]",
      "| ",
      "\r",
      "\r\n",
      "\x1B[2J",
      std::string(1, '\0'),
      "\x7F",
      "\xE2\x80\x8B",
      "\xE2\x80\xAE",
      "\xE2\x80\xA8",
      "\xC2\xAD",
      "\xC2\x85",
      "\xEF\xBB\xBF",
      "\xFF",
      "\xC3",
      "\xF0\x9F\x98\x80",
      "é",
      "王",
      "word",
      "lamp_probe()",
      "1. ",
      "- ",
      "date",
      "to",
      "cc",
      "by",
      "-by",
      "Index: x",
      "<b>",
      "</b>",
      "<br/>",
      "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5",
      std::string(90, 'x'),
      "\"",
      "'",
      ",",
      "$",
      "=",
      "==="};
  std::uniform_int_distribution<std::size_t> piece(0, kPieces.size() - 1);
  std::uniform_int_distribution<int> length(1, 40);
  std::string text;
  for (int i = length(*random); i > 0; --i) text += kPieces[piece(*random)];
  return text;
}

TEST(HygieneProperty, NothingForbiddenComesOut) {
  std::mt19937 random(20260303);  // The same texts each time.
  std::size_t bad = 0;
  for (int i = 0; i < 12'000 && bad < 10; ++i) {
    const std::string text = Hostile(&random);
    std::vector<std::string> lines = CleanProse(text);
    std::vector<std::string> faults = Faults(lines, kMaxColumns);
    const std::string one = CleanLine(text, 60);
    for (const std::string& fault : Faults({"  1/3  " + one}, 67, false)) {
      faults.push_back("CleanLine: " + fault);
    }
    if (one.find('\n') != std::string::npos) faults.push_back("two lines");
    if (!faults.empty()) {
      ++bad;
      ADD_FAILURE() << testing::PrintToString(text) << "\n"
                    << testing::PrintToString(faults);
    }
    // Cleaning what is clean changes nothing that matters.
    for (const std::string& line : lines) {
      ASSERT_FALSE(ForbiddenLine(line)) << line;
    }
  }
}

// The oracle sees what it should.
TEST(HygieneProperty, TheOracleIsAwake) {
  for (const char* line :
       {"Signed-off-by: x", " > Acked-by: x", "fixes: 12", "#syz fix",
        "pw-bot: x", "/test all", "https://x", "a@b.example", "diff --git a b",
        "---", "From x", "-- ", "> x", ">8", "`x`", "\x1B", "\xFF",
        "\xE2\x80\xAE"}) {
    EXPECT_FALSE(Faults({line}, 78).empty()) << line;
  }
  EXPECT_FALSE(Faults({std::string(79, 'x')}, 78).empty());
  EXPECT_TRUE(Faults({"an honest line: of text", "", "    x: y"}, 78).empty());
}

}  // namespace
}  // namespace patchmilter::review
