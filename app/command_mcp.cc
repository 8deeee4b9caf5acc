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

// Copies what `from` has to `to`. False at its end.
Result<bool> CopyOnce(int from, int to) {
  std::array<char, 65536> block;
  const ssize_t got = ::read(from, block.data(), block.size());
  if (got < 0 && errno == EINTR) return true;
  if (got < 0) return FromErrno("reading", errno);
  if (got == 0) return false;
  PM_RETURN_IF_ERROR(WriteAll(
      to, std::string_view(block.data(), static_cast<std::size_t>(got))));
  return true;
}

// Both directions until the daemon has ended the conversation: what was asked
// before our input ended is still answered.
Status Bridge(int socket) {
  std::array<pollfd, 2> watched = {
      {{STDIN_FILENO, POLLIN, 0}, {socket, POLLIN, 0}}};
  while (true) {
    if (::poll(watched.data(), watched.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return FromErrno("poll", errno);
    }
    if (watched[1].revents != 0) {
      PM_ASSIGN_OR_RETURN(const bool open, CopyOnce(socket, STDOUT_FILENO));
      if (!open) return {};
    }
    if (watched[0].revents != 0) {
      const Result<bool> open = CopyOnce(STDIN_FILENO, socket);
      // A daemon that has hung up still has its last words read.
      if (!open.ok() || !*open) {
        ::shutdown(socket, SHUT_WR);
        watched[0].fd = -1;
      }
    }
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
