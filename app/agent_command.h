// The command line and the environment of an agent, from the configuration.
//
// In each argument and each value of model.environment stands for
//   {mcp_config}       the path of a JSON file with our server in "mcpServers"
//   {mcp_command}      the same server as an inline table of TOML
//   {gemini_home}      HOME, where then .gemini/settings.json is: our server
//                      and no other tool, for the Gemini CLI
//   {tools}            the tools, as Claude names them, with commas
//   {max_turns}        limits.turns
//   {max_usd}          max_cost in dollars; kNoMostUsd where there is none
// and nothing else: other braces stay as they are. docs/model.md has complete
// commands. Threads: any. Tested in tests/app/agent_parts_test.cc.
#ifndef PATCHMILTER_APP_AGENT_COMMAND_H_
#define PATCHMILTER_APP_AGENT_COMMAND_H_

#include <string>
#include <vector>

#include "app/agent_scratch.h"
#include "base/config.h"
#include "base/result.h"

namespace patchmilter::app {

inline constexpr std::string_view kNoMostUsd = "1000000.00";

// How an agent is named our server, and its tools are.
inline constexpr std::string_view kAgentServer = "patchmilter";

struct AgentWish {
  std::vector<std::string> tools;  // Their names.
  std::int64_t turns = 0;
  MicroDollars max_cost = 0;
};

struct AgentCommand {
  std::vector<std::string> arguments;    // The program first.
  std::vector<std::string> environment;  // "NAME=value"
};

// Writes mcp.json into `scratch`, and the Gemini CLI's settings where they are
// asked for, of `bridge` (the program patchmilter) with the socket and the
// token file of `scratch`.
Result<AgentCommand> MakeAgentCommand(const ModelConfig& model,
                                      const AgentScratch& scratch,
                                      const std::string& bridge,
                                      const AgentWish& wish);

// The program `patchmilter` beside the one that runs.
Result<std::string> BridgeProgram();

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_AGENT_COMMAND_H_
