#include "app/agent.h"

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "app/agent_door.h"
#include "app/agent_run.h"
#include "app/agent_tools.h"
#include "app/agent_wire.h"
#include "app/local_socket.h"
#include "app/mcp_server.h"
#include "base/log.h"
#include "base/text.h"
#include "model/journal.h"

namespace patchmilter::app {
namespace {

using How = AgentOutcome::How;
using Verdict = AgentReport::Verdict;
using Kind = model::DialogueEnd::Kind;
using SteadyClock = std::chrono::steady_clock;

// What programs end with that we know: gemini's.
constexpr std::int64_t kExitAuth = 41;
constexpr std::int64_t kExitInput = 42;
constexpr std::int64_t kExitTurns = 53;

constexpr int kTickMillis = 200;
// Beyond the time of a run, in which agentd has to say how it has ended.
constexpr Seconds kLate = 90;

// One conversation: its tools and their server.
class Desk : public AgentDesk {
 public:
  Desk(const review::AgentTask& task, model::ToolRunner* runner)
      : stop_(task.stop),
        tools_(task.tools, task.limits, runner,
               [begin = SteadyClock::now()] {
                 return std::chrono::duration_cast<std::chrono::seconds>(
                            SteadyClock::now() - begin)
                     .count();
               }),
        server_(&tools_,
                "The tools of one review. Report each finding with "
                "them, and finish the review with them: nothing else "
                "that you say is read.") {}

  Result<Said> Answer(std::string_view line) override {
    Said said;
    said.line = server_.Answer(line);
    said.state = tools_.state();
    return said;
  }
  bool Stop() override { return stop_ != nullptr && stop_(); }
  const AgentTools& tools() const { return tools_; }

 private:
  std::function<bool()> stop_;
  AgentTools tools_;
  McpServer server_;
};

model::Fault FaultOf(model::FaultKind kind, std::string message) {
  model::Fault fault;
  fault.kind = kind;
  fault.message = std::move(message);
  return fault;
}

// Why there is no finished review; `end->kind` and what belongs to it.
void Explain(const AgentOutcome& outcome, const AgentTools& tools,
             model::DialogueEnd* end) {
  const AgentReport& report = outcome.report;
  const auto limit = [end](std::string reason) {
    end->kind = Kind::kLimit;
    end->reason = std::move(reason);
  };
  const auto fault = [end](model::FaultKind kind, std::string message) {
    end->kind = Kind::kFault;
    end->reason = message;
    end->fault = FaultOf(kind, std::move(message));
  };
  if (outcome.how == How::kStopped) {
    end->kind = Kind::kStopped;
    end->reason = "stopped";
  } else if (outcome.how == How::kTimedOut) {
    limit("its time");
  } else if (!tools.limit().empty()) {
    limit(tools.limit());
  } else if (outcome.how == How::kOver) {
    limit("its number of questions");
  } else if (outcome.how == How::kTooMuch) {
    fault(model::FaultKind::kProtocol,
          fmt::format("the agent has written more than {} MiB",
                      kMaxAgentOutput >> 20));
    end->fault.should_retry = false;
  } else if (outcome.how == How::kNotStarted) {
    fault(model::FaultKind::kRequest,
          fmt::format("the agent could not be started: {}",
                      std::strerror(static_cast<int>(outcome.value))));
  } else if (report.verdict == Verdict::kTurns ||
             (outcome.how == How::kExited && outcome.value == kExitTurns)) {
    limit("its own limit of turns");
  } else if (report.verdict == Verdict::kMoney) {
    limit("its budget");
  } else if (outcome.how == How::kSignal) {
    fault(model::FaultKind::kProtocol,
          fmt::format("the agent was ended by signal {}", outcome.value));
  } else if (report.verdict == Verdict::kFailed) {
    fault(report.fault, fmt::format("the agent reports a fault ({})",
                                    model::FaultKindName(report.fault)));
  } else if (outcome.value != 0) {
    const auto kind = outcome.value == kExitAuth ? model::FaultKind::kAuth
                      : outcome.value == kExitInput
                          ? model::FaultKind::kRequest
                          : model::FaultKind::kProtocol;
    fault(kind,
          fmt::format("the agent ended with exit status {}", outcome.value));
  } else {
    end->kind = Kind::kSilent;
    end->reason = "the agent ended without finishing its review";
  }
}

model::DialogueEnd EndOf(const ModelConfig& model, const AgentOutcome& outcome,
                         const Desk& desk) {
  const AgentReport& report = outcome.report;
  model::DialogueEnd end;
  end.turns = report.turns > 0 ? report.turns : desk.tools().calls();
  end.usage = report.usage;
  end.cost = report.cost.value_or(model::CostOf(model, report.usage));
  end.model = report.model;
  if (desk.tools().state() != AgentTools::State::kFinished) {
    Explain(outcome, desk.tools(), &end);
  }
  return end;
}

// What a conversation has come to; a run that has failed after its tools had
// said that all is said has not.
Result<model::DialogueEnd> Conclude(const ModelConfig& model,
                                    const Result<AgentOutcome>& outcome,
                                    const Desk& desk) {
  if (outcome.ok()) return EndOf(model, *outcome, desk);
  if (desk.tools().state() != AgentTools::State::kFinished) {
    return outcome.error();
  }
  return EndOf(model, {How::kOver, 0, {}}, desk);
}

AgentWish WishOf(const review::AgentTask& task) {
  AgentWish wish;
  for (const model::ToolSpec& tool : task.tools) {
    wish.tools.push_back(tool.name);
  }
  wish.turns = task.limits.turns;
  wish.max_cost = task.max_cost;
  return wish;
}

class OwnAgent : public review::Agent {
 public:
  explicit OwnAgent(const ModelConfig* model) : model_(model) {}

