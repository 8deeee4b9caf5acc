#include "milter/listener.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace patchmilter::milter {
namespace {

class ListenerTest : public testing::Test {
 protected:
  ListenerTest() {
    std::string name =
        (std::filesystem::temp_directory_path() / "patchmilter-XXXXXX")
            .string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    config_.socket = "unix:" + directory_ + "/m.sock";
  }
  ~ListenerTest() override { std::filesystem::remove_all(directory_); }

  ErrorKind KindOf(const std::string& socket) {
    config_.socket = socket;
    const Result<Listener> listener = OpenListener(config_);
    EXPECT_FALSE(listener.ok()) << socket;
    return listener.ok() ? ErrorKind::kPermanent : listener.error().kind;
  }

  std::string directory_;
  MilterConfig config_;
};

TEST_F(ListenerTest, UnixModeAndStaleSocket) {
  config_.socket_mode = "0600";
  {
    const Result<Listener> listener = OpenListener(config_);
    ASSERT_TRUE(listener.ok()) << listener.error().message;
    EXPECT_TRUE(listener->local);
    EXPECT_EQ(listener->path, directory_ + "/m.sock");
    struct stat info {};
    ASSERT_EQ(::stat(listener->path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
    // While it listens, it is in use, by a process that is named.
    const Result<Listener> second = OpenListener(config_);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::kTemporary);
    EXPECT_NE(second.error().message.find("pid " + std::to_string(::getpid())),
              std::string::npos)
        << second.error().message;
  }
  EXPECT_TRUE(OpenListener(config_).ok()) << "a stale socket is in the way";
}

TEST_F(ListenerTest, NoSocketNoPathNoGroup) {
  EXPECT_EQ(KindOf("unix:" + directory_), ErrorKind::kInvalidInput);
  EXPECT_EQ(KindOf("unix:" + directory_ + "/missing/m.sock"),
            ErrorKind::kNotFound);
  EXPECT_EQ(KindOf("unix:/" + std::string(200, 'x')), ErrorKind::kInvalidInput);
  EXPECT_EQ(KindOf("unix:"), ErrorKind::kInvalidInput);
  config_.socket_group = "no-such-group-here";
  EXPECT_EQ(KindOf("unix:" + directory_ + "/m.sock"), ErrorKind::kNotFound);
  config_.socket_group.clear();
  config_.socket_mode = "rw";
  EXPECT_EQ(KindOf("unix:" + directory_ + "/m.sock"), ErrorKind::kInvalidInput);
}

TEST_F(ListenerTest, Inet) {
  config_.socket = "inet:0@127.0.0.1";
  const Result<Listener> listener = OpenListener(config_);
  ASSERT_TRUE(listener.ok());
  EXPECT_FALSE(listener->local);
  EXPECT_TRUE(listener->path.empty());
  // The name tells the port that was chosen; it is in use now.
  EXPECT_EQ(KindOf(listener->name), ErrorKind::kTemporary);
}

TEST_F(ListenerTest, WrongNames) {
  for (const char* socket :
       {"", "x", "inet:", "inet:25", "inet:x@127.0.0.1", "inet:70000@127.0.0.1",
        "inet:1@", "fd:", "fd:-1", "fd:x", "tcp:1@x", "/path"}) {
    EXPECT_EQ(KindOf(socket), ErrorKind::kInvalidInput) << socket;
  }
}

}  // namespace
}  // namespace patchmilter::milter
