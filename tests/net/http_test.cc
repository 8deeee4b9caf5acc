// HttpClient against servers of the test's own on loopback. Where time matters,
// the client's clock is the test's: nothing waits.
#include "net/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "tests/net/loopback_server.h"
#include "tests/net/tls_server.h"

namespace patchmilter::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Then = LoopbackServer::Then;

// What one request got.
struct Heard {
  HttpClient::Answer answer;
  std::string body;
  int pieces = 0;
};

Heard Hear(HttpClient& client, const HttpRequest& request) {
  Heard heard;
  heard.answer = client.Send(request, [&](const HttpHead&, std::string_view b) {
    heard.body += b;
    ++heard.pieces;
    return true;
  });
  return heard;
}

HttpRequest PostTo(const std::string& url, std::string_view body = "ask") {
  HttpRequest request;
  request.url = url;
  request.headers = {"content-type: application/json"};
  request.body = body;
  return request;
}

std::string ErrorOf(const Heard& heard) {
  return heard.answer.status.ok()
             ? "fine"
             : std::string(ErrorKindName(heard.answer.status.error().kind)) +
                   ": " + heard.answer.status.error().message;
}

TEST(Http, SaysWhatItIsToldAndNothingElse) {
  LoopbackServer server({{HttpAnswer(200, "hello"), Then::kKeep}});
  HttpClient client({});
  HttpRequest request = PostTo(server.url() + "/v1/messages", "{\"a\":1}");
  request.headers.emplace_back("x-version: 3");
  request.secret_header = "x-api-key: sk-1";
  const Heard heard = Hear(client, request);
  EXPECT_EQ(ErrorOf(heard), "fine");
  EXPECT_EQ(heard.answer.head.status, 200);
  EXPECT_EQ(heard.body, "hello");
  server.Stop();
  const std::string host = server.url().substr(7);
  EXPECT_THAT(server.requests(),
              ElementsAre("POST /v1/messages HTTP/1.1\r\nHost: " + host +
                          "\r\nUser-Agent: patchmilter\r\nAccept: */*\r\n"
                          "content-type: application/json\r\nx-version: 3\r\n"
                          "x-api-key: sk-1\r\nContent-Length: 7\r\n\r\n"
                          "{\"a\":1}"));
}

TEST(Http, Gets) {
  LoopbackServer server({{HttpAnswer(200, "hello"), Then::kKeep}});
  HttpClient client({});
  HttpRequest request;
  request.url = server.url() + "/props";
  request.post = false;
  EXPECT_EQ(Hear(client, request).body, "hello");
  server.Stop();
  ASSERT_THAT(server.requests(), SizeIs(1));
  EXPECT_THAT(server.requests()[0], StartsWith("GET /props HTTP/1.1\r\n"));
}

TEST(Http, KeepsItsConnection) {
  LoopbackServer server({{HttpAnswer(200, "1"), Then::kKeep},
                         {HttpAnswer(429, "2"), Then::kKeep},
                         {ChunkedAnswer({"3"}), Then::kKeep}});
  HttpClient client({});
  EXPECT_EQ(Hear(client, PostTo(server.url())).body, "1");
  EXPECT_EQ(Hear(client, PostTo(server.url())).body, "2");
  EXPECT_EQ(Hear(client, PostTo(server.url(), "")).body, "3");
  server.Stop();
  EXPECT_THAT(server.requests(), SizeIs(3));
  EXPECT_EQ(server.connections(), 1);
  EXPECT_THAT(server.requests()[2], HasSubstr("Content-Length: 0\r\n"));
}

// A long body is sent at once: no "100 Continue" is waited for.
TEST(Http, SendsALongBodyByteForByte) {
  std::string body;
  for (int i = 0; i < 3'000'000; ++i) body += static_cast<char>(i % 251);
  LoopbackServer server({{HttpAnswer(200, "1"), Then::kKeep}});
  HttpClient client({});
  EXPECT_EQ(Hear(client, PostTo(server.url(), body)).body, "1");
  server.Stop();
  ASSERT_THAT(server.requests(), SizeIs(1));
  const std::string& request = server.requests()[0];
  EXPECT_TRUE(request.ends_with(body));
  EXPECT_THAT(request.substr(0, request.find("\r\n\r\n")),
              Not(HasSubstr("Expect")));
}

