// The milter's listening socket, made by us and handed to libmilter as a
// descriptor: so a stale socket file, a living process, mode and group are our
// affair, and its errors are clear ones.
// Threads: at start, while there is one (umask is changed for a moment).
// Tested in tests/milter/listener_test.cc and protocol_test.py.
#ifndef PATCHMILTER_MILTER_LISTENER_H_
#define PATCHMILTER_MILTER_LISTENER_H_

#include <optional>
#include <string>

#include "base/config.h"
#include "base/handle.h"
#include "base/result.h"

namespace patchmilter::milter {

struct Listener {
  UniqueFd fd;
  // A unix socket: no-reply flags are safe. On TCP they cost 43 ms a mail
  // (Nagle meets delayed acknowledgements between macro packets).
  bool local = false;
  std::string path;  // Of a socket file that we made: removed at stop.
  std::string name;  // For logs: "unix:/path", "inet:8891@127.0.0.1", "fd:3".
};

// milter.socket:
//   unix:/path           mode and group as configured. A file that no process
//                        listens on is replaced; kTemporary, naming the
//                        process, where one does.
//   inet:PORT@HOST       IPv4; PORT 0 takes a free one (`name` tells it).
//   inet6:PORT@HOST      IPv6.
//   fd:N                 an inherited listening socket.
// With LISTEN_FDS for this process (systemd socket activation, sd_listen_fds(3)
// descriptor 3), that socket is used, whatever the configuration says.
Result<Listener> OpenListener(const MilterConfig& config);

}  // namespace patchmilter::milter

#endif  // PATCHMILTER_MILTER_LISTENER_H_
