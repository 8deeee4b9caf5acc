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
  answer.end = {tree::Stop::kLines, "17", {"the index is not there"}};
  const AnswerText text = TextOf(answer);
  EXPECT_EQ(text.body, "a.c\nsub/\n");
  EXPECT_EQ(text.cursor, "17");
  EXPECT_EQ(text.status,
            "2 entries. There is more (line limit). Note: the index is not "
            "there. To go on, ask the same with cursor \"17\".");
}

TEST(AnswerTextTest, MatchesAndContextAreToldApart) {
  tree::SearchAnswer answer;
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

}  // namespace
}  // namespace patchmilter::review
