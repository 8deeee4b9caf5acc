// EventAnswer: what the readers of all four wire formats have in common: the
// bounds, the events, their JSON, and that nothing counts before the last one.
// Threads: one. Tested in tests/model/protocol_*_test.cc.
#ifndef PATCHMILTER_MODEL_EVENT_ANSWER_H_
#define PATCHMILTER_MODEL_EVENT_ANSWER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "model/protocol.h"
#include "model/sse.h"
#include "model/wire_json.h"

namespace patchmilter::model {

// Bounds of one answer, besides kMaxAnswerBytes. More is kProtocol.
inline constexpr std::size_t kMaxCalls = 64;
inline constexpr std::size_t kMaxArgumentBytes = 1UL << 20;
inline constexpr std::size_t kMaxBlocks = 4096;  // Blocks, items, parts.

class EventAnswer : public AnswerReader {
 public:
  std::variant<std::monostate, Fault> Take(std::string_view bytes) final;
  std::variant<Turn, Fault> Finish() final;

 protected:
  // One event; `data` is a value. A fault ends the answer.
  virtual std::optional<Fault> OnEvent(std::string_view name,
                                       const JsonSlice& data) = 0;
  // The body was one JSON value and no stream: what its error means.
  virtual Fault OnBody(std::string_view body) = 0;
  // All has come. REQUIRES: complete().
  virtual std::variant<Turn, Fault> End() = 0;
  // Whether the last event has come.
  virtual bool complete() const = 0;

 private:
  std::optional<Fault> TakeEvent(std::string_view name, std::string_view data);

  SseParser events_;
  std::size_t bytes_ = 0;
  bool any_event_ = false;
  std::string head_;  // The first bytes, while no event has come.
  std::optional<Fault> fault_;
};

// Adds a call within the bounds; a fault where it passes them. Arguments that
// are "" become "{}".
std::optional<Fault> AddCall(ToolCall call, std::vector<ToolCall>* calls);

// `text`, from a provider, where it may stand in a log: cut.
std::string ShortName(std::string_view text);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_EVENT_ANSWER_H_
