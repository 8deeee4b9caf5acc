// A directory of a site's own words, removed at the end. Only for tests.
#ifndef PATCHMILTER_TESTS_REVIEW_PROMPTS_SCRATCH_OVERLAY_H_
#define PATCHMILTER_TESTS_REVIEW_PROMPTS_SCRATCH_OVERLAY_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "base/files.h"

namespace patchmilter::testing {

class ScratchOverlay {
 public:
  ScratchOverlay() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "overlay-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  ~ScratchOverlay() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  ScratchOverlay(const ScratchOverlay&) = delete;
  ScratchOverlay& operator=(const ScratchOverlay&) = delete;

  const std::string& directory() const { return directory_; }
  std::string Write(const std::string& name, std::string_view text) {
    const std::string path = directory_ + "/" + name;
    EXPECT_TRUE(ReplaceFile(path, text).ok());
    return path;
  }

 private:
  std::string directory_;
};

}  // namespace patchmilter::testing

#endif  // PATCHMILTER_TESTS_REVIEW_PROMPTS_SCRATCH_OVERLAY_H_
