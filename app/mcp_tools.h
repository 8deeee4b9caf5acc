// McpTools: what an McpServer serves: a list of tools, and their answers.
#ifndef PATCHMILTER_APP_MCP_TOOLS_H_
#define PATCHMILTER_APP_MCP_TOOLS_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/chat.h"

namespace patchmilter::app {

// Threads: one, that of its server.
class McpTools {
 public:
  struct Reply {
    // Each a block of its own: what is foreign, and what we say of it.
    std::vector<std::string> texts;
    bool error = false;
  };

  virtual ~McpTools() = default;
  // The same each time.
  virtual std::vector<model::ToolSpec> List() const = 0;
  // Whether a call that is made again changes nothing.
  virtual bool Idempotent() const = 0;
  // Nothing where no tool has this name. `arguments` may be anything.
  virtual std::optional<Reply> Call(const std::string& name,
                                    const nlohmann::json& arguments) = 0;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_MCP_TOOLS_H_
