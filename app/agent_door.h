// AgentDoor: the socket on which an agent reaches our tools.
//
// It stands in the run's scratch directory, and opens to whoever greets
// (app/local_socket.h) with the run's token,
//   {"patchmilter": 1, "token": "…"}
// as `patchmilter mcp --connect SOCKET --token-file FILE` does. An agent may
// come several times, also at once: it is one conversation. Lines are answered
// one by one, by the thread that calls Work(); who does not read its answers is
// not heard either.
//
// Bounds: kMaxDoorClients at once, kMaxDoorLines in all, lines as McpServer's.
// Input: hostile. Threads: one. Tested in tests/app/agent_test.py.
#ifndef PATCHMILTER_APP_AGENT_DOOR_H_
#define PATCHMILTER_APP_AGENT_DOOR_H_

#include <poll.h>

#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "app/agent_run.h"
#include "app/line_channel.h"
#include "app/mcp_server.h"
#include "base/handle.h"
#include "base/result.h"

namespace patchmilter::app {

inline constexpr std::size_t kMaxDoorClients = 8;
inline constexpr std::int64_t kMaxDoorLines = 20'000;

class AgentDoor {
 public:
  // `desk` is borrowed.
  static Result<AgentDoor> Open(const std::string& path, std::string token,
                                AgentDesk* desk);

  // Adds what is to be polled.
  void Watch(std::vector<pollfd>* watched) const;
  // Whether Work() has something to do whatever poll() says.
  bool Pending() const;
  // Does what can be done now, of each client at most one line. The error is
  // the desk's.
  Status Work();
  AgentTools::State state() const { return state_; }

 private:
  struct Client {
    explicit Client(UniqueFd socket)
        : fd(std::move(socket)), lines(kMaxMcpLine) {}
    UniqueFd fd;
    LineBuffer lines;
    std::string out;  // Not sent yet.
    bool greeted = false;
    bool ended = false;    // It will say no more.
    bool pending = false;  // `lines` may hold another.
    bool gone = false;
  };

  AgentDoor(UniqueFd listener, std::string token, AgentDesk* desk)
      : listener_(std::move(listener)), token_(std::move(token)), desk_(desk) {}
  void Accept();
  static void Receive(Client* client);
  static void Send(Client* client);
  Status Hear(Client* client);
  void Greeting(Client* client, const std::string& line);

  UniqueFd listener_;
  std::string token_;
  AgentDesk* desk_;
  std::list<Client> clients_;
  std::int64_t lines_ = 0;
  AgentTools::State state_ = AgentTools::State::kOpen;
};

// 32 random bytes in hexadecimal.
Result<std::string> NewToken();

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_AGENT_DOOR_H_
