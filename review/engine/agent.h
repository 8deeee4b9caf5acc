// Agent: a program that reviews by itself, with tools of ours: the other kind
// of model (api "command"). It holds its own conversation with a model; we give
// it a prompt, answer its calls, and learn at the end what it has cost.
//
// Findings come through the tools, as from any model: nothing else that it says
// is read, and nothing of it is mailed.
//
// Implemented in app/agent.h. Threads: as the implementation says.
#ifndef PATCHMILTER_REVIEW_ENGINE_AGENT_H_
#define PATCHMILTER_REVIEW_ENGINE_AGENT_H_

#include <functional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "model/chat.h"
#include "model/dialogue.h"

namespace patchmilter::review {

struct AgentTask {
  std::string name;    // For logs: one line.
  std::string prompt;  // All that it is told; valid UTF-8.
  std::vector<model::ToolSpec> tools;
  // Of these turns (as calls: an agent's own turns are not seen), time and
  // soft_percent hold; how agents count tokens is known when they have ended.
  model::DialogueLimits limits;
  // Told to agents that can keep to it ({max_usd}); 0 for none.
  MicroDollars max_cost = 0;
  // Asked about five times a second: true ends the run (kStopped). May be null.
  std::function<bool()> stop = nullptr;
};

class Agent {
 public:
  virtual ~Agent() = default;
  // One conversation from its beginning to its end; no process and no file of
  // it is left. `tools` is called as its own rule says, from the thread that
  // called Run; the limits and their notices are kept here, not by `tools`.
  // DialogueEnd: `turns` are the agent's own where it reports them, else the
  // calls that it made; `usage`, `cost` and `model` likewise, else zero and "".
  // Errors are our own: no scratch directory, no daemon that runs agents.
  virtual Result<model::DialogueEnd> Run(const AgentTask& task,
                                         model::ToolRunner* tools) = 0;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_AGENT_H_
