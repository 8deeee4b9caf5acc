// Client: asks a model for the next turn of a conversation, through whatever
// weather there is.
//
// What may pass is tried again, the same bytes: after the pause that the
// provider wants, and a random part of a limit that doubles from 2 s to 5 min
// (full jitter), until endpoint.retry_for is over, counted from Ask's begin. A
// pause that the provider wants and that is longer than what is left ends it at
// once. An answer that is none (kProtocol) is tried again three times: it is
// paid for each time. What will not pass is a Fault at once (model/fault.h).
//
// The breaker is asked before each request and told of its end. Where it is
// open, Ask ends at once with kOverloaded, no request, and the time until it
// may be asked again in retry_after_ms: the job is to wait, not to fail. The
// probe of a breaker that was open is sent once.
//
// A stream counts only when its last event has come: a turn is whole or it is
// none. Where it has come, a connection that breaks afterwards takes nothing
// away. A lost answer is billed again; providers know no key for repeats.
// Threads: one Client a thread. Tested in tests/model/client_test.cc; the table
// of what is done about each weather is in docs/model.md.
#ifndef PATCHMILTER_MODEL_CLIENT_H_
#define PATCHMILTER_MODEL_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "base/clock.h"
#include "model/breaker.h"
#include "model/chat.h"
#include "model/endpoint.h"
#include "model/fault.h"
#include "model/protocol.h"
#include "model/transport.h"

namespace patchmilter::model {

// Time and chance, so that tests need neither.
struct Weather {
  std::function<UnixSeconds()> now;
  // Sleeps, or returns false at once or early where it is time to stop.
  std::function<bool(std::int64_t millis)> wait;
  std::function<double()> random;  // [0, 1)
};
// The machine's own. `stop` is asked four times a second while waiting.
Weather RealWeather(StopAsked stop);
// For replays: a pause takes no time, but counts as if it had; no chance.
Weather CalmWeather(StopAsked stop);

class Client {
 public:
  // All borrowed but the transport; `breaker` may be null.
  Client(const Endpoint* endpoint, const Protocol* protocol,
         std::unique_ptr<Transport> transport, Breaker* breaker,
         Weather weather);

  static constexpr std::int64_t kFirstLimitMillis = 2000;
  static constexpr std::int64_t kLastLimitMillis = 300'000;
  static constexpr int kMaxProtocolRetries = 3;

  // The turn that follows. `before_send` is called each time before the request
  // is sent, with how often that makes (1, 2, …) and, from the second on, the
  // fault of the time before; false gives up (kNetwork, "stopped"): that is
  // where budgets and stop switches are asked. Null is always true. A stop that
  // Weather::wait or the transport has seen ends in the same fault, which
  // tells of the one before it.
  using BeforeSend = std::function<bool(const WireRequest& request, int number,
                                        const Fault* before)>;
  std::variant<Turn, Fault> Ask(const Conversation& conversation,
                                const BeforeSend& before_send);

  // The bytes that Ask would send now, for journals and cassettes.
  WireRequest Request(const Conversation& conversation) const {
    return protocol_->Request(conversation);
  }
  const Endpoint& endpoint() const { return *endpoint_; }

 private:
  std::variant<Turn, Fault> AskOnce(const WireRequest& request);
  // After the `failures`th failed request, `left` before the end; nothing
  // where the end comes first.
  std::optional<std::int64_t> PauseMillis(const Fault& fault, int failures,
                                          std::int64_t left) const;
  Fault GiveUp(Fault fault) const;  // And tells the breaker.
  Fault Paused() const;             // What the breaker forbids.

  const Endpoint* endpoint_;
  const Protocol* protocol_;
  std::unique_ptr<Transport> transport_;
  Breaker* breaker_;
  Weather weather_;
};

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_CLIENT_H_
