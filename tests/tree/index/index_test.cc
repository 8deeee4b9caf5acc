// The index as a whole: built, asked, updated, damaged, deleted; beside a plain
// scan of every file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "git/tree_edit.h"
#include "tests/git/scratch_git.h"
#include "tree/index/build.h"
#include "tree/index/code_index.h"
#include "tree/index/ctags.h"
#include "tree/index/tree_file.h"
#include "tree/questions/search.h"
#include "tree/questions/symbols.h"
#include "tree/questions/text_search.h"
#include "tree/tree.h"

namespace patchmilter::tree {
namespace {

using git::ObjectId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string>& Words() {
  static const std::vector<std::string> words = {
      "alpha", "beta_one", "Gamma", "delta", "struct", "int",     "return",
      "foo",   "foo_bar",  "x",     "->",    "(void)", "/* é */", "0x10"};
  return words;
}

const std::vector<PatternOptions>& Patterns() {
  static const std::vector<PatternOptions> patterns = {
      {"alpha"},
      {"foo_bar"},
      {"beta_one Gamma"},
      {"gamma", false, true},
      {"foo", false, false, true},
      {"x"},
      {"nowhere_at_all"},
      {"é"},
      {"^int .*foo", true},
      {"(alpha|delta) (x|->)", true},
      {"0x[0-9]+", true},
      {"GAM+A", true, true},
      {"foo(_bar)?", true, false, true},
      {"[xyz]", true}};
  return patterns;
}

std::string RandomText(std::mt19937* random) {
  std::string text;
  for (auto lines = (*random)() % 30; lines > 0; --lines) {
    for (auto n = (*random)() % 5; n > 0; --n) {
      text += Words()[(*random)() % Words().size()] + " ";
    }
    text += "\n";
  }
  if ((*random)() % 20 == 0) text.insert(text.size() / 2, 1, '\0');
  return text;
}

class IndexTest : public ::testing::Test {
 protected:
  void SetUp() override { index_ = scratch_.directory() + "/index"; }

  void OpenRepository() {
    auto opened = git::Repository::Open(scratch_.work());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    repository_ = std::move(*opened);
  }
  ObjectId Head() {
    return repository_->ReadCommit(repository_->ResolveName("").value())
        .value()
        .tree;
  }
  BuildOptions Options() const {
    BuildOptions options;
    options.directory = index_;
    options.repository = scratch_.work();
    options.ctags = FindCtags();
    return options;
  }
  BuildReport Build(const BuildOptions& options) {
    const auto report = BuildIndex(options);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : BuildReport();
  }
  std::unique_ptr<CodeIndex> Open() { return CodeIndex::Open(index_).value(); }

  // "path:line:text" of every match, and how it was found.
  std::vector<std::string> Search(CodeIndex* index, const ObjectId& root,
                                  const PatternOptions& options,
                                  TextSearchEnd* how = nullptr) {
    std::vector<std::string> lines;
    const auto pattern = Pattern::Compile(options);
    EXPECT_TRUE(pattern.ok());
    const auto tree = index->TreeOf(repository_.get(), root);
    EXPECT_TRUE(tree.ok()) << tree.error().message;
    const auto end =
        SearchText(repository_.get(), index, **tree, *pattern, {},
                   [&](const FoundFile& file) {
                     for (const FoundLine& line : *file.lines) {
                       lines.push_back(std::string(file.path) + ":" +
                                       std::to_string(line.number) + ":" +
                                       std::string(line.text));
                     }
                     return true;
                   });
    EXPECT_TRUE(end.ok()) << end.error().message;
    if (how != nullptr && end.ok()) *how = *end;
    return lines;
  }

