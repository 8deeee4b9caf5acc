// An HTTP server on loopback that answers as a script says, byte for byte, and
// keeps what it was sent.
//
// Connections are served one after the other, requests of one in their order;
// the script goes on over connections. Threads: its own; what it has seen is to
// be read after Stop().
#ifndef PATCHMILTER_TESTS_NET_LOOPBACK_SERVER_H_
#define PATCHMILTER_TESTS_NET_LOOPBACK_SERVER_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/handle.h"

namespace patchmilter::net {

class LoopbackServer {
 public:
  enum class Then {
    kKeep,   // The connection is there for the next request.
    kClose,  // In good order.
    kReset,  // RST.
    kHang,   // Until the client, or the test, has gone.
  };
  struct Answer {
    std::string bytes;
    Then then = Then::kKeep;
    bool unread = false;  // Sent before the request is read.
  };
  enum class Where { kThread, kChild };

  // One answer a request; the last for all that follow. In a child process
  // nothing of what comes is in this process's memory.
  explicit LoopbackServer(std::vector<Answer> script,
                          Where where = Where::kThread);
  ~LoopbackServer() { Stop(); }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::string url() const;
  void Stop();
  // Head and body, as they came. Not of a child.
  const std::vector<std::string>& requests() const { return requests_; }
  int connections() const { return connections_; }

 private:
  bool WaitFor(int fd) const;
  void Run();
  void Talk(int fd);
  bool ReadRequest(int fd, std::string* buffer);

  std::vector<Answer> script_;
  UniqueFd listener_;
  UniqueFd stop_read_;
  UniqueFd stop_write_;
  std::uint16_t port_ = 0;
  pid_t child_ = -1;
  std::size_t at_ = 0;
  int connections_ = 0;
  std::vector<std::string> requests_;
  std::thread thread_;
};

// A whole answer with a length.
std::string HttpAnswer(int status, std::string_view body,
                       std::string_view more_headers = "");
// A 200 whose body comes in chunks; without its end where `whole` is false.
std::string ChunkedAnswer(const std::vector<std::string>& chunks,
                          bool whole = true);

}  // namespace patchmilter::net

#endif  // PATCHMILTER_TESTS_NET_LOOPBACK_SERVER_H_
