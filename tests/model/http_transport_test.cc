// The transport to models, against servers of the test's own on loopback: what
// the network does, and where a key goes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/wipe.h"
#include "model/api_key.h"
#include "model/cassette.h"
#include "model/client.h"
#include "model/transport.h"
#include "tests/model/line_protocol.h"
#include "tests/net/loopback_server.h"

namespace patchmilter::model {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

using net::ChunkedAnswer;
using net::HttpAnswer;
using net::LoopbackServer;
using Then = LoopbackServer::Then;

const LoopbackServer::Answer kFine = {
    ChunkedAnswer({"say he", "llo\nen", "d\n"})};

class HttpTransportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string form = ::testing::TempDir() + "transport-XXXXXX";
    ASSERT_NE(::mkdtemp(form.data()), nullptr);
    directory_ = form;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void GiveKey(std::string_view text) {
    const std::string path = directory_ + "/key";
    ASSERT_TRUE(ReplaceFile(path, text, 0600).ok());
    auto key = ApiKey::Read(path);
    ASSERT_TRUE(key.ok()) << key.error().message;
    endpoint_.key = *std::move(key);
  }

  std::variant<Turn, Fault> Ask(
      const std::string& url,
      const std::shared_ptr<Cassette>& recording = nullptr) {
    endpoint_.url = url;
    auto transport = MakeHttpTransport(&endpoint_, &protocol_, stop_);
    if (recording != nullptr) {
      transport = recording->Recorder(std::move(transport));
    }
    Client client(&endpoint_, &protocol_, std::move(transport), nullptr,
                  CalmWeather(stop_));
    return client.Ask(Opened("a task"), {});
  }

  std::string directory_;
  Endpoint endpoint_;
  LineProtocol protocol_;
  StopAsked stop_;
};

std::string EndOf(const std::variant<Turn, Fault>& answer) {
  if (const auto* turn = std::get_if<Turn>(&answer)) return turn->text;
  const auto& fault = std::get<Fault>(answer);
  return std::string(FaultKindName(fault.kind)) + " " +
         std::to_string(fault.status) + ": " + fault.message;
}

TEST_F(HttpTransportTest, ARequestAndItsAnswer) {
  GiveKey("sk-1234-5678");
  LoopbackServer server({kFine});
  EXPECT_EQ(EndOf(Ask(server.url() + "/prefix")), "hello");
  server.Stop();
  ASSERT_THAT(server.requests(), SizeIs(1));
  EXPECT_THAT(server.requests()[0],
              AllOf(HasSubstr("POST /prefix/v1/lines HTTP/1.1\r\n"),
                    HasSubstr("\r\nline-version: 1\r\n"),
                    HasSubstr("\r\nx-line-key: sk-1234-5678\r\n"),
                    HasSubstr("\r\n\r\nshared\na task\n")));
}

TEST_F(HttpTransportTest, WithoutAKeyThereIsNoHeaderForOne) {
  LoopbackServer server({kFine});
  EXPECT_EQ(EndOf(Ask(server.url())), "hello");
  server.Stop();
  ASSERT_THAT(server.requests(), SizeIs(1));
  EXPECT_THAT(server.requests()[0], Not(HasSubstr("x-line-key")));
}

struct WeatherCase {
  std::string name;
  std::vector<LoopbackServer::Answer> script;
  std::string end;
  std::size_t requests;
};

class TransportWeather : public HttpTransportTest,
                         public ::testing::WithParamInterface<WeatherCase> {};

