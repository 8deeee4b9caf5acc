// Commits, differences, patches as received and changes of functions, as text.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "base/text.h"
#include "tests/tree/questions/code_site.h"
#include "tests/tree/questions/history_script.h"

namespace patchmilter::tree {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Asks until all is told, in answers within `bounds`; checks offsets.
template <typename Question, typename Ask>
std::string Whole(Question question, const Bounds& bounds, Ask ask) {
  std::string text;
  std::uint64_t total = 0;
  for (int i = 0; i < 100'000; ++i) {
    const Result<TextAnswer> answer = ask(question, bounds);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    if (!answer.ok()) return text;
    EXPECT_LE(answer->lines.size(), std::max<std::size_t>(bounds.lines, 1));
    EXPECT_EQ(answer->offset, text.size());
    std::string piece = Joined(*answer);
    // The last line of all may have no LF.
    if (piece.size() == answer->bytes + 1) piece.pop_back();
    EXPECT_EQ(answer->bytes, piece.size());
    text += piece;
    if (answer->total != 0) total = answer->total;
    question.cursor = answer->end.cursor;
    EXPECT_EQ(question.cursor.empty(), answer->end.stop == Stop::kWhole);
    if (question.cursor.empty()) break;
  }
  EXPECT_EQ(total, text.size());
  return text;
}

std::vector<Bounds> SeveralBounds() {
  std::vector<Bounds> all = {Wide()};
  for (const auto& [lines, bytes, time] :
       std::vector<std::tuple<std::size_t, std::size_t, int>>{
           {3, 100'000, 5'000},
           {400, 200, 5'000},
           {400, 7, 5'000},
           {40, 4'000, 0}}) {
    Bounds bounds;
    bounds.lines = lines;
    bounds.bytes = bytes;
    bounds.time = std::chrono::milliseconds(time);
    all.push_back(bounds);
  }
  return all;
}

// Every kind of change that git's diffs tell apart.
void WriteKinds(testing::ScratchGit* git) {
  std::string many;
  for (int i = 0; i < 60; ++i) many += "line " + std::to_string(i) + "\n";
  git->Write("edited.c", "int f(void)\n{\n" + many + "}\n");
  git->Write("removed.c", "gone\n");
  git->Write("old name.c", many);
  git->Write("same.c", "the same content\nin two lines\n");
  git->Write("run.sh", "#!/bin/sh\n");
  git->Write("no_lf.c", "a\nb");
  git->Write("tab\tand \"quote\".c", "a\n");
  git->Write("\xc3\xa4.c", "a\n");
  git->Write("binary", std::string("a\0b", 3));
  git->Write("empty", "");
  git->Write("becomes_link", "some\ntext\n");
  git->Write("dir/file", "x\n");
  git->Commit("Before\n\nwith a text.");
  git->Write("edited.c", "int f(void)\n{\n" + many.substr(0, 40) + "new\n" +
                             many.substr(40) + "more\n}\n");
  git->Remove("removed.c");
  git->Remove("old name.c");
  git->Write("lib/new name.c", many + "and one more\n");
  git->Remove("same.c");
  git->Write("lib/same.c", "the same content\nin two lines\n");
  git->Write("no_lf.c", "a\nc\n");
  git->Write("tab\tand \"quote\".c", "b\n");
  git->Write("\xc3\xa4.c", "b\n");
  git->Write("binary", std::string("a\0c", 3));
  git->Remove("empty");
  git->Write("empty2", "");
  git->Write("made.c", "no end");
  git->Remove("dir");
  git->Write("dir", "a file now\n");
  git->Git({"add", "-A"});
  git->Git({"update-index", "--chmod=+x", "run.sh"});
  const std::string blob = git->Git({"hash-object", "-w", "--stdin"}, "target");
  git->Git({"update-index", "--cacheinfo", "120000," + blob + ",becomes_link"});
  git->Git({"update-index", "--add", "--cacheinfo",
            "160000,1234567890123456789012345678901234567890,module"});
  git->Git({"commit", "-q", "-m",
            "\n\n  After \n\nwith\ttabs\n\n\nand  \ntrailing\n\n"});
}

TEST(Diff, IsGitsForEveryKindOfChange) {
  CodeSite site;
  WriteKinds(&site.git);
  Code* code = site.Ask("HEAD~1", {"HEAD"});
  for (const std::string path : {"", "lib", "edited.c", "dir", "none"}) {
    for (const bool back : {false, true}) {
      std::vector<std::string> command = {"diff", "--abbrev=12",
                                          back ? "HEAD" : "HEAD~1",
                                          back ? "HEAD~1" : "HEAD"};
      if (!path.empty()) command.insert(command.end(), {"--", path});
      const std::string want = site.git.Git(command);
      DiffQuestion question;
      question.from = back ? "patched" : "base";
      question.to = back ? "base" : "patched";
      question.path = path;
      for (const Bounds& bounds : SeveralBounds()) {
        const std::string got =
            Whole(question, bounds, [code](const auto& q, const Bounds& b) {
              return code->Diff(q, b);
            });
        EXPECT_EQ(got, want.empty() ? "" : want + "\n") << path;
      }
    }
  }
}

TEST(ShowCommit, IsGits) {
  CodeSite site;
  WriteKinds(&site.git);
  Code* code = site.Ask();
  const auto ask = [code](const auto& question, const Bounds& bounds) {
    return code->ShowCommit(question, bounds);
  };
  for (const std::string revision : {"HEAD", "HEAD~1"}) {
    ShowCommitQuestion question;
    question.commit = site.Id(revision).Hex().substr(0, 12);
    const std::string want =
        site.git.Git({"show", "--no-expand-tabs", "--abbrev=12", revision});
    for (const Bounds& bounds : SeveralBounds()) {
      EXPECT_EQ(Whole(question, bounds, ask), want + "\n");
    }
    question.path = "lib";
    const std::string part = Whole(question, Wide(), ask);
    const std::string part_want = site.git.Git(
        {"show", "--no-expand-tabs", "--abbrev=12", revision, "--", "lib"});
    if (revision == "HEAD") {
      EXPECT_EQ(part, part_want + "\n");
    }
    question.path = "";
    question.message_only = true;
    EXPECT_EQ(
        Whole(question, Wide(), ask),
        site.git.Git({"show", "-s", "--no-expand-tabs", revision}) + "\n");
  }
}

class MadeHistory : public ::testing::TestWithParam<std::uint32_t> {};

// Renames with edits, merges, dates with a time zone.
TEST_P(MadeHistory, CommitsAndDifferencesAreGits) {
  CodeSite site;
  HistoryShape shape;
  shape.renames_percent = 30;
  MakeHistory(&site.git, GetParam(), shape);
  Code* code = site.Ask("made");
  const auto commits = Lines(site.git.Git({"log", "--format=%H %P", "made"}));
  for (const std::string& line : commits) {
    const auto ids = Split(line, ' ');
    ShowCommitQuestion question;
    question.commit = ids[0];
    const std::string got =
        Whole(question, Wide(), [code](const auto& q, const Bounds& b) {
          return code->ShowCommit(q, b);
        });
    std::string want;
    if (ids.size() <= 2) {
      want = site.git.Git({"show", "--abbrev=12", std::string(ids[0])});
    } else {
      want = site.git.Git({"show", "-s", "--abbrev=12", std::string(ids[0])});
      const std::string diff = site.git.Git(
          {"diff", "--abbrev=12", std::string(ids[1]), std::string(ids[0])});
      if (!diff.empty()) want += "\n\n" + diff;
    }
    EXPECT_EQ(got, want + "\n");
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, MadeHistory,
                         ::testing::Range(std::uint32_t{1}, std::uint32_t{7}));

TEST(ShowCommit, LongLinesAreToldInPieces) {
  CodeSite site;
  site.git.Write("a", "x\n");
  site.git.Commit("base");
  site.git.Write("a", std::string(3'000'000, 'y') + "\nshort\n");
  site.git.Commit("long");
  Code* code = site.Ask();
  ShowCommitQuestion question;
  question.commit = site.Id("HEAD").Hex();
  const std::string got =
      Whole(question, Wide(), [code](const auto& q, const Bounds& b) {
        auto answer = code->ShowCommit(q, b);
        if (answer.ok()) {
          EXPECT_LE(answer->bytes, kMaxAnswerBytes);
        }
        return answer;
      });
  EXPECT_EQ(got, site.git.Git({"show", "--abbrev=12"}) + "\n");
}

TEST(Patch, IsWhatWasReceived) {
  CodeSite site;
  site.git.Write("a.c", "1\n");
  site.git.Write("b.c", "1\n");
  site.git.Commit("base");
  site.git.Write("a.c", "2\n");
  site.git.Write("b.c", "2\n");
  site.git.Commit("patch");
  const std::string mail = site.git.FormatPatches("HEAD~1")[0];
  CodeScope scope;
  scope.base = site.Id("HEAD~1");
  scope.patches = {{1, mail},
                   {2, "no final newline and no diff"},
                   {3, mail + mail.substr(mail.find("diff --git"))}};
  Code* code = site.Ask(std::move(scope));
  const auto ask = [code](const auto& question, const Bounds& bounds) {
    return code->Patch(question, bounds);
  };
  PatchQuestion question;
  for (const auto& [number, text] :
       std::map<std::int64_t, std::string>{{1, mail},
                                           {2,
                                            "no final newline "
                                            "and no diff"}}) {
    question.number = number;
    for (const Bounds& bounds : SeveralBounds()) {
      EXPECT_EQ(Whole(question, bounds, ask), text);
    }
  }
  // One file's part stands where it stands in the mail.
  question.number = 1;
  question.path = "b.c";
  const auto part = code->Patch(question, Wide());
  ASSERT_TRUE(part.ok());
  EXPECT_EQ(part->lines.front(), "diff --git a/b.c b/b.c");
  EXPECT_EQ(mail.substr(part->offset, part->bytes), Joined(*part));
  EXPECT_EQ(part->total, mail.size());
  EXPECT_EQ(part->end.cursor, "");
  // Where a patch has two parts for it, each is an answer.
  question.number = 3;
  question.path = "a.c";
  const auto first = code->Patch(question, Wide());
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(first->end.notes, ElementsAre(HasSubstr("another place")));
  question.cursor = first->end.cursor;
  const auto second = code->Patch(question, Wide());
  ASSERT_TRUE(second.ok());
  EXPECT_GT(second->offset, first->offset + first->bytes);
  EXPECT_EQ(second->lines.front(), "diff --git a/a.c b/a.c");
  EXPECT_EQ(second->end.cursor, "");

  for (const auto& [number, path] :
       std::vector<std::pair<std::int64_t, std::string>>{
           {0, ""}, {4, ""}, {-1, ""}, {1, "c.c"}, {1, "../a.c"}}) {
    PatchQuestion none;
    none.number = number;
    none.path = path;
    const auto answer = code->Patch(none, Wide());
    ASSERT_FALSE(answer.ok()) << number << path;
    EXPECT_EQ(answer.error().kind, ErrorKind::kNotFound);
  }
}

TEST(FunctionChange, ShowsOneFunctionWhole) {
  CodeSite site;
  const std::string head = "#include <a.h>\n\n";
  const std::string other = "int other(void)\n{\n\treturn 0;\n}\n\n";
  site.git.Write("a.c",
                 head + other + "int f(int a)\n{\n\ta++;\n\treturn a;\n}\n");
  site.git.Commit("base");
  site.git.Write("a.c", head + "/* New. */\nint made(void)\n{\n}\n\n" + other +
                            "int f(int a)\n{\n\ta += 2;\n\treturn a;\n}\n");
  site.git.Commit("patch 1");
  site.git.Remove("a.c");
  site.git.Write("b.c",
                 head + other + "int g(int a)\n{\n\ta += 2;\n\treturn a;\n}\n");
  site.git.Commit("patch 2");
  Code* code = site.Ask("HEAD~2", {"HEAD~1", "HEAD"});
  FunctionChangeQuestion question;
  question.number = 1;
  question.path = "a.c";
  question.function = "f";
  const auto ask = [code](const auto& q, const Bounds& b) {
    return code->FunctionChange(q, b);
  };
  const std::string want =
      "--- a/a.c\n+++ b/a.c\n@@ -8,5 +13,5 @@\n int f(int a)\n {\n-\ta++;\n"
      "+\ta += 2;\n \treturn a;\n }\n";
  for (const Bounds& bounds : SeveralBounds()) {
    EXPECT_EQ(Whole(question, bounds, ask), want);
  }
  question.function = "";
  question.line = 15;
  EXPECT_EQ(Whole(question, Wide(), ask), want);
  question.line = 0;
  question.function = "made";
  EXPECT_EQ(Whole(question, Wide(), ask),
            "--- a/a.c\n+++ b/a.c\n@@ -0,0 +3,4 @@\n+/* New. */\n"
            "+int made(void)\n+{\n+}\n");
  question.function = "other";
  const auto same = code->FunctionChange(question, Wide());
  ASSERT_TRUE(same.ok());
  EXPECT_THAT(same->lines, IsEmpty());
  EXPECT_THAT(same->end.notes, ElementsAre(HasSubstr("does not change")));

  // Through a new name of the file, and of the function.
  question.number = 2;
  question.path = "b.c";
  question.function = "g";
  EXPECT_EQ(Whole(question, Wide(), ask),
            "--- a/a.c\n+++ b/b.c\n@@ -13,5 +8,5 @@\n-int f(int a)\n"
            "+int g(int a)\n {\n \ta += 2;\n \treturn a;\n }\n");
  question.path = "a.c";
  question.function = "f";
  EXPECT_EQ(Whole(question, Wide(), ask),
            "--- a/a.c\n+++ /dev/null\n@@ -13,5 +0,0 @@\n-int f(int a)\n-{\n"
            "-\ta += 2;\n-\treturn a;\n-}\n");

  const auto refused = [code](std::int64_t number, const char* path,
                              std::uint32_t line, const char* name) {
    FunctionChangeQuestion bad;
    bad.number = number;
    bad.path = path;
    bad.line = line;
    bad.function = name;
    const auto answer = code->FunctionChange(bad, Wide());
    EXPECT_FALSE(answer.ok());
    return answer.error().kind;
  };
  EXPECT_EQ(refused(0, "a.c", 1, ""), ErrorKind::kInvalidInput);
  EXPECT_EQ(refused(-5, "a.c", 1, ""), ErrorKind::kInvalidInput);
  EXPECT_EQ(refused(1, "a.c", 0, ""), ErrorKind::kInvalidInput);
  EXPECT_EQ(refused(1, "a.c", 9999, ""), ErrorKind::kInvalidInput);
  EXPECT_EQ(refused(1, "a.c", 1, ""), ErrorKind::kNotFound);
  EXPECT_EQ(refused(1, "a.c", 0, "none"), ErrorKind::kNotFound);
  EXPECT_EQ(refused(1, "none.c", 0, "f"), ErrorKind::kNotFound);
  EXPECT_EQ(refused(3, "a.c", 0, "f"), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace patchmilter::tree
