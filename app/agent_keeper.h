// AgentKeeper: a process of ours between us and an agent, so that nothing of
// the agent is left: no process, no directory, whatever has become of us.
//
// Start() runs this same program again (/proc/self/exe --agent-keeper) in a
// session of its own, with a clean environment and a control socket. The keeper
// starts the agent in another session: with three descriptors, the environment
// and directory of its order and nothing of ours, no new privileges, no core
// dump, and the limits below. All that the agent starts becomes the keeper's
// child when its parent dies. When the agent ends, its time is over, or the
// control socket is closed (End(), or our death), the keeper kills every
// descendant until there is none, removes the scratch directory, and says how
// the agent has ended.
//
// Threads: one. Tested in tests/app/agent_test.py.
#ifndef PATCHMILTER_APP_AGENT_KEEPER_H_
#define PATCHMILTER_APP_AGENT_KEEPER_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/handle.h"
#include "base/result.h"

namespace patchmilter::app {

// Limits of each process of an agent; those of a unit hold for all together.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// A sanitizer's shadow, which our own programs bring, takes terabytes.
inline constexpr std::uint64_t kAgentMemory = UINT64_MAX;
#else
inline constexpr std::uint64_t kAgentMemory = 8ULL
                                              << 30;  // Data, not addresses.
#endif
inline constexpr std::uint64_t kAgentFile = 256ULL << 20;  // Of one file.
inline constexpr std::uint64_t kAgentFiles = 4096;         // Open at once.
// In which a keeper that was told to end has to come to it.
inline constexpr Seconds kKeeperPatience = 30;

class AgentKeeper {
 public:
  struct Order {
    std::vector<std::string> arguments;    // The program first, by its path.
    std::vector<std::string> environment;  // "NAME=value"
    std::string directory;                 // It works here.
    std::string scratch;                   // Removed at the end.
    Seconds time = 0;                      // Then it is killed.
  };
  struct End {
    enum class How : std::uint8_t {
      kExited,      // `value`: its status.
      kSignal,      // `value`: the number.
      kNotStarted,  // `value`: errno of exec.
      kTimedOut,
      kToldTo,
    };
    How how = How::kExited;
    std::int64_t value = 0;
  };

  // `in`, `out`, `err`: the agent's descriptors, borrowed.
  static Result<AgentKeeper> Start(const Order& order, int in, int out,
                                   int err);
  // Tells it to end, and waits for it, up to kKeeperPatience.
  ~AgentKeeper();
  AgentKeeper(AgentKeeper&& other) noexcept;
  AgentKeeper& operator=(AgentKeeper&&) = delete;
  AgentKeeper(const AgentKeeper&) = delete;
  AgentKeeper& operator=(const AgentKeeper&) = delete;

  // To be polled: readable when Take() has something to give.
  int control() const { return control_.get(); }
  // Kill the agent now.
  void TellToEnd();
  // How it has ended, once that is known; the error is the keeper's own death.
  Result<std::optional<End>> Take();

 private:
  AgentKeeper(pid_t pid, UniqueFd control)
      : pid_(pid), control_(std::move(control)) {}

  pid_t pid_;
  UniqueFd control_;
};

// The argument that makes a program of ours a keeper.
inline constexpr std::string_view kAgentKeeperArgument = "--agent-keeper";

// The keeper's main: descriptors 0 to 2 are the agent's, 3 is the control
// socket.
int AgentKeeperMain();

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_AGENT_KEEPER_H_
