#include "model/cassette.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "model/cassette_format.h"
#include "model/client.h"
#include "tests/model/line_protocol.h"

namespace patchmilter::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

WireRequest Asking(std::string body) {
  return {"/v1/lines", {"content-type: text/plain"}, std::move(body)};
}

// What one request got, in one text.
struct Heard {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string streamed;
  std::string body;
  std::string fault;  // "KIND STATUS: message"

  bool operator==(const Heard&) const = default;
};

Heard Hear(Transport& transport, const WireRequest& request) {
  Heard heard;
  const std::variant<Transport::Answer, Fault> came =
      transport.Send(request, [&](std::string_view bytes) {
        heard.streamed += bytes;
        return true;
      });
  if (const auto* fault = std::get_if<Fault>(&came)) {
    heard.fault = std::string(FaultKindName(fault->kind)) + " " +
                  std::to_string(fault->status) + ": " + fault->message;
    return heard;
  }
  const auto& answer = std::get<Transport::Answer>(came);
  heard.status = answer.head.status;
  heard.headers = answer.head.headers;
  heard.body = answer.body;
  return heard;
}

// Gives these, one after the other.
class Canned : public Transport {
 public:
  explicit Canned(std::vector<Heard> answers) : answers_(std::move(answers)) {}
  std::variant<Answer, Fault> Send(const WireRequest&,
                                   const Take& take) override {
    const Heard& next = answers_.at(at_++);
    if (!next.streamed.empty()) take(next.streamed);
    if (!next.fault.empty()) {
      Fault fault;
      fault.message = next.fault;
      fault.status = next.status;
      return fault;
    }
    return Answer{{next.status, next.headers}, next.body};
  }

 private:
  std::vector<Heard> answers_;
  std::size_t at_ = 0;
};

class CassetteTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string form = ::testing::TempDir() + "cassette-XXXXXX";
    ASSERT_NE(::mkdtemp(form.data()), nullptr);
    directory_ = form + "/tape";
  }
  void TearDown() override {
    std::filesystem::remove_all(
        std::filesystem::path(directory_).parent_path());
  }

  // Records `requests`, which are answered by `answers`.
  void Record(const std::vector<WireRequest>& requests,
              std::vector<Heard> answers) {
    const auto cassette = Cassette::ToRecord(directory_);
    ASSERT_TRUE(cassette.ok()) << cassette.error().message;
    const auto recorder =
        (*cassette)->Recorder(std::make_unique<Canned>(std::move(answers)));
    for (const WireRequest& request : requests) Hear(*recorder, request);
  }
  std::unique_ptr<Transport> Player() {
    const auto cassette = Cassette::ToReplay(directory_);
    EXPECT_TRUE(cassette.ok());
    return (*cassette)->Player();
  }
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator(directory_)) {
      names.push_back(each.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string TextOf(const WireRequest& request, int number = 1) const {
    return *ReadFile(Path(request, number));
  }
  std::string Path(const WireRequest& request, int number = 1) const {
    return directory_ + "/" + HashOf(request) + "-" + std::to_string(number) +
           ".cassette";
  }

  std::string directory_;
};

TEST_F(CassetteTest, GivesBackWhatCame) {
  const std::map<std::string, std::string> kHeaders = {
      {"content-type", "text/event-stream"}, {"retry-after", "3"}};
  const std::vector<Heard> answers = {
      {200, kHeaders, "say hello\n\nend\n", "", ""},
      {429, kHeaders, "", "slow down", ""},
      {200, {}, "say he", "", "cut short"},
      {0, {}, "", "", "no connection"},
      {200, {}, "", "", ""},
  };
  std::vector<WireRequest> requests;
  for (const char* body : {"a", "b", "c", "d", "e"}) {
    requests.push_back(Asking(body));
  }
  Record(requests, answers);
  const auto player = Player();
  // In another order.
  for (std::size_t i = requests.size(); i-- > 0;) {
    Heard want = answers[i];
    if (!want.fault.empty()) {
      want.fault = "network " + std::to_string(want.status) + ": " + want.fault;
      want.status = 0;
    }
    EXPECT_EQ(Hear(*player, requests[i]), want) << i;
  }
}

TEST_F(CassetteTest, TheSameRequestGetsItsNextAnswerThenItsLast) {
  const WireRequest request = Asking("a");
  Record({request, request, request}, {{529, {}, "", "busy", ""},
                                       {0, {}, "", "", "reset"},
                                       {200, {}, "end\n", "", ""}});
  EXPECT_THAT(Files(), SizeIs(3));
  const auto player = Player();
  EXPECT_EQ(Hear(*player, request).status, 529);
  EXPECT_EQ(Hear(*player, request).fault, "network 0: reset");
  EXPECT_EQ(Hear(*player, request).streamed, "end\n");
  EXPECT_EQ(Hear(*player, request).streamed, "end\n");
}

TEST_F(CassetteTest, AClientDoesTheSameAgain) {
  Endpoint endpoint;
  const LineProtocol protocol;
  const auto ask = [&](std::unique_ptr<Transport> transport) {
    Client client(&endpoint, &protocol, std::move(transport), nullptr,
                  CalmWeather({}));
    Conversation conversation = Opened("task");
    std::string said;
    for (int i = 0; i < 2; ++i) {
      std::variant<Turn, Fault> answer = client.Ask(conversation, {});
      if (const auto* fault = std::get_if<Fault>(&answer)) {
        return said + "fault: " + fault->message;
      }
      said += std::get<Turn>(answer).text + "; ";
      conversation.Append(std::get<Turn>(std::move(answer)));
      conversation.Append(Input{{}, "go on"});
    }
    return said;
  };
  const auto cassette = Cassette::ToRecord(directory_);
  ASSERT_TRUE(cassette.ok());
  EXPECT_EQ(ask((*cassette)->Recorder(std::make_unique<Canned>(
                std::vector<Heard>{{529, {}, "", "busy", ""},
                                   {200, {}, "say one\nend\n", "", ""},
                                   {200, {}, "say tw", "", "reset"},
                                   {200, {}, "say two\nend\n", "", ""}}))),
            "one; two; ");
  EXPECT_EQ(ask(Player()), "one; two; ");
  EXPECT_THAT(Files(), SizeIs(4));
}

TEST_F(CassetteTest, AnotherByteIsAMissThatIsSaid) {
  Record({Asking("the same, and 1 then"), Asking("other")},
         {{200, {}, "end\n", "", ""}, {200, {}, "end\n", "", ""}});
  const auto player = Player();
  const WireRequest request = Asking("the same, and 2 then");
  const Heard heard = Hear(*player, request);
  EXPECT_EQ(heard.streamed, "");
  EXPECT_THAT(heard.fault, StartsWith("request 0: cannot replay: "));
  EXPECT_THAT(heard.fault, HasSubstr("no recording of request " +
                                     HashOf(request) + "; the nearest is " +
                                     HashOf(Asking("the same, and 1 then"))));
  EXPECT_THAT(heard.fault,
              HasSubstr("byte 14 of its body differs: \"the same, and |1 "
                        "then\" there, \"the same, and |2 then\" now"));
  WireRequest shorter = Asking("the same");
  EXPECT_THAT(Hear(*player, shorter).fault,
              HasSubstr("byte 8 of its body differs: \"the same|, and 1 "
                        "then\" there, \"the same| and its end\" now"));
  WireRequest headers = Asking("other");
  headers.headers = {"content-type: text/html"};
  EXPECT_THAT(Hear(*player, headers).fault,
              HasSubstr("its headers differ: "
                        "\"tent-type: text/|plain\" there"));
  WireRequest path = Asking("other");
  path.path = "/v2";
  EXPECT_THAT(Hear(*player, path).fault, HasSubstr("its path is /v1/lines"));
}

// A miss ends a client's attempts at once.
TEST_F(CassetteTest, AMissIsNotTriedAgain) {
  Record({Asking("x")}, {{200, {}, "end\n", "", ""}});
  Endpoint endpoint;
  const LineProtocol protocol;
  int requests = 0;
  Client client(&endpoint, &protocol, Player(), nullptr, CalmWeather({}));
  const auto answer =
      client.Ask(Opened("x"), [&](const WireRequest&, int, const Fault*) {
        ++requests;
        return true;
      });
  EXPECT_THAT(std::get<Fault>(answer).message, HasSubstr("cannot replay"));
  EXPECT_EQ(requests, 1);
}

TEST_F(CassetteTest, IsTextToBeRead) {
  WireRequest request = Asking(
      R"({"system":"one\ntwo \\network","messages":[{"a":1},{"b":"\u00e4"}]})");
  Record({request},
         {{200,
           {{"content-type", "text/event-stream"},
            {"set-cookie", "secret"},
            {"anthropic-organization-id", "us"},
            {"anthropic-ratelimit-requests-limit", "50"}},
           "event: ping\ndata: {\"x\":\"\xc3\xa4\x1b[2J\"}\r\n\nlast",
           "",
           ""}});
  EXPECT_EQ(TextOf(request),
            "patchmilter cassette 1\n"
            "sent " +
                HashOf(request) +
                "\n"
                "path /v1/lines\n"
                "header content-type: text/plain\n"
                "body 67\n"
                "+{\"system\":\"one\\n\n"
                "+two \\\\network\",\"messages\":[{\"a\":1},\n"
                "+{\"b\":\"\\u00e4\"}]}\n"
                "came 200\n"
                "header anthropic-ratelimit-requests-limit: 50\n"
                "header content-type: text/event-stream\n"
                "body 39\n"
                "|event: ping\n"
                "|data: {\"x\":\"\\xc3\\xa4\\x1b[2J\"}\\x0d\n"
                "|\n"
                "+last\n"
                "end\n");
}

// Whatever a request or an answer is made of.
TEST_F(CassetteTest, AnyBytesComeBack) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const std::vector<std::string> bodies = {
      "",
      "\n",
      "\n\n",
      "\\x41",
      "\\\\x41\\",
      "\\",
      std::string(159, 'a') + "\\x41",
      std::string(160, 'a'),
      std::string(161, 'a'),
      std::string(320, '\\'),
      std::string(5000, '}') + ",",
      all,
      all + all + "\n",
      "|+|\n+\n",
      "end\n",
      "body 3\nabc",
  };
  for (const std::string& body : bodies) {
    Recording recording;
    recording.sent = Asking(body);
    recording.sent.headers.push_back("x: \\x41 \xff");
    recording.head.status = 400;
    recording.body = body;
    const Result<std::string> text = EncodeRecording(recording);
    ASSERT_TRUE(text.ok());
    for (const char c : *text) {
      EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << int{c};
    }
    const Result<Recording> back = DecodeRecording(*text);
    ASSERT_TRUE(back.ok()) << back.error().message << "\n" << *text;
    EXPECT_EQ(back->sent.body, body);
    EXPECT_EQ(back->sent.headers, recording.sent.headers);
    EXPECT_EQ(back->body, body);
  }
}

