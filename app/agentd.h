// AgentDaemon: patchmilter-agentd: runs the commands of models as a user of its
// own, for a review daemon (app/agent_wire.h says what they say).
//
// What is run stands in this daemon's own configuration: a connection names a
// [[model]] and gives a prompt, limits and the names of tools; it can run
// nothing else. The agent's calls go back over the connection: here is neither
// tree, state nor key.
//
// Who may ask: agent.client alone, by the kernel's word (SO_PEERCRED); an
// agent, which runs as we do, may not, where a client is named. Bounds:
// agent.parallel runs at once, those of app/agent_run.h. Threads: one that
// accepts and one a run. Tested in tests/app/agent_test.py.
#ifndef PATCHMILTER_APP_AGENTD_H_
#define PATCHMILTER_APP_AGENTD_H_

#include <sys/types.h>

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/agent_wire.h"
#include "base/config.h"
#include "base/handle.h"
#include "base/mutex.h"
#include "base/result.h"

namespace patchmilter::app {

class AgentDaemon {
 public:
  // Listens on config.agent.socket: kPermanent where client is no user.
  static Result<std::unique_ptr<AgentDaemon>> Open(const Config& config);
  // What a configuration without faults of form names that is not there, for
  // the user who asks: clients, programs, credentials.
  static std::vector<std::string> Missing(const Config& config);
  // Removes the socket. REQUIRES: Run() has returned, or was never called.
  ~AgentDaemon();
  AgentDaemon(const AgentDaemon&) = delete;
  AgentDaemon& operator=(const AgentDaemon&) = delete;

  // Until Stop(); then all runs are ended before it returns.
  Status Run();
  // From any thread.
  void Stop();

 private:
  struct Client {
    UniqueFd socket;
    std::thread thread;
    bool done = false;
  };

  explicit AgentDaemon(const Config& config) : config_(config) {}
  void Accept();
  void Serve(int socket);
  Result<AgentOutcome> RunFor(AgentLink* link, int socket);
  // Joins the threads that have ended, or all.
  void Reap(bool all);

  const Config config_;
  uid_t client_ = 0;
  std::string bridge_;
  UniqueFd listener_;
  UniqueFd wake_read_;
  UniqueFd wake_write_;
  std::atomic<bool> stopping_ = false;
  Mutex mutex_;
  std::list<Client> clients_ PM_GUARDED_BY(mutex_);
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_AGENTD_H_
