// How an index is made: what of ctags, branches, the bound and the directory is
// not as it should be.
#include "tree/index/build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/git/scratch_git.h"
#include "tests/tree/index/fake_ctags.h"
#include "tree/index/code_index.h"
#include "tree/index/ctags.h"
#include "tree/index/index_files.h"
#include "tree/questions/search.h"
#include "tree/questions/symbols.h"

namespace patchmilter::tree {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeCtags;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BuildTest : public ::testing::Test {
 protected:
  BuildTest() { index_ = scratch_.directory() + "/index"; }

  BuildOptions Options(const std::string& ctags = FindCtags()) const {
    BuildOptions options;
    options.directory = index_;
    options.repository = scratch_.work();
    options.ctags = ctags;
    return options;
  }
  static BuildReport Build(const BuildOptions& options) {
    const auto report = BuildIndex(options);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : BuildReport();
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(index_)) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  std::uint64_t Bytes() const {
    std::uint64_t bytes = 0;
    for (const IndexFile& file : IndexFilesIn(index_)) bytes += file.size;
    return bytes;
  }
  // By name, with when each was written.
  std::vector<std::pair<std::string, fs::file_time_type>> State() const {
    std::vector<std::pair<std::string, fs::file_time_type>> state;
    for (const std::string& name : Names()) {
      state.emplace_back(name, fs::last_write_time(index_ + "/" + name));
    }
    return state;
  }

  // Whether the index has the file at HEAD's `path`.
  bool IsIndexed(const std::string& revision_and_path) {
    const auto repository = git::Repository::Open(scratch_.work()).value();
    const auto id =
        git::ObjectId::FromHex(scratch_.Git({"rev-parse", revision_and_path}));
    return CodeIndex::Open(index_).value()->DocumentOf(*id) != kNoDocument;
  }

  DefinitionAnswer Ask(CodeIndex* index, const std::string& name) {
    const auto repository = git::Repository::Open(scratch_.work()).value();
    CodeScope scope;
    scope.base = repository->ResolveName("").value();
    View view(repository.get(), scope);
    SymbolQuestion question;
    question.at = "base";
    question.name = name;
    const auto answer = Definitions(&view, index, question, Bounds());
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() ? *answer : DefinitionAnswer();
  }

  // Files of some 20 KB each that share little.
  void WriteFiles(const std::string& directory, int count, unsigned seed) {
    for (int i = 0; i < count; ++i) {
      std::string text;
      std::uint64_t random = seed * 1'000U + static_cast<unsigned>(i) + 1;
      for (int line = 0; line < 300; ++line) {
        text += "int f";
        for (int word = 0; word < 6; ++word) {
          random = random * 6364136223846793005U + 1442695040888963407U;
          text += std::to_string(random >> 40) + (word == 0 ? "; /* " : " ");
        }
        text += "*/\n";
      }
      scratch_.Write(directory + "/" + std::to_string(100 + i) + ".c", text);
    }
  }

  testing::ScratchGit scratch_;
  std::string index_;
};

// Exuberant ctags, or one without a sandbox: no definitions for now, and they
// come with one that works.
TEST_F(BuildTest, AnotherProgramInThePlaceOfCtags) {
  scratch_.Write("a.c", "int alpha;\n");
  scratch_.Commit("files");
  const FakeCtags fake;
  fake.Write("exit 1\n");
  const BuildReport without = Build(Options(fake.program()));
  EXPECT_EQ(without.added, 1U);
  EXPECT_FALSE(without.symbols);
  EXPECT_EQ(without.ctags_failed, 0U);
  EXPECT_THAT(without.ctags_error, HasSubstr("Universal Ctags"));
  const auto index = CodeIndex::Open(index_).value();
  EXPECT_THAT(Ask(index.get(), "alpha").end.notes,
              ElementsAre(HasSubstr("no definitions")));
  // As long as it is the same, nothing is made again for it.
  EXPECT_EQ(Build(Options(fake.program())).added, 0U);
  const BuildReport with = Build(Options());
  EXPECT_EQ(with.added, 1U);
  EXPECT_TRUE(with.symbols);
  EXPECT_EQ(with.ctags_error, "");
  // The index that was open takes note.
  EXPECT_EQ(Ask(index.get(), "alpha").definitions.size(), 1U);
  // What is known stays known when it is lost.
  scratch_.Write("b.c", "int beta;\n");
  scratch_.Commit("more");
  const BuildReport lost = Build(Options(fake.program()));
  EXPECT_EQ(lost.added, 1U);
  EXPECT_TRUE(lost.symbols);
  EXPECT_NE(lost.ctags_error, "");
  EXPECT_EQ(Ask(index.get(), "alpha").definitions.size(), 1U);
}

TEST_F(BuildTest, StopsWhileCtagsHangs) {
  for (int i = 0; i < 20; ++i) {
    scratch_.Write(std::to_string(i) + ".c",
                   "int a" + std::to_string(i) + ";\n");
  }
  scratch_.Commit("files");
  const FakeCtags fake;
  const std::string scripts[] = {"exec sleep 1000\n", ""};
  for (const std::string& script : scripts) {
    if (script.empty()) {
      fake.WriteForOthers("exec sleep 1000");
    } else {
      fake.Write(script);
    }
    BuildOptions options = Options(fake.program());
    const auto begun = std::chrono::steady_clock::now();
    options.progress = [&](const BuildProgress&) {
      return std::chrono::steady_clock::now() - begun <
             std::chrono::milliseconds(500);
    };
    const auto stopped = BuildIndex(options);
    EXPECT_LT(std::chrono::steady_clock::now() - begun,
              std::chrono::seconds(8));
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().kind, ErrorKind::kTemporary);
    EXPECT_THAT(Names(), ElementsAre("lock"));
  }
}

