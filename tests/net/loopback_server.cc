#include "tests/net/loopback_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace patchmilter::net {

LoopbackServer::LoopbackServer(std::vector<Answer> script, Where where)
    : script_(std::move(script)) {
  listener_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  CHECK(::bind(listener_.get(), generic, length) == 0);
  CHECK(::listen(listener_.get(), 16) == 0);
  CHECK(::getsockname(listener_.get(), generic, &length) == 0);
  port_ = ntohs(address.sin_port);
  std::array<int, 2> pipe{};
  CHECK(::pipe(pipe.data()) == 0);
  stop_read_.Reset(pipe[0]);
  stop_write_.Reset(pipe[1]);
  if (where == Where::kThread) {
    thread_ = std::thread([this] { Run(); });
    return;
  }
  child_ = ::fork();
  CHECK(child_ >= 0);
  if (child_ != 0) {
    listener_.Reset();
    return;
  }
  // Ends with its parent, whatever becomes of that.
  stop_write_.Reset();
  Run();
  ::_exit(0);
}

std::string LoopbackServer::url() const {
  return fmt::format("http://127.0.0.1:{}", port_);
}

void LoopbackServer::Stop() {
  stop_write_.Reset();
  if (thread_.joinable()) thread_.join();
  listener_.Reset();
  if (child_ > 0) {
    CHECK(::waitpid(child_, nullptr, 0) == child_);
    child_ = -1;
  }
}

// False when the test is over.
bool LoopbackServer::WaitFor(int fd) const {
  std::array<pollfd, 2> fds = {
      {{stop_read_.get(), POLLIN, 0}, {fd, POLLIN, 0}}};
  return ::poll(fds.data(), 2, -1) > 0 && fds[0].revents == 0;
}

void LoopbackServer::Run() {
  while (WaitFor(listener_.get())) {
    const UniqueFd peer(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer.valid()) continue;
    ++connections_;
    const int on = 1;
    ::setsockopt(peer.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Talk(peer.get());
  }
}

void LoopbackServer::Talk(int fd) {
  std::string buffer;
  while (true) {
    const Answer& answer = script_[std::min(at_, script_.size() - 1)];
    if (!answer.unread && !ReadRequest(fd, &buffer)) return;
    ++at_;
    std::string_view rest = answer.bytes;
    while (!rest.empty()) {
      const ssize_t count = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    switch (answer.then) {
      case Then::kKeep:
        continue;
      case Then::kClose:
        return;
      case Then::kReset: {
        const linger now = {1, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        return;
      }
      case Then::kHang:
        // The client says no more; what can be read is its end.
        while (WaitFor(fd)) {
          std::array<char, 4096> bytes{};
          if (::read(fd, bytes.data(), bytes.size()) <= 0) return;
        }
        return;
    }
  }
}

bool LoopbackServer::ReadRequest(int fd, std::string* buffer) {
  std::size_t want = std::string::npos;
  while (buffer->size() < want) {
    const std::size_t end = buffer->find("\r\n\r\n");
    if (want == std::string::npos && end != std::string::npos) {
      const std::size_t name = FindIgnoreCase(*buffer, "content-length:");
      std::uint64_t length = 0;
      if (name < end) {
        const std::size_t line = buffer->find("\r\n", name);
        const std::size_t value =
            name + std::string_view("content-length:").size();
        length = ParseUnsigned(Trim(std::string_view(*buffer).substr(
                                   value, line - value)))
                     .value_or(0);
      }
      want = end + 4 + length;
      continue;
    }
    if (!WaitFor(fd)) return false;
    std::array<char, 16384> bytes{};
    const ssize_t count = ::read(fd, bytes.data(), bytes.size());
    if (count <= 0) return false;
    buffer->append(bytes.data(), static_cast<std::size_t>(count));
  }
  requests_.push_back(buffer->substr(0, want));
  buffer->erase(0, want);
  return true;
}

std::string HttpAnswer(int status, std::string_view body,
                       std::string_view more_headers) {
  return fmt::format("HTTP/1.1 {} Words\r\nContent-Length: {}\r\n{}\r\n{}",
                     status, body.size(), more_headers, body);
}

std::string ChunkedAnswer(const std::vector<std::string>& chunks, bool whole) {
  std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& chunk : chunks) {
    answer += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  }
  if (whole) answer += "0\r\n\r\n";
  return answer;
}

}  // namespace patchmilter::net
