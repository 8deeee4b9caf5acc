#include "review/prompts/touched.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace patchmilter::review {
namespace {

constexpr const char* kEdit =
    "diff --git a/drivers/a/x.c b/drivers/a/x.c\n"
    "--- a/drivers/a/x.c\n"
    "+++ b/drivers/a/x.c\n"
    "@@ -10,4 +10,4 @@ static int probe_hook(void)\n"
    " \tkept_alone();\n"
    "-\told_call();\n"
    "+\tnew_call();\n"
    " \tbehind();\n"
    " \n";
constexpr const char* kRename =
    "diff --git a/mm/old.c b/mm/new.c\n"
    "similarity index 100%\n"
    "rename from mm/old.c\n"
    "rename to mm/new.c\n";

TEST(Touched, HoldsChangedLinesAndHunkHeaders) {
  const diff::Diff diff = diff::Diff::Parse(kEdit);
  const Touched touched = TouchedBy({&diff, nullptr});
  ASSERT_EQ(touched.files.size(), 1U);
  EXPECT_EQ(touched.files[0].path, "drivers/a/x.c");
  EXPECT_EQ(touched.files[0].old_path, "");
  EXPECT_EQ(touched.files[0].lines,
            "static int probe_hook(void)\n\told_call();\n\tnew_call();\n");
  EXPECT_FALSE(touched.cut);
}

TEST(Touched, JoinsTheSameFileOfSeveralPatchesAndKeepsOldNames) {
  const diff::Diff first = diff::Diff::Parse(kEdit);
  const diff::Diff second = diff::Diff::Parse(kRename);
  const Touched touched = TouchedBy({&first, &second, &first});
  ASSERT_EQ(touched.files.size(), 2U);
  EXPECT_EQ(touched.files[0].lines.size(),
            2 * TouchedBy({&first}).files[0].lines.size());
  EXPECT_EQ(touched.files[1].path, "mm/new.c");
  EXPECT_EQ(touched.files[1].old_path, "mm/old.c");
}

TEST(Touched, IsBoundedAndSaysSo) {
  std::string text =
      "diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -0,0 +1,9000 @@\n";
  for (int i = 0; i < 9000; ++i) text += "+" + std::string(999, 'x') + "\n";
  const diff::Diff diff = diff::Diff::Parse(text);
  const Touched touched = TouchedBy({&diff});
  EXPECT_TRUE(touched.cut);
  EXPECT_LE(touched.files[0].lines.size(), kMaxTouchedBytes + 9000);

  std::string files;
  for (std::size_t i = 0; i <= kMaxTouchedFiles; ++i) {
    const std::string name = "f" + std::to_string(i);
    files += "diff --git a/" + name + " b/" + name +
             "\nold mode 100644\nnew mode 100755\n";
  }
  const diff::Diff many = diff::Diff::Parse(files);
  const Touched cut = TouchedBy({&many});
  EXPECT_TRUE(cut.cut);
  EXPECT_EQ(cut.files.size(), kMaxTouchedFiles);
}

}  // namespace
}  // namespace patchmilter::review
