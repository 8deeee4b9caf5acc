// patchmilter mcp: the questions as a server on standard input and output, of
// a tree at hand, or of a review daemon's socket; and an agent's way to the
// tools of its run.
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <string>

#include "app/code_desk.h"
#include "app/commands.h"
#include "app/line_channel.h"
#include "app/local_socket.h"
#include "app/mcp_server.h"
#include "app/question_service.h"
#include "app/question_tools.h"
#include "base/files.h"
#include "base/handle.h"
#include "base/text.h"

namespace patchmilter::app {
namespace {

constexpr std::uint64_t kMaxToken = 4096;

// What is read at once; no more is taken from standard input while the daemon
// has not taken that.
constexpr std::size_t kBlock = 65536;

// Nothing at the end of `from`.
Result<std::string> ReadSome(int from) {
  std::string block(kBlock, '\0');
  ssize_t got = 0;
  do {
    got = ::read(from, block.data(), block.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) return FromErrno("reading", errno);
  block.resize(static_cast<std::size_t>(got));
  return block;
}

// Takes off `*pending` what `socket` takes without waiting.
Status SendSome(int socket, std::string* pending) {
  const ssize_t sent =
      ::send(socket, pending->data(), pending->size(), MSG_DONTWAIT);
  if (sent < 0) {
    if (errno == EINTR || errno == EAGAIN) return {};
    return FromErrno("writing", errno);
  }
  pending->erase(0, static_cast<std::size_t>(sent));
  return {};
}

// Both directions until the daemon has ended the conversation: what was asked
// before our input ended is still answered. It never waits for the daemon to
// take something while the daemon waits for us.
Status Bridge(int socket) {
  std::string pending;
  bool input_ended = false;
  bool unheard = false;
  while (true) {
    const bool may_read = pending.empty() && !input_ended && !unheard;
    const short wanted = pending.empty() ? POLLIN : POLLIN | POLLOUT;
    std::array<pollfd, 2> watched = {
        {{may_read ? STDIN_FILENO : -1, POLLIN, 0}, {socket, wanted, 0}}};
    if (::poll(watched.data(), watched.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return FromErrno("poll", errno);
    }
    if ((watched[1].revents & ~POLLOUT) != 0) {
      PM_ASSIGN_OR_RETURN(const std::string block, ReadSome(socket));
      if (block.empty()) {
        if (input_ended) return {};
        return Temporary("the daemon has ended the conversation");
      }
      PM_RETURN_IF_ERROR(WriteAll(STDOUT_FILENO, block));
      continue;
    }
    if (watched[0].revents != 0) {
      auto block = ReadSome(STDIN_FILENO);
      input_ended = !block.ok() || block->empty();
      if (!input_ended) pending = *std::move(block);
    }
    // A daemon that has hung up still has its last words read.
    if (!pending.empty() && !SendSome(socket, &pending).ok()) {
      pending.clear();
      unheard = true;
    }
    if (input_ended && pending.empty()) ::shutdown(socket, SHUT_WR);
  }
}

// The conversation of the agent that has started us (app/agent_door.h).
Result<UniqueFd> ConnectRun(const std::string& path,
                            const std::string& token_file) {
  PM_ASSIGN_OR_RETURN(const std::string token, ReadFile(token_file, kMaxToken));
  PM_ASSIGN_OR_RETURN(UniqueFd connection, ConnectLocal(path));
  PM_RETURN_IF_ERROR(
      Greet(connection.get(),
            {{"patchmilter", kGreetingVersion}, {"token", Trim(token)}},
            "run of an agent"));
  return connection;
}

int RunBridge(const McpOptions& options) {
  if (!options.token_file.empty()) {
    const auto run = ConnectRun(options.connect, options.token_file);
    if (!run.ok()) return Fail(run.error());
    const Status bridged = Bridge(run->get());
    return bridged.ok() ? kExitDone : Fail(bridged.error());
  }
  if (!options.code.tree.empty() || !options.code.series.empty() ||
      !options.code.base.empty()) {
    return Fail(InvalidInput(
        "--connect asks the daemon's own trees: it takes --series-id or "
        "--tree-name, not --tree, --series or --base"));
  }
  if (options.conversation.series == 0 && options.conversation.tree.empty()) {
    return Fail(InvalidInput(
        "--connect needs --series-id N or --tree-name NAME: what is asked "
        "about"));
  }
  const auto socket = ConnectQuestions(options.connect, options.conversation);
  if (!socket.ok()) return Fail(socket.error());
  const Status status = Bridge(socket->get());
  return status.ok() ? kExitDone : Fail(status.error());
}

}  // namespace

int RunMcp(const McpOptions& options) {
  // A client that is gone is seen by the failing write.
  std::signal(SIGPIPE, SIG_IGN);
  if (!options.connect.empty()) return RunBridge(options);
  if (options.code.tree.empty()) {
    return Fail(InvalidInput(
        "--tree DIR is missing: the repository to ask; or --connect SOCKET"));
  }
  auto desk = CodeDesk::Open(options.code, review::ToolLimits{});
  if (!desk.ok()) return Fail(desk.error());
  QuestionTools tools((*desk)->session());
  McpServer server(&tools, (*desk)->Instructions());
  LineChannel channel(STDIN_FILENO, STDOUT_FILENO, kMaxMcpLine);
  const Status status = ServeMcp(&server, &channel);
  return status.ok() ? kExitDone : Fail(status.error());
}

}  // namespace patchmilter::app
