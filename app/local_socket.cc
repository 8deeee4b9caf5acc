#include "app/local_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
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
// Of a socket's name until it listens.
constexpr std::string_view kUnready = ".new";

// The address of `path` with `suffix`, which may be empty.
Result<sockaddr_un> AddressOf(const std::string& path,
                              std::string_view suffix) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t bound = sizeof(address.sun_path) - 1 - suffix.size();
  if (path.empty() || path.size() > bound) {
    return InvalidInput(
        fmt::format("{}: a socket's path has 1 to {} bytes", path, bound));
  }
  const std::string whole = path + std::string(suffix);
  std::memcpy(address.sun_path, whole.data(), whole.size());
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
  const std::string unready = path + std::string(kUnready);
  PM_ASSIGN_OR_RETURN(const sockaddr_un address, AddressOf(path, kUnready));
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0 && !S_ISSOCK(there.st_mode)) {
    return Permanent(fmt::format(
        "{}: {} would be there, but something that is no socket is; remove "
        "it or name another path",
        path, setting));
  }
  PM_ASSIGN_OR_RETURN(UniqueFd socket, NewSocket());
  // Before bind(): the file must never be there with wider rights.
  if (::fchmod(socket.get(), mode) != 0) return FromErrno(path, errno);
  // What a process that died on its way has left.
  if (::unlink(unready.c_str()) != 0 && errno != ENOENT) {
    return FromErrno(unready, errno);
  }
  if (::bind(socket.get(), Generic(address), sizeof(address)) != 0) {
    return FromErrno(unready, errno);
  }
  if (::chmod(unready.c_str(), mode) != 0 ||
      ::listen(socket.get(), kBacklog) != 0 ||
      ::rename(unready.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(unready.c_str());
    return FromErrno(path, error);
  }
  return socket;
}

Result<UniqueFd> ConnectLocal(const std::string& path) {
  PM_ASSIGN_OR_RETURN(const sockaddr_un address, AddressOf(path, ""));
  PM_ASSIGN_OR_RETURN(UniqueFd socket, NewSocket());
  if (::connect(socket.get(), Generic(address), sizeof(address)) != 0) {
    return FromErrno(path, errno);
  }
  return socket;
}

Status Greet(int socket, const nlohmann::json& greeting, std::string_view who) {
  // Who is refused at the door reads why, though nobody hears the greeting.
  const Status written = WriteAll(socket, ToLine(greeting) + "\n");
  std::string line;
  char byte = 0;
  while (line.size() < kMaxGreeting) {
    const ssize_t got = ::read(socket, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || byte == '\n') break;
    line += byte;
  }
  if (line.empty() && !written.ok()) return written;
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

Status SetReadTimeout(int socket, int seconds) {
  const timeval timeout{seconds, 0};
  if (::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout,
                   sizeof(timeout)) != 0) {
    return FromErrno("setting a socket's timeout", errno);
  }
  return {};
}

}  // namespace patchmilter::app