  // The same by reading every file and asking each line by itself.
  std::vector<std::string> Scan(const ObjectId& root,
                                const PatternOptions& options) {
    std::vector<std::string> lines;
    const auto pattern = Pattern::Compile(options);
    const auto listing = Listing::Walk(repository_.get(), root);
    EXPECT_TRUE(pattern.ok() && listing.ok());
    for (auto at = listing->From(""); at.valid(); at.Next()) {
      const std::string text = repository_->ReadBlob(at->blob).value();
      if (text.substr(0, 8000).find('\0') != std::string::npos) continue;
      std::istringstream in(text);
      std::string line;
      for (int number = 1; std::getline(in, line); ++number) {
        LineMatcher matcher(&*pattern);
        const std::string one = line + "\n";
        matcher.Start(one);
        if (!matcher.Next().has_value()) continue;
        lines.push_back(std::string(at->path) + ":" + std::to_string(number) +
                        ":" + line);
      }
    }
    return lines;
  }

  void ExpectSameLines(CodeIndex* index, const ObjectId& root) {
    for (const PatternOptions& pattern : Patterns()) {
      ASSERT_EQ(Search(index, root, pattern), Scan(root, pattern))
          << pattern.text;
    }
  }

  void WriteRandomFiles(int count, unsigned seed) {
    std::mt19937 random(seed);  // NOLINT: the same each time.
    for (int i = 0; i < count; ++i) {
      scratch_.Write(
          "d" + std::to_string(random() % 7) + "/f" + std::to_string(i) + ".c",
          RandomText(&random));
    }
  }

