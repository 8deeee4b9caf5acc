#include "tree/index/index_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace patchmilter::tree {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const std::string kSegment = "segment-0123456789abcdef";
const std::string kTree = "tree-0123456789abcdef0123456789abcdef01234567";

TEST(IndexFilesTest, ExactNamesAlone) {
  EXPECT_EQ(KindOfIndexFile(kSegment), IndexFileKind::kSegment);
  EXPECT_EQ(KindOfIndexFile(kTree), IndexFileKind::kTree);
  for (const std::string& name :
       {std::string("segment.new"), kSegment + ".new", kTree + ".new"}) {
    EXPECT_EQ(KindOfIndexFile(name), IndexFileKind::kUnfinished) << name;
  }
  for (const std::string& name :
       {std::string(), std::string("lock"), std::string("segment"),
        std::string("segment-notes.txt"),
        std::string("segment-0123456789abcde"),
        std::string("segment-0123456789ABCDEF"), kSegment + "0",
        kSegment + ".old", "x" + kSegment, std::string("segment-.new"),
        std::string("tree.new"), std::string("tree-plan.new"),
        std::string("tree-1.c"), kTree + "0", kTree + ".new.new"}) {
    EXPECT_EQ(KindOfIndexFile(name), IndexFileKind::kOther) << name;
  }
}

class IndexDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/pm-index-files-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  void TearDown() override { fs::remove_all(directory_); }
  void Write(const std::string& name) const {
    std::ofstream(directory_ + "/" + name) << name;
  }
  std::string directory_;
};

TEST_F(IndexDirectoryTest, Listed) {
  Write(kTree);
  Write("segment-notes.txt");
  Write(kSegment);
  Write("segment.new");
  Write("lock");
  fs::create_directory(directory_ + "/segment-fedcba9876543210");
  const std::vector<IndexFile> files = IndexFilesIn(directory_);
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].name, kSegment);
  EXPECT_EQ(files[0].size, kSegment.size());
  EXPECT_EQ(files[1].name, "segment.new");
  EXPECT_EQ(files[2].name, kTree);
  EXPECT_TRUE(IndexFilesIn(directory_ + "/gone").empty());
}

TEST_F(IndexDirectoryTest, OtherThings) {
  EXPECT_TRUE(CheckIndexDirectory(directory_ + "/gone").ok());
  EXPECT_TRUE(CheckIndexDirectory(directory_).ok());
  for (const char* fine : {"lock", "lost+found", ".hidden"}) Write(fine);
  EXPECT_TRUE(CheckIndexDirectory(directory_).ok());
  Write("notes\n.txt");
  const Status refused = CheckIndexDirectory(directory_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidInput);
  EXPECT_THAT(refused.error().message, HasSubstr("(notes\\x0a.txt)"));
  for (const char* more : {"a", "b", "c"}) Write(more);
  EXPECT_THAT(CheckIndexDirectory(directory_).error().message,
              HasSubstr("(a, b, c, …)"));
  // An index was made there before.
  Write(kSegment);
  EXPECT_TRUE(CheckIndexDirectory(directory_).ok());
}

}  // namespace
}  // namespace patchmilter::tree
