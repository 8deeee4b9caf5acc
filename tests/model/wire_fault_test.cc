#include "model/wire_fault.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/model/wire_testing.h"

namespace patchmilter::model {
namespace {

constexpr std::string_view kKey = "sk-test-0123456789abcdefghij";

std::shared_ptr<const ApiKey> Key() {
  std::string path = "/tmp/wire_fault_test.XXXXXX";
  const int fd = ::mkstemp(path.data());
  EXPECT_GE(fd, 0);
  EXPECT_EQ(::write(fd, kKey.data(), kKey.size()),
            static_cast<ssize_t>(kKey.size()));
  ::close(fd);
  auto key = ApiKey::Read(path);
  std::filesystem::remove(path);
  EXPECT_TRUE(key.ok());
  return key.ok() ? *key : nullptr;
}

TEST(FaultMessage, NeverHoldsTheKey) {
  Endpoint endpoint = EndpointOf(Api::kAnthropic);
  endpoint.key = Key();
  const auto said = [&](std::string_view what) {
    return MakeFault(endpoint, FaultKind::kAuth, 401, what).message;
  };
  EXPECT_EQ(said("bad key " + std::string(kKey) + "!"), "bad key [key]!");
  // Parts of it, twice, and where the message is cut.
  EXPECT_EQ(said("sk-test-01 and 456789abcd"), "[key] and [key]");
  EXPECT_EQ(said("sk-test is short"), "sk-test is short");
  for (size_t pad = 280; pad < 310; ++pad) {
    const std::string message = said(std::string(pad, 'x') + std::string(kKey));
    EXPECT_EQ(message.find("sk-test-"), std::string::npos) << message;
  }
  for (const Api api :
       {Api::kAnthropic, Api::kResponses, Api::kChat, Api::kGemini}) {
    endpoint.api = api;
    const auto protocol = MakeProtocol(endpoint);
    for (const std::string& body :
         {"{\"error\":{\"type\":\"x\",\"status\":\"X\",\"message\":\"key " +
              std::string(kKey) + "\"}}",
          "<p>" + std::string(kKey) + "</p>",
          "{\"error\":\"" + std::string(kKey) + "\"}"}) {
      for (const int status : {400, 401, 429, 500}) {
        const Fault fault = FaultOf(*protocol, status, body);
        EXPECT_EQ(fault.message.find("0123456789"), std::string::npos)
            << fault.message;
      }
    }
    // Nor within a stream.
    const auto reader = protocol->NewReader();
    const Fault fault = FaultIn(
        Finished(reader.get(), {Event("error",
                                      "{\"type\":\"error\",\"error\":{"
                                      "\"message\":\"" +
                                          std::string(kKey) + "\"}}")}));
    EXPECT_EQ(fault.message.find("0123456789"), std::string::npos);
  }
}

TEST(KeyHeader, IsTheProviders) {
  const auto key = Key();
  const std::string text(kKey);
  const auto header = [&](Api api) {
    return MakeProtocol(EndpointOf(api))->KeyHeader(*key);
  };
  EXPECT_EQ(header(Api::kAnthropic), "x-api-key: " + text);
  EXPECT_EQ(header(Api::kResponses), "authorization: Bearer " + text);
  EXPECT_EQ(header(Api::kChat), "authorization: Bearer " + text);
  EXPECT_EQ(header(Api::kGemini), "x-goog-api-key: " + text);
}

TEST(Request, HoldsNoKey) {
  for (const Api api :
       {Api::kAnthropic, Api::kResponses, Api::kChat, Api::kGemini}) {
    Endpoint endpoint = EndpointOf(api);
    endpoint.key = Key();
    const WireRequest request =
        MakeProtocol(endpoint)->Request(Conversation(PlainOpening()));
    std::string all = request.path + request.body;
    for (const std::string& header : request.headers) all += header;
    EXPECT_EQ(all.find("sk-test"), std::string::npos);
  }
}

TEST(FaultMessage, IsOneLineThatMayBeShown) {
  const Endpoint endpoint = EndpointOf(Api::kAnthropic);
  const auto said = [&](std::string_view what) {
    return MakeFault(endpoint, FaultKind::kRequest, 400, what).message;
  };
  EXPECT_EQ(said(" a\r\n\tb \x01 c "), "a b c");
  EXPECT_EQ(said("\x1b[31mred\x9f"), "[31mred\\xef\\xbf\\xbd");
  EXPECT_LE(said(std::string(100'000, 'x')).size(), 310U);
}

std::optional<std::int64_t> Pause(std::map<std::string, std::string> headers) {
  Fault fault;
  TakeRetryHeaders({429, std::move(headers)}, &fault);
  return fault.retry_after_ms;
}

TEST(RetryHeaders, Millis) {
  EXPECT_EQ(Pause({{"retry-after-ms", "1500"}}), 1500);
  EXPECT_EQ(Pause({{"retry-after-ms", "12.2"}}), 13);
  EXPECT_EQ(Pause({{"retry-after-ms", "7"}, {"retry-after", "9"}}), 7);
  EXPECT_EQ(Pause({{"retry-after-ms", "x"}, {"retry-after", "9"}}), 9000);
}

TEST(RetryHeaders, Seconds) {
  EXPECT_EQ(Pause({{"retry-after", "30"}}), 30'000);
  EXPECT_EQ(Pause({{"retry-after", " 0.25 "}}), 250);
  EXPECT_EQ(Pause({{"retry-after", "99999999999999999999"}}), std::nullopt);
  EXPECT_EQ(Pause({{"retry-after", "9999999999999999"}}), 86'400'000);
  for (const char* bad : {"", "-1", "soon", "1e3", "3s", "nan"}) {
    EXPECT_EQ(Pause({{"retry-after", bad}}), std::nullopt) << bad;
  }
  EXPECT_EQ(Pause({}), std::nullopt);
}

TEST(RetryHeaders, ADateCountsFromTheServersOwn) {
  const std::string now = "Sun, 29 Nov 2026 10:00:00 GMT";
  EXPECT_EQ(
      Pause({{"retry-after", "Sun, 29 Nov 2026 10:01:30 GMT"}, {"date", now}}),
      90'000);
  EXPECT_EQ(
      Pause({{"retry-after", "Mon, 01 Mar 2027 00:00:00 GMT"}, {"date", now}}),
      86'400'000);
  EXPECT_EQ(Pause({{"retry-after", "Tue, 29 Feb 2028 00:00:05 GMT"},
                   {"date", "Mon, 28 Feb 2028 23:59:59 GMT"}}),
            6'000);
  EXPECT_EQ(
      Pause({{"retry-after", "Sun, 29 Nov 2026 09:00:00 GMT"}, {"date", now}}),
      0);
  EXPECT_EQ(Pause({{"retry-after", "Sun, 29 Nov 2026 10:01:30 GMT"}}),
            std::nullopt);
  EXPECT_EQ(
      Pause({{"retry-after", "Sun, 29 Now 2026 10:01:30 GMT"}, {"date", now}}),
      std::nullopt);
}

TEST(RetryHeaders, WhetherToTryAgain) {
  const auto should = [](const std::string& value) {
    Fault fault;
    TakeRetryHeaders({400, {{"x-should-retry", value}}}, &fault);
    return fault.should_retry;
  };
  EXPECT_EQ(should("true"), true);
  EXPECT_EQ(should("false"), false);
  EXPECT_EQ(should("maybe"), std::nullopt);
}

TEST(StatusKind, WhereNoCodeSaysMore) {
  const std::pair<int, FaultKind> cases[] = {
      {400, FaultKind::kRequest},    {401, FaultKind::kAuth},
      {402, FaultKind::kQuota},      {403, FaultKind::kAuth},
      {404, FaultKind::kRequest},    {408, FaultKind::kOverloaded},
      {409, FaultKind::kOverloaded}, {413, FaultKind::kTooLong},
      {422, FaultKind::kRequest},    {425, FaultKind::kOverloaded},
      {429, FaultKind::kOverloaded}, {500, FaultKind::kOverloaded},
      {503, FaultKind::kOverloaded}, {529, FaultKind::kOverloaded},
      {301, FaultKind::kRequest},    {204, FaultKind::kProtocol},
      {0, FaultKind::kProtocol}};
  for (const auto& [status, kind] : cases) {
    EXPECT_EQ(FaultKindName(KindOfStatus(status)), FaultKindName(kind))
        << status;
  }
}

}  // namespace
}  // namespace patchmilter::model