TEST(Http, TheHeadIsTakenApart) {
  LoopbackServer server(
      {{"HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n"
        "HTTP/1.1 429 Too Many\r\nRetry-After:  7 \r\nX-Twice: a\r\n"
        "x-twice: b\r\nContent-Length: 2\r\nX-Empty:\r\n\r\nno",
        Then::kKeep}});
  HttpClient client({});
  const Heard heard = Hear(client, PostTo(server.url()));
  EXPECT_EQ(ErrorOf(heard), "fine");
  EXPECT_EQ(heard.answer.head.status, 429);
  EXPECT_EQ(heard.answer.head.headers,
            (std::map<std::string, std::string>{{"content-length", "2"},
                                                {"retry-after", "7"},
                                                {"x-empty", ""},
                                                {"x-twice", "a"}}));
  EXPECT_EQ(heard.body, "no");
}

struct TroubleCase {
  std::string name;
  LoopbackServer::Answer answer;
  std::string error;  // "fine" for none.
  int status = 0;
  std::string body = {};
};

class HttpTrouble : public ::testing::TestWithParam<TroubleCase> {};

TEST_P(HttpTrouble, IsSaid) {
  const TroubleCase& param = GetParam();
  LoopbackServer server({param.answer});
  HttpClient client({});
  const Heard heard = Hear(client, PostTo(server.url()));
  EXPECT_THAT(ErrorOf(heard), HasSubstr(param.error));
  EXPECT_EQ(heard.answer.head.status, param.status);
  EXPECT_EQ(heard.body, param.body);
  EXPECT_FALSE(heard.answer.stopped);
}

std::string Long(std::size_t size) { return std::string(size, 'h'); }

