// McpTools: what an McpServer serves: a list of tools, and their answers.
#ifndef PATCHMILTER_APP_MCP_TOOLS_H_
#define PATCHMILTER_APP_MCP_TOOLS_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/chat.h"
#include "review/tools/session.h"

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

// The questions of review/tools: what `patchmilter mcp` and the review daemon
// serve to whoever asks about code.
class QuestionTools : public McpTools {
 public:
  // Borrowed.
  explicit QuestionTools(review::ToolSession* session) : session_(session) {}

  std::vector<model::ToolSpec> List() const override;
  bool Idempotent() const override { return true; }
  std::optional<Reply> Call(const std::string& name,
                            const nlohmann::json& arguments) override;

 private:
  review::ToolSession* session_;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_MCP_TOOLS_H_
