#include "review/tools/answer_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "git/repository.h"

namespace patchmilter::review {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

git::ObjectId Id(char digit) {
  return *git::ObjectId::FromHex(std::string(git::kHexIdLength, digit));
}

TEST(AnswerTextTest, AFileIsNumberedLines) {
  tree::FileAnswer answer;
  answer.mode = git::kModeFile;
  answer.total_lines = 9;
  answer.lines = {{3, "int a;", false}, {4, "\tint b;", true}};
  const AnswerText text = TextOf(answer, "a.c");
  EXPECT_EQ(text.body, "     3\tint a;\n     4\t\tint b; [line cut]\n");
  EXPECT_EQ(text.status, "a.c: lines 3 to 4 of 9.");
  EXPECT_EQ(text.cursor, "");
}

TEST(AnswerTextTest, WhatIsNoTextIsSaidToBe) {
  tree::FileAnswer binary;
  binary.binary = true;
  binary.size = 12;
  EXPECT_EQ(TextOf(binary, "a.bin").body, "");
  EXPECT_THAT(TextOf(binary, "a.bin").status, HasSubstr("binary, 12 bytes"));
  tree::FileAnswer link;
  link.mode = git::kModeSymlink;
  link.link = "../../etc/passwd";
  EXPECT_EQ(TextOf(link, "a").body, "../../etc/passwd\n");
  EXPECT_THAT(TextOf(link, "a").status, HasSubstr("symbolic link"));
}

TEST(AnswerTextTest, ACutAnswerSaysHowToGoOn) {
  tree::ListAnswer answer;
  answer.entries = {{"a.c", git::kModeFile, 1},
                    {"sub", git::kModeDirectory, 0}};
  answer.end = {tree::Stop::kLines, "17", {"the index is not there"}, {}};
  const AnswerText text = TextOf(answer);
  EXPECT_EQ(text.body, "a.c\nsub/\n");
  EXPECT_EQ(text.cursor, "17");
  EXPECT_EQ(text.status,
            "2 entries. There is more (line limit). Note: the index is not "
            "there. To go on, ask the same with cursor \"17\".");
}

TEST(AnswerTextTest, MatchesAndContextAreToldApart) {
  tree::SearchAnswer answer;
  answer.separated = true;
  answer.lines = {{"a.c", {1, "before", false}, false},
                  {"a.c", {2, "match", false}, true},
                  {"a.c", {9, "match", false}, true},
                  {"b.c", {10, "match", false}, true}};
  const AnswerText text = TextOf(answer);
  EXPECT_EQ(text.body,
            "a.c-1-before\na.c:2:match\n--\na.c:9:match\n--\nb.c:10:match\n");
  EXPECT_EQ(text.status, "3 lines match.");
  EXPECT_EQ(TextOf(tree::SearchAnswer{}).status, "No line matches.");
}

TEST(AnswerTextTest, BlameNamesEachCommitOnce) {
  tree::BlameAnswer answer;
  tree::BlamedLine line;
  line.line = {1, "a", false};
  line.commit = Id('a');
  line.author = "Jane Roe";
  line.subject = "Add a";
  answer.lines = {line, line, line};
  answer.lines[1].line.number = 2;
  answer.lines[2] = tree::BlamedLine{};
  answer.lines[2].line = {3, "c", false};
  answer.lines[2].patch = 2;
  const AnswerText text = TextOf(answer);
  EXPECT_EQ(text.body,
            "aaaaaaaaaaaa 1970-01-01      1\ta\n"
            "aaaaaaaaaaaa 1970-01-01      2\ta\n"
            "patch 2      3\tc\n"
            "\n"
            "aaaaaaaaaaaa Jane Roe: Add a\n");
}

// Nothing that a repository holds may break out of its line, or of UTF-8.
TEST(AnswerTextTest, ForeignBytesStayOnTheirLine) {
  const std::string hostile = "a\x1b[2J\r\nb\xff\x7f\tc";
  tree::TextAnswer diff;
  diff.lines = {hostile};
  tree::SearchAnswer search;
  search.lines = {{hostile, {1, hostile, false}, true}};
  tree::LogAnswer log;
  log.commits = {{Id('b'), hostile, 0, hostile}};
  tree::DefinitionAnswer definitions;
  definitions.definitions = {{hostile, 1, hostile, hostile, hostile}};
  tree::ListAnswer list;
  list.entries = {{hostile, git::kModeFile, 1}};
  for (const AnswerText& text : {TextOf(diff), TextOf(search), TextOf(log),
                                 TextOf(definitions), TextOf(list)}) {
    SCOPED_TRACE(text.body);
    EXPECT_EQ(std::count(text.body.begin(), text.body.end(), '\n'), 1);
    EXPECT_THAT(text.body, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text.body, Not(HasSubstr("\r")));
    EXPECT_THAT(text.body, Not(HasSubstr("\x7f")));
    EXPECT_THAT(text.body, HasSubstr("\tc"));
    EXPECT_TRUE(IsValidUtf8(text.body));
  }
}

// U+0080 to U+009F too; what begins with the same byte stays.
TEST(AnswerTextTest, ControlCharactersBeyondAsciiAreHidden) {
  tree::TextAnswer answer;
  answer.lines = {
      "a\xc2\x9b"
      "2Jb\xc2\x80\xc2\xa0\xc2\xa9\xc3\x9b"};
  EXPECT_EQ(TextOf(answer).body,
            "a\xef\xbf\xbd"
            "2Jb\xef\xbf\xbd\xc2\xa0\xc2\xa9\xc3\x9b\n");
}

tree::TextAnswer Page(std::uint64_t offset, std::uint64_t bytes,
                      std::string line, bool inside) {
  tree::TextAnswer page;
  page.lines = {std::move(line)};
  page.offset = offset;
  page.bytes = bytes;
  page.ends_inside_line = inside;
  return page;
}

TEST(WholeAnswerTest, ALineThatGoesOnStaysOne) {
  tree::TextAnswer second = Page(2, 3, "cd", false);
  second.total = 5;
  WholeAnswer whole;
  std::string text = whole.Add(TextOf(Page(0, 2, "ab", true)));
  text += whole.Add(TextOf(second));
  EXPECT_EQ(text + whole.End(), "abcd\n");
  EXPECT_EQ(whole.status(), "Bytes 0 to 5 of 5.");
}

TEST(WholeAnswerTest, MatchesNotesAndSeparatorsAddUp) {
  tree::SearchAnswer page;
  page.separated = true;
  page.lines = {{"a.c", {1, "x", false}, true}};
  page.end = {tree::Stop::kLines,
              "next",
              {"said once"},
              {{1, "file is large", "files are large"},
               {2, "is binary", "are binary", true}}};
  WholeAnswer whole;
  std::string text = whole.Add(TextOf(page));
  page.lines = {{"a.c", {2, "x", false}, false}};
  text += whole.Add(TextOf(page));
  page.lines = {{"b.c", {3, "x", false}, true}};
  page.end.stop = tree::Stop::kWhole;
  page.end.cursor = "";
  text += whole.Add(TextOf(page));
  EXPECT_EQ(text + whole.End(), "a.c:1:x\na.c-2-x\n--\nb.c:3:x\n");
  EXPECT_EQ(whole.status(),
            "2 lines match. Note: said once. Note: 3 files are large.");
}

TEST(WholeAnswerTest, ABlamesCommitsAreNamedOnceBehindAll) {
  tree::BlameAnswer page;
  tree::BlamedLine line;
  line.line = {1, "a", false};
  line.commit = Id('a');
  line.subject = "Add a";
  page.lines = {line};
  WholeAnswer whole;
  std::string text = whole.Add(TextOf(page));
  page.lines[0].line.number = 2;
  page.lines.push_back(line);
  page.lines[1].line.number = 3;
  page.lines[1].commit = Id('b');
  page.lines[1].subject = "Add b";
  text += whole.Add(TextOf(page));
  EXPECT_EQ(text + whole.End(),
            "aaaaaaaaaaaa 1970-01-01      1\ta\n"
            "aaaaaaaaaaaa 1970-01-01      2\ta\n"
            "bbbbbbbbbbbb 1970-01-01      3\ta\n"
            "\n"
            "aaaaaaaaaaaa Add a\n"
            "bbbbbbbbbbbb Add b\n");
  EXPECT_EQ(whole.status(), "3 lines.");
}

}  // namespace
}  // namespace patchmilter::review