// Each line of one recording, left out or changed, makes it none.
TEST_F(CassetteTest, WhatIsNoRecordingIsSaid) {
  Recording recording;
  recording.sent = Asking("one\ntwo");
  recording.head = {200, {{"content-type", "text/plain"}}};
  recording.body = "say x\nend\n";
  recording.fault = Fault{FaultKind::kNetwork, "reset", 200, {}, {}};
  const std::string text = *EncodeRecording(recording);
  ASSERT_TRUE(DecodeRecording(text).ok());
  std::size_t from = 0;
  int lines = 0;
  while (from < text.size()) {
    const std::size_t end = text.find('\n', from) + 1;
    const std::string line = text.substr(from, end - from);
    ++lines;
    std::string without = text;
    without.erase(from, end - from);
    // A header of the answer may be there or not.
    const bool optional = line.starts_with("header content-type: text/plain") &&
                          from > text.find("came");
    EXPECT_EQ(DecodeRecording(without).ok(), optional) << line;
    std::string twice = text;
    twice.insert(from, line);
    EXPECT_EQ(DecodeRecording(twice).ok(), optional) << line;
    std::string cut = text.substr(0, from);
    EXPECT_FALSE(DecodeRecording(cut).ok());
    from = end;
  }
  EXPECT_EQ(lines, 13);
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"+two", "+two\\x4"},
      {"+two", "+two\\xzz"},
      {"+two", "+twa"},
      {"body 7", "body 8"},
      {"body 7", "body -1"},
      {"came 200", "came x"},
      {"came 200", "came 1000"},
      {"network maybe", "net maybe"},
      {"network maybe", "network perhaps"},
      {"cassette 1", "cassette 2"}};
  for (const auto& [old, changed] : changes) {
    std::string other = text;
    other.replace(other.find(old), old.size(), changed);
    EXPECT_FALSE(DecodeRecording(other).ok()) << changed;
  }
}

