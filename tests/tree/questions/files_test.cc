// Reading files, listing directories, finding files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/tree/questions/code_site.h"

namespace patchmilter::tree {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ReadFileQuestion Read(const std::string& path, std::uint32_t first = 1,
                      std::uint32_t last = 0) {
  ReadFileQuestion question;
  question.path = path;
  question.first = first;
  question.last = last;
  return question;
}

TEST(ReadFile, LinesOfAnyState) {
  CodeSite site;
  site.git.Write("a.txt", "one\ntwo\nthree");
  site.git.Commit("base");
  site.git.Write("a.txt", "one\n2\nthree\n");
  site.git.Commit("patch 1");
  site.git.Write("a.txt", "");
  site.git.Commit("patch 2");
  Code* code = site.Ask("HEAD~2", {"HEAD~1", "HEAD"});
  const auto text = [code](const std::string& at) {
    ReadFileQuestion question = Read("a.txt");
    question.at = at;
    const auto answer = code->ReadFile(question, Wide());
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_TRUE(answer->end.cursor.empty());
    EXPECT_EQ(answer->lines.size(), answer->total_lines);
    return Joined(answer->lines);
  };
  EXPECT_EQ(text("base"), "one\ntwo\nthree\n");
  EXPECT_EQ(text("patched:0"), "one\ntwo\nthree\n");
  EXPECT_EQ(text("patched:1"), "one\n2\nthree\n");
  EXPECT_EQ(text("patched:2"), "");
  EXPECT_EQ(text("patched"), "");
  EXPECT_EQ(text(""), "");
}

TEST(ReadFile, RangesAndWhatIsNone) {
  CodeSite site;
  site.git.Write("a.txt", "1\n2\n3\n4\n5\n");
  site.git.Write("dir/b", "");
  site.git.Commit("base");
  Code* code = site.Ask();
  const auto ask = [code](const ReadFileQuestion& question) {
    return code->ReadFile(question, Wide());
  };
  EXPECT_EQ(Joined(ask(Read("a.txt", 2, 3))->lines), "2\n3\n");
  EXPECT_EQ(Joined(ask(Read("a.txt", 0, 1))->lines), "1\n");
  EXPECT_EQ(Joined(ask(Read("a.txt", 4, 99))->lines), "4\n5\n");
  EXPECT_EQ(ask(Read("a.txt", 4, 99))->lines[0].number, 4U);
  EXPECT_EQ(ask(Read("a.txt"))->size, 10U);
  EXPECT_THAT(ask(Read("dir/b"))->lines, IsEmpty());
  struct Case {
    ReadFileQuestion question;
    ErrorKind kind;
  };
  const Case cases[] = {
      {Read("a.txt", 3, 2), ErrorKind::kInvalidInput},
      {Read("a.txt", 6), ErrorKind::kInvalidInput},
      {Read("dir/b", 2), ErrorKind::kInvalidInput},
      {Read("dir"), ErrorKind::kInvalidInput},
      {Read(""), ErrorKind::kInvalidInput},
      {Read("b"), ErrorKind::kNotFound},
      {Read("a.txt/x"), ErrorKind::kNotFound},
      {Read("/a.txt"), ErrorKind::kNotFound},
      {Read("./a.txt"), ErrorKind::kNotFound},
      {Read("dir/../a.txt"), ErrorKind::kNotFound},
      {Read("../work/a.txt"), ErrorKind::kNotFound},
      {Read(".git/config"), ErrorKind::kNotFound},
      {Read("a.txt/"), ErrorKind::kNotFound},
      {Read("dir//b"), ErrorKind::kNotFound},
      {Read(std::string("a.txt\0", 6)), ErrorKind::kNotFound},
      {Read("\xff\xfe"), ErrorKind::kNotFound},
      {Read(std::string(1 << 20, '/')), ErrorKind::kNotFound},
      {Read(std::string(1 << 20, 'a')), ErrorKind::kNotFound},
  };
  for (const Case& c : cases) {
    const auto answer = ask(c.question);
    ASSERT_FALSE(answer.ok()) << c.question.path.substr(0, 40);
    EXPECT_EQ(answer.error().kind, c.kind) << answer.error().message;
    EXPECT_LT(answer.error().message.size(), 600U);
  }
}

TEST(ReadFile, WhatHasNoLines) {
  CodeSite site;
  site.git.Write("zeros", std::string("ab\0c", 4));
  site.git.Write("link", "placeholder");
  site.git.Commit("start");
  site.git.Git({"rm", "-q", "--cached", "link"});
  const std::string target =
      site.git.Git({"hash-object", "-w", "--stdin"}, "../../etc/passwd");
  site.git.Git(
      {"update-index", "--add", "--cacheinfo", "120000," + target + ",link"});
  const std::string commit = site.git.Git({"rev-parse", "HEAD"});
  site.git.Git(
      {"update-index", "--add", "--cacheinfo", "160000," + commit + ",module"});
  site.git.Git({"commit", "-q", "-m", "kinds"});
  Code* code = site.Ask();
  const auto binary = code->ReadFile(Read("zeros"), Wide());
  ASSERT_TRUE(binary.ok());
  EXPECT_TRUE(binary->binary);
  EXPECT_EQ(binary->size, 4U);
  EXPECT_THAT(binary->lines, IsEmpty());
  const auto link = code->ReadFile(Read("link"), Wide());
  ASSERT_TRUE(link.ok());
  EXPECT_EQ(link->mode, git::kModeSymlink);
  EXPECT_EQ(link->link, "../../etc/passwd");
  EXPECT_THAT(link->lines, IsEmpty());
  EXPECT_FALSE(code->ReadFile(Read("link/x"), Wide()).ok());
  const auto module = code->ReadFile(Read("module"), Wide());
  ASSERT_TRUE(module.ok());
  EXPECT_EQ(module->mode, git::kModeSubmodule);
  EXPECT_EQ(module->link, commit);
}

TEST(ReadFile, TheFunctionAroundALine) {
  CodeSite site;
  site.git.Write("a.c",
                 "int x;\n\nint f(void)\n{\n\treturn 1;\n}\n\nint g(void)\n"
                 "{\n\treturn 2;\n}\n");
  site.git.Commit("base");
  Code* code = site.Ask();
  ReadFileQuestion question = Read("a.c");
  question.function_of_line = 10;
  const auto answer = code->ReadFile(question, Wide());
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(Joined(answer->lines), "int g(void)\n{\n\treturn 2;\n}\n");
  EXPECT_EQ(answer->lines[0].number, 8U);
  EXPECT_THAT(answer->end.notes, IsEmpty());
  question.function_of_line = 1;
  const auto near = code->ReadFile(question, Wide());
  ASSERT_TRUE(near.ok());
  EXPECT_EQ(near->lines.size(), 11U);
  EXPECT_THAT(near->end.notes, ElementsAre(HasSubstr("no function")));
  question.function_of_line = 12;
  EXPECT_FALSE(code->ReadFile(question, Wide()).ok());
}

TEST(ReadFile, GoesOnByCursorsOverAnyBounds) {
  CodeSite site;
  std::mt19937 random(3);
  std::string text;
  for (int i = 0; i < 500; ++i) {
    text += std::string(random() % 120, static_cast<char>('a' + i % 26)) + "\n";
  }
  text += std::string(kMaxLineBytes + 500, 'z') + "\nlast";
  site.git.Write("a.txt", text);
  site.git.Commit("base");
  Code* code = site.Ask();
  const std::string whole =
      Joined(code->ReadFile(Read("a.txt", 3, 502), Wide())->lines);
  for (const auto& [lines, bytes, time] :
       std::vector<std::tuple<std::size_t, std::size_t, int>>{
           {1, 1000, 5000},
           {7, 100'000, 5000},
           {400, 1, 5000},
           {400, 300, 5000},
           {400, 100'000, 0}}) {
    Bounds bounds;
    bounds.lines = lines;
    bounds.bytes = bytes;
    bounds.time = std::chrono::milliseconds(time);
    std::string got;
    ReadFileQuestion question = Read("a.txt", 3, 502);
    int answers = 0;
    do {
      const auto answer = code->ReadFile(question, bounds);
      ASSERT_TRUE(answer.ok()) << answer.error().message;
      EXPECT_LE(answer->lines.size(), lines);
      EXPECT_EQ(answer->end.cursor.empty(), answer->end.stop == Stop::kWhole);
      got += Joined(answer->lines);
      question.cursor = answer->end.cursor;
      ASSERT_LT(++answers, 600);
    } while (!question.cursor.empty());
    EXPECT_EQ(got, whole);
    EXPECT_GT(answers, 1);
  }
}

TEST(ReadFile, ACursorOfAnotherQuestionIsRefused) {
  CodeSite site;
  site.git.Write("a.txt", "1\n2\n3\n");
  site.git.Write("b.txt", "1\n2\n3\n4\n");
  site.git.Commit("base");
  Code* code = site.Ask();
  Bounds narrow;
  narrow.lines = 1;
  const auto first = code->ReadFile(Read("a.txt"), narrow);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->end.stop, Stop::kLines);
  ReadFileQuestion other = Read("b.txt");
  other.cursor = first->end.cursor;
  const auto answer = code->ReadFile(other, narrow);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::kInvalidInput);
  ReadFileQuestion far = Read("a.txt");
  far.cursor = first->end.cursor + "000000000";
  const auto nothing = code->ReadFile(far, narrow);
  ASSERT_TRUE(nothing.ok());
  EXPECT_THAT(nothing->lines, IsEmpty());
  EXPECT_EQ(nothing->end.cursor, "");
}

std::vector<std::string> Paths(const ListAnswer& answer) {
  std::vector<std::string> paths;
  for (const ListedEntry& entry : answer.entries) paths.push_back(entry.path);
  return paths;
}

class ManyFiles : public ::testing::Test {
 protected:
  ManyFiles() {
    for (const char* path :
         {"Makefile", "a.c", "a/x.c", "a/Makefile", "a-b/y.c", "a/deep/z.c",
          "a/deep/er/w.h", "spaced name/\xc3\xa4.c", "z.txt"}) {
      site_.git.Write(path, std::string("content of ") + path);
    }
    site_.git.Commit("base");
    site_.git.Write("a/new.c", "new\n");
    site_.git.Remove("a/x.c");
    site_.git.Commit("patch");
    code_ = site_.Ask("HEAD~1", {"HEAD"});
  }
  CodeSite site_;
  Code* code_ = nullptr;
};

TEST_F(ManyFiles, ListsDirectoriesAsGit) {
  for (const std::string path : {"", "a", "a/", "a/deep", "spaced name"}) {
    for (const auto& [at, revision] :
         {std::pair("base", "HEAD~1"), std::pair("patched", "HEAD")}) {
      ListDirectoryQuestion question;
      question.at = at;
      question.path = path;
      const auto answer = code_->ListDirectory(question, Wide());
      ASSERT_TRUE(answer.ok()) << answer.error().message;
      std::string listed;
      for (const ListedEntry& entry : answer->entries) {
        char mode[16];
        std::snprintf(mode, sizeof(mode), "%06o", entry.mode);
        listed +=
            std::string(mode) + " " +
            (entry.mode == git::kModeDirectory ? "-"
                                               : std::to_string(entry.size)) +
            " " + entry.path + std::string(1, '\0');
      }
      std::vector<std::string> command = {
          "-c",
          "core.quotePath=false",
          "ls-tree",
          "-z",
          "--format=%(objectmode) %(objectsize) %(path)",
          revision};
      if (!path.empty()) {
        command.push_back(path.back() == '/' ? path : path + "/");
      }
      EXPECT_EQ(listed, site_.git.Git(command)) << path;
    }
  }
  ListDirectoryQuestion question;
  question.path = "a.c";
  EXPECT_EQ(code_->ListDirectory(question, Wide()).error().kind,
            ErrorKind::kInvalidInput);
  for (const char* path : {"none", "..", ".git", "a//", "a/../a"}) {
    question.path = path;
    EXPECT_EQ(code_->ListDirectory(question, Wide()).error().kind,
              ErrorKind::kNotFound)
        << path;
  }
}

TEST_F(ManyFiles, FindsFilesOfEachState) {
  const auto find = [this](const std::string& at, const std::string& glob) {
    FindFilesQuestion question;
    question.at = at;
    question.glob = glob;
    const auto answer = code_->FindFiles(question, Wide());
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return Paths(*answer);
  };
  EXPECT_THAT(find("base", "Makefile"), ElementsAre("Makefile", "a/Makefile"));
  EXPECT_THAT(find("base", "a/**/*.c"), ElementsAre("a/deep/z.c", "a/x.c"));
  EXPECT_THAT(find("patched", "a/**/*.c"),
              ElementsAre("a/deep/z.c", "a/new.c"));
  EXPECT_THAT(find("base", "a/**/*.c"), ElementsAre("a/deep/z.c", "a/x.c"));
  EXPECT_THAT(find("", "spaced name/*"), ElementsAre("spaced name/\xc3\xa4.c"));
  EXPECT_THAT(find("", "../*"), IsEmpty());
  EXPECT_EQ(find("", "**").size(), 9U);
  FindFilesQuestion bad;
  bad.glob = "[";
  EXPECT_EQ(code_->FindFiles(bad, Wide()).error().kind,
            ErrorKind::kInvalidInput);
}

TEST_F(ManyFiles, GoOnByCursors) {
  FindFilesQuestion find;
  find.glob = "*.c";
  ListDirectoryQuestion list;
  const auto all_found = Paths(*code_->FindFiles(find, Wide()));
  const auto all_listed = Paths(*code_->ListDirectory(list, Wide()));
  for (const std::size_t lines : {1UL, 2UL, 3UL}) {
    Bounds bounds;
    bounds.lines = lines;
    std::vector<std::string> found;
    do {
      const auto answer = code_->FindFiles(find, bounds);
      ASSERT_TRUE(answer.ok());
      EXPECT_LE(answer->entries.size(), lines);
      for (auto& path : Paths(*answer)) found.push_back(path);
      find.cursor = answer->end.cursor;
    } while (!find.cursor.empty());
    EXPECT_EQ(found, all_found);
    std::vector<std::string> listed;
    do {
      const auto answer = code_->ListDirectory(list, bounds);
      ASSERT_TRUE(answer.ok());
      for (auto& path : Paths(*answer)) listed.push_back(path);
      list.cursor = answer->end.cursor;
    } while (!list.cursor.empty());
    EXPECT_EQ(listed, all_listed);
  }
}

// A directory as a listing shows it, "lib/", is the directory, for every
// question.
TEST(Paths, MayEndInASlash) {
  CodeSite site;
  site.git.Write("lib/a.c", "int a;\n");
  site.git.Write("lib/b.c", "int b;\n");
  site.git.Commit("base");
  site.git.Write("lib/a.c", "int c;\n");
  site.git.Commit("patch 1");
  Code* code = site.Ask("HEAD~1", {"HEAD"});
  EXPECT_EQ(code->ListDirectory({"", "lib/", ""}, Wide())->entries.size(), 2U);
  SearchQuestion search;
  search.pattern = "int";
  search.path = "lib/";
  const auto found = code->Search(search, Wide());
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->lines.size(), 2U);
  EXPECT_EQ(code->References({"", "b", "lib/", ""}, Wide())->lines.size(), 1U);
  LogQuestion log;
  log.path = "lib/";
  EXPECT_EQ(code->Log(log, Wide())->commits.size(), 1U);
  const std::string base = site.Id("HEAD~1").Hex();
  const auto shown = code->ShowCommit({base, "lib/", false, ""}, Wide());
  ASSERT_TRUE(shown.ok()) << shown.error().message;
  EXPECT_THAT(Joined(*shown), HasSubstr("+int a;"));
  const auto diff = code->Diff({"base", "patched", "lib/", ""}, Wide());
  ASSERT_TRUE(diff.ok()) << diff.error().message;
  EXPECT_THAT(Joined(*diff), HasSubstr("+int c;"));
  // What is in neither tree is said to be.
  for (const auto& answer :
       {code->ShowCommit({base, "lip/", false, ""}, Wide()),
        code->Diff({"base", "patched", "lip", ""}, Wide())}) {
    ASSERT_TRUE(answer.ok());
    EXPECT_THAT(answer->end.notes, ElementsAre(HasSubstr("no \"lip\"")));
  }
  EXPECT_THAT(code->Diff({"base", "patched", "lib/b.c", ""}, Wide())->end.notes,
              IsEmpty());
}

// Separators and the names of commits are lines of the answer too.
TEST(BoundOfLines, HeadingsIncluded) {
  CodeSite site;
  std::string text;
  for (int i = 0; i < 30; ++i) {
    text += i % 5 == 0 ? "match\n" : "line\n";
    if (i % 5 != 0) continue;
    site.git.Write("a", text);
    site.git.Commit("commit " + std::to_string(i), 1'700'000'000 + i);
  }
  Code* code = site.Ask();
  for (std::size_t lines = 1; lines < 20; ++lines) {
    Bounds bounds = Wide();
    bounds.lines = lines;
    SearchQuestion search;
    search.pattern = "match";
    search.context = 1;
    std::size_t given = 0;
    const auto found = code->Search(search, bounds).value();
    for (std::size_t i = 0; i < found.lines.size(); ++i) {
      ++given;
      if (i > 0 &&
          found.lines[i - 1].line.number + 1 != found.lines[i].line.number) {
        ++given;
      }
    }
    EXPECT_TRUE(found.separated);
    EXPECT_GE(given + 1, lines < 17 ? lines : 17);
    EXPECT_LE(given, lines);
    BlameQuestion blame;
    blame.path = "a";
    const auto blamed = code->Blame(blame, bounds).value();
    std::set<std::string> subjects;
    for (const BlamedLine& line : blamed.lines) {
      if (!line.subject.empty()) subjects.insert(line.subject);
    }
    given = blamed.lines.size();
    if (!subjects.empty()) given += subjects.size() + 1;
    EXPECT_GE(given + 1, lines);
    EXPECT_LE(given, lines);
  }
}

}  // namespace
}  // namespace patchmilter::tree
