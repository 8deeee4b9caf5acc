// Protocol: one provider's wire format. Pure: bytes in, bytes out.
//
// A request is made by splicing: the same conversation, grown by a turn, gives
// the same bytes up to where it grew (but for cache marks, which providers
// leave out of the comparison). That is what keeps caches warm, and thinking
// blocks valid.
//
// A turn of which nothing can be sent back has an opaque of "", and is left out
// of requests: providers refuse a turn without content.
//
// Answers are streams of server-sent events from a server that may be broken or
// hostile: bounded, and believed only when their last event has come.
// Threads: a Protocol is constant; a reader belongs to one thread.
// Tested in tests/model/protocol_*_test.cc and against tests/fakes/.
#ifndef PATCHMILTER_MODEL_PROTOCOL_H_
#define PATCHMILTER_MODEL_PROTOCOL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/chat.h"
#include "model/endpoint.h"
#include "model/fault.h"

namespace patchmilter::model {

// All of what is sent but the key.
struct WireRequest {
  std::string path;  // Behind the endpoint's url: "/v1/messages".
  std::vector<std::string> headers;  // "name: value", without the key's.
  std::string body;
};

// What comes before an answer's body. Names in lower case.
struct WireHead {
  int status = 0;
  std::map<std::string, std::string> headers;
};

// An answer holds no more than this; a longer one is a fault.
inline constexpr std::size_t kMaxAnswerBytes = 32UL << 20;

// Takes one answer apart, from a 200 whose body are server-sent events.
class AnswerReader {
 public:
  virtual ~AnswerReader() = default;
  // The next bytes of the body, in any pieces. A fault ends the answer.
  virtual std::variant<std::monostate, Fault> Take(std::string_view bytes) = 0;
  // The body is over. A fault (kNetwork) where the last event has not come.
  virtual std::variant<Turn, Fault> Finish() = 0;
};

class Protocol {
 public:
  virtual ~Protocol() = default;

  virtual WireRequest Request(const Conversation& conversation) const = 0;
  // The header that carries the key, "x-api-key: …"; the caller wipes it.
  virtual std::string KeyHeader(const ApiKey& key) const = 0;
  virtual std::unique_ptr<AnswerReader> NewReader() const = 0;
  // A reader for the answer to `sent`, which it is measured by: Ollama drops
  // what is longer than its window without a word. Prefer it to NewReader.
  virtual std::unique_ptr<AnswerReader> ReaderFor(
      const WireRequest& /*sent*/) const {
    return NewReader();
  }
  // What a status other than 200 means. `body` may be cut, or no JSON.
  virtual Fault FaultOf(const WireHead& head, std::string_view body) const = 0;
};

// The protocol that `endpoint` speaks.
std::unique_ptr<Protocol> MakeProtocol(const Endpoint& endpoint);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_PROTOCOL_H_
