// A key is at one place of this process's memory, and in the end at none. All
// of the memory is searched.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/handle.h"
#include "base/wipe.h"
#include "model/api_key.h"
#include "model/client.h"
#include "model/transport.h"
#include "tests/model/line_protocol.h"
#include "tests/net/loopback_server.h"

namespace patchmilter::model {
namespace {

// The key, so that it is not in our own memory.
constexpr unsigned char kMask = 0x5a;
constexpr std::size_t kKeySize = 48;
unsigned char Masked(std::size_t i) {
  return static_cast<unsigned char>('a' + (i * 7 + i / 5) % 26) ^ kMask;
}

// The end of one. Its start may be gone, where the allocator has written into
// what it was given back.
constexpr std::size_t kTailSize = 24;
bool IsKeysTail(const char* bytes) {
  for (std::size_t i = 0; i < kTailSize; ++i) {
    if ((static_cast<unsigned char>(bytes[i]) ^ kMask) !=
        Masked(kKeySize - kTailSize + i)) {
      return false;
    }
  }
  return true;
}

// How often the key stands in memory that this process can write to.
int CountKeys() {
  const UniqueFd memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(memory.valid());
  std::ifstream maps("/proc/self/maps");
  std::string line;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  while (std::getline(maps, line)) {
    unsigned long from = 0;
    unsigned long to = 0;
    std::array<char, 5> rights{};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, rights.data()) ==
            3 &&
        rights[0] == 'r' && rights[1] == 'w') {
      ranges.emplace_back(from, to);
    }
  }
  int found = 0;
  static std::array<char, 1UL << 16> buffer;
  for (const auto& [from, to] : ranges) {
    // Pieces overlap by what a key may lie across.
    for (std::uint64_t at = from; at < to;
         at += buffer.size() - kTailSize + 1) {
      const auto own = reinterpret_cast<std::uintptr_t>(buffer.data());
      const ssize_t count =
          ::pread(memory.get(), buffer.data(),
                  std::min<std::uint64_t>(buffer.size(), to - at),
                  static_cast<off_t>(at));
      if (count <= 0) break;  // Not there (a sanitizer's shadow).
      for (ssize_t i = 0; i + static_cast<ssize_t>(kTailSize) <= count; ++i) {
        const std::uint64_t address = at + static_cast<std::uint64_t>(i);
        const bool ours =
            address + kTailSize > own && address < own + buffer.size();
        if (!ours && IsKeysTail(buffer.data() + i)) ++found;
      }
      Wipe(buffer.data(), buffer.size());
    }
  }
  return found;
}

TEST(KeyMemory, OnePlaceThenNone) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  // Its shadow takes terabytes to search, and it keeps what it is given back.
  GTEST_SKIP() << "not in a sanitizer's memory";
#endif
  net::LoopbackServer server({{net::HttpAnswer(529, "busy")},
                              {net::ChunkedAnswer({"say hello\n", "end\n"})}},
                             net::LoopbackServer::Where::kChild);
  std::string directory = ::testing::TempDir() + "memory-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/key";
  {
    std::string text;
    const WipeAtEnd wipe(&text);
    text.reserve(kKeySize);
    for (std::size_t i = 0; i < kKeySize; ++i) {
      text += static_cast<char>(Masked(i) ^ kMask);
    }
    ASSERT_TRUE(ReplaceFile(path, text, 0600).ok());
    EXPECT_EQ(CountKeys(), 1);
  }
  EXPECT_EQ(CountKeys(), 0);

  const LineProtocol protocol;
  Endpoint endpoint;
  endpoint.url = server.url();
  {
    auto key = ApiKey::Read(path);
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(CountKeys(), 1);
    endpoint.key = *std::move(key);
  }
  for (const Api api :
       {Api::kAnthropic, Api::kResponses, Api::kChat, Api::kGemini}) {
    endpoint.api = api;
    {
      std::string header = MakeProtocol(endpoint)->KeyHeader(*endpoint.key);
      const WipeAtEnd wipe(&header);
      EXPECT_EQ(CountKeys(), 2);
    }
    EXPECT_EQ(CountKeys(), 1);
  }
  {
    Client client(&endpoint, &protocol,
                  MakeHttpTransport(&endpoint, &protocol, {}), nullptr,
                  CalmWeather({}));
    for (int i = 0; i < 3; ++i) {
      const auto answer = client.Ask(Opened("a task"), {});
      ASSERT_TRUE(std::holds_alternative<Turn>(answer))
          << std::get<Fault>(answer).message;
      // Between requests it is in its own place alone.
      EXPECT_EQ(CountKeys(), 1);
    }
  }
  EXPECT_EQ(CountKeys(), 1);
  endpoint.key.reset();
  EXPECT_EQ(CountKeys(), 0);
  server.Stop();
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace patchmilter::model