INSTANTIATE_TEST_SUITE_P(
    Each, HttpTrouble,
    ::testing::Values(
        TroubleCase{"ClosedAtOnce", {"", Then::kClose}, "temporary: http://"},
        TroubleCase{"Reset", {"", Then::kReset}, "temporary: http://"},
        TroubleCase{"ResetUnread", {"", Then::kReset, true}, "temporary: "},
        TroubleCase{"ClosedInTheHead",
                    {"HTTP/1.1 200 OK\r\nContent-", Then::kClose},
                    "cut short"},
        TroubleCase{
            "ClosedInTheBody",
            {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Then::kClose},
            "temporary: ",
            200,
            "abc"},
        TroubleCase{
            "ResetInTheBody",
            {"HTTP/1.1 429 Many\r\nContent-Length: 9\r\n\r\n", Then::kReset},
            "temporary: ",
            429},
        TroubleCase{"ClosedInTheChunks",
                    {ChunkedAnswer({"abc", "def"}, false), Then::kClose},
                    "temporary: ",
                    200,
                    "abcdef"},
        TroubleCase{"ABadChunk",
                    {ChunkedAnswer({"abc"}, false) + "zz\r\n", Then::kClose},
                    "temporary: ",
                    200,
                    "abc"},
        TroubleCase{"TheEndIsTheConnections",
                    {"HTTP/1.1 200 OK\r\n\r\nabc", Then::kClose},
                    "fine",
                    200,
                    "abc"},
        TroubleCase{
            "NoHttp", {"SSH-2.0-x\r\n\r\n", Then::kClose}, "temporary: "},
        TroubleCase{"ALongHead",
                    {"HTTP/1.1 200 OK\r\nX: " + Long(70'000) + "\r\n\r\n",
                     Then::kClose},
                    "head is over 65536 bytes"},
        TroubleCase{"AHeadOfManyLines",
                    {[] {
                       std::string head = "HTTP/1.1 200 OK\r\n";
                       for (int i = 0; i < 100'000; ++i) head += "X: y\r\n";
                       return head;
                     }(),
                     Then::kHang},
                    "head is over 65536 bytes"},
        TroubleCase{"NothingButContinue",
                    {[] {
                       std::string head;
                       for (int i = 0; i < 10'000; ++i) {
                         head += "HTTP/1.1 100 Continue\r\n\r\n";
                       }
                       return head;
                     }(),
                     Then::kHang},
                    "head is over 65536 bytes"}),
    [](const auto& each) { return each.param.name; });

// A redirect is an answer, a cookie is forgotten, and what is packed is left
// packed.
TEST(Http, DoesNothingThatAnAnswerSays) {
  LoopbackServer server(
      {{HttpAnswer(302, "moved",
                   "Location: /other\r\nSet-Cookie: a=b; Path=/\r\n"
                   "Content-Encoding: gzip\r\nAlt-Svc: h2=\":1\"\r\n"
                   "Strict-Transport-Security: max-age=99999\r\n"),
        Then::kKeep}});
  HttpClient client({});
  for (int i = 0; i < 2; ++i) {
    const Heard heard = Hear(client, PostTo(server.url() + "/first"));
    EXPECT_EQ(ErrorOf(heard), "fine");
    EXPECT_EQ(heard.answer.head.status, 302);
    EXPECT_EQ(heard.body, "moved");
  }
  server.Stop();
  ASSERT_THAT(server.requests(), SizeIs(2));
  EXPECT_EQ(server.requests()[0], server.requests()[1]);
  EXPECT_THAT(server.requests()[0], Not(HasSubstr("Accept-Encoding")));
}

TEST(Http, TheTakerMayHaveEnough) {
  LoopbackServer server({{ChunkedAnswer({"abc", "def"}, false), Then::kHang},
                         {HttpAnswer(200, "next"), Then::kKeep}});
  HttpClient client({});
  std::string taken;
  const HttpClient::Answer answer = client.Send(
      PostTo(server.url()), [&](const HttpHead& head, std::string_view b) {
        EXPECT_EQ(head.status, 200);
        taken += b;
        return false;
      });
  EXPECT_TRUE(answer.status.ok());
  EXPECT_EQ(taken, "abc");
  EXPECT_EQ(Hear(client, PostTo(server.url())).body, "next");
}

TEST(Http, AStopBreaksOff) {
  for (const char* bytes : {"", "HTTP/1.1 200 OK\r\n\r\nabc"}) {
    LoopbackServer server({{bytes, Then::kHang}});
    HttpClient::Options options;
    int asked = 0;
    options.stop = [&] { return ++asked > 3; };
    HttpClient client(std::move(options));
    const Heard heard = Hear(client, PostTo(server.url()));
    EXPECT_THAT(ErrorOf(heard), HasSubstr("stopped"));
    EXPECT_TRUE(heard.answer.stopped);
  }
}

// A clock that goes on by a second each time it is asked.
TEST(Http, AStallIsNoticed) {
  for (const char* bytes : {"", "HTTP/1.1 200 OK\r\n\r\nabc"}) {
    LoopbackServer server({{bytes, Then::kHang}});
    HttpClient::Options options;
    options.stall_timeout = 10;
    std::int64_t now = 5000;
    options.clock = [&] { return now += 1000; };
    HttpClient client(std::move(options));
    EXPECT_THAT(ErrorOf(Hear(client, PostTo(server.url()))),
                HasSubstr("nothing came for 10s"));
  }
}

// Each piece takes nearly the time of a stall, and comes behind a request that
// is longer than all of the answer.
TEST(Http, AStreamThatDripsIsNoStall) {
  std::vector<std::string> chunks(50, "event: ping\n\n");
  LoopbackServer server({{ChunkedAnswer(chunks), Then::kKeep}});
  HttpClient::Options options;
  options.stall_timeout = 180;
  options.total_timeout = 20'000;
  std::atomic<std::int64_t> now = 0;
  options.clock = [&] { return now.load(); };
  HttpClient client(std::move(options));
  const std::string body(1'000'000, 'b');
  int pieces = 0;
  const HttpClient::Answer answer = client.Send(
      PostTo(server.url(), body), [&](const HttpHead&, std::string_view) {
        ++pieces;
        now += 179'000;
        return true;
      });
  EXPECT_TRUE(answer.status.ok()) << answer.status.error().message;
  EXPECT_EQ(pieces, 50);
}

TEST(Http, AStreamThatDripsForEverIsTooLong) {
  std::vector<std::string> chunks(50, "event: ping\n\n");
  LoopbackServer server({{ChunkedAnswer(chunks, false), Then::kHang}});
  HttpClient::Options options;
  options.total_timeout = 1200;
  std::atomic<std::int64_t> now = 0;
  options.clock = [&] { return now.load(); };
  HttpClient client(std::move(options));
  const HttpClient::Answer answer =
      client.Send(PostTo(server.url()), [&](const HttpHead&, std::string_view) {
        now += 100'000;
        return true;
      });
  ASSERT_FALSE(answer.status.ok());
  EXPECT_THAT(answer.status.error().message, HasSubstr("not done after 20min"));
}

TEST(Http, NobodyListens) {
  std::string url;
  {
    const LoopbackServer server({{"", Then::kClose}});
    url = server.url();
  }
  HttpClient client({});
  const Heard heard = Hear(client, PostTo(url + "/v1?key=secret"));
  EXPECT_THAT(ErrorOf(heard), StartsWith("temporary: " + url + "/v1: "));
  EXPECT_THAT(ErrorOf(heard), Not(HasSubstr("secret")));
  EXPECT_EQ(heard.answer.head.status, 0);
}

TEST(Http, TheEnvironmentIsNotAsked) {
  LoopbackServer server({{HttpAnswer(200, "hello"), Then::kKeep}});
  for (const char* name : {"ALL_PROXY", "all_proxy", "http_proxy"}) {
    ::setenv(name, "http://127.0.0.1:1", 1);
  }
  HttpClient client({});
  const Heard heard = Hear(client, PostTo(server.url()));
  for (const char* name : {"ALL_PROXY", "all_proxy", "http_proxy"}) {
    ::unsetenv(name);
  }
  EXPECT_EQ(ErrorOf(heard), "fine");
}

TEST(Http, WhatCannotBeAskedIsNot) {
  LoopbackServer server({{HttpAnswer(200, "hello"), Then::kKeep}});
  HttpClient client({});
  const std::string host = server.url().substr(7);
  for (const std::string& url :
       {std::string(), std::string("file:///etc/passwd"),
        std::string("ftp://") + host, std::string("http://"),
        "http://user:password@" + host, "http://" + host + "/a b",
        "http://" + host + "/a\r\nx: y", "http://" + host + "/#a",
        std::string("http:///x")}) {
    EXPECT_THAT(ErrorOf(Hear(client, PostTo(url))), StartsWith("invalid-input"))
        << url;
  }
  for (const char* header : {"", "x", ": y", "x:", "x: ", "x: a\r\ny: b",
                             "x\n: y", "x y: z", "x: \xc3\xa4", "x: \x7f"}) {
    HttpRequest request = PostTo(server.url());
    request.headers.emplace_back(header);
    EXPECT_THAT(ErrorOf(Hear(client, request)), StartsWith("invalid-input"))
        << header;
  }
  HttpRequest request = PostTo(server.url());
  request.secret_header = "x-api-key: sk-1234\r\n";
  EXPECT_THAT(ErrorOf(Hear(client, request)), StartsWith("invalid-input"));
  EXPECT_THAT(ErrorOf(Hear(client, request)), Not(HasSubstr("1234")));
  server.Stop();
  EXPECT_EQ(server.connections(), 0);
}

// --- TLS ---

class HttpTls : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string form = ::testing::TempDir() + "tls-XXXXXX";
    ASSERT_NE(::mkdtemp(form.data()), nullptr);
    directory_ = form;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // What a client that trusts `trusted` gets of `server`.
  Heard Ask(const TlsServer& server, const TlsServer* trusted) {
    HttpClient::Options options;
    if (trusted != nullptr) {
      options.ca_file = directory_ + "/ca.pem";
      EXPECT_TRUE(ReplaceFile(options.ca_file, trusted->certificate()).ok());
    }
    HttpClient client(std::move(options));
    HttpRequest request =
        PostTo("https://127.0.0.1:" + std::to_string(server.port()));
    request.secret_header = "x-api-key: sk-1";
    return Hear(client, request);
  }

  std::string directory_;
};

TEST_F(HttpTls, ACertificateThatIsTrusted) {
  TlsServer server("IP:127.0.0.1", HttpAnswer(200, "hello"));
  const Heard heard = Ask(server, &server);
  EXPECT_EQ(ErrorOf(heard), "fine");
  EXPECT_EQ(heard.body, "hello");
}

TEST_F(HttpTls, OneThatIsNotIsForAPerson) {
  TlsServer server("IP:127.0.0.1", HttpAnswer(200, "hello"));
  EXPECT_THAT(ErrorOf(Ask(server, nullptr)), StartsWith("permanent: "));
  TlsServer other("IP:127.0.0.1", HttpAnswer(200, "hello"));
  EXPECT_THAT(ErrorOf(Ask(server, &other)), StartsWith("permanent: "));
  server.Stop();
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(HttpTls, OneForAnotherNameIsForAPerson) {
  TlsServer server("DNS:other.example", HttpAnswer(200, "hello"));
  EXPECT_THAT(ErrorOf(Ask(server, &server)), StartsWith("permanent: "));
  server.Stop();
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(HttpTls, AServerThatKnowsNone) {
  LoopbackServer server({{HttpAnswer(200, "hello"), Then::kClose}});
  HttpClient client({});
  const Heard heard = Hear(client, PostTo("https" + server.url().substr(4)));
  EXPECT_THAT(ErrorOf(heard), StartsWith("temporary: https://"));
}

}  // namespace
}  // namespace patchmilter::net
