// The index and its questions on repositories that are partial, damaged,
// another user's, or repacked while they are read; and what in a tree is no
// file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/git/scratch_git.h"
#include "tree/index/build.h"
#include "tree/index/checked_file.h"
#include "tree/index/code_index.h"
#include "tree/index/ctags.h"
#include "tree/questions/search.h"
#include "tree/questions/symbols.h"

namespace patchmilter::tree {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class HostileIndexTest : public ::testing::Test {
 protected:
  HostileIndexTest() { index_ = scratch_.directory() + "/index"; }

  BuildOptions Options(const std::string& repository = "") const {
    BuildOptions options;
    options.directory = index_;
    options.repository = repository.empty() ? scratch_.work() : repository;
    options.ctags = FindCtags();
    return options;
  }
  std::vector<std::string> FilesOfIndex() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(index_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  // "path:line" of what holds `text`, by a new reader of `repository`.
  Result<std::vector<std::string>> Search(const std::string& repository,
                                          const std::string& text) {
    PM_ASSIGN_OR_RETURN(const auto opened, git::Repository::Open(repository));
    PM_ASSIGN_OR_RETURN(const auto index, CodeIndex::Open(index_));
    CodeScope scope;
    PM_ASSIGN_OR_RETURN(scope.base, opened->ResolveName(""));
    View view(opened.get(), scope);
    SearchQuestion question;
    question.at = "base";
    question.pattern = text;
    PM_ASSIGN_OR_RETURN(const SearchAnswer answer,
                        tree::Search(&view, index.get(), question, Bounds()));
    std::vector<std::string> lines;
    for (const SearchLine& line : answer.lines) {
      lines.push_back(line.path + ":" + std::to_string(line.line.number));
    }
    return lines;
  }

  testing::ScratchGit scratch_;
  std::string index_;
};

// Where a link leads and what a submodule is are not looked at: neither is
// text of the tree, inside of it or not.
TEST_F(HostileIndexTest, LinksAndSubmodulesAreNoTexts) {
  const std::string outside = scratch_.directory() + "/outside";
  std::ofstream(outside) << "needle\n";
  scratch_.Write("real.c", "int needle;\n");
  fs::create_symlink(outside, scratch_.work() + "/absolute.c");
  fs::create_symlink("../outside", scratch_.work() + "/relative.c");
  fs::create_symlink("needle", scratch_.work() + "/named");
  scratch_.Commit("files");
  scratch_.Git({"update-index", "--add", "--cacheinfo",
                "160000," + std::string(40, 'a') + ",needle_module"});
  scratch_.Git({"commit", "-q", "-m", "module"});
  ASSERT_TRUE(BuildIndex(Options()).ok());
  EXPECT_THAT(Search(scratch_.work(), "needle").value(),
              ElementsAre("real.c:1"));
  const auto index = CodeIndex::Open(index_).value();
  EXPECT_EQ(index->documents(), 1U);
}

TEST_F(HostileIndexTest, APartialCloneIsAnErrorAndLeavesNothing) {
  scratch_.Write("a.c", "int needle;\n");
  scratch_.Commit("files");
  scratch_.Git({"config", "uploadpack.allowFilter", "true"});
  const std::string clone = scratch_.directory() + "/partial";
  scratch_.Git({"clone", "-q", "--bare", "--filter=blob:none",
                "file://" + scratch_.work(), clone});
  const auto built = BuildIndex(Options(clone));
  ASSERT_FALSE(built.ok());
  EXPECT_THAT(built.error().message, HasSubstr("partial clone"));
  EXPECT_THAT(FilesOfIndex(), ElementsAre("lock"));
  const auto searched = Search(clone, "needle");
  ASSERT_FALSE(searched.ok());
  EXPECT_THAT(searched.error().message, HasSubstr("partial clone"));
  // The index of the whole one does for both: texts stand in it.
  ASSERT_TRUE(BuildIndex(Options()).ok());
  EXPECT_THAT(Search(clone, "needle").value(), ElementsAre("a.c:1"));
}

TEST_F(HostileIndexTest, AShallowCloneIsIndexed) {
  for (int i = 0; i < 3; ++i) {
    scratch_.Write("a.c", "int needle_" + std::to_string(i) + ";\n");
    scratch_.Commit("files");
  }
  const std::string clone = scratch_.directory() + "/shallow";
  scratch_.Git({"clone", "-q", "--bare", "--depth=1",
                "file://" + scratch_.work(), clone});
  EXPECT_EQ(BuildIndex(Options(clone))->added, 1U);
  EXPECT_THAT(Search(clone, "needle_2").value(), ElementsAre("a.c:1"));
}

TEST_F(HostileIndexTest, ADamagedPackIsAnErrorThatNamesIt) {
  for (int i = 0; i < 20; ++i) {
    scratch_.Write("f" + std::to_string(i),
                   "needle " + std::string(3'000, static_cast<char>('a' + i)));
  }
  scratch_.Commit("files");
  scratch_.Git({"gc", "-q"});
  for (const auto& entry :
       fs::directory_iterator(scratch_.work() + "/.git/objects/pack")) {
    if (entry.path().extension() != ".pack") continue;
    fs::permissions(entry.path(), fs::perms::owner_all);
    // Its end: every object's place is still known.
    std::fstream pack(entry.path(),
                      std::ios::in | std::ios::out | std::ios::binary);
    const auto size = fs::file_size(entry.path());
    for (auto at = size / 2; at < size; ++at) {
      pack.seekp(static_cast<std::streamoff>(at));
      pack.put('\x55');
    }
  }
  const auto built = BuildIndex(Options());
  ASSERT_FALSE(built.ok());
  EXPECT_THAT(built.error().message, HasSubstr(scratch_.work()));
  const auto searched = Search(scratch_.work(), "needle");
  ASSERT_FALSE(searched.ok());
  EXPECT_THAT(searched.error().message, HasSubstr(scratch_.work()));
}

// What grokmirror does in the middle of it: objects move from files to a pack,
// and from that to another.
TEST_F(HostileIndexTest, RepackedWhileItIsBuilt) {
  for (int i = 0; i < 900; ++i) {
    scratch_.Write(
        "d" + std::to_string(i % 9) + "/f" + std::to_string(i) + ".c",
        "int needle_" + std::to_string(i) + ";\n");
  }
  scratch_.Commit("files");
  int repacked = 0;
  BuildOptions options = Options();
  options.progress = [&](const BuildProgress&) {
    ++repacked;
    scratch_.Git({"repack", "-q", "-a", "-d", "-f",
                  "--depth=" + std::to_string(repacked)});
    scratch_.Git({"prune", "--expire=now"});
    return true;
  };
  const auto built = BuildIndex(options);
  ASSERT_TRUE(built.ok()) << built.error().message;
  EXPECT_GT(repacked, 2);
  EXPECT_EQ(built->added, 900U);
  for (const int i : {0, 255, 256, 257, 899}) {
    EXPECT_THAT(
        Search(scratch_.work(), "needle_" + std::to_string(i) + ";").value(),
        ElementsAre("d" + std::to_string(i % 9) + "/f" + std::to_string(i) +
                    ".c:1"));
  }
}

// Little in the repository, much when it is inflated: its size says so before.
TEST_F(HostileIndexTest, AHugeBlobIsNotInflated) {
  {
    std::ofstream huge(scratch_.work() + "/huge");
    huge.seekp(65 << 20);
    huge << "needle\n";
  }
  scratch_.Write("small.c", "int needle;\n");
  scratch_.Commit("files");
  ASSERT_TRUE(BuildIndex(Options()).ok());
  const auto opened = git::Repository::Open(scratch_.work()).value();
  const auto index = CodeIndex::Open(index_).value();
  CodeScope scope;
  scope.base = opened->ResolveName("").value();
  View view(opened.get(), scope);
  SearchQuestion question;
  question.at = "base";
  question.pattern = "needle";
  const auto answer = tree::Search(&view, index.get(), question, Bounds());
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  ASSERT_EQ(answer->lines.size(), 1U);
  EXPECT_EQ(answer->lines[0].path, "small.c");
  EXPECT_THAT(answer->end.notes, IsEmpty());
  EXPECT_EQ(answer->end.counts[0].count, 1U);
  EXPECT_THAT(std::string(answer->end.counts[0].one), HasSubstr("too large"));
  const auto id = scratch_.Git({"rev-parse", "HEAD:huge"});
  const auto read =
      opened->ReadBlob(git::ObjectId::FromHex(id).value(), 64 << 20);
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error().message, HasSubstr("over the limit"));
}

// Files of the format before, whole and with right checksums: not read, and
// made anew.
TEST_F(HostileIndexTest, AnotherVersionIsMadeAnew) {
  scratch_.Write("a.c", "int needle;\n");
  scratch_.Write("b.c", "int other;\n");
  scratch_.Commit("files");
  ASSERT_TRUE(BuildIndex(Options()).ok());
  // The footer: the version is behind the mark, its own checksum at its end.
  constexpr std::size_t kFooterBytes = 64;
  constexpr std::size_t kVersionAt = 8;
  for (const std::string& name : FilesOfIndex()) {
    if (name == "lock") continue;
    const std::string path = index_ + "/" + name;
    std::ifstream in(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)),
                      std::istreambuf_iterator<char>());
    ASSERT_GT(bytes.size(), kFooterBytes);
    std::string footer = bytes.substr(bytes.size() - kFooterBytes);
    const auto sum = [&footer] {
      const std::uint64_t value =
          Checksum(std::string_view(footer).substr(0, kFooterBytes - 8));
      return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
    };
    ASSERT_EQ(sum(), footer.substr(kFooterBytes - 8));
    ASSERT_EQ(footer[kVersionAt], static_cast<char>(kIndexVersion));
    footer[kVersionAt] = static_cast<char>(kIndexVersion - 1);
    footer.replace(kFooterBytes - 8, 8, sum());
    bytes.replace(bytes.size() - kFooterBytes, kFooterBytes, footer);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  const auto old = CodeIndex::Open(index_).value();
  EXPECT_THAT(old->Missing(), HasSubstr("no index yet"));
  EXPECT_FALSE(old->HasSymbols());
  EXPECT_THAT(Search(scratch_.work(), "needle").value(), ElementsAre("a.c:1"));
  EXPECT_EQ(BuildIndex(Options())->added, 2U);
  EXPECT_EQ(FilesOfIndex().size(), 3U);
  const auto index = CodeIndex::Open(index_).value();
  EXPECT_EQ(index->documents(), 2U);
  EXPECT_EQ(index->Symbols("needle").size(), 1U);
}

TEST_F(HostileIndexTest, AnotherUsersRepository) {
  scratch_.Write("a.c", "int needle;\n");
  scratch_.Commit("files");
  // Only root can give files away; else it is the user's own.
  if (::geteuid() == 0) {
    ASSERT_EQ(::lchown(scratch_.work().c_str(), 65534, 65534), 0);
    for (const auto& entry :
         fs::recursive_directory_iterator(scratch_.work())) {
      ASSERT_EQ(::lchown(entry.path().c_str(), 65534, 65534), 0);
    }
  }
  ASSERT_TRUE(BuildIndex(Options()).ok());
  EXPECT_THAT(Search(scratch_.work(), "needle").value(), ElementsAre("a.c:1"));
}

}  // namespace
}  // namespace patchmilter::tree
