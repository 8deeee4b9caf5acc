#include "app/question_service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/line_channel.h"
#include "app/local_socket.h"
#include "app/mcp_server.h"
#include "app/question_tools.h"
#include "app/state_files.h"
#include "base/files.h"
#include "base/log.h"

namespace patchmilter::app {
namespace {

Result<Conversation> ParseHandshake(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  const auto refused = [] {
    return InvalidInput(
        R"(a conversation begins with {"patchmilter": 1, "series": N} or )"
        R"({"patchmilter": 1, "tree": "NAME"})");
  };
  if (!json.is_object()) return refused();
  Conversation about;
  bool versioned = false;
  for (const auto& [name, value] : json.items()) {
    if (name == "patchmilter" && value == kGreetingVersion) {
      versioned = true;
    } else if (name == "series" && value.is_number_integer()) {
      about.series = value.get<std::int64_t>();
    } else if (name == "tree" && value.is_string()) {
      about.tree = value.get<std::string>();
    } else if (name == "history_limit" && value.is_boolean()) {
      about.history_limit = value.get<bool>();
    } else {
      return refused();
    }
  }
  if (!versioned || (about.series == 0) == about.tree.empty()) return refused();
  return about;
}

}  // namespace

Result<UniqueFd> ConnectQuestions(const std::string& socket,
                                  const Conversation& conversation) {
  auto connection = ConnectLocal(socket);
  if (!connection.ok()) {
    return Error{connection.error().kind,
                 connection.error().message +
                     " (questions.socket of a running patchmilter-reviewd)"};
  }
  nlohmann::json hello = {{"patchmilter", kGreetingVersion}};
  if (conversation.series != 0) hello["series"] = conversation.series;
  if (!conversation.tree.empty()) hello["tree"] = conversation.tree;
  if (conversation.history_limit) hello["history_limit"] = true;
  PM_RETURN_IF_ERROR(Greet(connection->get(), hello, "patchmilter-reviewd"));
  return connection;
}

Result<std::unique_ptr<QuestionService>> QuestionService::Start(
    const Config& config) {
  std::unique_ptr<QuestionService> service(new QuestionService(config));
  PM_ASSIGN_OR_RETURN(
      service->listener_,
      ListenLocal(config.questions.socket, 0660, "questions.socket"));
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return FromErrno("pipe", errno);
  service->wake_read_ = UniqueFd(pipe[0]);
  service->wake_write_ = UniqueFd(pipe[1]);
  service->accepting_ = std::thread([raw = service.get()] { raw->Accept(); });
  log::Info("questions", "listening socket={}", config.questions.socket);
  return service;
}

QuestionService::~QuestionService() {
  wake_write_.Reset();
  if (accepting_.joinable()) accepting_.join();
  std::list<Client> clients;
  {
    const MutexLock lock(mutex_);
    for (Client& client : clients_) {
      ::shutdown(client.socket.get(), SHUT_RDWR);
    }
  }
  while (true) {
    std::thread ending;
    {
      const MutexLock lock(mutex_);
      if (clients_.empty()) break;
      ending = std::move(clients_.front().thread);
    }
    if (ending.joinable()) ending.join();
    const MutexLock lock(mutex_);
    clients_.pop_front();
  }
  if (listener_.valid()) ::unlink(config_.questions.socket.c_str());
}

void QuestionService::Reap() {
  const MutexLock lock(mutex_);
  for (auto client = clients_.begin(); client != clients_.end();) {
    if (!client->done) {
      ++client;
      continue;
    }
    client->thread.join();  // Its last act was to say so.
    client = clients_.erase(client);
  }
}

void QuestionService::Accept() {
  std::array<pollfd, 2> watched = {
      {{listener_.get(), POLLIN, 0}, {wake_read_.get(), POLLIN, 0}}};
  while (true) {
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) {
      return;
    }
    if (watched[1].revents != 0) return;
    if (watched[0].revents == 0) continue;
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.valid()) continue;
    Reap();
    const MutexLock lock(mutex_);
    if (clients_.size() >= kMaxConversations) {
      const Status told =
          WriteAll(socket.get(),
                   GreetingRefused(fmt::format(
                       "{} conversations are open already; try again later",
                       kMaxConversations)) +
                       "\n");
      if (!told.ok()) log::Debug("questions", "{}", told.error().message);
      continue;
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
}

void QuestionService::Serve(int socket) {
  LineChannel channel(socket, socket, kMaxMcpLine);
  std::string line;
  if (!SetReadTimeout(socket, kGreetingSeconds).ok()) return;
  const auto kind = channel.Next(&line);
  if (!kind.ok() || *kind != LineChannel::Kind::kLine) return;
  if (!SetReadTimeout(socket, 0).ok()) return;
  const Result<Conversation> about = ParseHandshake(line);
  auto desk = about.ok() ? OpenDesk(*about) : about.error();
  const Status answered = channel.Send(
      desk.ok() ? GreetingAccepted() : GreetingRefused(desk.error().message));
  if (!desk.ok() || !answered.ok()) return;
  QuestionTools tools((*desk)->session());
  McpServer server(&tools, (*desk)->Instructions());
  const Status served = ServeMcp(&server, &channel);
  if (!served.ok()) log::Debug("questions", "{}", served.error().message);
}

std::shared_ptr<review::ToolUsage> QuestionService::UsageOf(
    const Conversation& about) {
  const std::string key = about.series != 0
                              ? "series " + std::to_string(about.series)
                              : "tree " + about.tree;
  const MutexLock lock(mutex_);
  const auto known = usages_.find(key);
  if (known != usages_.end()) return known->second;
  review::ToolLimits limits;
  limits.calls = static_cast<std::uint64_t>(config_.questions.max_calls);
  limits.bytes = config_.questions.max_bytes;
  if (usage_order_.size() >= kMaxUsages) {
    usages_.erase(usage_order_.front());
    usage_order_.pop_front();
  }
  usage_order_.push_back(key);
  return usages_.emplace(key, std::make_shared<review::ToolUsage>(limits))
      .first->second;
}

Result<std::unique_ptr<CodeDesk>> QuestionService::OpenDesk(
    const Conversation& about) {
  const std::shared_ptr<review::ToolUsage> usage = UsageOf(about);
  if (about.series == 0) {
    const TreeConfig* tree = config_.FindTree(about.tree);
    if (tree == nullptr) {
      return NotFound("no tree \"" + log::Clean(about.tree) +
                      "\" is configured");
    }
    return CodeDesk::Open(*tree, nullptr, false, about.history_limit, usage);
  }
  PM_ASSIGN_OR_RETURN(const auto store,
                      store::Store::Open(StateFile(config_.state.directory)));
  PM_ASSIGN_OR_RETURN(auto series, LoadSeries(store.get(), about.series));
  const ListConfig* list = config_.FindList(series->series.list);
  if (list == nullptr || list->trees.empty()) {
    return NotFound(fmt::format("the list \"{}\" has no tree to ask about",
                                log::Clean(series->series.list)));
  }
  // The tree that the series applies to, or else fares best on.
  std::unique_ptr<CodeDesk> best;
  for (const std::string& name : list->trees) {
    const TreeConfig* tree = config_.FindTree(name);
    CHECK(tree != nullptr);  // LoadConfig has seen to it.
    if (series == nullptr) {
      PM_ASSIGN_OR_RETURN(series, LoadSeries(store.get(), about.series));
    }
    auto desk = CodeDesk::Open(*tree, std::move(series), false,
                               about.history_limit, usage);
    series = nullptr;
    if (!desk.ok()) {
      log::Warning("questions", "{}", desk.error().message);
      if (best == nullptr && name == list->trees.back()) return desk.error();
      continue;
    }
    if (best == nullptr || (*desk)->report().applied > best->report().applied) {
      best = *std::move(desk);
    }
    if (best->report().status == tree::ApplyStatus::kApplied) break;
  }
  return best;
}

}  // namespace patchmilter::app
