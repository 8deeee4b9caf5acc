#include "app/agentd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "app/local_socket.h"
#include "base/files.h"
#include "base/log.h"

namespace patchmilter::app {
namespace {

constexpr int kTickMillis = 200;
constexpr int kRequestSeconds = 10;
constexpr int kSendSeconds = 30;

Result<uid_t> UserId(const std::string& name) {
  if (name.empty()) return ::geteuid();
  std::array<char, 16384> buffer;
  passwd entry{};
  passwd* found = nullptr;
  const int fault =
      ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (fault != 0) return FromErrno("agent.client", fault);
  if (found == nullptr) {
    return Permanent(
        fmt::format("agent.client: there is no user \"{}\"", name));
  }
  return entry.pw_uid;
}

// Passes an agent's lines on, and the answers back.
class Relay : public AgentDesk {
 public:
  Relay(AgentLink* link, int socket, const std::atomic<bool>* stopping)
      : link_(link), socket_(socket), stopping_(stopping) {}

  Result<Said> Answer(std::string_view line) override {
    PM_RETURN_IF_ERROR(link_->Send(AgentFrame::Type::kLine, line));
    AgentFrame frame;
    while (true) {
      if (stopping_->load()) return Temporary("agent: stopping");
      PM_ASSIGN_OR_RETURN(const AgentLink::Got got,
                          link_->Next(&frame, kTickMillis));
      if (got == AgentLink::Got::kNothing) continue;
      if (got == AgentLink::Got::kHangUp) {
        return Temporary("agent: nobody waits for its run any more");
      }
      if (frame.type != AgentFrame::Type::kAnswer) {
        return Permanent("agent: what was sent is no answer");
      }
      return DecodeSaid(frame.bytes);
    }
  }

  // Between two lines nothing is sent to us: what can be read is a hang-up.
  bool Stop() override {
    pollfd watched{socket_, POLLIN, 0};
    return stopping_->load() || ::poll(&watched, 1, 0) != 0;
  }

 private:
  AgentLink* link_;
  int socket_;
  const std::atomic<bool>* stopping_;
};

}  // namespace

std::vector<std::string> AgentDaemon::Missing(const Config& config) {
  std::vector<std::string> faults;
  const Result<uid_t> client = UserId(config.agent.client);
  if (!client.ok()) faults.push_back(client.error().message);
  const auto look = [&faults](const ModelConfig& model, const char* what,
                              const std::string& path, int mode) {
    if (::access(path.c_str(), mode) == 0) return;
    faults.push_back(fmt::format("model \"{}\": {}{}", model.name, what,
                                 FromErrno(path, errno).message));
  };
  for (const ModelConfig& model : config.models) {
    if (model.command.empty()) continue;
    look(model, "", model.command.front(), X_OK);
    if (model.credential_file.empty()) continue;
    look(model, "credential_file ", model.credential_file, R_OK);
  }
  return faults;
}

Result<std::unique_ptr<AgentDaemon>> AgentDaemon::Open(const Config& config) {
  std::unique_ptr<AgentDaemon> daemon(new AgentDaemon(config));
  PM_ASSIGN_OR_RETURN(daemon->client_, UserId(config.agent.client));
  PM_ASSIGN_OR_RETURN(daemon->bridge_, BridgeProgram());
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return FromErrno("pipe", errno);
  daemon->wake_read_ = UniqueFd(pipe[0]);
  daemon->wake_write_ = UniqueFd(pipe[1]);
  PM_ASSIGN_OR_RETURN(daemon->listener_,
                      ListenLocal(config.agent.socket, 0660, "agent.socket"));
  return daemon;
}

AgentDaemon::~AgentDaemon() {
  if (listener_.valid()) ::unlink(config_.agent.socket.c_str());
}

void AgentDaemon::Stop() {
  stopping_ = true;
  [[maybe_unused]] const ssize_t sent = ::write(wake_write_.get(), "x", 1);
}

Status AgentDaemon::Run() {
  std::array<pollfd, 2> watched = {
      {{listener_.get(), POLLIN, 0}, {wake_read_.get(), POLLIN, 0}}};
  while (true) {
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) {
      return FromErrno("poll", errno);
    }
    if (watched[1].revents != 0) break;
    if (watched[0].revents != 0) Accept();
  }
  Reap(true);
  return {};
}

void AgentDaemon::Reap(bool all) {
  std::list<Client> ended;
  {
    const MutexLock lock(mutex_);
    for (auto client = clients_.begin(); client != clients_.end();) {
      const auto next = std::next(client);
      if (all || client->done) {
        ended.splice(ended.end(), clients_, client);
      }
      client = next;
    }
  }
  for (Client& client : ended) client.thread.join();
}

void AgentDaemon::Accept() {
  UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!socket.valid()) return;
  Reap(false);
  // Who does not read cannot hold a run, or our end, up.
  const timeval patience{kSendSeconds, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience,
               sizeof(patience));
  AgentLink link(socket.get());
  const auto refuse = [&link](const Error& why) {
    log::Warning("agentd", "refused: {}", why.message);
    const Status told =
        link.Send(AgentFrame::Type::kRefused, EncodeRefusal(why));
    if (!told.ok()) log::Debug("agentd", "{}", told.error().message);
  };
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
      peer.uid != client_) {
    refuse(Permanent(fmt::format("user {} may not ask for runs", peer.uid)));
    return;
  }
  const MutexLock lock(mutex_);
  if (clients_.size() >= static_cast<std::size_t>(config_.agent.parallel)) {
    refuse(Temporary(
        fmt::format("{} agents are running already", config_.agent.parallel)));
    return;
  }
  clients_.emplace_back();
  Client* client = &clients_.back();
  client->socket = std::move(socket);
  client->thread = std::thread([this, client, fd = client->socket.get()] {
    Serve(fd);
    ::shutdown(fd, SHUT_RDWR);
    const MutexLock ended(mutex_);
    client->done = true;
  });
}

void AgentDaemon::Serve(int socket) {
  AgentLink link(socket);
  const Result<AgentOutcome> outcome = RunFor(&link, socket);
  const Status told =
      outcome.ok() ? link.Send(AgentFrame::Type::kEnd, EncodeOutcome(*outcome))
                   : link.Send(AgentFrame::Type::kRefused,
                               EncodeRefusal(outcome.error()));
  if (!outcome.ok()) log::Warning("agentd", "{}", outcome.error().message);
  if (!told.ok()) log::Debug("agentd", "{}", told.error().message);
}

Result<AgentOutcome> AgentDaemon::RunFor(AgentLink* link, int socket) {
  AgentFrame frame;
  PM_ASSIGN_OR_RETURN(const AgentLink::Got got,
                      link->Next(&frame, kRequestSeconds * 1000));
  if (got != AgentLink::Got::kFrame || frame.type != AgentFrame::Type::kRun) {
    return InvalidInput("a connection begins with what is to be run");
  }
  PM_ASSIGN_OR_RETURN(AgentRequest request, DecodeRequest(frame.bytes));
  const ModelConfig* model = config_.FindModel(request.model);
  if (model == nullptr || model->command.empty()) {
    return Permanent(fmt::format("no [[model]] \"{}\" with a command here",
                                 log::Clean(request.model)));
  }
  Relay relay(link, socket, &stopping_);
  return RunAgentProgram({.model = model,
                          .name = std::move(request.name),
                          .prompt = std::move(request.prompt),
                          .wish = std::move(request.wish),
                          .time = request.time,
                          .bridge = bridge_,
                          .scratch = {}},
                         &relay);
}

}  // namespace patchmilter::app
