#include "review/engine/desk.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/log.h"

namespace patchmilter::review {
namespace {

constexpr std::string_view kShowPatch = "show_patch";

ReviewDesk::Answer Wrong(std::string text) {
  return {std::move(text), true, std::nullopt};
}

// What a fence says of the text in it.
std::string LabelOf(const Tool& tool, const Arguments& arguments) {
  std::string label(tool.name);
  for (const Parameter& parameter : tool.parameters) {
    if (parameter.name == "cursor") continue;
    std::string value;
    if (parameter.type == Parameter::Type::kString) {
      value = arguments.Text(parameter.name);
    } else if (parameter.type == Parameter::Type::kInteger) {
      const std::int64_t number = arguments.Number(parameter.name, -1);
      if (number >= 0) value = std::to_string(number);
    }
    if (!value.empty()) label += " " + value;
  }
  return label;
}

}  // namespace

ReviewDesk::ReviewDesk(std::unique_ptr<tree::Code> code,
                       std::unique_ptr<tree::Code> diffs, bool has_tree,
                       ToolLimits limits, Fence fence)
    : has_tree_(has_tree),
      fence_(std::move(fence)),
      code_(std::move(code)),
      diffs_(std::move(diffs)),
      session_(code_.get(), std::make_shared<ToolUsage>(limits)),
      diffs_session_(diffs_.get(), std::make_shared<ToolUsage>(limits)) {}

std::vector<model::ToolSpec> ReviewDesk::Tools() const {
  std::vector<model::ToolSpec> specs;
  for (const Tool& tool : AllTools()) {
    if (!has_tree_ && tool.name != kShowPatch) continue;
    specs.push_back({std::string(tool.name), std::string(tool.description),
                     InputSchema(tool).dump()});
  }
  return specs;
}

ReviewDesk::Answer ReviewDesk::Ask(const model::ToolCall& call,
                                   bool diffs_only) {
  const Tool* tool = FindTool(call.name);
  if (tool == nullptr || (!has_tree_ && tool->name != kShowPatch)) {
    return Wrong(
        fmt::format("there is no tool \"{}\"", log::Clean(call.name, 64)));
  }
  const auto json = nlohmann::json::parse(call.arguments, nullptr, false);
  if (json.is_discarded()) return Wrong("the arguments are not JSON");
  const Result<Arguments> arguments = ParseArguments(*tool, json);
  if (!arguments.ok()) return Wrong(arguments.error().message);

  const MutexLock lock(mutex_);
  ++counts_.asked;
  // nlohmann::json sorts keys: what is the same is written the same.
  const std::string key = fmt::format(
      "{} {} {}", diffs_only && tool->name == kShowPatch, call.name,
      json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  const auto known = memory_.find(key);
  if (known != memory_.end()) {
    ++counts_.remembered;
    return known->second;
  }
  Answer answer = AskAnew(*tool, *arguments, diffs_only);
  const std::size_t bytes = key.size() + answer.text.size();
  if (!answer.error && memory_bytes_ + bytes <= kMaxMemory) {
    memory_bytes_ += bytes;
    memory_.emplace(key, answer);
  }
  return answer;
}

ReviewDesk::Answer ReviewDesk::AskAnew(const Tool& tool,
                                       const Arguments& arguments,
                                       bool diffs_only) {
  const bool diffs = diffs_only && tool.name == kShowPatch;
  if (diffs && diffs_ == nullptr) return Wrong("there are no diffs");
  ToolSession& session = diffs ? diffs_session_ : session_;
  ToolSession::Reply reply = session.Call(tool, arguments);
  if (reply.error) return Wrong(std::move(reply.status));
  Answer answer;
  answer.text = fence_.Fenced(LabelOf(tool, arguments), reply.body);
  answer.text += reply.status;
  answer.delivered = reply.delivered;
  return answer;
}

ReviewDesk::Counts ReviewDesk::counts() const {
  const MutexLock lock(mutex_);
  return counts_;
}

}  // namespace patchmilter::review
