// Runs one agent with a scripted ToolRunner: reads a task (JSON) on standard
// input, and prints what was asked and how it ended.
//
// Tools: show_patch answers "the patch" (or so many bytes: "bytes"),
// report_finding keeps its arguments, finish_review ends the conversation.
// "stop_at_call": asks to stop from that call on; "park_at_call": prints a line
// there and waits for standard input to end.
#include <csignal>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "app/agent.h"
#include "app/agent_keeper.h"
#include "base/log.h"
#include "model/fault.h"

namespace patchmilter::app {
namespace {

using Json = nlohmann::ordered_json;

class ScriptedRunner : public model::ToolRunner {
 public:
  explicit ScriptedRunner(const Json& task) : task_(task) {}

  Answer Run(const model::ToolCall& call, bool limit_reached) override {
    calls_.push_back({{"name", call.name},
                      {"arguments", call.arguments},
                      {"limit_reached", limit_reached}});
    if (static_cast<int>(calls_.size()) == task_.value("park_at_call", -1)) {
      std::cout << "parked" << std::endl;
      std::string line;
      std::getline(std::cin, line);
    }
    if (call.name == "finish_review") {
      finished_ = true;
      return {"finished", false, {}};
    }
    if (call.name == "report_finding") return {"noted", false, {}};
    if (limit_reached) return {"limit reached", true, {}};
    return {task_.contains("bytes")
                ? std::string(task_["bytes"].get<std::size_t>(), 'x')
                : "the patch",
            false,
            {}};
  }
  void Again(const model::ToolCall& /*call*/,
             const Answer& /*answer*/) override {}
  bool Finished() const override { return finished_; }
  const Json& calls() const { return calls_; }

 private:
  const Json& task_;
  Json calls_ = Json::array();
  bool finished_ = false;
};

std::string_view KindName(model::DialogueEnd::Kind kind) {
  using Kind = model::DialogueEnd::Kind;
  switch (kind) {
    case Kind::kFinished:
      return "finished";
    case Kind::kLimit:
      return "limit";
    case Kind::kRefused:
      return "refused";
    case Kind::kSilent:
      return "silent";
    case Kind::kStopped:
      return "stopped";
    case Kind::kFault:
      return "fault";
  }
  return "";
}

int Main() {
  // One line, so that standard input stays open for what parks.
  std::string text;
  std::getline(std::cin, text);
  const Json task = Json::parse(text);
  ModelConfig model;
  model.name = task.value("model", "agent");
  model.api = "command";
  model.command = task.value("command", std::vector<std::string>());
  model.environment = task.value("environment", std::vector<std::string>());
  model.credential_file = task.value("credential_file", "");
  model.credential_name = task.value("credential_name", "");
  model.agent_socket = task.value("agent_socket", "");
  ScriptedRunner runner(task);
  review::AgentTask agent_task;
  agent_task.name = "series 1, patch 2";
  agent_task.prompt = task.value("prompt", "Review this.");
  for (const char* name : {"show_patch", "report_finding", "finish_review"}) {
    agent_task.tools.push_back(
        {name, "A tool.", R"({"type":"object","properties":{}})"});
  }
  agent_task.limits.turns = task.value("turns", 60);
  agent_task.limits.time = task.value("time", 60);
  agent_task.max_cost = task.value("max_cost", 0);
  const auto stop_at = task.value("stop_at_call", std::size_t{0});
  agent_task.stop = [&runner, stop_at] {
    return stop_at != 0 && runner.calls().size() >= stop_at;
  };
  const auto end = MakeAgent(&model)->Run(agent_task, &runner);
  Json said = {{"calls", runner.calls()}};
  if (!end.ok()) {
    said["error"] = end.error().message;
  } else {
    said["kind"] = KindName(end->kind);
    said["reason"] = end->reason;
    if (end->kind == model::DialogueEnd::Kind::kFault) {
      said["fault"] = model::FaultKindName(end->fault.kind);
    }
    said["turns"] = end->turns;
    said["cost"] = end->cost;
    said["input"] = end->usage.input;
    said["output"] = end->usage.output;
    said["model"] = end->model;
  }
  std::cout << said.dump() << std::endl;
  return 0;
}

}  // namespace
}  // namespace patchmilter::app

int main(int argc, char** argv) {
  if (argc == 2 && argv[1] == patchmilter::app::kAgentKeeperArgument) {
    return patchmilter::app::AgentKeeperMain();
  }
  return patchmilter::app::Main();
}
