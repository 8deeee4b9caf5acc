#include "app/agent_run.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "app/agent_door.h"
#include "app/agent_keeper.h"
#include "app/agent_scratch.h"
#include "base/log.h"
#include "base/text.h"

namespace patchmilter::app {
namespace {

using How = AgentOutcome::How;
using SteadyClock = std::chrono::steady_clock;

// How often it is asked whether to stop.
constexpr auto kTick = std::chrono::milliseconds(200);
// Of standard error, for the log.
constexpr std::size_t kKeptOfErrors = 2000;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> NewPipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return FromErrno("pipe", errno);
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  // Ours alone: the agent's end blocks, as programs expect.
  if (::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) != 0) {
    return FromErrno("fcntl", errno);
  }
  return pipe;
}

AgentOutcome OutcomeOf(const AgentKeeper::End& end) {
  switch (end.how) {
    case AgentKeeper::End::How::kExited:
      return {How::kExited, end.value, {}};
    case AgentKeeper::End::How::kSignal:
      return {How::kSignal, end.value, {}};
    case AgentKeeper::End::How::kNotStarted:
      return {How::kNotStarted, end.value, {}};
    case AgentKeeper::End::How::kTimedOut:
      return {How::kTimedOut, 0, {}};
    case AgentKeeper::End::How::kToldTo:
      break;
  }
  return {How::kStopped, 0, {}};
}

class Run {
 public:
  Run(AgentKeeper keeper, Pipe out, Pipe err, AgentDoor door, AgentDesk* desk)
      : keeper_(std::move(keeper)),
        out_(std::move(out.read)),
        err_(std::move(err.read)),
        door_(std::move(door)),
        desk_(desk) {}

  Result<AgentOutcome> ToItsEnd();
  // The last of what it has written to standard error, from a word's start.
  std::string_view errors() const {
    std::string_view shown = errors_;
    if (errors_cut_)
      shown.remove_prefix(std::min(shown.find(' '), shown.size()));
    return Trim(shown);
  }
  bool finished() const {
    return door_.state() == AgentTools::State::kFinished;
  }

 private:
  // Once; what comes later was no reason.
  void TellToEnd(How why);
  void Wait();
  // What `fd` has now; closed at its end.
  void Read(UniqueFd* fd, bool errors);
  void Tick();

  AgentKeeper keeper_;
  UniqueFd out_;
  UniqueFd err_;
  AgentDoor door_;
  AgentDesk* desk_;
  AgentReporter reporter_;
  std::string errors_;
  bool errors_cut_ = false;
  std::uint64_t output_ = 0;
  std::optional<How> told_;
  std::optional<SteadyClock::time_point> leave_by_;
  SteadyClock::time_point ended_by_;  // Where it was told to end.
  SteadyClock::time_point next_tick_ = SteadyClock::now();
};

void Run::TellToEnd(How why) {
  if (told_) return;
  told_ = why;
  ended_by_ = SteadyClock::now() + std::chrono::seconds(kKeeperPatience);
  keeper_.TellToEnd();
}

void Run::Wait() {
  std::vector<pollfd> watched = {{keeper_.control(), POLLIN, 0}};
  for (const UniqueFd* fd : {&out_, &err_}) {
    if (fd->valid()) watched.push_back({fd->get(), POLLIN, 0});
  }
  if (!told_) door_.Watch(&watched);
  const bool pending = !told_ && door_.Pending();
  ::poll(watched.data(), watched.size(),
         pending ? 0 : static_cast<int>(kTick.count()));
}

void Run::Read(UniqueFd* fd, bool errors) {
  std::array<char, 65536> block;
  while (fd->valid()) {
    const ssize_t got = ::read(fd->get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      fd->Reset();
      return;
    }
    const std::string_view bytes(block.data(), static_cast<std::size_t>(got));
    output_ += bytes.size();
    if (output_ > kMaxAgentOutput) {
      fd->Reset();
      TellToEnd(How::kTooMuch);
    } else if (errors) {
      errors_ += bytes;
      if (errors_.size() > kKeptOfErrors) {
        errors_.erase(0, errors_.size() - kKeptOfErrors);
        errors_cut_ = true;
      }
    } else {
      reporter_.Add(bytes);
    }
    // One block a round: an agent that floods must not keep us from its calls.
    if (!told_) return;
  }
}

