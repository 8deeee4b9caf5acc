#include "milter/listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "base/text.h"

namespace patchmilter::milter {
namespace {

constexpr int kBacklog = 128;
constexpr int kFirstPassedFd = 3;  // SD_LISTEN_FDS_START

std::string WithName(const std::string& name, std::string_view what) {
  return fmt::format("milter.socket {}: {}", name, what);
}

// "pid 123 (name)" of the process that listens at the other end of `fd`.
std::string PeerName(int fd) {
  struct ucred peer {};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
      peer.pid <= 0) {
    return "another process";
  }
  const Result<std::string> comm =
      ReadFile(fmt::format("/proc/{}/comm", peer.pid), 256);
  return fmt::format("pid {} ({})", peer.pid,
                     comm.ok() ? log::Clean(TrimRight(*comm)) : "unknown");
}

// Makes way for a socket file at `path`, or says why that cannot be.
Status ClearPath(const std::string& path, const sockaddr_un& address,
                 const std::string& name) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return FromErrno(WithName(name, path), errno);
  }
  if (!S_ISSOCK(info.st_mode)) {
    return InvalidInput(WithName(
        name, path + " exists and is not a socket; remove it or choose "
                     "another path"));
  }
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!probe.valid()) return FromErrno(WithName(name, "socket"), errno);
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof(address)) == 0) {
    return Temporary(
        WithName(name, fmt::format("in use: {} listens on it; stop it first",
                                   PeerName(probe.get()))));
  }
  if (errno != ECONNREFUSED) {
    return FromErrno(WithName(name, "is it in use? connect"), errno);
  }
  log::Info("milter", "removing the stale socket {}", path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return FromErrno(WithName(name, "unlink"), errno);
  }
  return {};
}

Result<gid_t> FindGroup(const std::string& group) {
  std::vector<char> buffer(1 << 16);
  struct group entry {};
  struct group* found = nullptr;
  if (::getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(),
                   &found) != 0 ||
      found == nullptr) {
    return NotFound(
        fmt::format("milter.socket_group: no group \"{}\"", log::Clean(group)));
  }
  return found->gr_gid;
}

Result<Listener> OpenUnix(const MilterConfig& config, const std::string& path) {
  Listener listener;
  listener.local = true;
  listener.name = "unix:" + path;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return InvalidInput(
        WithName(listener.name, fmt::format("a path of 1 to {} bytes is needed",
                                            sizeof(address.sun_path) - 1)));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(
      config.socket_mode.data(),
      config.socket_mode.data() + config.socket_mode.size(), mode, 8);
  if (error != std::errc() || mode > 0777 ||
      end != config.socket_mode.data() + config.socket_mode.size()) {
    return InvalidInput("milter.socket_mode: not an octal mode such as 0660");
  }
  PM_RETURN_IF_ERROR(ClearPath(path, address, listener.name));
  listener.fd.Reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener.fd.valid()) {
    return FromErrno(WithName(listener.name, "socket"), errno);
  }
  // Nobody may connect before mode and group are right.
  const mode_t mask = ::umask(0777);
  const int bound =
      ::bind(listener.fd.get(), reinterpret_cast<const sockaddr*>(&address),
             sizeof(address));
  const int bind_error = errno;
  ::umask(mask);
  if (bound != 0) {
    return FromErrno(WithName(listener.name, "bind"), bind_error);
  }
  listener.path = path;
  if (!config.socket_group.empty()) {
    PM_ASSIGN_OR_RETURN(const gid_t group, FindGroup(config.socket_group));
    if (::chown(path.c_str(), static_cast<uid_t>(-1), group) != 0) {
      return FromErrno(WithName(listener.name, "chown"), errno);
    }
  }
  if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) {
    return FromErrno(WithName(listener.name, "chmod"), errno);
  }
  if (::listen(listener.fd.get(), kBacklog) != 0) {
    return FromErrno(WithName(listener.name, "listen"), errno);
  }
  return listener;
}

