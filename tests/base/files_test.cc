#include "base/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

namespace patchmilter {
namespace {

using ::testing::HasSubstr;

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string form = ::testing::TempDir() + "files-XXXXXX";
    ASSERT_NE(::mkdtemp(form.data()), nullptr);
    directory_ = form;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string Path(const std::string& name) const {
    return directory_ + "/" + name;
  }
  static unsigned ModeOf(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777;
  }
  std::string directory_;
};

TEST_F(Files, ReplacedFilesAreReadBack) {
  const std::string bytes("a\0b\n", 4);
  ASSERT_TRUE(ReplaceFile(Path("f"), bytes).ok());
  EXPECT_EQ(*ReadFile(Path("f")), bytes);
  ASSERT_TRUE(ReplaceFile(Path("f"), "").ok());
  EXPECT_EQ(*ReadFile(Path("f")), "");
  EXPECT_FALSE(std::filesystem::exists(Path("f.new")));
}

TEST_F(Files, ReplaceFileGivesTheMode) {
  const mode_t mask = ::umask(0);
  EXPECT_TRUE(ReplaceFile(Path("f"), "x", 0600).ok());
  EXPECT_EQ(ModeOf(Path("f")), 0600U);
  EXPECT_TRUE(ReplaceFile(Path("f"), "x", 0640).ok());
  EXPECT_EQ(ModeOf(Path("f")), 0640U);
  ::umask(mask);
}

// A crash left one behind, with another mode.
TEST_F(Files, ReplaceFileTakesNothingFromALeftOverFile) {
  ASSERT_TRUE(ReplaceFile(Path("f.new"), "left over and longer", 0666).ok());
  ASSERT_TRUE(ReplaceFile(Path("f"), "x", 0600).ok());
  EXPECT_EQ(*ReadFile(Path("f")), "x");
  EXPECT_EQ(ModeOf(Path("f")), 0600U);
}

// Whoever has the old file open goes on reading the old bytes.
TEST_F(Files, ReplaceFileDoesNotWriteIntoTheOldFile) {
  ASSERT_TRUE(ReplaceFile(Path("f"), "old").ok());
  const UniqueFd old(::open(Path("f").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(ReplaceFile(Path("f"), "new").ok());
  EXPECT_EQ(*ReadAll(old.get()), "old");
}

TEST_F(Files, AReplaceThatFailsLeavesNothing) {
  ASSERT_EQ(::mkdir(Path("d").c_str(), 0755), 0);
  ASSERT_TRUE(ReplaceFile(Path("d/inside"), "x").ok());
  const Status status = ReplaceFile(Path("d"), "x");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr(Path("d")));
  EXPECT_FALSE(std::filesystem::exists(Path("d.new")));
  EXPECT_EQ(ReplaceFile(Path("none/f"), "x").error().kind,
            ErrorKind::kNotFound);
}

TEST_F(Files, ReadFileBoundsAndErrors) {
  ASSERT_TRUE(ReplaceFile(Path("f"), "12345").ok());
  EXPECT_EQ(*ReadFile(Path("f"), 5), "12345");
  const Result<std::string> large = ReadFile(Path("f"), 4);
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().kind, ErrorKind::kInvalidInput);
  EXPECT_THAT(large.error().message, HasSubstr(Path("f")));
  const Result<std::string> none = ReadFile(Path("none"));
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(none.error().message, HasSubstr(Path("none")));
  const Result<std::string> directory = ReadFile(directory_);
  ASSERT_FALSE(directory.ok());
  EXPECT_EQ(directory.error().kind, ErrorKind::kInvalidInput);
}

// A pipe takes 64 KiB at a time: writes and reads are short.
TEST_F(Files, WriteAllAndReadAllThroughAPipe) {
  std::array<int, 2> fds{};
  ASSERT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0);
  const UniqueFd out(fds[0]);
  UniqueFd in(fds[1]);
  std::string bytes;
  for (int i = 0; i < 1000000; ++i) bytes += static_cast<char>(i % 251);
  std::thread writer([&] {
    EXPECT_TRUE(WriteAll(in.get(), bytes).ok());
    in.Reset();
  });
  const Result<std::string> read = ReadAll(out.get());
  writer.join();
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(*read == bytes);
}

TEST_F(Files, BadDescriptorsAreErrors) {
  EXPECT_FALSE(WriteAll(-1, "x").ok());
  EXPECT_TRUE(WriteAll(-1, "").ok());
  EXPECT_FALSE(ReadAll(-1).ok());
}

TEST_F(Files, MakeDirectoriesMakesWhatIsMissing) {
  const mode_t mask = ::umask(0);
  EXPECT_TRUE(MakeDirectories(Path("a/b//c"), 0750).ok());
  ::umask(mask);
  EXPECT_EQ(ModeOf(Path("a")), 0750U);
  EXPECT_EQ(ModeOf(Path("a/b/c")), 0750U);
  EXPECT_TRUE(MakeDirectories(Path("a/b/c")).ok());
  EXPECT_TRUE(MakeDirectories(Path("a/b/d/")).ok());
  EXPECT_TRUE(MakeDirectories("/").ok());
  ASSERT_TRUE(ReplaceFile(Path("f"), "x").ok());
  EXPECT_EQ(MakeDirectories(Path("f")).error().kind, ErrorKind::kInvalidInput);
  EXPECT_FALSE(MakeDirectories(Path("f/g")).ok());
  EXPECT_FALSE(MakeDirectories("").ok());
}