  Result<model::DialogueEnd> Run(const review::AgentTask& task,
                                 model::ToolRunner* tools) override {
    PM_ASSIGN_OR_RETURN(std::string bridge, BridgeProgram());
    Desk desk(task, tools);
    return Conclude(*model_,
                    RunAgentProgram({.model = model_,
                                     .name = task.name,
                                     .prompt = task.prompt,
                                     .wish = WishOf(task),
                                     .time = task.limits.time,
                                     .bridge = std::move(bridge),
                                     .scratch = {}},
                                    &desk),
                    desk);
  }

 private:
  const ModelConfig* model_;
};

class DaemonAgent : public review::Agent {
 public:
  explicit DaemonAgent(const ModelConfig* model) : model_(model) {}

  Result<model::DialogueEnd> Run(const review::AgentTask& task,
                                 model::ToolRunner* tools) override {
    auto socket = ConnectLocal(model_->agent_socket);
    if (!socket.ok()) {
      // Nothing was asked: as a provider that is out of reach.
      model::DialogueEnd end;
      end.kind = model::DialogueEnd::Kind::kFault;
      end.fault.kind = model::FaultKind::kNetwork;
      end.reason = socket.error().message +
                   " (agent_socket: is patchmilter-agentd running?)";
      end.fault.message = end.reason;
      return end;
    }
    Desk desk(task, tools);
    return Conclude(*model_, Converse(socket->get(), task, &desk), desk);
  }

 private:
  Result<AgentOutcome> Converse(int socket, const review::AgentTask& task,
                                Desk* desk) const {
    AgentLink link(socket);
    const Status asked = link.Send(AgentFrame::Type::kRun,
                                   EncodeRequest({.model = model_->name,
                                                  .name = task.name,
                                                  .prompt = task.prompt,
                                                  .wish = WishOf(task),
                                                  .time = task.limits.time}));
    // Who has refused us says why, below.
    if (!asked.ok()) log::Debug("agent", "{}", asked.error().message);
    const auto deadline =
        SteadyClock::now() + std::chrono::seconds(task.limits.time + kLate);
    AgentFrame frame;
    std::int64_t lines = 0;
    while (true) {
      // Hanging up, which our caller does, ends the run.
      if (desk->Stop()) return AgentOutcome{How::kStopped, 0, {}};
      if (SteadyClock::now() > deadline) {
        return Temporary("patchmilter-agentd does not end its run");
      }
      PM_ASSIGN_OR_RETURN(const AgentLink::Got got,
                          link.Next(&frame, kTickMillis));
      if (got == AgentLink::Got::kNothing) continue;
      if (got == AgentLink::Got::kHangUp) {
        return Temporary("patchmilter-agentd has hung up");
      }
      switch (frame.type) {
        case AgentFrame::Type::kLine: {
          if (++lines > kMaxDoorLines || frame.bytes.size() > kMaxMcpLine) {
            return Permanent("patchmilter-agentd passes on too much");
          }
          PM_ASSIGN_OR_RETURN(const AgentDesk::Said said,
                              desk->Answer(frame.bytes));
          // Who has gone meanwhile may have left a last word.
          const Status sent =
              link.Send(AgentFrame::Type::kAnswer, EncodeSaid(said));
          if (!sent.ok()) log::Debug("agent", "{}", sent.error().message);
          break;
        }
        case AgentFrame::Type::kEnd:
          return DecodeOutcome(frame.bytes);
        case AgentFrame::Type::kRefused:
          return DecodeRefusal(frame.bytes);
        case AgentFrame::Type::kRun:
        case AgentFrame::Type::kAnswer:
          return Permanent("patchmilter-agentd speaks another language");
      }
    }
  }

  const ModelConfig* model_;
};

}  // namespace

std::unique_ptr<review::Agent> MakeAgent(const ModelConfig* model) {
  CHECK(model->api == "command");
  if (model->agent_socket.empty()) return std::make_unique<OwnAgent>(model);
  return std::make_unique<DaemonAgent>(model);
}

}  // namespace patchmilter::app