TEST_F(CassetteTest, AFileThatSomebodyElseHasNamedIsNotPlayed) {
  const WireRequest a = Asking("a");
  const WireRequest b = Asking("b");
  Record({a, b}, {{200, {}, "end\n", "", ""}, {200, {}, "end\n", "", ""}});
  std::filesystem::copy_file(Path(a), Path(b),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(Hear(*Player(), b).fault,
              HasSubstr("its request is not the one of its name"));
  ASSERT_TRUE(ReplaceFile(Path(b), "nonsense\n").ok());
  EXPECT_THAT(Hear(*Player(), b).fault, HasSubstr("line 1"));
}

TEST_F(CassetteTest, ADirectoryWithRecordingsIsNotRecordedInto) {
  Record({Asking("a")}, {{200, {}, "end\n", "", ""}});
  const auto again = Cassette::ToRecord(directory_);
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error().message, HasSubstr("holds recordings"));
}

// What a recorder that was killed leaves behind is no recording.
TEST_F(CassetteTest, AHalfWrittenFileIsNothing) {
  ASSERT_TRUE(MakeDirectories(directory_).ok());
  ASSERT_TRUE(ReplaceFile(Path(Asking("a")) + ".new", "patchmil").ok());
  EXPECT_FALSE(Cassette::ToReplay(directory_).ok());
  Record({Asking("a")}, {{200, {}, "end\n", "", ""}});
  EXPECT_EQ(Hear(*Player(), Asking("a")).streamed, "end\n");
}

TEST_F(CassetteTest, WhatIsNoCassetteIsNotReplayed) {
  EXPECT_FALSE(Cassette::ToReplay(directory_).ok());
  ASSERT_TRUE(MakeDirectories(directory_).ok());
  EXPECT_FALSE(Cassette::ToReplay(directory_).ok());
  ASSERT_TRUE(ReplaceFile(directory_ + "/README", "not one").ok());
  EXPECT_FALSE(Cassette::ToReplay(directory_).ok());
  ASSERT_TRUE(ReplaceFile(directory_ + "/x.cassette", "not one").ok());
  const auto bad = Cassette::ToReplay(directory_);
  ASSERT_FALSE(bad.ok());
  EXPECT_THAT(bad.error().message, HasSubstr("not a recording's name"));
}

TEST_F(CassetteTest, AHeaderThatMayHoldAKeyIsNotWrittenNorSent) {
  for (const char* header :
       {"Authorization: Bearer sk-1234", "x-api-key: sk-1234",
        "X-Goog-Api-Key:sk-1234", "api-key: sk-1234", "cookie: sk-1234"}) {
    WireRequest request = Asking("a");
    request.headers.emplace_back(header);
    std::filesystem::remove_all(directory_);
    const auto cassette = Cassette::ToRecord(directory_);
    ASSERT_TRUE(cassette.ok());
    // The transport has nothing to say: asking it would end the test.
    const auto recorder =
        (*cassette)->Recorder(std::make_unique<Canned>(std::vector<Heard>()));
    const Heard heard = Hear(*recorder, request);
    EXPECT_THAT(heard.fault, StartsWith("request 0: cannot record: "));
    EXPECT_THAT(heard.fault, Not(HasSubstr("sk-1234")));
    EXPECT_THAT(Files(), ElementsAre());
  }
}

TEST_F(CassetteTest, WhatCannotBeWrittenIsSaid) {
  const auto cassette = Cassette::ToRecord(directory_);
  ASSERT_TRUE(cassette.ok());
  const auto recorder = (*cassette)->Recorder(
      std::make_unique<Canned>(std::vector<Heard>{{200, {}, "end\n", "", ""}}));
  std::filesystem::remove_all(directory_);
  EXPECT_THAT(Hear(*recorder, Asking("a")).fault,
              StartsWith("request 0: cannot record: "));
}

}  // namespace
}  // namespace patchmilter::model