  std::vector<std::string> FilesOfIndex() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(index_)) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  testing::ScratchGit scratch_;
  std::string index_;
  std::unique_ptr<git::Repository> repository_;
};

TEST_F(IndexTest, SameLinesAsAPlainScan) {
  WriteRandomFiles(200, 1);
  scratch_.Write("empty.c", "");
  scratch_.Write("no_end", "alpha foo");
  scratch_.Commit("files");
  OpenRepository();
  const BuildReport report = Build(Options());
  EXPECT_EQ(report.files, 202U);
  EXPECT_EQ(report.skipped, 0U);
  EXPECT_TRUE(report.symbols);
  const auto index = Open();
  EXPECT_EQ(index->Missing(), "");
  ExpectSameLines(index.get(), Head());
  // It was the index that knew: no file was read, few were looked into.
  TextSearchEnd how;
  EXPECT_THAT(Search(index.get(), Head(), {"nowhere_at_all"}, &how), IsEmpty());
  EXPECT_EQ(how.read, 0U);
  EXPECT_GT(how.indexed, 100U);
  EXPECT_GT(how.binary, 0U);
}

TEST_F(IndexTest, SameLinesWithoutOne) {
  WriteRandomFiles(50, 2);
  scratch_.Commit("files");
  OpenRepository();
  const auto none = CodeIndex::Open("").value();
  EXPECT_THAT(none->Missing(), HasSubstr("no index"));
  ExpectSameLines(none.get(), Head());
  const auto not_there = Open();
  EXPECT_THAT(not_there->Missing(), HasSubstr("no index yet"));
  ExpectSameLines(not_there.get(), Head());
}

TEST_F(IndexTest, PatchedTrees) {
  WriteRandomFiles(100, 3);
  scratch_.Commit("files");
  OpenRepository();
  Build(Options());
  const auto index = Open();
  std::mt19937 random(4);  // NOLINT: the same each time.
  ObjectId root = Head();
  std::vector<ObjectId> roots = {root};
  for (int k = 0; k < 6; ++k) {
    git::TreeEdits edits;
    for (int i = 0; i < 5; ++i) {
      const std::string path = "d" + std::to_string(random() % 7) + "/f" +
                               std::to_string(random() % 110) + ".c";
      if (random() % 4 == 0) {
        edits[path] = std::nullopt;
      } else {
        edits[path] = git::FileVersion{
            git::kModeFile,
            repository_->WriteBlob(RandomText(&random)).value()};
      }
    }
    root = git::EditTree(repository_.get(), root, edits).value();
    roots.push_back(root);
    ExpectSameLines(index.get(), root);  // Not added: read.
  }
  ASSERT_TRUE(index->AddTrees(repository_.get(), roots, FindCtags()).ok());
  for (const ObjectId& each : roots) {
    ExpectSameLines(index.get(), each);
    TextSearchEnd how;
    Search(index.get(), each, {"foo"}, &how);
    EXPECT_EQ(how.read, 0U);
  }
  // A patched tree's index is of this process alone.
  EXPECT_THAT(FilesOfIndex(), ::testing::SizeIs(3));
}

TEST_F(IndexTest, UpdatedByDifference) {
  WriteRandomFiles(50, 5);
  scratch_.Commit("files");
  OpenRepository();
  Build(Options());
  const auto index = Open();
  ExpectSameLines(index.get(), Head());
  EXPECT_EQ(Build(Options()).added, 0U);
  for (int i = 0; i < 14; ++i) {
    scratch_.Write("new.c", "int alpha" + std::to_string(i) + "(void);\n");
    scratch_.Commit("change");
    EXPECT_EQ(Build(Options()).added, 1U);
    OpenRepository();
    // The open one takes note, the old tree stays right.
    ExpectSameLines(index.get(), Head());
    TextSearchEnd how;
    Search(index.get(), Head(), {"alpha"}, &how);
    EXPECT_EQ(how.read, 0U);
  }
  // Small segments are put together, with what they define.
  std::size_t segments = 0;
  for (const std::string& name : FilesOfIndex()) {
    segments += name.starts_with("segment-") ? 1U : 0U;
  }
  EXPECT_LE(segments, 9U);
  const auto fresh = Open();
  ExpectSameLines(fresh.get(), Head());
}

TEST_F(IndexTest, DefinitionsOfBaseAndPatchedTree) {
  scratch_.Write("a.c", "int shared(void)\n{\n\treturn 0;\n}\n");
  scratch_.Write("b.h", "#define ONLY_HERE 1\nstruct thing { int part; };\n");
  scratch_.Write("copy.h",
                 "#define ONLY_HERE 1\nstruct thing { int part; };\n");
  scratch_.Commit("files");
  OpenRepository();
  Build(Options());
  const auto index = Open();
  const ObjectId patched =
      git::EditTree(
          repository_.get(), Head(),
          {{"a.c",
            git::FileVersion{
                git::kModeFile,
                repository_->WriteBlob("\n\nlong shared;\n").value()}}})
          .value();
  ASSERT_TRUE(
      index->AddTrees(repository_.get(), std::vector{patched}, FindCtags())
          .ok());
  CodeScope scope;
  scope.base = repository_->ResolveName("").value();
  scope.patched = {patched};
  View view(repository_.get(), scope);
  const auto ask = [&](const char* at, const char* name) {
    SymbolQuestion question;
    question.at = at;
    question.name = name;
    const auto answer = Definitions(&view, index.get(), question, Bounds());
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    std::vector<std::string> lines;
    for (const Definition& each : answer->definitions) {
      lines.push_back(each.path + ":" + std::to_string(each.line) + ":" +
                      each.kind + ":" + each.scope + ":" + each.text);
    }
    return lines;
  };
  EXPECT_THAT(ask("base", "shared"),
              ElementsAre("a.c:1:function::int shared(void)"));
  EXPECT_THAT(ask("patched", "shared"),
              ElementsAre("a.c:3:variable::long shared;"));
  EXPECT_THAT(
      ask("patched", "part"),
      ElementsAre("b.h:2:member:struct:thing:struct thing { int part; };",
                  "copy.h:2:member:struct:thing:struct thing { int part; };"));
  EXPECT_THAT(ask("base", "nothing"), IsEmpty());
}

TEST_F(IndexTest, QuestionsPageAndSayHow) {
  std::string text;
  for (int i = 1; i <= 60; ++i) {
    text += i % 3 == 0 ? "needle " + std::to_string(i) + "\n" : "hay\n";
  }
  for (const char* path : {"a/one.c", "a/two.h", "b.c"}) {
    scratch_.Write(path, text);
  }
  scratch_.Commit("files");
  OpenRepository();
  CodeScope scope;
  scope.base = repository_->ResolveName("").value();
  View view(repository_.get(), scope);
  const auto none = CodeIndex::Open("").value();
  const auto all = [&](CodeIndex* index, SearchQuestion question,
                       std::size_t lines) {
    std::vector<std::string> got;
    Bounds bounds;
    bounds.lines = lines;
    for (int pages = 0; pages < 200; ++pages) {
      const auto answer = tree::Search(&view, index, question, bounds);
      EXPECT_TRUE(answer.ok()) << answer.error().message;
      if (!answer.ok()) break;
      EXPECT_LE(answer->lines.size(), lines);
      for (const SearchLine& each : answer->lines) {
        got.push_back(each.path + (each.match ? ":" : "-") +
                      std::to_string(each.line.number) + each.line.text);
      }
      question.cursor = answer->end.cursor;
      EXPECT_EQ(answer->end.stop == Stop::kWhole, question.cursor.empty());
      if (question.cursor.empty()) return got;
    }
    ADD_FAILURE() << "never whole";
    return got;
  };
  Build(Options());
  const auto index = Open();
  SearchQuestion question;
  question.at = "base";
  question.pattern = "needle";
  for (const std::uint32_t context : {0U, 1U, 5U}) {
    question.context = context;
    const auto whole = all(none.get(), question, 4'000);
    EXPECT_EQ(whole.size(), context == 0 ? 60U : context == 1 ? 177U : 180U);
    for (const std::size_t lines : {1U, 7U, 50U}) {
      EXPECT_EQ(all(none.get(), question, lines), whole);
      EXPECT_EQ(all(index.get(), question, lines), whole);
    }
  }
  question.context = 0;
  question.glob = "*.c";
  EXPECT_EQ(all(index.get(), question, 100).size(), 40U);
  question.path = "a";
  EXPECT_EQ(all(index.get(), question, 100).size(), 20U);
  question.glob = "";
  question.path = "b.c";
  EXPECT_EQ(all(index.get(), question, 100).size(), 20U);

  Bounds bounds;
  EXPECT_TRUE(tree::Search(&view, index.get(), question, bounds)->indexed);
  const auto slow = tree::Search(&view, none.get(), question, bounds);
  EXPECT_FALSE(slow->indexed);
  EXPECT_THAT(slow->end.notes, ElementsAre(HasSubstr("no index")));
  // No time: one step is made all the same, and the next goes on from it.
  bounds.time = std::chrono::milliseconds(0);
  question.path = "";
  EXPECT_FALSE(
      tree::Search(&view, none.get(), question, bounds)->lines.empty());

  question.path = "gone";
  EXPECT_EQ(tree::Search(&view, index.get(), question, bounds).error().kind,
            ErrorKind::kNotFound);
  question.path = "";
  for (const char* cursor : {"x", "search.00000000.5", "0", "search..",
                             "search.ffffffff.99999999999999999999"}) {
    question.cursor = cursor;
    EXPECT_EQ(tree::Search(&view, index.get(), question, bounds).error().kind,
              ErrorKind::kInvalidInput)
        << cursor;
  }

  SymbolQuestion references;
  references.at = "base";
  references.name = "needle";
  references.path = "a/one.c";
  EXPECT_EQ(References(&view, index.get(), references, Bounds())->lines.size(),
            20U);
  const auto nothing =
      Definitions(&view, none.get(), references, Bounds()).value();
  EXPECT_THAT(nothing.end.notes, ElementsAre(HasSubstr("no definitions")));
}

TEST_F(IndexTest, DeletedWhileItIsOpen) {
  WriteRandomFiles(30, 6);
  scratch_.Commit("files");
  OpenRepository();
  Build(Options());
  const auto index = Open();
  ExpectSameLines(index.get(), Head());
  std::filesystem::remove_all(index_);
  ExpectSameLines(index.get(), Head());
  EXPECT_NE(index->Missing(), "");
  Build(Options());
  ExpectSameLines(index.get(), Head());
  EXPECT_EQ(index->Missing(), "");
  // One file after the other.
  for (const std::string& name : FilesOfIndex()) {
    std::filesystem::remove(index_ + "/" + name);
    ExpectSameLines(index.get(), Head());
    Build(Options());
    ExpectSameLines(index.get(), Head());
  }
}

// Each byte changed, each length: the same lines, and mended by the next build.
TEST_F(IndexTest, Damage) {
  WriteRandomFiles(6, 7);
  scratch_.Commit("files");
  OpenRepository();
  Build(Options());
  std::map<std::string, std::vector<std::string>> want;
  const std::vector<PatternOptions> patterns = {
      {"alpha"}, {"foo_bar"}, {"(alpha|delta) (x|->)", true}};
  for (const PatternOptions& pattern : patterns) {
    want[pattern.text] = Scan(Head(), pattern);
  }
  CodeScope scope;
  scope.base = repository_->ResolveName("").value();
  View view(repository_.get(), scope);
  SymbolQuestion question;
  question.at = "base";
  question.name = "foo";
  const auto check = [&](const std::string& what) {
    const auto index = Open();
    for (const PatternOptions& pattern : patterns) {
      ASSERT_EQ(Search(index.get(), Head(), pattern), want[pattern.text])
          << what;
    }
    ASSERT_TRUE(Definitions(&view, index.get(), question, Bounds()).ok());
  };
  for (const std::string& name : FilesOfIndex()) {
    if (name == "lock") continue;
    const std::string path = index_ + "/" + name;
    std::ifstream in(path, std::ios::binary);
    const std::string right((std::istreambuf_iterator<char>(in)),
                            std::istreambuf_iterator<char>());
    const auto write = [&](const std::string& bytes) {
      std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    };
    ASSERT_GT(right.size(), 100U);
    for (std::size_t i = 0; i < right.size(); i += 1 + right.size() / 1'500) {
      std::string wrong = right;
      wrong[i] = static_cast<char>(wrong[i] ^ (1 << (i % 8)));
      write(wrong);
      check(name + " byte " + std::to_string(i));
    }
    for (std::size_t i = 0; i < right.size(); i += 1 + right.size() / 200) {
      write(right.substr(0, i));
      check(name + " cut at " + std::to_string(i));
    }
    write(right.substr(0, right.size() / 2));
    Build(Options());
    const auto index = Open();
    TextSearchEnd how;
    EXPECT_EQ(Search(index.get(), Head(), {"alpha"}, &how), want["alpha"]);
    EXPECT_EQ(how.read, 0U) << name << " was not mended";
  }
}

// Lines come out of the symbol table, or out of the text where that keeps none,
// and are the same; also of segments that were put together.
TEST_F(IndexTest, LinesOfDefinitions) {
  const std::string longer = "int wanted; /* " + std::string(300, 'x') + " */";
  const std::string longest =
      "int wanted; /* " + std::string(kMaxLineBytes, 'x') + " */";
  std::map<std::string, std::pair<std::uint32_t, std::string>> want;
  for (int i = 0; i < 40; ++i) {
    const std::string path = "f" + std::to_string(10 + i) + ".c";
    const std::string line =
        i == 7   ? longer
        : i == 9 ? longest
                 : "static int wanted(int of_" + std::to_string(i) + ") { }\r";
    std::string text;
    for (int n = 0; n < i % 5; ++n) text += "\n/* é */\n";
    want[path] = {2 * (i % 5) + 1, line};
    scratch_.Write(path, text + line + (i % 2 == 0 ? "\n" : ""));
    // Several segments, and some that are put together.
    if (i % 4 != 0) continue;
    scratch_.Commit("files");
    Build(Options());
  }
  scratch_.Commit("files");
  OpenRepository();
  Build(Options());
  const auto index = Open();
  std::size_t kept = 0;
  for (const SymbolFound& each : index->Symbols("wanted")) {
    kept += each.line.has_value() ? 1U : 0U;
  }
  EXPECT_EQ(kept, 38U);
  CodeScope scope;
  scope.base = repository_->ResolveName("").value();
  View view(repository_.get(), scope);
  SymbolQuestion question;
  question.at = "base";
  question.name = "wanted";
  Bounds bounds;
  bounds.lines = 3;
  std::map<std::string, std::pair<std::uint32_t, std::string>> got;
  do {
    const auto answer = Definitions(&view, index.get(), question, bounds);
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    for (const Definition& each : answer->definitions) {
      got[each.path] = {each.line, each.text};
    }
    question.cursor = answer->end.cursor;
  } while (!question.cursor.empty());
  want["f19.c"].second.resize(kMaxLineBytes);
  EXPECT_EQ(got, want);
}

TEST_F(IndexTest, ReadersBesideAWriter) {
  WriteRandomFiles(40, 8);
  scratch_.Commit("files");
  OpenRepository();
  const std::vector<std::string> want = Scan(Head(), {"alpha"});
  const ObjectId root = Head();
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::atomic<int> asked = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      const auto own = git::Repository::Open(scratch_.work()).value().release();
      const std::unique_ptr<git::Repository> repository(own);
      const auto index = CodeIndex::Open(index_).value();
      const auto pattern = Pattern::Compile({"alpha"});
      do {
        std::vector<std::string> lines;
        const auto tree = index->TreeOf(repository.get(), root);
        if (!tree.ok() ||
            !SearchText(repository.get(), index.get(), **tree, *pattern, {},
                        [&](const FoundFile& file) {
                          for (const FoundLine& line : *file.lines) {
                            lines.push_back(std::string(file.path) + ":" +
                                            std::to_string(line.number) + ":" +
                                            std::string(line.text));
                          }
                          return true;
                        })
                 .ok() ||
            lines != want) {
          ++wrong;
        }
        ++asked;
      } while (!done);
    });
  }
  for (int round = 0; round < 8; ++round) {
    std::filesystem::remove_all(index_);
    Build(Options());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(asked, 2);
}

