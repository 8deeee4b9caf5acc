#include "app/mcp_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/json.h"
#include "base/log.h"
#include "base/text.h"
#include "base/version.h"

namespace patchmilter::app {
namespace {

// The generation without a handshake, and those with one, newest first.
constexpr std::string_view kStateless = "2026-07-28";
constexpr std::array<std::string_view, 4> kWithHandshake = {
    "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};
constexpr char kVersionKey[] = "io.modelcontextprotocol/protocolVersion";
constexpr char kServerKey[] = "io.modelcontextprotocol/serverInfo";

constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;
constexpr int kUnsupportedVersion = -32022;

// A list of tools is the same as long as the program runs.
constexpr int kListLifetimeMs = 3'600'000;

Json ServerInfo() { return {{"name", "patchmilter"}, {"version", kVersion}}; }

Json Capabilities() { return {{"tools", Json::object()}}; }

std::string ToLine(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json ErrorAnswer(const Json& id, int code, std::string_view message,
                 const Json& data = nullptr) {
  Json answer = {{"jsonrpc", "2.0"}, {"id", id}};
  Json& error = answer["error"];
  error["code"] = code;
  error["message"] = message;
  if (!data.is_null()) error["data"] = data;
  return answer;
}

std::string ShownName(const std::string& name) {
  return log::Clean(std::string_view(name).substr(0, 64));
}

bool IsNotification(const nlohmann::json& message) {
  return message.is_object() && message.contains("method") &&
         !message.contains("id");
}

bool IsAnswer(const nlohmann::json& message) {
  return message.is_object() && !message.contains("method") &&
         (message.contains("result") || message.contains("error"));
}

// The id of a request; null where it has none that can be one.
Json IdOf(const nlohmann::json& message) {
  if (!message.is_object()) return nullptr;
  const auto id = message.find("id");
  if (id == message.end()) return nullptr;
  return id->is_string() || id->is_number() ? Json(*id) : Json(nullptr);
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): JSON's moves throw nothing.
struct McpServer::Request {
  Json id;
  std::string method;
  nlohmann::json params;  // An object.
  bool stateless = false;
};

struct McpServer::Outcome {
  Json result;
  int code = 0;  // Of an error; 0 for none.
  std::string message{};
  Json data{};
};

std::string McpServer::RefusedLine() {
  return ToLine(ErrorAnswer(
      nullptr, kInvalidRequest,
      fmt::format("a line may have at most {} bytes", kMaxMcpLine)));
}

std::optional<std::string> McpServer::Answer(std::string_view line) {
  if (Trim(line).empty()) return std::nullopt;
  if (JsonDepth(line) > kMaxMcpDepth) {
    return ToLine(ErrorAnswer(
        nullptr, kParseError,
        fmt::format("a request is at most {} levels deep", kMaxMcpDepth)));
  }
  const nlohmann::json message = nlohmann::json::parse(line, nullptr, false);
  if (message.is_discarded()) {
    return ToLine(ErrorAnswer(nullptr, kParseError, "the line is not JSON"));
  }
  if (!message.is_array()) {
    const std::optional<Json> answer = AnswerOne(message);
    if (!answer) return std::nullopt;
    return ToLine(*answer);
  }
  if (message.empty() || message.size() > kMaxMcpBatch) {
    return ToLine(ErrorAnswer(
        nullptr, kInvalidRequest,
        fmt::format("a batch holds 1 to {} requests", kMaxMcpBatch)));
  }
  Json answers = Json::array();
  for (const nlohmann::json& one : message) {
    if (std::optional<Json> answer = AnswerOne(one)) {
      answers.push_back(*std::move(answer));
    }
  }
  if (answers.empty()) return std::nullopt;
  return ToLine(answers);
}

std::optional<Json> McpServer::AnswerOne(const nlohmann::json& message) {
  if (IsNotification(message) || IsAnswer(message)) return std::nullopt;
  Request request;
  request.id = IdOf(message);
  if (!message.is_object() || message.value("jsonrpc", Json()) != "2.0" ||
      request.id.is_null() || !message.contains("method") ||
      !message["method"].is_string()) {
    return ErrorAnswer(request.id, kInvalidRequest,
                       "a request is an object with \"jsonrpc\": \"2.0\", an "
                       "\"id\" and a \"method\"");
  }
  request.method = message["method"].get<std::string>();
  request.params = message.value("params", nlohmann::json::object());
  if (!request.params.is_object()) {
    return ErrorAnswer(request.id, kInvalidParams, "params must be an object");
  }
  const auto meta = request.params.find("_meta");
  if (meta != request.params.end() && meta->is_object() &&
      meta->contains(kVersionKey)) {
    const nlohmann::json& version = (*meta)[kVersionKey];
    if (version != kStateless) {
      Json data;
      data["supported"] = Json::array({kStateless});
      data["requested"] = version.is_string() ? Json(version) : Json("");
      return ErrorAnswer(request.id, kUnsupportedVersion,
                         "this version of the protocol is not spoken here",
                         data);
    }
    request.stateless = true;
  }
  Outcome outcome = Run(request);
  if (outcome.code != 0) {
    return ErrorAnswer(request.id, outcome.code, outcome.message, outcome.data);
  }
  if (request.stateless) {
    outcome.result["resultType"] = "complete";
    outcome.result["_meta"][kServerKey] = ServerInfo();
  }
  return Json{{"jsonrpc", "2.0"},
              {"id", request.id},
              {"result", std::move(outcome.result)}};
}

McpServer::Outcome McpServer::Run(const Request& request) {
  if (request.method == "initialize") return Initialize(request);
  if (request.method == "server/discover") return Discover();
  if (request.method == "ping") return {Json::object()};
  if (request.method == "tools/list") return ListTools(request);
  if (request.method == "tools/call") return CallTool(request);
  return {nullptr, kMethodNotFound,
          fmt::format("there is no method \"{}\"", ShownName(request.method))};
}

McpServer::Outcome McpServer::Initialize(const Request& request) const {
  const auto asked = request.params.find("protocolVersion");
  std::string_view version = kWithHandshake.front();
  for (const std::string_view known : kWithHandshake) {
    if (asked != request.params.end() && *asked == known) version = known;
  }
  return {Json{{"protocolVersion", version},
               {"capabilities", Capabilities()},
               {"serverInfo", ServerInfo()},
               {"instructions", instructions_}}};
}

McpServer::Outcome McpServer::Discover() const {
  Json versions = Json::array({kStateless});
  for (const std::string_view version : kWithHandshake) {
    versions.push_back(version);
  }
  return {Json{{"resultType", "complete"},
               {"supportedVersions", std::move(versions)},
               {"capabilities", Capabilities()},
               {"instructions", instructions_},
               {"ttlMs", kListLifetimeMs},
               {"cacheScope", "private"},
               {"_meta", {{kServerKey, ServerInfo()}}}}};
}

McpServer::Outcome McpServer::ListTools(const Request& request) const {
  Json tools = Json::array();
  for (const model::ToolSpec& tool : tools_->List()) {
    tools.push_back({{"name", tool.name},
                     {"description", tool.description},
                     {"inputSchema", Json::parse(tool.schema, nullptr, false)},
                     {"annotations",
                      {{"readOnlyHint", true},
                       {"destructiveHint", false},
                       {"idempotentHint", tools_->Idempotent()},
                       {"openWorldHint", false}}}});
  }
  Json result = {{"tools", std::move(tools)}};
  if (request.stateless) {
    result["ttlMs"] = kListLifetimeMs;
    result["cacheScope"] = "private";
  }
  return {std::move(result)};
}

McpServer::Outcome McpServer::CallTool(const Request& request) {
  const auto name = request.params.find("name");
  if (name == request.params.end() || !name->is_string()) {
    return {nullptr, kInvalidParams, "/name: must be the name of a tool"};
  }
  const auto arguments = request.params.find("arguments");
  const std::optional<McpTools::Reply> reply =
      tools_->Call(name->get<std::string>(), arguments == request.params.end()
                                                 ? nlohmann::json::object()
                                                 : *arguments);
  if (!reply) {
    return {nullptr, kInvalidParams,
            fmt::format("/name: there is no tool \"{}\"",
                        ShownName(name->get<std::string>()))};
  }
  Json content = Json::array();
  for (const std::string& text : reply->texts) {
    content.push_back({{"type", "text"}, {"text", text}});
  }
  return {Json{{"content", std::move(content)}, {"isError", reply->error}}};
}

Status ServeMcp(McpServer* server, LineChannel* channel) {
  std::string line;
  while (true) {
    PM_ASSIGN_OR_RETURN(const LineChannel::Kind kind, channel->Next(&line));
    if (kind == LineChannel::Kind::kEnd) return {};
    const std::optional<std::string> answer =
        kind == LineChannel::Kind::kTooLong ? McpServer::RefusedLine()
                                            : server->Answer(line);
    if (answer) PM_RETURN_IF_ERROR(channel->Send(*answer));
  }
}

}  // namespace patchmilter::app
