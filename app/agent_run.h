// One run of an agent's program: started in a scratch directory of its own
// (app/agent_scratch.h) under a keeper (app/agent_keeper.h), its prompt on its
// standard input, its output read within bounds, its calls answered on a socket
// in that directory (app/agent_door.h), until it ends or has to.
//
// Nothing of ours reaches it: no descriptor, no variable, no key.
// Threads: all is done by the one that calls. Tested in
// tests/app/agent_test.py.
#ifndef PATCHMILTER_APP_AGENT_RUN_H_
#define PATCHMILTER_APP_AGENT_RUN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/agent_command.h"
#include "app/agent_report.h"
#include "app/agent_tools.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/result.h"

namespace patchmilter::app {

// Of standard output and standard error together; then it is killed.
inline constexpr std::uint64_t kMaxAgentOutput = 64ULL << 20;
// From the end of its conversation, in which it may say what it has cost.
inline constexpr Seconds kAgentLeave = 60;
inline constexpr std::size_t kMaxAgentPrompt = 8 << 20;

// Who answers an agent.
class AgentDesk {
 public:
  struct Said {
    std::optional<std::string> line;  // Nothing where no answer is due.
    AgentTools::State state = AgentTools::State::kOpen;
  };
  virtual ~AgentDesk() = default;
  // `line` is one of the Model Context Protocol. An error: nobody waits for
  // this run any more.
  virtual Result<Said> Answer(std::string_view line) = 0;
  // Asked about five times a second: true ends the run.
  virtual bool Stop() = 0;
};

struct AgentOrder {
  const ModelConfig* model = nullptr;  // The command and its credential.
  std::string name;                    // For logs.
  std::string prompt;
  AgentWish wish;
  Seconds time = 0;
  std::string bridge;   // The program patchmilter.
  std::string scratch;  // Where to make the directory; "": app/agent_scratch.h.
};

struct AgentOutcome {
  enum class How : std::uint8_t {
    kExited,      // `value`: its status.
    kSignal,      // `value`: the number.
    kNotStarted,  // `value`: errno.
    kTimedOut,
    kTooMuch,  // Output.
    kStopped,  // AgentDesk::Stop.
    kOver,     // It has gone on after its conversation was over.
  };
  How how = How::kExited;
  std::int64_t value = 0;
  AgentReport report;
};

// Errors: there was no scratch directory, no process, no credential file.
Result<AgentOutcome> RunAgentProgram(const AgentOrder& order, AgentDesk* desk);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_AGENT_RUN_H_
