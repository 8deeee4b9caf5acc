#include "app/question_tools.h"

#include <utility>

namespace patchmilter::app {

std::vector<model::ToolSpec> QuestionTools::List() const {
  std::vector<model::ToolSpec> specs;
  for (const review::Tool& tool : review::AllTools()) {
    specs.push_back({std::string(tool.name), std::string(tool.description),
                     review::InputSchema(tool).dump()});
  }
  return specs;
}

std::optional<McpTools::Reply> QuestionTools::Call(
    const std::string& name, const nlohmann::json& arguments) {
  const review::Tool* tool = review::FindTool(name);
  if (tool == nullptr) return std::nullopt;
  review::ToolSession::Reply said = session_->Call(*tool, arguments);
  // The repository's words and ours in blocks of their own: nothing that a
  // file holds can look like a cursor.
  Reply reply;
  if (!said.body.empty()) reply.texts.push_back(std::move(said.body));
  reply.texts.push_back(std::move(said.status));
  reply.error = said.error;
  return reply;
}

}  // namespace patchmilter::app