TEST_F(Files, SyncDirectoryNeedsADirectory) {
  EXPECT_TRUE(SyncDirectory(directory_).ok());
  EXPECT_FALSE(SyncDirectory(Path("none")).ok());
}

TEST_F(Files, LockFileIsHeldAsLongAsTheDescriptorLives) {
  {
    const Result<UniqueFd> first = LockFile(Path("lock"));
    ASSERT_TRUE(first.ok());
    const Result<UniqueFd> second = LockFile(Path("lock"));
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::kTemporary);
    EXPECT_THAT(second.error().message,
                HasSubstr("pid " + std::to_string(::getpid())));
    EXPECT_THAT(second.error().message, HasSubstr(Path("lock")));
  }
  const Result<UniqueFd> third = LockFile(Path("lock"));
  EXPECT_TRUE(third.ok());
  EXPECT_EQ(*ReadFile(Path("lock")), std::to_string(::getpid()) + "\n");
}

TEST_F(Files, LockOfADeadProcessIsFree) {
  const pid_t child = ::fork();
  if (child == 0) {
    const Result<UniqueFd> lock = LockFile(Path("lock"));
    ::_exit(lock.ok() ? 0 : 1);  // As in a crash: nothing is undone.
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(*ReadFile(Path("lock")), std::to_string(child) + "\n");
  EXPECT_TRUE(LockFile(Path("lock")).ok());
  EXPECT_EQ(*ReadFile(Path("lock")), std::to_string(::getpid()) + "\n");
}

TEST_F(Files, IsLockedAsksAndDoesNotTake) {
  EXPECT_FALSE(IsLocked(Path("lock")));
  EXPECT_FALSE(std::filesystem::exists(Path("lock")));
  {
    const Result<UniqueFd> lock = LockFile(Path("lock"));
    ASSERT_TRUE(lock.ok());
    EXPECT_TRUE(IsLocked(Path("lock")));
    EXPECT_TRUE(IsLocked(Path("lock")));
  }
  EXPECT_FALSE(IsLocked(Path("lock")));
}

TEST_F(Files, WriteToFollowsLinksAndKeepsWhatIsNoFile) {
  ASSERT_TRUE(MakeDirectories(Path("sub")).ok());
  ASSERT_EQ(::symlink("sub/there", Path("link").c_str()), 0);
  ASSERT_EQ(::symlink("link", Path("second").c_str()), 0);
  for (const char* bytes : {"made", "replaced"}) {
    ASSERT_TRUE(WriteTo(Path("second"), bytes).ok());
    EXPECT_TRUE(std::filesystem::is_symlink(Path("second")));
    EXPECT_TRUE(std::filesystem::is_symlink(Path("link")));
    EXPECT_EQ(*ReadFile(Path("sub/there")), bytes);
  }
  ASSERT_EQ(::chmod(Path("sub/there").c_str(), 0600), 0);
  ASSERT_TRUE(WriteTo(Path("link"), "again").ok());
  EXPECT_EQ(std::filesystem::status(Path("sub/there")).permissions(),
            std::filesystem::perms(0600));

  ASSERT_EQ(::mkfifo(Path("pipe").c_str(), 0600), 0);
  const UniqueFd reader(
      ::open(Path("pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(reader.valid());
  ASSERT_TRUE(WriteTo(Path("pipe"), "through").ok());
  EXPECT_TRUE(std::filesystem::is_fifo(Path("pipe")));
  EXPECT_EQ(*ReadAll(reader.get()), "through");

  ASSERT_EQ(::symlink("circle", Path("circle").c_str()), 0);
  EXPECT_FALSE(WriteTo(Path("circle"), "x").ok());
}

TEST_F(Files, CheckWritableSaysSoBeforeAndChangesNothing) {
  EXPECT_TRUE(CheckWritable(Path("new")).ok());
  EXPECT_FALSE(std::filesystem::exists(Path("new")));
  EXPECT_TRUE(CheckWritable("/dev/null").ok());
  EXPECT_EQ(CheckWritable(Path("none/new")).error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(CheckWritable(directory_).ok());
  ASSERT_TRUE(ReplaceFile(Path("file"), "x").ok());
  EXPECT_FALSE(CheckWritable(Path("file/new")).ok());
  ASSERT_EQ(::symlink("none/x", Path("dangling").c_str()), 0);
  EXPECT_FALSE(CheckWritable(Path("dangling")).ok());
}

TEST_F(Files, LockFileInNoDirectory) {
  EXPECT_EQ(LockFile(Path("none/lock")).error().kind, ErrorKind::kNotFound);
}

TEST_F(Files, DescriptorsAreClosedOnce) {
  UniqueFd fd(::open(directory_.c_str(), O_RDONLY | O_CLOEXEC));
  const int number = fd.get();
  UniqueFd moved = std::move(fd);
  EXPECT_FALSE(fd.valid());  // NOLINT: a moved-from descriptor is empty.
  EXPECT_EQ(moved.get(), number);
  UniqueFd& same = moved;
  moved = std::move(same);  // To itself.
  EXPECT_EQ(moved.get(), number);
  const int released = moved.Release();
  EXPECT_FALSE(moved.valid());
  UniqueFd again(released);
  again.Reset();
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

}  // namespace
}  // namespace patchmilter
