// Against the real git: our number is worth nothing if it is not git's.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "diff/diff.h"

namespace patchmilter::diff {
namespace {

std::string GitPatchId(const std::string& text) {
  std::string path = testing::TempDir() + "patch-id-XXXXXX";
  const int fd = mkstemp(path.data());
  EXPECT_GE(fd, 0);
  FILE* file = fdopen(fd, "wb");
  EXPECT_EQ(fwrite(text.data(), 1, text.size(), file), text.size());
  EXPECT_EQ(fclose(file), 0);
  const std::string command =
      "GIT_CONFIG_GLOBAL=/dev/null git patch-id --stable < '" + path + "'";
  FILE* pipe = popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::array<char, 256> line{};
  std::string id;
  if (fgets(line.data(), static_cast<int>(line.size()), pipe) != nullptr) {
    id = std::string(line.data()).substr(0, 40);
  }
  EXPECT_EQ(pclose(pipe), 0) << "git patch-id failed: is git installed?";
  EXPECT_EQ(remove(path.c_str()), 0);
  return id;
}

constexpr std::string_view kModified =
    "diff --git a/hello.c b/hello.c\n"
    "index 1111111..2222222 100644\n"
    "--- a/hello.c\n"
    "+++ b/hello.c\n"
    "@@ -1,3 +1,4 @@ int main(void)\n"
    " {\n"
    "-\treturn 1;\n"
    "+\tputs(\"hello\");\n"
    "+\treturn 0;\n"
    " }\n";
constexpr std::string_view kTwoHunks =
    "diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n"
    "@@ -1,2 +1,2 @@\n a\n-b\n+c\n@@ -10 +10 @@ f\n-d\n+e\n"
    "\\ No newline at end of file\n";
constexpr std::string_view kRenamed =
    "diff --git a/o b/n\nsimilarity index 100%\nrename from o\nrename to n\n";
constexpr std::string_view kBinary =
    "diff --git a/i b/i\nindex 1111111..2222222 100644\nGIT binary patch\n"
    "literal 5\nMcmZQz\n\nliteral 0\nHcmV?d00001\n\n";
constexpr std::string_view kMode =
    "diff --git a/s b/s\nold mode 100644\nnew mode 100755\n";
constexpr std::string_view kAdded =
    "diff --git a/n b/n\nnew file mode 100644\nindex 0000000..1234567\n"
    "--- /dev/null\n+++ b/n\n@@ -0,0 +1,2 @@\n+x y\n+\n";
constexpr std::string_view kPlain = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
constexpr std::string_view kPlainWithDiffLine =
    "diff -u a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
constexpr std::string_view kSignature = "-- \n2.39.5\n\n";

TEST(StablePatchId, EqualsGits) {
  const std::string_view parts[] = {
      kModified, kTwoHunks, kRenamed,           kBinary,
      kMode,     kAdded,    kPlainWithDiffLine,
  };
  std::vector<std::string> texts;
  for (const std::string_view first : parts) {
    texts.emplace_back(first);
    texts.push_back("A message.\n---\n x | 1 +\n\n" + std::string(first) +
                    std::string(kSignature) + "____\nlist\n");
    for (const std::string_view second : parts) {
      texts.push_back(std::string(first) + std::string(second) +
                      std::string(kSignature));
    }
  }
  texts.push_back(std::string(kModified) + std::string(kBinary) +
                  std::string(kMode) + std::string(kAdded));
  // Mangled: git counts what it reads.
  std::string wrapped(kModified);
  wrapped.insert(wrapped.find("puts") + 4, "\n");
  texts.push_back(wrapped + std::string(kSignature));
  std::string counts(kModified);
  counts.replace(counts.find("-1,3 +1,4"), 9, "-1,9 +1,9");
  texts.push_back(counts + std::string(kSignature));
  texts.push_back(std::string(kTwoHunks) + "+one line more\n");
  for (const std::string& text : texts) {
    const std::string want = GitPatchId(text);
    EXPECT_EQ(want.size(), 40u) << text;
    EXPECT_EQ(Diff::Parse(text).StablePatchId(), want) << text;
  }
}

TEST(StablePatchId, NothingWhereGitGivesNothing) {
  EXPECT_EQ(GitPatchId(std::string(kPlain)), "");
  EXPECT_EQ(Diff::Parse(std::string(kPlain)).StablePatchId(), "");
}

TEST(StablePatchId, TheOrderOfFilesDoesNotCount) {
  const std::string one =
      Diff::Parse(std::string(kModified) + std::string(kTwoHunks))
          .StablePatchId();
  const std::string two =
      Diff::Parse(std::string(kTwoHunks) + std::string(kModified))
          .StablePatchId();
  EXPECT_EQ(one.size(), 40u);
  EXPECT_EQ(one, two);
}

}  // namespace
}  // namespace patchmilter::diff
