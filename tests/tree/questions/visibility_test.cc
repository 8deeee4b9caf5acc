// What may be seen and what not; repositories that are shallow, partial,
// damaged, or repacked while they are read.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/tree/questions/code_site.h"

namespace patchmilter::tree {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string Numbers(int from, int to) {
  std::string text;
  for (int i = from; i <= to; ++i) text += std::to_string(i) + "\n";
  return text;
}

// main: one, base, fix; side: base, side. `base` is older than the fix, whose
// date says otherwise.
class Limited : public ::testing::Test {
 protected:
  Limited() {
    site_.git.Write("a", Numbers(1, 5));
    site_.git.Commit("one", 1'700'000'000);
    site_.git.Write("a", Numbers(1, 6));
    site_.git.Commit("base", 1'700'000'100);
    base_ = site_.Id("HEAD");
    site_.git.Git({"checkout", "-q", "-b", "side"});
    site_.git.Write("side", "x\n");
    site_.git.Commit("side", 1'700'000'150);
    site_.git.Git({"checkout", "-q", "main"});
    site_.git.Write("a", Numbers(1, 7));
    site_.git.Commit("the fix", 1'600'000'000);
    site_.git.Git({"tag", "-a", "-m", "v1", "v1"});
  }

  Code* Ask(bool limit) {
    CodeScope scope;
    scope.base = base_;
    scope.branches = {"main", "deleted"};
    scope.history_limit = limit;
    return site_.Ask(std::move(scope));
  }
  static Result<TextAnswer> Show(Code* code, const std::string& commit) {
    ShowCommitQuestion question;
    question.commit = commit;
    return code->ShowCommit(question, Wide());
  }

  CodeSite site_;
  git::ObjectId base_;
};

TEST_F(Limited, PeopleCanBeHidden) {
  site_.git.Write("a", Numbers(1, 8));
  site_.git.Commit(
      "named\n\nAn Author wrote.\n\nReported-by: Rob <r@x.example>",
      1'700'000'200);
  CodeScope scope;
  scope.base = site_.Id("HEAD");
  scope.hide_people = true;
  Code* code = site_.Ask(std::move(scope));
  const auto log = code->Log({}, Wide());
  ASSERT_TRUE(log.ok());
  for (const LogEntry& entry : log->commits) EXPECT_EQ(entry.author, "");
  BlameQuestion blame;
  blame.path = "a";
  const auto lines = code->Blame(blame, Wide());
  ASSERT_TRUE(lines.ok());
  for (const BlamedLine& line : lines->lines) EXPECT_EQ(line.author, "");
  const auto shown = Show(code, site_.Id("HEAD").Hex());
  ASSERT_TRUE(shown.ok());
  std::string text;
  for (const std::string& line : shown->lines) text += line + "\n";
  EXPECT_THAT(text, HasSubstr("Reported-by: (hidden)"));
  EXPECT_THAT(text, Not(HasSubstr("Author:")));
  EXPECT_THAT(text, Not(HasSubstr("x.example")));
}

TEST_F(Limited, NothingButTheBasesHistoryIsSeen) {
  Code* code = Ask(true);
  EXPECT_TRUE(Show(code, base_.Hex()).ok());
  EXPECT_TRUE(Show(code, site_.Id("HEAD~2").Hex().substr(0, 7)).ok());
  // The fix, the tag, a tree, a blob, and what is not there: all the same.
  std::vector<std::string> hidden = {site_.Id("main").Hex(),
                                     site_.Id("main").Hex().substr(0, 12),
                                     site_.Id("side").Hex(),
                                     site_.Id("v1").Hex(),
                                     site_.Id("main^{tree}").Hex(),
                                     site_.Id("main:a").Hex(),
                                     std::string(40, '0'),
                                     "1234567",
                                     "main",
                                     "HEAD",
                                     "v1",
                                     "",
                                     base_.Hex() + "0",
                                     base_.Hex().substr(0, 6),
                                     "main^{/fix}",
                                     ":/fix",
                                     std::string(1 << 16, 'a')};
  for (const std::string& name : hidden) {
    const auto answer = Show(code, name);
    ASSERT_FALSE(answer.ok()) << name.substr(0, 50);
    EXPECT_EQ(answer.error().kind, ErrorKind::kNotFound);
    std::string message = answer.error().message;
    const std::string shown = name.substr(0, 200);
    if (const auto at = message.find(shown);
        !shown.empty() && at != std::string::npos) {
      message.erase(at, shown.size());
    }
    EXPECT_EQ(message.substr(message.find("was not")).substr(0, 30),
              "was not found in the base's hi");
  }
  const std::vector<std::string> no_states = {
      "main",     "deleted",         "side",
      "HEAD",     "refs/heads/main", "base~1",
      "base^",    "patched:1",       "patched:-1",
      "patched:", "patched:01x",     "patched:99999999999999999999",
      "Base",     "base ",           site_.Id("main").Hex()};
  for (const std::string& at : no_states) {
    ReadFileQuestion read;
    read.at = at;
    read.path = "a";
    const auto answer = code->ReadFile(read, Wide());
    ASSERT_FALSE(answer.ok()) << at;
    // No name is told but the one that was asked for.
    for (const char* name : {"side", "main", "deleted"}) {
      if (at.find(name) != std::string::npos) continue;
      EXPECT_THAT(answer.error().message, Not(HasSubstr(name)));
    }
  }
  for (const std::string at : {"base", "patched", ""}) {
    LogQuestion log;
    log.at = at;
    const auto answer = code->Log(log, Wide());
    ASSERT_TRUE(answer.ok());
    ASSERT_EQ(answer->commits.size(), 2U);
    EXPECT_EQ(answer->commits[0].commit, base_);
    EXPECT_EQ(answer->commits[0].subject, "base");
    EXPECT_EQ(answer->commits[0].author, "An Author");
    EXPECT_EQ(answer->commits[0].authored, 1'700'000'100);
  }
}

TEST_F(Limited, WithoutALimitConfiguredBranchesAreSeen) {
  Code* code = Ask(false);
  EXPECT_TRUE(Show(code, site_.Id("main").Hex()).ok());
  EXPECT_TRUE(Show(code, base_.Hex()).ok());
  EXPECT_FALSE(Show(code, site_.Id("side").Hex()).ok());
  ReadFileQuestion read;
  read.path = "a";
  read.at = "main";
  const auto answer = code->ReadFile(read, Wide());
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->total_lines, 7U);
  read.at = "side";
  EXPECT_EQ(code->ReadFile(read, Wide()).error().kind,
            ErrorKind::kInvalidInput);
  read.at = "deleted";
  EXPECT_EQ(code->ReadFile(read, Wide()).error().kind, ErrorKind::kNotFound);
  // A branch stays where it was when it was first asked for.
  site_.git.Write("a", "");
  site_.git.Commit("later");
  read.at = "main";
  EXPECT_EQ(code->ReadFile(read, Wide())->total_lines, 7U);
}

TEST_F(Limited, WhatTheTimeDoesNotSufficeForIsHidden) {
  // Enough commits for a walk that looks at the clock.
  std::string stream = "reset refs/heads/long\nfrom " + base_.Hex() + "\n\n";
  for (int i = 0; i < 300; ++i) {
    stream += "commit refs/heads/long\ncommitter C <c@example.org> " +
              std::to_string(1'700'000'200 + i) + " +0000\ndata 2\nx\n";
  }
  site_.git.Git({"fast-import", "--quiet"}, stream);
  CodeScope scope;
  scope.base = site_.Id("long");
  Code* code = site_.Ask(std::move(scope));
  ShowCommitQuestion question;
  question.commit = base_.Hex();
  Bounds none;
  none.time = std::chrono::milliseconds(0);
  EXPECT_EQ(code->ShowCommit(question, none).error().kind,
            ErrorKind::kNotFound);
  // The walk goes on where it stopped.
  bool found = false;
  for (int i = 0; i < 10 && !found; ++i) {
    found = code->ShowCommit(question, none).ok();
  }
  EXPECT_TRUE(found);
}

// What is hidden and what is not there cost the same walk.
TEST_F(Limited, TimeDoesNotTellWhatIsHidden) {
  std::string stream = "reset refs/heads/long\nfrom " + base_.Hex() + "\n\n";
  for (int i = 0; i < 300; ++i) {
    stream += "commit refs/heads/long\ncommitter C <c@example.org> " +
              std::to_string(1'700'000'200 + i) + " +0000\ndata 2\nx\n";
  }
  site_.git.Git({"fast-import", "--quiet"}, stream);
  CodeScope scope;
  scope.base = site_.Id("long");
  Code* code = site_.Ask(std::move(scope));
  EXPECT_FALSE(Show(code, std::string(40, '1')).ok());
  // The history has been walked through: no time is needed.
  ShowCommitQuestion question;
  question.commit = base_.Hex();
  Bounds none;
  none.time = std::chrono::milliseconds(0);
  EXPECT_TRUE(code->ShowCommit(question, none).ok());
}

TEST_F(Limited, HeadsCanBeNamedWhereThereIsNoLimit) {
  CodeScope scope;
  scope.base = base_;
  scope.heads = {{"main", site_.Id("main")}, {"side", site_.Id("side")}};
  for (const bool limit : {false, true}) {
    scope.history_limit = limit;
    Code* code = site_.Ask(scope);
    ReadFileQuestion read;
    read.path = "side";
    read.at = "side";
    EXPECT_EQ(code->ReadFile(read, Wide()).ok(), !limit);
    EXPECT_EQ(Show(code, site_.Id("side").Hex()).ok(), !limit);
    EXPECT_EQ(Show(code, site_.Id("main").Hex()).ok(), !limit);
    read.at = "none";
    const auto none = code->ReadFile(read, Wide());
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.error().message,
              std::string("\"none\" names no state of the code; there are "
                          "base, patched, patched:0") +
                  (limit ? "" : " and the branches main, side"));
  }
}

TEST(NoTree, OnlyPatchesCanBeAskedFor) {
  CodeSite site;
  site.git.Write("a", "1\n");
  site.git.Commit("one");
  CodeScope scope;
  scope.patches = {{1, "text\n"}};
  Code* code = site.Ask(std::move(scope));
  PatchQuestion patch;
  patch.number = 1;
  EXPECT_TRUE(code->Patch(patch, Wide()).ok());
  ReadFileQuestion read;
  read.path = "a";
  EXPECT_EQ(code->ReadFile(read, Wide()).error().kind, ErrorKind::kNotFound);
  ShowCommitQuestion show;
  show.commit = site.Id("HEAD").Hex();
  EXPECT_EQ(code->ShowCommit(show, Wide()).error().kind, ErrorKind::kNotFound);
}

TEST(Series, BlameAndLogSayWhatThePatchesDid) {
  CodeSite site;
  site.git.Write("a", Numbers(1, 12));
  site.git.Commit("first");
  site.git.Write("a", Numbers(1, 6) + "base\n" + Numbers(7, 12));
  site.git.Commit("base");
  site.git.Write("a",
                 "patch one\n" + Numbers(1, 6) + "base\n" + Numbers(7, 12));
  site.git.Commit("patch 1");
  site.git.Remove("a");
  site.git.Write("b", "patch one\n" + Numbers(1, 6) + "base\n" +
                          Numbers(7, 12) + "patch two\n");
  site.git.Commit("patch 2");
  const git::ObjectId base = site.Id("HEAD~2");
  const git::ObjectId first = site.Id("HEAD~3");
  Code* code = site.Ask("HEAD~2", {"HEAD~1", "HEAD"});
  BlameQuestion blame;
  blame.path = "b";
  const auto answer = code->Blame(blame, Wide());
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  ASSERT_EQ(answer->lines.size(), 15U);
  for (const BlamedLine& line : answer->lines) {
    const std::string& text = line.line.text;
    EXPECT_EQ(line.patch, text == "patch one"   ? 1
                          : text == "patch two" ? 2
                                                : 0);
    EXPECT_EQ(line.commit, line.patch != 0  ? git::ObjectId()
                           : text == "base" ? base
                                            : first);
    EXPECT_EQ(line.subject, line.patch != 0  ? ""
                            : text == "base" ? "base"
                                             : "first");
    EXPECT_FALSE(line.boundary);
  }
  // In parts, by lines and by cursors.
  Bounds narrow;
  narrow.lines = 4;
  std::string text;
  do {
    const auto part = code->Blame(blame, narrow);
    ASSERT_TRUE(part.ok());
    for (const BlamedLine& line : part->lines) text += line.line.text + "\n";
    blame.cursor = part->end.cursor;
  } while (!blame.cursor.empty());
  EXPECT_EQ(text, site.git.Git({"show", "HEAD:b"}) + "\n");
  blame.first = 3;
  blame.last = 8;
  EXPECT_EQ(code->Blame(blame, Wide())->lines.size(), 6U);
  EXPECT_EQ(code->Blame(blame, Wide())->lines.back().commit, base);

  LogQuestion log;
  log.path = "b";
  log.first = 8;  // "base", by its number after the patches.
  log.last = 8;
  auto lines = code->Log(log, Wide());
  ASSERT_TRUE(lines.ok()) << lines.error().message;
  ASSERT_EQ(lines->commits.size(), 1U);
  EXPECT_EQ(lines->commits[0].commit, base);
  EXPECT_THAT(lines->end.notes, IsEmpty());
  log.first = 1;
  log.last = 1;
  lines = code->Log(log, Wide());
  ASSERT_TRUE(lines.ok());
  EXPECT_THAT(lines->commits, IsEmpty());
  EXPECT_THAT(lines->end.notes,
              ElementsAre(HasSubstr("patches of the series")));
  log.first = 0;
  log.last = 0;
  log.path = "a";
  EXPECT_EQ(code->Log(log, Wide())->commits.size(), 2U);
}

TEST(Series, LogFollowsARenameOfTheSeries) {
  CodeSite site;
  site.git.Write("m.c", Numbers(1, 20));
  site.git.Commit("first");
  site.git.Write("m.c", Numbers(1, 21));
  site.git.Commit("base");
  site.git.Remove("m.c");
  site.git.Write("n.c", Numbers(1, 22));
  site.git.Write("dir/new.c", "int a;\n");
  site.git.Commit("patch 1");
  Code* code = site.Ask("HEAD~1", {"HEAD"});
  LogQuestion log;
  log.path = "n.c";
  const auto renamed = code->Log(log, Wide());
  ASSERT_TRUE(renamed.ok()) << renamed.error().message;
  EXPECT_EQ(renamed->commits.size(), 2U);
  EXPECT_THAT(renamed->end.notes, ElementsAre(HasSubstr("\"m.c\"")));
  for (const std::string made : {"dir", "dir/new.c"}) {
    log.path = made;
    const auto answer = code->Log(log, Wide());
    ASSERT_TRUE(answer.ok());
    EXPECT_THAT(answer->commits, IsEmpty());
    EXPECT_THAT(answer->end.notes, ElementsAre(HasSubstr("has made")));
  }
  log.path = "m.c";
  EXPECT_THAT(code->Log(log, Wide())->end.notes, IsEmpty());
}

TEST(Series, BlameEndsWithTheTimeAndGoesOn) {
  CodeSite site;
  std::string text;
  for (int i = 0; i < 8; ++i) {
    text += "line " + std::to_string(i) + "\n";
    site.git.Write("a", text);
    site.git.Commit("commit " + std::to_string(i), 1'700'000'000 + i);
  }
  Code* code = site.Ask();
  BlameQuestion blame;
  blame.path = "a";
  Bounds none;
  none.time = std::chrono::milliseconds(0);
  const auto early = code->Blame(blame, none);
  ASSERT_TRUE(early.ok());
  ASSERT_EQ(early->lines.size(), 8U);
  EXPECT_EQ(early->end.stop, Stop::kTime);
  EXPECT_THAT(early->end.notes, ElementsAre(HasSubstr("at least as old")));
  EXPECT_FALSE(early->lines.back().boundary);
  EXPECT_TRUE(early->lines.front().boundary);
  EXPECT_EQ(early->lines.front().subject, "commit 6");
  for (int i = 0; i < 20; ++i) {
    if (code->Blame(blame, none)->end.stop == Stop::kWhole) break;
  }
  const auto all = code->Blame(blame, none);
  EXPECT_EQ(all->end.stop, Stop::kWhole);
  EXPECT_EQ(all->lines.front().subject, "commit 0");
  EXPECT_FALSE(all->lines.front().boundary);
}

TEST(Repositories, ShallowHistoryEndsWithANote) {
  CodeSite site;
  for (int i = 1; i < 5; ++i) {
    site.git.Write("a", Numbers(1, 3 * i));
    site.git.Commit("commit " + std::to_string(i), 1'700'000'000 + i);
  }
  const std::string shallow = site.git.directory() + "/shallow";
  site.git.Git({"clone", "-q", "--bare", "--depth=2",
                "file://" + site.git.work(), shallow});
  auto repository = git::Repository::Open(shallow);
  ASSERT_TRUE(repository.ok());
  CodeScope scope;
  scope.base = site.Id("HEAD");
  const auto code = Code::Make(repository->get(), nullptr, std::move(scope));
  LogQuestion log;
  log.path = "a";
  const auto logged = code->Log(log, Wide());
  ASSERT_TRUE(logged.ok()) << logged.error().message;
  EXPECT_EQ(logged->commits.size(), 2U);
  EXPECT_THAT(logged->end.notes, ElementsAre(HasSubstr("shallow")));
  BlameQuestion blame;
  blame.path = "a";
  const auto blamed = code->Blame(blame, Wide());
  ASSERT_TRUE(blamed.ok()) << blamed.error().message;
  EXPECT_TRUE(blamed->lines.front().boundary);
  EXPECT_FALSE(blamed->lines.back().boundary);
  EXPECT_THAT(blamed->end.notes, ElementsAre(HasSubstr("shallow")));
  ShowCommitQuestion show;
  show.commit = site.Id("HEAD~1").Hex();
  const auto shown = code->ShowCommit(show, Wide());
  ASSERT_TRUE(shown.ok()) << shown.error().message;
  EXPECT_THAT(shown->end.notes, ElementsAre(HasSubstr("shallow")));
  EXPECT_THAT(shown->lines, Not(Contains(HasSubstr("diff --git"))));
  show.commit = site.Id("HEAD~2").Hex();
  EXPECT_FALSE(code->ShowCommit(show, Wide()).ok());
}

// Removes the loose object that `revision` names.
void Lose(CodeSite* site, const std::string& revision) {
  const std::string id = site->Id(revision).Hex();
  std::filesystem::remove(site->git.work() + "/.git/objects/" +
                          id.substr(0, 2) + "/" + id.substr(2));
}

TEST(Repositories, WhatIsMissingIsAnErrorThatSaysSo) {
  CodeSite site;
  site.git.Write("a", Numbers(1, 3));
  site.git.Write("b", "b\n");
  site.git.Commit("one", 1'700'000'001);
  site.git.Write("a", Numbers(1, 4));
  site.git.Commit("two", 1'700'000'002);
  site.git.Write("a", Numbers(1, 5));
  site.git.Commit("three", 1'700'000'003);
  Lose(&site, "HEAD~2:a");
  Lose(&site, "HEAD:b");
  Code* code = site.Ask();
  ReadFileQuestion read;
  read.path = "b";
  const auto missing = code->ReadFile(read, Wide());
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message, HasSubstr("partial clone"));
  ListDirectoryQuestion list;
  const auto listed = code->ListDirectory(list, Wide());
  ASSERT_TRUE(listed.ok());
  EXPECT_EQ(listed->entries.size(), 2U);
  EXPECT_THAT(listed->end.notes, ElementsAre(HasSubstr("could not be read")));
  BlameQuestion blame;
  blame.path = "a";
  for (int i = 0; i < 2; ++i) {
    const auto blamed = code->Blame(blame, Wide());
    ASSERT_FALSE(blamed.ok());
    EXPECT_THAT(blamed.error().message, HasSubstr("partial clone"));
  }
  ShowCommitQuestion show;
  show.commit = site.Id("HEAD~1").Hex();
  const auto shown = code->ShowCommit(show, Wide());
  ASSERT_FALSE(shown.ok());
  EXPECT_THAT(shown.error().message, HasSubstr("partial clone"));
  // Trees are all there: paths can be followed.
  LogQuestion log;
  log.path = "a";
  EXPECT_EQ(code->Log(log, Wide())->commits.size(), 3U);
  Lose(&site, "HEAD~2");
  code = site.Ask();
  for (int i = 0; i < 2; ++i) {
    const auto logged = code->Log(log, Wide());
    ASSERT_FALSE(logged.ok());
    EXPECT_THAT(logged.error().message, HasSubstr("partial clone"));
  }
  show.commit = "1234567";
  EXPECT_FALSE(code->ShowCommit(show, Wide()).ok());
}

TEST(Repositories, MayBeRepackedWhileTheyAreRead) {
  CodeSite site;
  for (int i = 1; i < 30; ++i) {
    site.git.Write("a", Numbers(1, 3 * i));
    site.git.Commit("commit " + std::to_string(i), 1'700'000'000 + i);
  }
  Code* code = site.Ask();
  LogQuestion log;
  log.path = "a";
  Bounds narrow;
  narrow.lines = 2;
  std::size_t commits = 0;
  do {
    const auto answer = code->Log(log, narrow);
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    commits += answer->commits.size();
    log.cursor = answer->end.cursor;
    if (commits == 4 || commits == 20) {
      site.git.Git({"repack", "-q", "-a", "-d"});
    }
  } while (!log.cursor.empty());
  EXPECT_EQ(commits, 29U);
}

TEST(Repositories, NothingOfThemIsTouched) {
  CodeSite site;
  site.git.Write("a.c", "int f(void)\n{\n}\n");
  site.git.Commit("one");
  site.git.Write("a.c", "int f(void)\n{\n\treturn;\n}\n");
  site.git.Commit("two");
  Code* code = site.Ask("HEAD~1", {"HEAD"});
  const auto before = testing::Fingerprint(site.git.work());
  ReadFileQuestion read;
  read.path = "a.c";
  EXPECT_TRUE(code->ReadFile(read, Wide()).ok());
  EXPECT_TRUE(code->ListDirectory({}, Wide()).ok());
  FindFilesQuestion find;
  find.glob = "*";
  EXPECT_TRUE(code->FindFiles(find, Wide()).ok());
  EXPECT_TRUE(code->Log({}, Wide()).ok());
  BlameQuestion blame;
  blame.path = "a.c";
  EXPECT_TRUE(code->Blame(blame, Wide()).ok());
  DiffQuestion diff;
  diff.from = "base";
  EXPECT_TRUE(code->Diff(diff, Wide()).ok());
  FunctionChangeQuestion change;
  change.number = 1;
  change.path = "a.c";
  change.function = "f";
  EXPECT_TRUE(code->FunctionChange(change, Wide()).ok());
  EXPECT_EQ(testing::Fingerprint(site.git.work()), before);
}

}  // namespace
}  // namespace patchmilter::tree
