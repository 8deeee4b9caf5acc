#include "model/api_key.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/digest.h"
#include "base/files.h"

namespace patchmilter::model {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ApiKeyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string form = ::testing::TempDir() + "key-XXXXXX";
    ASSERT_NE(::mkdtemp(form.data()), nullptr);
    directory_ = form;
    path_ = directory_ + "/key";
  }
  void TearDown() override {
    ::unsetenv("CREDENTIALS_DIRECTORY");
    std::filesystem::remove_all(directory_);
  }
  void Write(std::string_view bytes, unsigned mode = 0600) {
    ASSERT_TRUE(ReplaceFile(path_, bytes, mode).ok());
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }

  std::string directory_;
  std::string path_;
};

TEST_F(ApiKeyTest, IsTheFirstLineWithoutWhiteSpace) {
  for (const char* text :
       {"sk-1234", "sk-1234\n", "  sk-1234\t\r\n", "sk-1234\nanother\n"}) {
    Write(text);
    const auto key = ApiKey::Read(path_);
    ASSERT_TRUE(key.ok()) << key.error().message;
    EXPECT_EQ((*key)->text(), "sk-1234");
    EXPECT_EQ((*key)->mark(), Sha256Hex("sk-1234").substr(0, 8));
  }
}

TEST_F(ApiKeyTest, AsLongAsItMayBe) {
  const std::string longest(kMaxKeyBytes, 'k');
  Write(longest);
  const auto key = ApiKey::Read(path_);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ((*key)->text(), longest);
  Write(longest + "\n");
  EXPECT_EQ(ApiKey::Read(path_).error().kind, ErrorKind::kInvalidInput);
}

TEST_F(ApiKeyTest, WhatIsNoKeyIsNotQuoted) {
  const std::string kBad[] = {"",
                              "\n",
                              "  \n sk-1234",
                              "sk-\x01-1234",
                              "sk-\xc3\xa4-1234",
                              std::string("sk-\0-1234", 9),
                              "sk-1234\rx-other: y"};
  for (const std::string& text : kBad) {
    Write(text);
    const auto key = ApiKey::Read(path_);
    ASSERT_FALSE(key.ok()) << text;
    EXPECT_EQ(key.error().kind, ErrorKind::kInvalidInput);
    EXPECT_THAT(key.error().message, HasSubstr(path_));
    EXPECT_THAT(key.error().message, Not(HasSubstr("1234")));
  }
}

TEST_F(ApiKeyTest, OthersMayNotReadOrWriteIt) {
  for (const unsigned mode : {0604U, 0602U, 0644U, 0601U}) {
    Write("sk-1234", mode);
    const auto key = ApiKey::Read(path_);
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.error().kind, ErrorKind::kPermanent);
    EXPECT_THAT(key.error().message, HasSubstr("others"));
  }
  for (const unsigned mode : {0600U, 0640U, 0400U, 0440U}) {
    Write("sk-1234", mode);
    EXPECT_TRUE(ApiKey::Read(path_).ok()) << mode;
  }
}

TEST_F(ApiKeyTest, ACredentialOfSystemd) {
  Write("sk-1234");
  EXPECT_EQ(ApiKey::Read("credential:key").error().kind, ErrorKind::kPermanent);
  ::setenv("CREDENTIALS_DIRECTORY", directory_.c_str(), 1);
  const auto key = ApiKey::Read("credential:key");
  ASSERT_TRUE(key.ok()) << key.error().message;
  EXPECT_EQ((*key)->text(), "sk-1234");
  EXPECT_EQ(ApiKey::Read("credential:other").error().kind,
            ErrorKind::kNotFound);
  for (const char* name : {"credential:", "credential:.", "credential:..",
                           "credential:../key", "credential:/key"}) {
    EXPECT_EQ(ApiKey::Read(name).error().kind, ErrorKind::kInvalidInput)
        << name;
  }
}

TEST_F(ApiKeyTest, OnlyAFileWithAnAbsolutePath) {
  for (const char* name : {"", "key", "./key", "../key"}) {
    EXPECT_EQ(ApiKey::Read(name).error().kind, ErrorKind::kInvalidInput);
  }
  EXPECT_EQ(ApiKey::Read(path_).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(ApiKey::Read(directory_).error().kind, ErrorKind::kInvalidInput);
  // Nobody writes into it: reading would wait for ever.
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(ApiKey::Read(path_).error().kind, ErrorKind::kInvalidInput);
}

// The flags of the mapping that holds `address`, as the kernel tells them.
std::string FlagsOf(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  const auto want = reinterpret_cast<std::uintptr_t>(address);
  bool here = false;
  std::string line;
  while (std::getline(maps, line)) {
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) {
      here = from <= want && want < to;
    } else if (here && line.starts_with("VmFlags:")) {
      return line;
    }
  }
  return "";
}

TEST_F(ApiKeyTest, StaysOutOfCoreDumps) {
  Write("sk-1234");
  const auto key = ApiKey::Read(path_);
  ASSERT_TRUE(key.ok());
  const std::string flags = FlagsOf((*key)->text().data());
  EXPECT_THAT(flags + " ", HasSubstr(" dd "));
  EXPECT_THAT(flags + " ", HasSubstr(" wf "));
}

TEST_F(ApiKeyTest, IsNotInheritedByChildren) {
  Write("sk-1234");
  const auto key = ApiKey::Read(path_);
  ASSERT_TRUE(key.ok());
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    bool zeros = true;
    for (const char c : (*key)->text()) zeros = zeros && c == '\0';
    ::_exit(zeros ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ((*key)->text(), "sk-1234");
}

}  // namespace
}  // namespace patchmilter::model
