#include "app/local_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/files.h"
#include "base/log.h"

namespace patchmilter::app {
namespace {

constexpr int kBacklog = 16;
// Of the answer to a greeting.
constexpr std::size_t kMaxGreeting = 1 << 16;

Result<sockaddr_un> AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return InvalidInput(fmt::format("{}: a socket's path has 1 to {} bytes",
                                    path, sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<UniqueFd> NewSocket() {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return FromErrno("socket", errno);
  return socket;
}

const sockaddr* Generic(const sockaddr_un& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

std::string ToLine(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Result<UniqueFd> ListenLocal(const std::string& path, mode_t mode,
                             std::string_view setting) {
  PM_ASSIGN_OR_RETURN(const sockaddr_un address, AddressOf(path));
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) {
      return Permanent(fmt::format(
          "{}: {} would be there, but something that is no socket is; remove "
          "it or name another path",
          path, setting));
    }
    if (::unlink(path.c_str()) != 0) return FromErrno(path, errno);
  }
  PM_ASSIGN_OR_RETURN(UniqueFd socket, NewSocket());
  // Before bind(): the file must never be there with wider rights.
  if (::fchmod(socket.get(), mode) != 0) return FromErrno(path, errno);
  if (::bind(socket.get(), Generic(address), sizeof(address)) != 0) {
    return FromErrno(path, errno);
  }
  if (::chmod(path.c_str(), mode) != 0) return FromErrno(path, errno);
  if (::listen(socket.get(), kBacklog) != 0) return FromErrno(path, errno);
  return socket;
}

Result<UniqueFd> ConnectLocal(const std::string& path) {
  PM_ASSIGN_OR_RETURN(const sockaddr_un address, AddressOf(path));
  PM_ASSIGN_OR_RETURN(UniqueFd socket, NewSocket());
  if (::connect(socket.get(), Generic(address), sizeof(address)) != 0) {
    return FromErrno(path, errno);
  }
  return socket;
}

Status Greet(int socket, const nlohmann::json& greeting, std::string_view who) {
  PM_RETURN_IF_ERROR(WriteAll(socket, ToLine(greeting) + "\n"));
  std::string line;
  char byte = 0;
  while (line.size() < kMaxGreeting) {
    const ssize_t got = ::read(socket, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || byte == '\n') break;
    line += byte;
  }
  const auto answer = nlohmann::json::parse(line, nullptr, false);
  if (answer.is_object() && answer.contains("error")) {
    const auto& error = answer["error"];
    return NotFound(error.is_string() ? log::Clean(error.get<std::string>())
                                      : fmt::format("{} has refused", who));
  }
  if (!answer.is_object() || !answer.contains("ok")) {
    return Permanent(fmt::format("who listens there is no {}", who));
  }
  return {};
}

std::string GreetingAccepted() { return ToLine({{"ok", true}}); }

std::string GreetingRefused(std::string_view why) {
  return ToLine({{"error", why}});
}

bool WaitReadable(int socket, int seconds) {
  pollfd watched{socket, POLLIN, 0};
  return ::poll(&watched, 1, seconds * 1000) == 1;
}

}  // namespace patchmilter::app
