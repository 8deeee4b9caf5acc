// docs/checks.md is what the registry says, byte for byte.
//
// To write it anew: PATCHMILTER_UPDATE_GOLDEN=1 in the environment of this
// test (or `patchmilter checks --markdown`).
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/files.h"
#include "review/check.h"

namespace patchmilter::review {
namespace {

TEST(ChecksManualTest, TheDocumentIsTheRegistry) {
  const std::string path =
      std::string(PATCHMILTER_SOURCE_DIR) + "/docs/checks.md";
  const char* update = std::getenv("PATCHMILTER_UPDATE_GOLDEN");
  if (update != nullptr && *update != '\0') {
    ASSERT_TRUE(ReplaceFile(path, ChecksManual()).ok());
  }
  Result<std::string> text = ReadFile(path);
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_EQ(*text, ChecksManual());
}

}  // namespace
}  // namespace patchmilter::review
