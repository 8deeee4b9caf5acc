// The agents of the configuration ([[model]] of api "command").
//
// Where model.agent_socket is set, patchmilter-agentd runs the command that its
// own configuration has under the model's name; else we run it ourselves
// (app/agent_run.h says what that means). Either way its calls are answered
// here, by the thread that runs it.
#ifndef PATCHMILTER_APP_AGENT_H_
#define PATCHMILTER_APP_AGENT_H_

#include <memory>

#include "base/config.h"
#include "base/result.h"
#include "review/engine/agent.h"

namespace patchmilter::app {

// `model` is borrowed. REQUIRES: model.api == "command".
// Threads: any number of runs of one Agent, each on a thread of its own.
// REQUIRES: main() answers kAgentKeeperArgument (app/agent_keeper.h).
std::unique_ptr<review::Agent> MakeAgent(const ModelConfig* model);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_AGENT_H_