TEST_F(IndexTest, OneWriterAtATime) {
  scratch_.Write("a.c", "int a;\n");
  scratch_.Commit("files");
  BuildOptions options = Options();
  bool second_refused = false;
  options.progress = [&](const BuildProgress&) {
    const auto second = BuildIndex(Options());
    second_refused =
        !second.ok() && second.error().kind == ErrorKind::kTemporary;
    return true;
  };
  Build(options);
  EXPECT_TRUE(second_refused);
}

TEST_F(IndexTest, StoppedLeavesNothingHalf) {
  WriteRandomFiles(20, 9);
  scratch_.Commit("files");
  BuildOptions options = Options();
  options.progress = [](const BuildProgress&) { return false; };
  const auto stopped = BuildIndex(options);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().kind, ErrorKind::kTemporary);
  EXPECT_THAT(FilesOfIndex(), ElementsAre("lock"));
  // What a killed one leaves is taken away.
  std::ofstream(index_ + "/segment.new") << "half";
  std::ofstream(index_ + "/segment-0123456789abcdef") << "torn";
  OpenRepository();
  ExpectSameLines(Open().get(), Head());
  Build(Options());
  EXPECT_THAT(FilesOfIndex(), ::testing::SizeIs(3));
  ExpectSameLines(Open().get(), Head());
}

