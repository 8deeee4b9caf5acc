// AgentReport: what an agent says of itself on its standard output, where that
// is a form that we know: what it has cost, and why it has ended. What else it
// says is not kept.
//
//   claude --output-format stream-json   the line of "type": "result"
//   codex exec --json                    lines of a turn's end, and of "error"
//   gemini -o json                       one object with "stats"; or one with
//                                        "error", which ends its standard error
// Any other program has reported nothing.
//
// Input: hostile; numbers are bounded, words only told apart. Threads: one.
// Tested in tests/app/agent_parts_test.cc.
#ifndef PATCHMILTER_APP_AGENT_REPORT_H_
#define PATCHMILTER_APP_AGENT_REPORT_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "app/line_channel.h"
#include "base/config.h"
#include "model/chat.h"
#include "model/fault.h"

namespace patchmilter::app {

// Longer lines, and a longer object, are not looked at.
inline constexpr std::size_t kMaxReport = 1 << 20;

struct AgentReport {
  enum class Verdict : std::uint8_t {
    kNone,    // It has said nothing of its end.
    kDone,    // All went well, it says.
    kTurns,   // It has come to its limit of turns.
    kMoney,   // Likewise of money.
    kFailed,  // `fault` is the kind, as far as its words tell.
  };
  Verdict verdict = Verdict::kNone;
  model::FaultKind fault = model::FaultKind::kProtocol;
  std::int64_t turns = 0;
  model::Usage usage;
  // Nothing where it does not say.
  std::optional<MicroDollars> cost;
  std::string model;  // At most 100 bytes, cleaned.

  bool operator==(const AgentReport&) const = default;
};

class AgentReporter {
 public:
  AgentReporter() : lines_(kMaxReport) {}
  // What came on standard output.
  void Add(std::string_view bytes);
  // After the last. `errors`: the end of standard error.
  AgentReport Finish(std::string_view errors = {});

 private:
  void Line(const std::string& line);
  void ClaudeResult(const nlohmann::json& line);
  void CodexTurn(const nlohmann::json& line);
  void GeminiObject(const nlohmann::json& object);
  void GeminiErrors(std::string_view errors);
  void Fail(const nlohmann::json& words);

  LineBuffer lines_;
  std::string whole_;   // Until it is longer than kMaxReport.
  bool lined_ = false;  // A line was of a form that we know.
  AgentReport report_;
};

// The kind of a fault, from an agent's own words about it.
model::FaultKind FaultKindOfWords(std::string_view words);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_AGENT_REPORT_H_