void Run::Tick() {
  const auto now = SteadyClock::now();
  if (door_.state() == AgentTools::State::kExhausted) TellToEnd(How::kOver);
  if (finished()) {
    if (!leave_by_) leave_by_ = now + std::chrono::seconds(kAgentLeave);
    if (now >= *leave_by_) TellToEnd(How::kOver);
  }
  if (now < next_tick_) return;
  next_tick_ = now + kTick;
  if (desk_->Stop()) TellToEnd(How::kStopped);
}

Result<AgentOutcome> Run::ToItsEnd() {
  std::optional<AgentKeeper::End> end;
  while (!end) {
    Wait();
    Read(&out_, false);
    Read(&err_, true);
    PM_ASSIGN_OR_RETURN(end, keeper_.Take());
    if (end || told_) {
      if (!end && SteadyClock::now() > ended_by_) {
        return Temporary("agent: its keeper does not end");
      }
      continue;
    }
    const Status worked = door_.Work();
    if (!worked.ok()) {
      log::Warning("agent", "{}", worked.error().message);
      TellToEnd(How::kStopped);
    }
    Tick();
  }
  // All who could write are dead: what is in the pipes is all.
  if (!told_) told_ = How::kExited;
  Read(&out_, false);
  Read(&err_, true);
  AgentOutcome outcome = OutcomeOf(*end);
  if (end->how == AgentKeeper::End::How::kToldTo) outcome.how = *told_;
  // It may have ended by itself, having said too much.
  if (output_ > kMaxAgentOutput) outcome.how = How::kTooMuch;
  outcome.report = reporter_.Finish(errors_);
  return outcome;
}

std::string_view HowName(How how) {
  switch (how) {
    case How::kExited:
      return "exited";
    case How::kSignal:
      return "signal";
    case How::kNotStarted:
      return "not-started";
    case How::kTimedOut:
      return "timed-out";
    case How::kTooMuch:
      return "too-much-output";
    case How::kStopped:
      return "stopped";
    case How::kOver:
      return "killed-at-its-end";
  }
  return "exited";
}

}  // namespace

Result<AgentOutcome> RunAgentProgram(const AgentOrder& order, AgentDesk* desk) {
  const auto begin = SteadyClock::now();
  PM_ASSIGN_OR_RETURN(AgentScratch scratch,
                      AgentScratch::Make(order.scratch, *order.model));
  PM_ASSIGN_OR_RETURN(std::string token, NewToken());
  PM_RETURN_IF_ERROR(scratch.Write("token", token));
  PM_ASSIGN_OR_RETURN(
      AgentCommand command,
      MakeAgentCommand(*order.model, scratch, order.bridge, order.wish));
  PM_ASSIGN_OR_RETURN(AgentDoor door, AgentDoor::Open(scratch.Path("mcp.sock"),
                                                      std::move(token), desk));
  PM_ASSIGN_OR_RETURN(const UniqueFd prompt, scratch.Unnamed(order.prompt));
  PM_ASSIGN_OR_RETURN(Pipe out, NewPipe());
  PM_ASSIGN_OR_RETURN(Pipe err, NewPipe());
  PM_ASSIGN_OR_RETURN(
      AgentKeeper keeper,
      AgentKeeper::Start({.arguments = std::move(command.arguments),
                          .environment = std::move(command.environment),
                          .directory = scratch.Path("home/work"),
                          .scratch = scratch.path(),
                          .time = order.time},
                         prompt.get(), out.write.get(), err.write.get()));
  out.write.Reset();
  err.write.Reset();
  Run run(std::move(keeper), std::move(out), std::move(err), std::move(door),
          desk);
  PM_ASSIGN_OR_RETURN(AgentOutcome outcome, run.ToItsEnd());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
      SteadyClock::now() - begin);
  log::Info("agent", "{}: ended how={} value={} seconds={}",
            log::Clean(order.name), HowName(outcome.how), outcome.value,
            seconds.count());
  const std::string_view errors = run.errors();
  if (!run.finished() && !errors.empty()) {
    // For the admin's eyes; its end is where the reason stands.
    const std::string shown = Hide(errors, scratch.credential());
    log::Warning(
        "agent", "{}: it says: {}", log::Clean(order.name),
        log::Clean(std::string_view(shown).substr(
                       shown.size() - std::min<size_t>(shown.size(), 600)),
                   600));
  }
  return outcome;
}

}  // namespace patchmilter::app