TEST_F(IndexTest, BoundedOnDisk) {
  WriteRandomFiles(300, 10);
  scratch_.Commit("files");
  OpenRepository();
  BuildOptions options = Options();
  options.max_bytes = 1;
  const BuildReport nothing = Build(options);
  EXPECT_GT(nothing.skipped, 0U);
  ExpectSameLines(Open().get(), Head());
  // With room it is made up for; without, the oldest go.
  EXPECT_EQ(Build(Options()).skipped, 0U);
  const auto before = std::filesystem::directory_iterator(index_);
  EXPECT_NE(before, std::filesystem::directory_iterator());
  options.max_bytes = 1'000;
  Build(options);
  for (const std::string& name : FilesOfIndex()) {
    EXPECT_FALSE(name.starts_with("segment-")) << name;
  }
  ExpectSameLines(Open().get(), Head());
}

TEST_F(IndexTest, WritesNothingToTheRepository) {
  WriteRandomFiles(20, 11);
  scratch_.Commit("files");
  const auto before = testing::Fingerprint(scratch_.work());
  Build(Options());
  OpenRepository();
  ExpectSameLines(Open().get(), Head());
  EXPECT_EQ(testing::Fingerprint(scratch_.work()), before);
}

TEST_F(IndexTest, WithoutCtags) {
  scratch_.Write("a.c", "int alpha;\n");
  scratch_.Commit("files");
  OpenRepository();
  BuildOptions options = Options();
  options.ctags = "";
  EXPECT_FALSE(Build(options).symbols);
  ExpectSameLines(Open().get(), Head());
  options.ctags = "/nonexistent";
  const BuildReport report = Build(options);
  EXPECT_FALSE(report.symbols);
  EXPECT_THAT(report.ctags_error, HasSubstr("/nonexistent"));
  // Installed later: made again.
  EXPECT_TRUE(Build(Options()).symbols);
  EXPECT_TRUE(Open()->HasSymbols());
}

