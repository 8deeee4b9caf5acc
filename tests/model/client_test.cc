// The client in each weather: how many requests, which pauses, which end. No
// time passes; what the weather does is a script.
#include "model/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/model/line_protocol.h"

namespace patchmilter::model {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;
using ::testing::StartsWith;

// What comes of one request.
struct Event {
  int status = 200;  // 0: nothing but a fault of the network's.
  std::string body = "say hello\nend\n";
  std::map<std::string, std::string> headers;
  bool broken = false;  // The connection ends in a fault behind the body.
};

Event Status(int status, std::string body = "no",
             std::map<std::string, std::string> headers = {}) {
  return {status, std::move(body), std::move(headers), false};
}
Event Fine() { return {}; }
Event Reset() { return {0, "", {}, true}; }
Event Stream(std::string body) { return {200, std::move(body), {}, false}; }
Event BrokenStream(std::string body) {
  return {200, std::move(body), {}, true};
}

// Gives what its script says, the last of it for ever.
class ScriptedTransport : public Transport {
 public:
  ScriptedTransport(std::vector<Event> script, std::vector<WireRequest>* sent)
      : script_(std::move(script)), sent_(sent) {}

  std::variant<Answer, Fault> Send(const WireRequest& request,
                                   const Take& take) override {
    const Event& event = script_[std::min(sent_->size(), script_.size() - 1)];
    sent_->push_back(request);
    Answer answer;
    answer.head = {event.status, event.headers};
    if (event.status == 200) {
      // A byte at a time: pieces of a stream may end anywhere.
      for (const char& byte : event.body) {
        if (!take({&byte, 1})) return answer;
      }
    } else {
      answer.body = event.body;
    }
    if (event.broken) {
      Fault fault;
      fault.message = "reset";
      return fault;
    }
    return answer;
  }

 private:
  std::vector<Event> script_;
  std::vector<WireRequest>* sent_;
};

// A site at which nothing takes time but pauses.
class Site {
 public:
  explicit Site(std::vector<Event> script, double random = 0.5)
      : script_(std::move(script)), random_(random) {
    endpoint_.url = "http://unused";
    endpoint_.retry_for = 7200;
  }

  std::variant<Turn, Fault> Ask() {
    Weather weather;
    weather.now = [this] { return now_ + millis_ / 1000; };
    weather.wait = [this](std::int64_t millis) {
      if (millis != 0) pauses_.push_back(millis);
      if (stop_after_pauses_ && pauses_.size() >= *stop_after_pauses_) {
        return false;
      }
      millis_ += millis;
      return true;
    };
    weather.random = [this] { return random_; };
    Client client(&endpoint_, &protocol_,
                  std::make_unique<ScriptedTransport>(script_, &sent_),
                  with_breaker_ ? &breaker_ : nullptr, weather);
    return client.Ask(Opened("a task"),
                      [this](const WireRequest& /*request*/, int request,
                             const Fault* before) {
                        EXPECT_EQ(before != nullptr, request > 1);
                        numbers_.push_back(request);
                        return request < refuse_from_;
                      });
  }

  Endpoint endpoint_;
  LineProtocol protocol_;
  Breaker breaker_;
  bool with_breaker_ = false;
  std::vector<Event> script_;
  double random_;
  UnixSeconds now_ = 1'800'000'000;
  std::int64_t millis_ = 0;
  int refuse_from_ = 1 << 30;
  std::optional<std::size_t> stop_after_pauses_;

