#include "app/agent_tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace patchmilter::app {

AgentTools::State AgentTools::state() const {
  if (runner_->Finished()) return State::kFinished;
  return calls_past_limit_ > kGraceCalls ? State::kExhausted : State::kOpen;
}

std::string AgentTools::Notice() {
  const Seconds now = elapsed_();
  const Seconds last = limits_.time * (100 + limits_.soft_percent) / 200;
  if (limit_.empty() && calls_ > limits_.turns) {
    limit_ = fmt::format("its limit of {} tool calls", limits_.turns);
  } else if (limit_.empty() && now >= last) {
    limit_ = fmt::format("its time of {} s", limits_.time);
  }
  if (!limit_.empty()) {
    return "The limit of this conversation is reached. Report now what you "
           "have found, and finish: no other tool is answered any more.";
  }
  const bool soon = calls_ * 100 >= limits_.turns * limits_.soft_percent ||
                    now * 100 >= limits_.time * limits_.soft_percent;
  if (!soon) return {};
  return fmt::format(
      "The limit of this conversation is near ({} of {} tool calls, {} of {} "
      "seconds): report what you have found, and finish.",
      calls_, limits_.turns, now, last);
}

std::optional<McpTools::Reply> AgentTools::Call(
    const std::string& name, const nlohmann::json& arguments) {
  const bool known =
      std::any_of(specs_.begin(), specs_.end(),
                  [&name](const auto& spec) { return spec.name == name; });
  if (!known) return std::nullopt;
  if (state() != State::kOpen) {
    return Reply{{"The conversation is over: nothing more is taken."}, true};
  }
  ++calls_;
  const std::string notice = Notice();
  if (!limit_.empty() && ++calls_past_limit_ > kGraceCalls) {
    return Reply{{"The conversation is over: nothing more is taken."}, true};
  }
  model::ToolRunner::Answer answer = runner_->Run(
      {.id = {},
       .name = name,
       .arguments = arguments.dump(-1, ' ', false,
                                   nlohmann::json::error_handler_t::replace)},
      !limit_.empty());
  Reply reply;
  reply.texts.push_back(std::move(answer.text));
  if (!notice.empty() && !runner_->Finished()) reply.texts.push_back(notice);
  reply.error = answer.error;
  return reply;
}

}  // namespace patchmilter::app
