// The manual of the configuration: its settings come from the table, and its
// example is one.
//
// To write the settings into the manual after a change of the table:
//   PATCHMILTER_UPDATE_MANUAL=1 BUILD/tests/base/base_test
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/config.h"
#include "base/files.h"

namespace patchmilter {
namespace {

constexpr char kPage[] = PATCHMILTER_SOURCE_DIR "/man/patchmilter.toml.5";
constexpr char kStart[] =
    ".\\\" Made from base/config_table.cc; a test compares. Not to be edited "
    "here.\n";
constexpr char kEnd[] = ".\\\" End of what is made.\n";

TEST(Manual, HasTheSettingsOfTheTable) {
  const Result<std::string> page = ReadFile(kPage);
  ASSERT_TRUE(page.ok()) << page.error().message;
  const size_t start = page->find(kStart);
  const size_t end = page->find(kEnd);
  ASSERT_NE(start, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const size_t from = start + sizeof kStart - 1;
  ASSERT_LE(from, end);
  if (std::getenv("PATCHMILTER_UPDATE_MANUAL") != nullptr) {
    const Status status = ReplaceFile(
        kPage, page->substr(0, from) + ConfigManual() + page->substr(end));
    EXPECT_TRUE(status.ok());
    return;
  }
  EXPECT_EQ(page->substr(from, end - from), ConfigManual())
      << "see the top of this file for how to write it anew";
}

TEST(Manual, ItsExampleIsRight) {
  const Result<std::string> page = ReadFile(kPage);
  ASSERT_TRUE(page.ok()) << page.error().message;
  const std::string start = ".Bd -literal\n";
  const size_t from = page->find(start);
  const size_t end = page->find(".Ed\n", from);
  ASSERT_NE(end, std::string::npos);
  const Result<Config> config =
      ParseConfig(page->substr(from + start.size(), end - from - start.size()),
                  "example", ConfigUse::kBoth);
  EXPECT_TRUE(config.ok()) << config.error().message;
}

}  // namespace
}  // namespace patchmilter
