#include "review/prompts/overlay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "review/prompts/guide.h"
#include "tests/review/prompts/scratch_overlay.h"

namespace patchmilter::review {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using testing::ScratchOverlay;
using ::testing::UnorderedElementsAre;

void ExpectRefused(const std::string& directory, const std::string& why) {
  const auto files = ReadOverlay(directory);
  ASSERT_FALSE(files.ok()) << directory;
  EXPECT_EQ(files.error().kind, ErrorKind::kInvalidInput);
  EXPECT_THAT(files.error().message, HasSubstr(why));
}

TEST(Overlay, ReadsTextsAndPassesOverOtherFiles) {
  ScratchOverlay overlay;
  overlay.Write("kernel.md", "own\n");
  overlay.Write("work.append.md", "more\n");
  overlay.Write(".hidden.md", "x");
  overlay.Write("notes.txt", "x");
  const auto files = ReadOverlay(overlay.directory());
  ASSERT_TRUE(files.ok());
  EXPECT_THAT(*files, UnorderedElementsAre(Pair("kernel.md", "own\n"),
                                           Pair("work.append.md", "more\n")));
}

TEST(Overlay, WantsADirectoryThatNobodyElseCanWrite) {
  ScratchOverlay overlay;
  overlay.Write("kernel.md", "own\n");
  ASSERT_EQ(::chmod(overlay.directory().c_str(), 0777), 0);
  ExpectRefused(overlay.directory(), "everybody may write");
  // Sticky or not.
  ASSERT_EQ(::chmod(overlay.directory().c_str(), 01777), 0);
  ExpectRefused(overlay.directory(), "everybody may write");
  ASSERT_EQ(::chmod(overlay.directory().c_str(), 0750), 0);
  EXPECT_TRUE(ReadOverlay(overlay.directory()).ok());
}

TEST(Overlay, WantsFilesThatNobodyElseCanWrite) {
  ScratchOverlay overlay;
  const std::string path = overlay.Write("kernel.md", "own\n");
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  ExpectRefused(overlay.directory(), "kernel.md: everybody may write");
}

TEST(Overlay, WantsItsOwnersFiles) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ScratchOverlay overlay;
  const std::string path = overlay.Write("kernel.md", "own\n");
  ASSERT_EQ(::chown(path.c_str(), 12345, 0), 0);
  ExpectRefused(overlay.directory(), "kernel.md: belongs to user 12345");
  ASSERT_EQ(::chown(path.c_str(), 0, 0), 0);
  ASSERT_EQ(::chown(overlay.directory().c_str(), 12345, 0), 0);
  ExpectRefused(overlay.directory(), "belongs to user 12345");
}

TEST(Overlay, FollowsNoLinkAndWaitsForNoPipe) {
  ScratchOverlay other;
  const std::string secret = other.Write("secret.md", "secret\n");
  ScratchOverlay overlay;
  ASSERT_EQ(
      ::symlink(secret.c_str(), (overlay.directory() + "/kernel.md").c_str()),
      0);
  EXPECT_FALSE(ReadOverlay(overlay.directory()).ok());
  ScratchOverlay linked;
  const std::string link = linked.directory() + "/to";
  ASSERT_EQ(::symlink(other.directory().c_str(), link.c_str()), 0);
  EXPECT_FALSE(ReadOverlay(link).ok());
  ScratchOverlay pipe;
  ASSERT_EQ(::mkfifo((pipe.directory() + "/kernel.md").c_str(), 0600), 0);
  ExpectRefused(pipe.directory(), "no file");
}

TEST(Overlay, RefusesWhatIsNoTextOrTooLarge) {
  ScratchOverlay overlay;
  overlay.Write("kernel.md", "a\xFFz");
  ExpectRefused(overlay.directory(), "is not UTF-8 text");
  overlay.Write("kernel.md", std::string_view("a\0z", 3));
  ExpectRefused(overlay.directory(), "is not UTF-8 text");
  overlay.Write("kernel.md", std::string(kMaxPromptFile + 1, 'a'));
  ExpectRefused(overlay.directory(), "kernel.md");
}

TEST(Overlay, RefusesWhatIsNotThere) {
  ScratchOverlay overlay;
  const auto none = ReadOverlay(overlay.directory() + "/none");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().kind, ErrorKind::kNotFound);
  ExpectRefused("relative/path", "absolute");
  ExpectRefused("", "absolute");
}

}  // namespace
}  // namespace patchmilter::review