TEST_P(TransportWeather, IsWaitedThrough) {
  const WeatherCase& param = GetParam();
  LoopbackServer server(param.script);
  EXPECT_THAT(EndOf(Ask(server.url())), HasSubstr(param.end));
  server.Stop();
  ASSERT_THAT(server.requests(), SizeIs(param.requests));
  for (const std::string& each : server.requests()) {
    EXPECT_EQ(each, server.requests()[0]);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, TransportWeather,
    ::testing::Values(
        WeatherCase{"Reset", {{"", Then::kReset}, kFine}, "hello", 2},
        WeatherCase{"TruncatedChunks",
                    {{ChunkedAnswer({"say he"}, false), Then::kClose}, kFine},
                    "hello",
                    2},
        WeatherCase{"ResetInTheStream",
                    {{ChunkedAnswer({"say he"}, false), Then::kReset}, kFine},
                    "hello",
                    2},
        WeatherCase{"ShortBody",
                    {{"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nsay he\n",
                      Then::kClose},
                     kFine},
                    "hello",
                    2},
        // The turn is there; only the last chunk's end is missing.
        WeatherCase{
            "WholeButForItsEnd",
            {{ChunkedAnswer({"say hello\nend\n"}, false), Then::kClose}},
            "hello",
            1},
        WeatherCase{"StreamWithoutItsLastEvent",
                    {{ChunkedAnswer({"say he\n"})}, kFine},
                    "hello",
                    2},
        WeatherCase{
            "ErrorInTheStream",
            {{ChunkedAnswer({"error overloaded\n"}, false), Then::kHang},
             kFine},
            "hello",
            2},
        WeatherCase{
            "LongHead",
            {{"HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'h') + "\r\n\r\n",
              Then::kClose},
             kFine},
            "hello",
            2},
        WeatherCase{"TooMany",
                    {{HttpAnswer(429, "later", "retry-after-ms: 5000\r\n")},
                     {HttpAnswer(529, "busy")},
                     {HttpAnswer(503, "")},
                     kFine},
                    "hello",
                    4},
        WeatherCase{"Money", {{HttpAnswer(429, "quota")}}, "quota 429: ", 1},
        // What is refused is refused, also where the reasons break off.
        WeatherCase{"RefusedAndReset",
                    {{"HTTP/1.1 401 No\r\nContent-Length: 99\r\n\r\nwrong",
                      Then::kClose}},
                    "auth 401: wrong",
                    1},
        WeatherCase{"Redirect",
                    {{HttpAnswer(307, "", "Location: /elsewhere\r\n")}},
                    "request 307: ",
                    1}),
    [](const auto& each) { return each.param.name; });

TEST_F(HttpTransportTest, AnErrorsBodyIsCut) {
  LoopbackServer server({{HttpAnswer(400, std::string(1UL << 20, 'b'))}});
  endpoint_.url = server.url();
  const auto transport = MakeHttpTransport(&endpoint_, &protocol_, {});
  const auto came = transport->Send(protocol_.Request(Opened("x")),
                                    [](std::string_view) { return true; });
  const auto& answer = std::get<Transport::Answer>(came);
  EXPECT_EQ(answer.head.status, 400);
  EXPECT_EQ(answer.body.size(), Transport::kMaxErrorBody);
}

TEST_F(HttpTransportTest, AStopEndsItAll) {
  LoopbackServer server({{"", Then::kHang}});
  int asked = 0;
  stop_ = [&] { return ++asked > 3; };
  EXPECT_THAT(EndOf(Ask(server.url())),
              AllOf(HasSubstr("network 0: stopped; before that: http://"),
                    HasSubstr(": stopped")));
  server.Stop();
  EXPECT_LE(server.connections(), 1);
}

TEST_F(HttpTransportTest, AnAddressThatIsNoneIsNotTriedAgain) {
  EXPECT_THAT(EndOf(Ask("http://a b")), HasSubstr("request 0: "));
}

// --- Keys ---

// All that is written or told, where the server says our key back to us.
TEST_F(HttpTransportTest, TheKeyIsNowhere) {
  const std::string kKey = "sk-secret-1234567890";
  GiveKey(kKey);
  LoopbackServer server({
      {HttpAnswer(529, "busy, " + kKey + kKey,
                  "x-request-id: " + kKey + "\r\n")},
      {HttpAnswer(401, "no such key: " + kKey)},
  });
  const auto cassette = Cassette::ToRecord(directory_ + "/tape");
  ASSERT_TRUE(cassette.ok());
  ::testing::internal::CaptureStderr();
  const std::variant<Turn, Fault> answer = Ask(server.url(), *cassette);
  EXPECT_EQ(EndOf(answer), "auth 401: no such key: [key]");
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), Not(HasSubstr(kKey)));
  server.Stop();
  ASSERT_THAT(server.requests(), SizeIs(2));
  EXPECT_THAT(server.requests()[0], HasSubstr(kKey));
  int files = 0;
  for (const auto& each :
       std::filesystem::directory_iterator(directory_ + "/tape")) {
    ++files;
    const auto text = ReadFile(each.path());
    ASSERT_TRUE(text.ok());
    EXPECT_THAT(*text, HasSubstr("[key]"));
    EXPECT_THAT(*text, Not(HasSubstr("1234567890")));
    EXPECT_THAT(*text, Not(HasSubstr("x-line-key")));
  }
  EXPECT_EQ(files, 2);
}

}  // namespace
}  // namespace patchmilter::model
