// What the review daemon and patchmilter-agentd say to one another, one run a
// connection, in frames (a type, a length, as many bytes):
//
//   review -> agentd  kRun      AgentRequest
//   agentd -> review  kLine     a line that the agent has said
//   review -> agentd  kAnswer   AgentDesk::Said
//   agentd -> review  kEnd      AgentOutcome, or
//                     kRefused  why there was no run
// The review daemon ends a run by hanging up, agentd by dying.
//
// Input: hostile on both sides: what runs agents may have been taken over by
// one. Numbers are cut to what they can be, words cleaned.
// Threads: one. Tested in tests/app/agent_parts_test.cc.
#ifndef PATCHMILTER_APP_AGENT_WIRE_H_
#define PATCHMILTER_APP_AGENT_WIRE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "app/agent_run.h"
#include "base/clock.h"
#include "base/result.h"

namespace patchmilter::app {

inline constexpr std::size_t kMaxAgentFrame = kMaxAgentPrompt + (1 << 16);
// A run may be asked to take no longer.
inline constexpr Seconds kMaxAgentTime = Seconds{7} * 86400;
inline constexpr std::size_t kMaxAgentTools = 100;

struct AgentRequest {
  std::string model;  // Of agentd's own configuration.
  std::string name;
  std::string prompt;
  AgentWish wish;
  Seconds time = 0;
};

std::string EncodeRequest(const AgentRequest& request);
Result<AgentRequest> DecodeRequest(std::string_view bytes);
std::string EncodeSaid(const AgentDesk::Said& said);
Result<AgentDesk::Said> DecodeSaid(std::string_view bytes);
std::string EncodeOutcome(const AgentOutcome& outcome);
Result<AgentOutcome> DecodeOutcome(std::string_view bytes);
std::string EncodeRefusal(const Error& error);
Error DecodeRefusal(std::string_view bytes);

struct AgentFrame {
  enum class Type : std::uint8_t { kRun, kLine, kAnswer, kEnd, kRefused };
  Type type = Type::kRun;
  std::string bytes;
};

class AgentLink {
 public:
  // Borrowed.
  explicit AgentLink(int socket) : socket_(socket) {}

  Status Send(AgentFrame::Type type, std::string_view bytes);
  enum class Got : std::uint8_t { kFrame, kNothing, kHangUp };
  // Waits for a frame, up to `millis`; what has come of one is kept.
  Result<Got> Next(AgentFrame* frame, int millis);

 private:
  int socket_;
  std::string inbox_;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_AGENT_WIRE_H_
