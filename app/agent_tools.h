// AgentTools: the tools of one conversation of an agent, with its limits.
//
// Calls go to a model::ToolRunner, one after the other. Its limits are kept as
// model/dialogue.h says, but counted in calls, since an agent's turns are not
// seen: behind `soft_percent` of the calls or of the time a notice follows each
// answer; past them (of the time: halfway between that and its end, when the
// agent is killed) only reporting tools are answered, kGraceCalls times.
//
// Threads: that of its runner. Tested in tests/app/agent_parts_test.cc.
#ifndef PATCHMILTER_APP_AGENT_TOOLS_H_
#define PATCHMILTER_APP_AGENT_TOOLS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/mcp_tools.h"
#include "base/clock.h"
#include "model/chat.h"
#include "model/dialogue.h"

namespace patchmilter::app {

// Calls past a limit: as many as a model may make in the turns of grace.
inline constexpr std::int64_t kGraceCalls =
    model::kGraceTurns * static_cast<std::int64_t>(model::kMaxCallsOfTurn);

class AgentTools : public McpTools {
 public:
  // `runner` is borrowed. `elapsed`: seconds since the run began.
  AgentTools(std::vector<model::ToolSpec> specs,
             const model::DialogueLimits& limits, model::ToolRunner* runner,
             std::function<Seconds()> elapsed)
      : specs_(std::move(specs)),
        limits_(limits),
        runner_(runner),
        elapsed_(std::move(elapsed)) {}

  std::vector<model::ToolSpec> List() const override { return specs_; }
  bool Idempotent() const override { return false; }
  std::optional<Reply> Call(const std::string& name,
                            const nlohmann::json& arguments) override;

  // How it stands with the conversation.
  enum class State : std::uint8_t {
    kOpen,
    kFinished,   // A reporting tool has ended it.
    kExhausted,  // No more calls are answered.
  };
  State state() const;
  // The limit that was reached, in words; "" for none.
  const std::string& limit() const { return limit_; }
  std::int64_t calls() const { return calls_; }

 private:
  // Notes a limit that is reached now; what is to be said of limits, if
  // anything.
  std::string Notice();

  std::vector<model::ToolSpec> specs_;
  model::DialogueLimits limits_;
  model::ToolRunner* runner_;
  std::function<Seconds()> elapsed_;
  std::int64_t calls_ = 0;
  std::int64_t calls_past_limit_ = 0;
  std::string limit_;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_AGENT_TOOLS_H_
