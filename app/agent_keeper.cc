#include "app/agent_keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/log.h"
#include "base/wire.h"

namespace patchmilter::app {
namespace {

// Between fork and exec: only what POSIX allows there.
[[noreturn]] void BecomeKeeper(int in, int out, int err, int control) noexcept {
  // All are above 3: none is overwritten before it is used.
  if (::dup2(in, 0) != 0 || ::dup2(out, 1) != 1 || ::dup2(err, 2) != 2 ||
      ::dup2(control, 3) != 3) {
    ::_exit(126);
  }
  ::close_range(4, ~0U, 0);
  ::setsid();
  if (::chdir("/") != 0) ::_exit(126);
  std::string_view argument = kAgentKeeperArgument;
  const std::array<const char*, 3> arguments = {"patchmilter-keeper",
                                                argument.data(), nullptr};
  const std::array<const char*, 2> environment = {"LC_ALL=C", nullptr};
  // execve's own type wants char* const*, and changes nothing.
  ::execve("/proc/self/exe", const_cast<char* const*>(arguments.data()),
           const_cast<char* const*>(environment.data()));
  ::_exit(127);
}

Result<UniqueFd> AboveThree(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 4));
  if (!copy.valid()) return FromErrno("fcntl", errno);
  return copy;
}

std::string Encode(const AgentKeeper::Order& order) {
  WireWriter writer;
  writer.Strings(order.arguments);
  writer.Strings(order.environment);
  writer.String(order.directory);
  writer.String(order.scratch);
  writer.I64(order.time);
  return writer.Take();
}

}  // namespace

Result<AgentKeeper> AgentKeeper::Start(const Order& order, int in, int out,
                                       int err) {
  std::array<int, 2> ends{};
  // Packets: an order and an answer are whole or not there.
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) !=
      0) {
    return FromErrno("agent: socketpair", errno);
  }
  UniqueFd ours(ends[0]);
  const UniqueFd first(ends[1]);
  PM_ASSIGN_OR_RETURN(const UniqueFd theirs, AboveThree(first.get()));
  PM_ASSIGN_OR_RETURN(const UniqueFd in_copy, AboveThree(in));
  PM_ASSIGN_OR_RETURN(const UniqueFd out_copy, AboveThree(out));
  PM_ASSIGN_OR_RETURN(const UniqueFd err_copy, AboveThree(err));
  const std::string bytes = Encode(order);
  const pid_t pid = ::fork();
  if (pid < 0) return FromErrno("agent: fork", errno);
  if (pid == 0) {
    BecomeKeeper(in_copy.get(), out_copy.get(), err_copy.get(), theirs.get());
  }
  AgentKeeper keeper(pid, std::move(ours));
  if (::send(keeper.control(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
    return FromErrno("agent: its command line", errno);
  }
  return keeper;
}

AgentKeeper::AgentKeeper(AgentKeeper&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      control_(std::move(other.control_)) {}

AgentKeeper::~AgentKeeper() {
  if (pid_ < 0) return;
  TellToEnd();
  // It closes its end when it is gone, or nearly so.
  pollfd watched{control_.get(), POLLIN, 0};
  const int ready =
      ::poll(&watched, 1, static_cast<int>(kKeeperPatience) * 1000);
  if (ready <= 0) {
    log::Err("agent", "its keeper does not end pid={}", pid_);
    return;
  }
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void AgentKeeper::TellToEnd() { ::shutdown(control_.get(), SHUT_WR); }

Result<std::optional<AgentKeeper::End>> AgentKeeper::Take() {
  std::array<char, 64> bytes;
  const ssize_t got =
      ::recv(control_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    return std::optional<End>();
  }
  WireReader reader(
      std::string_view(bytes.data(), got > 0 ? static_cast<size_t>(got) : 0));
  End end;
  end.how = static_cast<End::How>(
      reader.Enum(static_cast<std::uint8_t>(End::How::kToldTo)));
  end.value = reader.I64();
  if (!reader.Done()) return Temporary("agent: its keeper has died");
  return std::optional<End>(end);
}

}  // namespace patchmilter::app