  std::vector<WireRequest> sent_;
  std::vector<std::int64_t> pauses_;
  std::vector<int> numbers_;
};

std::string EndOf(const std::variant<Turn, Fault>& answer) {
  if (const auto* turn = std::get_if<Turn>(&answer)) {
    return std::string(StopReasonName(turn->stop));
  }
  return std::string(FaultKindName(std::get<Fault>(answer).kind));
}

std::string MessageOf(const std::variant<Turn, Fault>& answer) {
  const auto* fault = std::get_if<Fault>(&answer);
  return fault == nullptr ? "" : fault->message;
}

struct WeatherCase {
  std::string name;
  std::vector<Event> script;
  std::string end;
  std::size_t requests = 1;
  std::vector<std::int64_t> pauses;  // At a chance of one half.
  std::string message;
};

class ClientWeather : public ::testing::TestWithParam<WeatherCase> {};

TEST_P(ClientWeather, EndsAsItShould) {
  const WeatherCase& param = GetParam();
  Site site(param.script);
  const std::variant<Turn, Fault> answer = site.Ask();
  EXPECT_EQ(EndOf(answer), param.end);
  EXPECT_THAT(site.sent_, SizeIs(param.requests));
  EXPECT_EQ(site.pauses_, param.pauses);
  EXPECT_THAT(MessageOf(answer), HasSubstr(param.message));
  ASSERT_FALSE(site.sent_.empty());
  for (const WireRequest& each : site.sent_) {
    EXPECT_EQ(each.path, site.sent_[0].path);
    EXPECT_EQ(each.headers, site.sent_[0].headers);
    EXPECT_EQ(each.body, site.sent_[0].body);
  }
}

const std::vector<WeatherCase> kWeather = {
    {"Fine", {Fine()}, "done", 1, {}, ""},
    // Passing.
    {"Reset", {Reset(), Fine()}, "done", 2, {1000}, ""},
    {"ThreeResets",
     {Reset(), Reset(), Reset(), Fine()},
     "done",
     4,
     {1000, 2000, 4000},
     ""},
    {"TooManyRequests", {Status(429), Fine()}, "done", 2, {1000}, ""},
    {"TooManyWithAPause",
     {Status(429, "no", {{"retry-after-ms", "30000"}}), Fine()},
     "done",
     2,
     {31'000},
     ""},
    {"TooManyWithAPauseOfNothing",
     {Status(429, "no", {{"retry-after-ms", "0"}}), Fine()},
     "done",
     2,
     {1000},
     ""},
    {"AnHourOfPauseFits",
     {Status(503, "no", {{"retry-after-ms", "3600000"}}), Fine()},
     "done",
     2,
     {3'601'000},
     ""},
    {"Overloaded529", {Status(529), Fine()}, "done", 2, {1000}, ""},
    {"Broken500", {Status(500), Fine()}, "done", 2, {1000}, ""},
    {"BadGateway", {Status(502), Fine()}, "done", 2, {1000}, ""},
    {"Timeout408", {Status(408), Fine()}, "done", 2, {1000}, ""},
    {"Conflict409", {Status(409), Fine()}, "done", 2, {1000}, ""},
    {"ErrorInA200",
     {Stream("say he\nerror overloaded busy\n"), Fine()},
     "done",
     2,
     {1000},
     ""},
    {"TruncatedStream", {Stream("say he\n"), Fine()}, "done", 2, {1000}, ""},
    {"EmptyStream", {Stream(""), Fine()}, "done", 2, {1000}, ""},
    {"ResetInAStream",
     {BrokenStream("say he\n"), Fine()},
     "done",
     2,
     {1000},
     ""},
    // Whole, though its connection was not ended well.
    {"ResetBehindTheEnd", {BrokenStream("say x\nend\n")}, "done", 1, {}, ""},
    // Final.
    {"Quota429", {Status(429, "quota spent")}, "quota", 1, {}, "quota spent"},
    {"Credit400", {Status(400, "quota: no credit")}, "quota", 1, {}, "credit"},
    {"QuotaWhateverAHeaderSays",
     {Status(429, "quota", {{"x-should-retry", "true"}})},
     "quota",
     1,
     {},
     "quota"},
    {"QuotaInA200",
     {Stream("error quota spent\n")},
     "quota",
     1,
     {},
     "quota spent"},
    {"WrongKey", {Status(401)}, "auth", 1, {}, ""},
    {"BadRequest", {Status(400, "no such model")}, "request", 1, {}, "model"},
    {"TooLong", {Status(413)}, "too-long", 1, {}, ""},
    {"Refusal", {Stream("refuse\nend\n")}, "refusal", 1, {}, ""},
    // Overruled.
    {"ShouldNotRetry",
     {Status(500, "no", {{"x-should-retry", "false"}})},
     "overloaded",
     1,
     {},
     ""},
    {"ShouldRetry",
     {Status(400, "no", {{"x-should-retry", "true"}}), Fine()},
     "done",
     2,
     {1000},
     ""},
    // An answer that is none is paid for each time.
    {"NoAnswerTwice",
     {Stream("what\n"), Stream("what\n"), Fine()},
     "done",
     3,
     {1000, 2000},
     ""},
    {"NoAnswerForEver",
     {Stream("what\n")},
     "protocol",
     4,
     {1000, 2000, 4000},
     "not a line: what"},
    // Longer than there is time.
    {"APauseBeyondTheEnd",
     {Status(429, "later", {{"retry-after-ms", "7201000"}})},
     "overloaded",
     1,
     {},
     "later; given up after 1 requests: a pause of 2h is wanted"},
    {"ASecondPauseBeyondTheEnd",
     {Status(429, "later", {{"retry-after-ms", "3600000"}})},
     "overloaded",
     2,
     {3'601'000},
     "a pause of 1h is wanted, and only 59min"},
};

INSTANTIATE_TEST_SUITE_P(Each, ClientWeather, ::testing::ValuesIn(kWeather),
                         [](const auto& each) { return each.param.name; });

TEST(Client, PausesDoubleToFiveMinutesAndEndWithTheTime) {
  Site site({Status(529)}, 0.999999);
  const std::variant<Turn, Fault> answer = site.Ask();
  EXPECT_EQ(EndOf(answer), "overloaded");
  ASSERT_THAT(site.pauses_, SizeIs(Ge(20U)));
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(site.pauses_[i], (2000LL << i) - 1) << i;
  }
  EXPECT_THAT(site.pauses_, Each(Le(300'000)));
  EXPECT_EQ(site.pauses_[10], 299'999);
  // The last try is made at the end, and there is none behind it.
  std::int64_t all = 0;
  for (const std::int64_t each : site.pauses_) all += each;
  EXPECT_GT(all, 7'199'000);
  EXPECT_LE(all, 7'201'000);  // The clock counts seconds.
  EXPECT_EQ(site.sent_.size(), site.pauses_.size() + 1);
}

TEST(Client, ChanceMayTakeTheWholePauseAway) {
  Site site(
      {Reset(), Reset(), Status(429, "", {{"retry-after-ms", "5000"}}), Fine()},
      0.0);
  EXPECT_EQ(EndOf(site.Ask()), "done");
  EXPECT_THAT(site.pauses_, ElementsAre(5000));
}

TEST(Client, TheTimeIsCountedFromEachAsk) {
  Site site({Reset()});
  site.endpoint_.retry_for = 5;
  EXPECT_EQ(EndOf(site.Ask()), "network");
  const std::size_t first = site.sent_.size();
  EXPECT_GT(first, 2U);
  site.now_ += 100'000;
  EXPECT_EQ(EndOf(site.Ask()), "network");
  EXPECT_EQ(site.sent_.size(), 2 * first);
}

TEST(Client, WithoutTimeForRepeatsThereAreNone) {
  Site site({Reset()});
  site.endpoint_.retry_for = 0;
  EXPECT_EQ(EndOf(site.Ask()), "network");
  EXPECT_THAT(site.sent_, SizeIs(1));
}

TEST(Client, WhoeverIsAskedBeforeARequestMayForbidIt) {
  Site site({Status(529, "busy")});
  site.refuse_from_ = 3;
  const std::variant<Turn, Fault> answer = site.Ask();
  EXPECT_EQ(EndOf(answer), "network");
  EXPECT_EQ(MessageOf(answer), "stopped; before that: busy");
  EXPECT_THAT(site.numbers_, ElementsAre(1, 2, 3));
  EXPECT_THAT(site.sent_, SizeIs(2));

  Site first({Fine()});
  first.refuse_from_ = 1;
  EXPECT_EQ(MessageOf(first.Ask()), "stopped");
  EXPECT_THAT(first.sent_, IsEmpty());
}

TEST(Client, AStopEndsAPause) {
  Site site({Status(529, "busy")});
  site.with_breaker_ = true;
  site.stop_after_pauses_ = 2;
  const std::variant<Turn, Fault> answer = site.Ask();
  EXPECT_THAT(MessageOf(answer), StartsWith("stopped"));
  EXPECT_THAT(site.sent_, SizeIs(2));
  // Which says nothing of the provider.
  EXPECT_FALSE(site.breaker_.IsOpen(site.now_));
  // What was refused is not charged for, whatever ends the waiting.
  EXPECT_FALSE(std::get<Fault>(answer).MayBeCharged());
}

TEST(Client, WhatWasLostBeforeAStopMayBeCharged) {
  Site site({Reset()});
  site.stop_after_pauses_ = 1;
  const std::variant<Turn, Fault> answer = site.Ask();
  EXPECT_THAT(MessageOf(answer), StartsWith("stopped; before that: "));
  EXPECT_TRUE(std::get<Fault>(answer).MayBeCharged());
}

TEST(Client, AnAnswerLongerThanItMayBeIsNone) {
  // An endless answer: a line that never ends.
  class Endless : public Transport {
   public:
    std::variant<Answer, Fault> Send(const WireRequest&,
                                     const Take& take) override {
      const std::string piece(1UL << 20, 'a');
      while (take("say " + piece + "\n")) {
      }
      Answer answer;
      answer.head.status = 200;
      return answer;
    }
  };
  Site site({Fine()});
  auto transport = std::make_unique<Endless>();
  Client client(&site.endpoint_, &site.protocol_, std::move(transport), nullptr,
                CalmWeather({}));
  const std::variant<Turn, Fault> answer = client.Ask(Opened("x"), {});
  EXPECT_EQ(EndOf(answer), "protocol");
  EXPECT_THAT(MessageOf(answer), HasSubstr("32 MiB"));
}

// --- With a breaker ---

TEST(Client, ThreeGivenUpOpenTheBreakerAndNothingIsSent) {
  Site site({Status(529, "busy")});
  site.with_breaker_ = true;
  site.endpoint_.retry_for = 10;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(EndOf(site.Ask()), "overloaded");
  const std::size_t sent = site.sent_.size();
  const std::variant<Turn, Fault> answer = site.Ask();
  EXPECT_EQ(site.sent_.size(), sent);
  EXPECT_EQ(EndOf(answer), "overloaded");
  EXPECT_THAT(MessageOf(answer), StartsWith("not asked for 1min: busy"));
  EXPECT_EQ(std::get<Fault>(answer).retry_after_ms, 60'000);
  EXPECT_TRUE(std::get<Fault>(answer).MayRetry());
}

TEST(Client, AProbeIsSentOnce) {
  Site site({Status(529, "busy")});
  site.with_breaker_ = true;
  site.endpoint_.retry_for = 10;
  for (int i = 0; i < 3; ++i) site.Ask();
  site.sent_.clear();
  site.now_ += 61;
  EXPECT_EQ(EndOf(site.Ask()), "overloaded");
  EXPECT_THAT(site.sent_, SizeIs(1));
  // Open again, for twice as long.
  site.now_ += 61;
  EXPECT_THAT(MessageOf(site.Ask()), StartsWith("not asked for 59s"));
  site.now_ += 60;
  site.script_ = {Fine()};
  EXPECT_EQ(EndOf(site.Ask()), "done");
  EXPECT_FALSE(site.breaker_.IsOpen(site.now_));
  site.script_ = {Fine()};
  EXPECT_EQ(EndOf(site.Ask()), "done");
}

TEST(Client, MoneyOpensItAtOnceForAQuarterOfAnHour) {
  Site site({Status(429, "quota spent")});
  site.with_breaker_ = true;
  EXPECT_EQ(EndOf(site.Ask()), "quota");
  EXPECT_THAT(MessageOf(site.Ask()), StartsWith("not asked for 15min: quota"));
  EXPECT_THAT(site.sent_, SizeIs(1));
}

TEST(Client, AProbeThatIsForbiddenLeavesItsPlace) {
  Site site({Status(401)});
  site.with_breaker_ = true;
  site.Ask();
  site.now_ += 1000;
  site.refuse_from_ = 1;
  EXPECT_THAT(MessageOf(site.Ask()), StartsWith("stopped"));
  site.refuse_from_ = 1 << 30;
  site.script_ = {Fine(), Fine()};
  EXPECT_EQ(EndOf(site.Ask()), "done");
}

TEST(Client, MistakesOfOursDoNotOpenIt) {
  Site site({Status(400)});
  site.with_breaker_ = true;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(EndOf(site.Ask()), "request");
  EXPECT_THAT(site.sent_, SizeIs(10));
}

// --- Weather ---

TEST(Weather, TheRealOneStopsWhenAsked) {
  int asked = 0;
  const Weather weather = RealWeather([&] { return ++asked > 2; });
  // An hour, of which no second passes.
  EXPECT_TRUE(weather.wait(0));
  EXPECT_FALSE(weather.wait(3'600'000));
  EXPECT_EQ(asked, 3);
  EXPECT_GT(weather.now(), 1'700'000'000);
  for (int i = 0; i < 100; ++i) {
    const double chance = weather.random();
    EXPECT_GE(chance, 0.0);
    EXPECT_LT(chance, 1.0);
  }
}

TEST(Weather, TheCalmOneEndsWhatIsRecordedForEver) {
  std::vector<WireRequest> sent;
  Endpoint endpoint;
  const LineProtocol protocol;
  Client client(
      &endpoint, &protocol,
      std::make_unique<ScriptedTransport>(std::vector{Status(529)}, &sent),
      nullptr, CalmWeather({}));
  EXPECT_EQ(EndOf(client.Ask(Opened("x"), {})), "overloaded");
  EXPECT_THAT(sent, SizeIs(::testing::AllOf(Ge(20U), Le(100U))));
  EXPECT_FALSE(CalmWeather([] { return true; }).wait(1));
}

}  // namespace
}  // namespace patchmilter::model
