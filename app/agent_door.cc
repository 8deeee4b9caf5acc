#include "app/agent_door.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/json.h"
#include "app/local_socket.h"

namespace patchmilter::app {
namespace {

// Takes as long whatever the difference is.
bool SameToken(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  int difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |=
        static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

}  // namespace

Result<std::string> NewToken() {
  std::array<unsigned char, 32> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) !=
      static_cast<ssize_t>(bytes.size())) {
    return FromErrno("getrandom", errno);
  }
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

Result<AgentDoor> AgentDoor::Open(const std::string& path, std::string token,
                                  AgentDesk* desk) {
  PM_ASSIGN_OR_RETURN(UniqueFd listener, ListenLocal(path, 0600, "a run"));
  if (::fcntl(listener.get(), F_SETFL, O_NONBLOCK) != 0) {
    return FromErrno("fcntl", errno);
  }
  return AgentDoor(std::move(listener), std::move(token), desk);
}

void AgentDoor::Watch(std::vector<pollfd>* watched) const {
  if (clients_.size() < kMaxDoorClients) {
    watched->push_back({listener_.get(), POLLIN, 0});
  }
  for (const Client& client : clients_) {
    short events = 0;
    if (!client.out.empty()) {
      events = POLLOUT;
    } else if (!client.ended && !client.pending) {
      events = POLLIN;
    }
    watched->push_back({client.fd.get(), events, 0});
  }
}

bool AgentDoor::Pending() const {
  for (const Client& client : clients_) {
    if (client.pending && client.out.empty()) return true;
  }
  return false;
}

Status AgentDoor::Work() {
  if (clients_.size() < kMaxDoorClients) Accept();
  for (Client& client : clients_) {
    if (!client.out.empty()) Send(&client);
    if (client.gone || !client.out.empty()) continue;
    if (!client.pending && !client.ended) Receive(&client);
    if (client.pending) PM_RETURN_IF_ERROR(Hear(&client));
    if (!client.out.empty()) Send(&client);
    // Who has ended is let go when all that it has asked is answered.
    if (client.ended && !client.pending && client.out.empty()) {
      client.gone = true;
    }
  }
  clients_.remove_if([](const Client& client) { return client.gone; });
  return {};
}

void AgentDoor::Accept() {
  UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr,
                            SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket.valid()) clients_.emplace_back(std::move(socket));
}

void AgentDoor::Receive(Client* client) {
  std::array<char, 65536> block;
  const ssize_t got =
      ::recv(client->fd.get(), block.data(), block.size(), MSG_DONTWAIT);
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) client->gone = true;
    return;
  }
  if (got == 0) {
    client->lines.End();
    client->ended = true;
  } else {
    client->lines.Add({block.data(), static_cast<std::size_t>(got)});
  }
  client->pending = true;
}

void AgentDoor::Send(Client* client) {
  const ssize_t sent = ::send(client->fd.get(), client->out.data(),
                              client->out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    if (errno != EAGAIN && errno != EINTR) client->gone = true;
    return;
  }
  client->out.erase(0, static_cast<std::size_t>(sent));
}

Status AgentDoor::Hear(Client* client) {
  std::string line;
  const auto kind = client->lines.Next(&line);
  if (!kind || *kind == LineBuffer::Kind::kEnd) {
    client->pending = false;
    return {};
  }
  if (++lines_ > kMaxDoorLines) state_ = AgentTools::State::kExhausted;
  if (state_ == AgentTools::State::kExhausted) {
    client->gone = true;
    return {};
  }
  if (!client->greeted) {
    Greeting(client, *kind == LineBuffer::Kind::kLine ? line : std::string());
    return {};
  }
  if (*kind == LineBuffer::Kind::kTooLong) {
    client->out = McpServer::RefusedLine() + "\n";
    return {};
  }
  PM_ASSIGN_OR_RETURN(const AgentDesk::Said said, desk_->Answer(line));
  state_ = said.state;
  if (said.line) client->out = *said.line + "\n";
  return {};
}

void AgentDoor::Greeting(Client* client, const std::string& line) {
  const auto json = JsonDepth(line) > 1
                        ? nlohmann::json()
                        : nlohmann::json::parse(line, nullptr, false);
  const bool right =
      json.is_object() &&
      json.value("patchmilter", nlohmann::json()) == kGreetingVersion &&
      json.contains("token") && json["token"].is_string() &&
      SameToken(json["token"].get<std::string>(), token_);
  client->greeted = right;
  client->out = right ? GreetingAccepted()
                      : GreetingRefused(
                            R"(a conversation begins with {"patchmilter": 1, )"
                            R"("token": "…"}, and the token of its run)");
  client->out += '\n';
  if (right) return;
  client->ended = true;
  client->pending = false;
}

}  // namespace patchmilter::app