struct AddressesFree {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

Result<Listener> OpenInet(std::string_view spec, int family,
                          const std::string& name) {
  const size_t at = spec.find('@');
  const std::string port(spec.substr(0, at));
  if (at == std::string_view::npos || at + 1 == spec.size() ||
      ParseUnsigned(port).value_or(65536) > 65535) {
    return InvalidInput(WithName(name, "PORT@HOST is needed"));
  }
  const std::string host(spec.substr(at + 1));
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &raw);
  const std::unique_ptr<addrinfo, AddressesFree> found(raw);
  if (failed != 0 || found == nullptr) {
    return InvalidInput(WithName(name, ::gai_strerror(failed)));
  }
  Listener listener;
  listener.fd.Reset(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener.fd.valid()) return FromErrno(WithName(name, "socket"), errno);
  const int one = 1;
  // What is accepted inherits TCP_NODELAY.
  if (::setsockopt(listener.fd.get(), SOL_SOCKET, SO_REUSEADDR, &one,
                   sizeof(one)) != 0 ||
      ::setsockopt(listener.fd.get(), IPPROTO_TCP, TCP_NODELAY, &one,
                   sizeof(one)) != 0) {
    return FromErrno(WithName(name, "setsockopt"), errno);
  }
  if (::bind(listener.fd.get(), found->ai_addr, found->ai_addrlen) != 0) {
    if (errno == EADDRINUSE) {
      return Temporary(
          WithName(name,
                   "in use by a running process; stop it or choose another "
                   "port"));
    }
    return FromErrno(WithName(name, "bind"), errno);
  }
  if (::listen(listener.fd.get(), kBacklog) != 0) {
    return FromErrno(WithName(name, "listen"), errno);
  }
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (::getsockname(listener.fd.get(), reinterpret_cast<sockaddr*>(&bound),
                    &size) != 0) {
    return FromErrno(WithName(name, "getsockname"), errno);
  }
  const in_port_t number =
      family == AF_INET6
          ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port
          : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port;
  listener.name = fmt::format("{}:{}@{}", family == AF_INET6 ? "inet6" : "inet",
                              ntohs(number), host);
  return listener;
}

Result<Listener> OpenPassed(int fd, const std::string& name) {
  int listens = 0;
  int domain = 0;
  socklen_t size = sizeof(int);
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) {
    return InvalidInput(WithName(
        name, fmt::format("is not a socket ({})", std::strerror(errno))));
  }
  if (listens == 0) return InvalidInput(WithName(name, "does not listen"));
  size = sizeof(int);
  if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) {
    return FromErrno(WithName(name, "getsockopt"), errno);
  }
  if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return FromErrno(WithName(name, "fcntl"), errno);
  }
  Listener listener;
  listener.fd.Reset(fd);
  listener.local = domain == AF_UNIX;
  listener.name = name;
  return listener;
}

// Whether systemd passed a socket to this very process; the variables are for
// no child of ours.
bool SocketActivated() {
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  const bool activated =
      pid != nullptr && count != nullptr &&
      ParseUnsigned(pid) == static_cast<std::uint64_t>(::getpid()) &&
      ParseUnsigned(count).value_or(0) >= 1;
  ::unsetenv("LISTEN_PID");
  ::unsetenv("LISTEN_FDS");
  ::unsetenv("LISTEN_FDNAMES");
  return activated;
}

}  // namespace

Result<Listener> OpenListener(const MilterConfig& config) {
  const std::string& spec = config.socket;
  if (SocketActivated()) {
    return OpenPassed(kFirstPassedFd,
                      fmt::format("fd:{} (from systemd)", kFirstPassedFd));
  }
  const size_t colon = spec.find(':');
  const std::string_view kind = std::string_view(spec).substr(0, colon);
  const std::string_view rest = colon == std::string::npos
                                    ? std::string_view()
                                    : std::string_view(spec).substr(colon + 1);
  if (kind == "unix" || kind == "local") {
    return OpenUnix(config, std::string(rest));
  }
  if (kind == "inet") return OpenInet(rest, AF_INET, spec);
  if (kind == "inet6") return OpenInet(rest, AF_INET6, spec);
  if (kind == "fd") {
    const std::optional<std::uint64_t> number = ParseUnsigned(rest);
    if (number && *number < 1 << 20) {
      return OpenPassed(static_cast<int>(*number), spec);
    }
  }
  return InvalidInput(WithName(
      log::Clean(spec),
      "unix:/path, inet:PORT@HOST, inet6:PORT@HOST or fd:N is needed"));
}

}  // namespace patchmilter::milter