// The repository's text is in it: nobody else may read that.
TEST_F(IndexTest, ForOwnerAndGroupAlone) {
  scratch_.Write("a.c", "int alpha;\n");
  scratch_.Commit("files");
  Build(Options());
  struct stat info {};
  ASSERT_EQ(::stat(index_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07, 0U);
  for (const std::string& name : FilesOfIndex()) {
    if (name == "lock") continue;
    ASSERT_EQ(::stat((index_ + "/" + name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07, 0U) << name;
  }
}

// A tree's conversations use the index that its configuration names.
TEST_F(IndexTest, OfAConfiguredTree) {
  scratch_.Write("a.c", "int alpha(void);\n");
  scratch_.Commit("files");
  for (const bool built : {false, true}) {
    TreeConfig config;
    config.name = "main";
    config.path = scratch_.work();
    config.index = index_;
    const auto tree = Tree::Open(config);
    ASSERT_TRUE(tree.ok()) << tree.error().message;
    ASSERT_TRUE((*tree)->Apply(SeriesInput()).ok());
    const auto code = (*tree)->Questions(QuestionScope());
    SearchQuestion search;
    search.pattern = "alpha";
    const auto found = code->Search(search, Bounds());
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_EQ(found->lines.size(), 1U);
    EXPECT_EQ(found->indexed, built);
    SymbolQuestion symbol;
    symbol.name = "alpha";
    const auto references = code->References(symbol, Bounds());
    ASSERT_TRUE(references.ok());
    EXPECT_EQ(references->lines.size(), 1U);
    EXPECT_EQ(code->Definitions(symbol, Bounds())->end.notes.empty(), built);
    Build(Options());
  }
}

// Longer than what is indexed; its lines are found all the same.
TEST_F(IndexTest, LongTexts) {
  std::string text(kMaxIndexedBytes / 2, 'a');
  text += "\nalpha in the middle\n";
  scratch_.Write("long.txt", text);
  scratch_.Write("longer.txt", text + text);
  scratch_.Write("short.txt", "alpha\n");
  scratch_.Commit("files");
  OpenRepository();
  Build(Options());
  const auto index = Open();
  TextSearchEnd how;
  EXPECT_THAT(Search(index.get(), Head(), {"alpha"}, &how),
              ElementsAre(HasSubstr("long.txt:2:"), HasSubstr("longer.txt:2:"),
                          HasSubstr("longer.txt:4:"), "short.txt:1:alpha"));
  EXPECT_EQ(how.read, 1U);
}

TEST_F(IndexTest, SameLinesAsGitGrep) {
  WriteRandomFiles(150, 12);
  scratch_.Commit("files");
  OpenRepository();
  Build(Options());
  const auto index = Open();
  for (const PatternOptions& pattern : Patterns()) {
    std::vector<std::string> arguments = {"grep", "-nI",
                                          pattern.regex ? "-E" : "-F"};
    if (pattern.ignore_case) arguments.emplace_back("-i");
    if (pattern.whole_word) arguments.emplace_back("-w");
    arguments.insert(arguments.end(), {"-e", pattern.text, "HEAD"});
    std::string got;
    for (const std::string& line : Search(index.get(), Head(), pattern)) {
      got += "HEAD:" + line + "\n";
    }
    EXPECT_EQ(got, scratch_.TryGit(arguments).out) << pattern.text;
  }
}

}  // namespace
}  // namespace patchmilter::tree
