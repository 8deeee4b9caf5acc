// The keeper's side of app/agent_keeper.h.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <utility>

#include "app/agent_keeper.h"
#include "app/agent_scratch.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "base/wire.h"

namespace patchmilter::app {
namespace {

using How = AgentKeeper::End::How;
using SteadyClock = std::chrono::steady_clock;

constexpr int kControl = 3;
constexpr std::size_t kMaxOrder = 1 << 20;

std::optional<AgentKeeper::Order> ReadOrder() {
  std::string bytes(kMaxOrder, '\0');
  const ssize_t got = ::recv(kControl, bytes.data(), bytes.size(), 0);
  if (got <= 0) return std::nullopt;
  bytes.resize(static_cast<size_t>(got));
  WireReader reader(bytes);
  AgentKeeper::Order order;
  order.arguments = reader.Strings();
  order.environment = reader.Strings();
  order.directory = reader.String();
  order.scratch = reader.String();
  order.time = reader.I64();
  if (!reader.Done() || order.arguments.empty()) return std::nullopt;
  return order;
}

bool Limit(int resource, rlim_t value) {
  rlimit limit{};
  // The enum's type differs between C libraries.
  const auto which = static_cast<__rlimit_resource>(resource);
  if (::getrlimit(which, &limit) != 0) return false;
  limit.rlim_max = std::min(limit.rlim_max, value);
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(which, &limit) == 0;
}

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts->size() + 1);
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Never returns; what goes wrong is written into `fault` as errno.
[[noreturn]] void BecomeAgent(AgentKeeper::Order order, int fault) {
  const auto give_up = [fault] {
    const int error = errno;
    // Nobody is left to hear of it if this fails.
    [[maybe_unused]] const ssize_t sent = ::write(fault, &error, sizeof(error));
    ::_exit(127);
  };
  ::setsid();
  // The last resort, should the keeper be killed.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Those that our own parents have ignored would stay so.
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(077);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !Limit(RLIMIT_CORE, 0) ||
      !Limit(RLIMIT_DATA, kAgentMemory) || !Limit(RLIMIT_FSIZE, kAgentFile) ||
      !Limit(RLIMIT_NOFILE, kAgentFiles) ||
      ::chdir(order.directory.c_str()) != 0 ||
      ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    give_up();
  }
  ::execve(order.arguments.front().c_str(), Pointers(&order.arguments).data(),
           Pointers(&order.environment).data());
  give_up();
  ::_exit(127);
}

// The processes whose parent we are: by /proc, where the fourth field of
// PID/stat, behind the name in brackets, says it.
std::vector<pid_t> Children() {
  std::vector<pid_t> children;
  const CHandle<DIR, ::closedir> proc(::opendir("/proc"));
  if (proc == nullptr) return children;
  const std::string self = std::to_string(::getpid());
  while (const dirent* entry = ::readdir(proc.get())) {
    const auto pid = ParseUnsigned(entry->d_name);
    if (!pid) continue;
    const auto stat = ReadFile(fmt::format("/proc/{}/stat", *pid), 4096);
    if (!stat.ok()) continue;
    const std::size_t bracket = stat->rfind(')');
    if (bracket == std::string::npos) continue;
    const auto fields = Split(std::string_view(*stat).substr(bracket + 1), ' ');
    if (fields.size() > 2 && fields[2] == self) {
      children.push_back(static_cast<pid_t>(*pid));
    }
  }
  return children;
}

// Kills until nothing is left. What a killed process had started becomes our
// child, and dies in the next round.
void EndAll(pid_t agent, std::optional<int>* status) {
  ::kill(-agent, SIGKILL);
  while (true) {
    const std::vector<pid_t> children = Children();
    for (const pid_t child : children) ::kill(child, SIGKILL);
    int ended = 0;
    const pid_t pid = ::waitpid(-1, &ended, children.empty() ? WNOHANG : 0);
    if (pid == agent) *status = ended;
    if (pid < 0 && errno == ECHILD) return;
  }
}

// Reaps what has ended; true when the agent is among it.
bool Reap(pid_t agent, std::optional<int>* status) {
  int ended = 0;
  while (true) {
    const pid_t pid = ::waitpid(-1, &ended, WNOHANG);
    if (pid <= 0) return status->has_value();
    if (pid == agent) *status = ended;
  }
}

// Waits for the agent's end, its time's, or the control socket's.
How Watch(pid_t agent, int signals, Seconds time, std::optional<int>* status) {
  const auto deadline = SteadyClock::now() + std::chrono::seconds(time);
  std::array<pollfd, 2> watched = {
      {{kControl, POLLIN, 0}, {signals, POLLIN, 0}}};
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - SteadyClock::now());
    if (left.count() <= 0) return How::kTimedOut;
    const int ready = ::poll(
        watched.data(), watched.size(),
        static_cast<int>(std::min<std::int64_t>(left.count() + 1, 1'000'000)));
    if (ready < 0 && errno != EINTR) return How::kToldTo;
    if (watched[1].revents != 0) {
      signalfd_siginfo info{};
      [[maybe_unused]] const ssize_t got = ::read(signals, &info, sizeof(info));
    }
    if (Reap(agent, status)) return How::kExited;
    if (watched[0].revents != 0) return How::kToldTo;
  }
}

void Say(How how, std::int64_t value) {
  WireWriter writer;
  writer.U8(static_cast<std::uint8_t>(how));
  writer.I64(value);
  ::send(kControl, writer.bytes().data(), writer.bytes().size(), MSG_NOSIGNAL);
}

// The agent alone has its descriptors.
void LetGoOfStandardDescriptors() {
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd = 0; fd < 3; ++fd) ::dup2(null.get(), fd);
}

}  // namespace

int AgentKeeperMain() {
  // All signals wait: only the control socket ends us.
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::fcntl(kControl, F_SETFD, FD_CLOEXEC);
  const std::optional<AgentKeeper::Order> order = ReadOrder();
  if (!order) return 2;
  sigset_t ended;
  ::sigemptyset(&ended);
  ::sigaddset(&ended, SIGCHLD);
  const UniqueFd signals(::signalfd(-1, &ended, SFD_CLOEXEC));
  std::array<int, 2> fault{};
  if (!signals.valid() || ::pipe2(fault.data(), O_CLOEXEC) != 0 ||
      ::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 ||
      ::prctl(PR_SET_DUMPABLE, 0) != 0) {
    return 3;
  }
  const UniqueFd fault_read(fault[0]);
  UniqueFd fault_write(fault[1]);
  const pid_t agent = ::fork();
  if (agent < 0) return 3;
  if (agent == 0) BecomeAgent(*order, fault_write.get());
  fault_write.Reset();
  LetGoOfStandardDescriptors();
  int error = 0;
  const bool failed =
      ::read(fault_read.get(), &error, sizeof(error)) == sizeof(error);
  std::optional<int> status;
  const How how = failed ? How::kNotStarted
                         : Watch(agent, signals.get(), order->time, &status);
  EndAll(agent, &status);
  // Whatever it was that could not be removed, its maker looks once more.
  [[maybe_unused]] const Status removed = RemoveTree(order->scratch);
  if (how == How::kNotStarted) {
    Say(how, error);
  } else if (how == How::kExited && status && WIFSIGNALED(*status)) {
    Say(How::kSignal, WTERMSIG(*status));
  } else if (how == How::kExited && status) {
    Say(how, WEXITSTATUS(*status));
  } else {
    Say(how, 0);
  }
  ::_exit(0);
}

}  // namespace patchmilter::app