TEST_F(BuildTest, BranchesThatAreGone) {
  scratch_.Write("a.c", "int alpha;\n");
  scratch_.Commit("files");
  BuildOptions options = Options();
  options.branches = {"gone", "", "gone/too"};
  const BuildReport report = Build(options);
  EXPECT_EQ(report.added, 1U);
  EXPECT_THAT(report.gone, ElementsAre("gone", "gone/too"));
  options.branches = {"gone", "gone/too"};
  const auto none = BuildIndex(options);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(none.error().message, HasSubstr("gone"));
}

TEST_F(BuildTest, NothingToDefine) {
  scratch_.Write("a.c", "int alpha;\n");
  scratch_.Commit("file");
  scratch_.Remove("a.c");
  scratch_.Commit("nothing");
  const BuildReport report = Build(Options());
  EXPECT_EQ(report.files, 0U);
  EXPECT_TRUE(report.symbols);
  EXPECT_EQ(report.ctags_error, "");
}

// The bound holds for all that is written, and the same again changes nothing.
TEST_F(BuildTest, KeepsTheBound) {
  WriteFiles("d", 40, 1);
  scratch_.Commit("files");
  const std::uint64_t whole = Build(Options()).disk_bytes;
  EXPECT_EQ(Bytes(), whole);
  for (const std::uint64_t part : {2U, 1U, 3U, 8U, 1'000U}) {
    for (const bool anew : {true, false}) {
      if (anew) fs::remove_all(index_);
      BuildOptions options = Options();
      options.max_bytes = whole / (part == 1 ? 1 : part) - (part == 1 ? 1 : 0);
      const BuildReport first = Build(options);
      EXPECT_LE(Bytes(), options.max_bytes) << part;
      EXPECT_EQ(first.disk_bytes, Bytes());
      EXPECT_GT(first.skipped, 0U) << part;
      if (part < 8) {
        EXPECT_GT(Bytes(), options.max_bytes * 3 / 4) << part;
        // By path, the first ones.
        EXPECT_TRUE(IsIndexed("HEAD:d/100.c"));
        EXPECT_FALSE(IsIndexed("HEAD:d/139.c"));
      }
      const auto state = State();
      const BuildReport second = Build(options);
      EXPECT_EQ(second.added, 0U) << part;
      EXPECT_EQ(second.skipped, first.skipped) << part;
      std::vector<std::pair<std::string, fs::file_time_type>> now = State();
      // The lock is taken each time.
      ASSERT_EQ(now.size(), state.size());
      for (std::size_t i = 0; i < now.size(); ++i) {
        EXPECT_EQ(now[i].first, state[i].first);
        if (now[i].first == "lock") continue;
        EXPECT_EQ(now[i].second, state[i].second);
      }
    }
  }
  const BuildReport again = Build(Options());
  EXPECT_EQ(again.skipped, 0U);
  EXPECT_TRUE(IsIndexed("HEAD:d/139.c"));
}

// Where there is not room for all branches, the newest has its files in.
TEST_F(BuildTest, TheNewestBranchFirst) {
  WriteFiles("old", 30, 1);
  scratch_.Commit("old");
  scratch_.Git({"checkout", "-q", "--orphan", "other"});
  scratch_.Git({"rm", "-rfq", "."});
  WriteFiles("new", 30, 2);
  scratch_.Commit("new", 1'800'000'000);
  BuildOptions options = Options();
  options.branches = {"other"};
  const std::uint64_t one = Build(options).disk_bytes;
  // A full index of the old one, which has to make room.
  fs::remove_all(index_);
  options.branches = {"main"};
  options.max_bytes = one + one / 5;
  EXPECT_EQ(Build(options).skipped, 0U);
  options.branches = {"main", "other"};
  const BuildReport both = Build(options);
  EXPECT_GT(both.skipped, 0U);
  EXPECT_LE(Bytes(), options.max_bytes);
  for (const char* path : {"other:new/100.c", "other:new/129.c"}) {
    EXPECT_TRUE(IsIndexed(path)) << path;
  }
  EXPECT_FALSE(IsIndexed("main:old/129.c"));
  EXPECT_EQ(Build(options).added, 0U);
}

// Commit by commit, with all of it changed in the end: always below the bound,
// and what is needed comes in.
TEST_F(BuildTest, KeepsTheBoundOverUpdates) {
  WriteFiles("d", 20, 1);
  scratch_.Commit("files");
  BuildOptions options = Options();
  const std::uint64_t whole = Build(options).disk_bytes;
  options.max_bytes = whole + whole / 3;
  for (int round = 0; round < 25; ++round) {
    const std::string path = "d/" + std::to_string(100 + round % 20) + ".c";
    std::string text = "int round_" + std::to_string(round) + ";\n";
    for (int i = 0; i < 400; ++i) {
      text += "/* " + std::to_string(round * 7'919 + i * i) + " */\n";
    }
    scratch_.Write(path, text);
    scratch_.Commit("change");
    const BuildReport report = Build(options);
    EXPECT_LE(Bytes(), options.max_bytes);
    EXPECT_EQ(report.skipped, 0U) << round;
    EXPECT_TRUE(IsIndexed("HEAD:" + path));
  }
}

TEST_F(BuildTest, OtherFilesStay) {
  scratch_.Write("a.c", "int alpha;\n");
  scratch_.Commit("files");
  Build(Options());
  const std::vector<std::string> others = {"segment-notes.txt", "tree-1.c",
                                           "tree-plan.new", "notes"};
  for (const std::string& name : others) {
    std::ofstream(index_ + "/" + name) << name;
  }
  std::ofstream(index_ + "/segment.new") << "left over";
  for (int i = 0; i < 20; ++i) {
    scratch_.Write("a.c", "int alpha" + std::to_string(i) + ";\n");
    scratch_.Commit("change");
    Build(Options());
  }
  BuildOptions options = Options();
  options.max_bytes = 1;
  Build(options);
  for (const std::string& name : others) {
    EXPECT_THAT(Names(), Contains(name));
  }
  EXPECT_THAT(Names(), Not(Contains("segment.new")));
}

TEST_F(BuildTest, ADirectoryOfOtherThings) {
  scratch_.Write("a.c", "int alpha;\n");
  scratch_.Commit("files");
  fs::create_directory(index_);
  std::ofstream(index_ + "/notes") << "mine";
  const auto refused = BuildIndex(Options());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidInput);
  EXPECT_THAT(Names(), ElementsAre("notes"));
}

// Nobody should: but a reader that has the file mapped must live.
TEST_F(BuildTest, CutShortWhileItIsOpen) {
  WriteFiles("d", 10, 1);
  scratch_.Commit("files");
  Build(Options());
  const auto repository = git::Repository::Open(scratch_.work()).value();
  CodeScope scope;
  scope.base = repository->ResolveName("").value();
  View view(repository.get(), scope);
  SearchQuestion question;
  question.at = "base";
  question.pattern = "int f1";
  const auto index = CodeIndex::Open(index_).value();
  const auto lines = [&] {
    const auto answer = Search(&view, index.get(), question, Bounds());
    EXPECT_TRUE(answer.ok());
    return answer.ok() ? answer->lines.size() : 0;
  };
  const std::size_t want = lines();
  EXPECT_GT(want, 0U);
  for (const IndexFile& file : IndexFilesIn(index_)) {
    ASSERT_EQ(::truncate((index_ + "/" + file.name).c_str(), 0), 0);
  }
  EXPECT_EQ(lines(), want);
  EXPECT_THAT(Ask(index.get(), "nothing").definitions, IsEmpty());
  Build(Options());
  EXPECT_EQ(lines(), want);
  EXPECT_EQ(index->Missing(), "");
}

}  // namespace
}  // namespace patchmilter::tree
