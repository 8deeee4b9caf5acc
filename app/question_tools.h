// QuestionTools: the questions of review/tools as McpTools.
#ifndef PATCHMILTER_APP_QUESTION_TOOLS_H_
#define PATCHMILTER_APP_QUESTION_TOOLS_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/mcp_tools.h"
#include "model/chat.h"
#include "review/tools/session.h"

namespace patchmilter::app {

// What `patchmilter mcp` and the review daemon serve to whoever asks about
// code. Threads: that of its session. Tested in tests/app/mcp_test.py.
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

#endif  // PATCHMILTER_APP_QUESTION_TOOLS_H_
