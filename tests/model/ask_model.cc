// ask_model: one conversation with a model, for tests.
//
//   ask_model --api anthropic --url URL --model NAME FILE
//
// FILE is JSON: {"system", "shared", "task", "tools": [{"name", "description",
// "schema"}], "results": {TOOL: "text" or {"text", "error"}}, "says": [TEXT]}.
// A call is answered from "results"; after a turn without calls the next of
// "says" is said, and the conversation ends where there is none.
//
// Prints a line of JSON each: {"turn": …} as journals keep it, and at the end
// {"end": STOP} or {"fault": KIND, "status", "message"}, with the number of
// requests and the pauses (in milliseconds), which take no time unless --wait.
// Exits with 0 for an end, 1 for a fault, 2 for bad input.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "model/api_key.h"
#include "model/cassette.h"
#include "model/client.h"
#include "model/protocol.h"
#include "model/transport.h"

namespace patchmilter::model {
namespace {

using Json = nlohmann::ordered_json;

struct Script {
  Conversation::Opening opening;
  std::map<std::string, std::pair<std::string, bool>> results;
  std::vector<std::string> says;
};

std::string TextOf(const Json& json, const char* name) {
  const auto member = json.find(name);
  return member != json.end() && member->is_string()
             ? member->get<std::string>()
             : std::string();
}

Result<Script> ReadScript(const std::string& path) {
  PM_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return InvalidInput(path + ": not an object");
  Script script;
  script.opening.system = TextOf(json, "system");
  script.opening.shared = TextOf(json, "shared");
  script.opening.task = TextOf(json, "task");
  if (const auto tools = json.find("tools"); tools != json.end()) {
    for (const Json& tool : *tools) {
      const auto schema = tool.find("schema");
      script.opening.tools.push_back(
          {TextOf(tool, "name"), TextOf(tool, "description"),
           schema == tool.end() ? "{}" : schema->dump()});
    }
  }
  if (const auto results = json.find("results"); results != json.end()) {
    for (const auto& [name, result] : results->items()) {
      script.results[name] =
          result.is_string()
              ? std::pair(result.get<std::string>(), false)
              : std::pair(TextOf(result, "text"), result.value("error", false));
    }
  }
  if (const auto says = json.find("says"); says != json.end()) {
    for (const Json& each : *says) {
      if (each.is_string()) script.says.push_back(each.get<std::string>());
    }
  }
  return script;
}

void Print(const Json& json) {
  std::printf(
      "%s\n",
      json.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  std::fflush(stdout);
}

// What is said after `turn`; false where nothing is.
bool Reply(const Turn& turn, const Script& script, std::size_t* said,
           Input* input) {
  for (const ToolCall& call : turn.calls) {
    const auto found = script.results.find(call.name);
    const bool known = found != script.results.end();
    input->results.push_back({call.id, call.name,
                              known ? found->second.first : "no such tool",
                              known ? found->second.second : true});
  }
  if (!turn.calls.empty()) return true;
  if (*said == script.says.size()) return false;
  input->text = script.says[(*said)++];
  return true;
}

struct Options {
  Endpoint endpoint;
  std::string file;
  std::string key_file;
  std::string record;
  std::string replay;
  bool wait = false;
  int max_turns = 20;
};

Result<std::unique_ptr<Transport>> TransportOf(const Options& options,
                                               const Protocol* protocol) {
  if (!options.replay.empty()) {
    PM_ASSIGN_OR_RETURN(const std::shared_ptr<Cassette> cassette,
                        Cassette::ToReplay(options.replay));
    return cassette->Player();
  }
  auto http = MakeHttpTransport(&options.endpoint, protocol, {});
  if (options.record.empty()) return http;
  PM_ASSIGN_OR_RETURN(const std::shared_ptr<Cassette> cassette,
                      Cassette::ToRecord(options.record));
  return cassette->Recorder(std::move(http));
}

Result<bool> Run(Options options) {
  PM_ASSIGN_OR_RETURN(const Script script, ReadScript(options.file));
  if (!options.key_file.empty()) {
    PM_ASSIGN_OR_RETURN(options.endpoint.key, ApiKey::Read(options.key_file));
  }
  const std::unique_ptr<Protocol> protocol = MakeProtocol(options.endpoint);
  PM_ASSIGN_OR_RETURN(std::unique_ptr<Transport> transport,
                      TransportOf(options, protocol.get()));
  Weather weather = options.wait ? RealWeather({}) : CalmWeather({});
  Json pauses = Json::array();
  weather.wait = [&pauses, wait = weather.wait](std::int64_t millis) {
    if (millis > 0) pauses.push_back(millis);
    return wait(millis);
  };
  Breaker breaker;
  Client client(&options.endpoint, protocol.get(), std::move(transport),
                &breaker, std::move(weather));
  Conversation conversation(script.opening);
  std::size_t said = 0;
  int requests = 0;
  Json last;
  bool fine = true;
  while (true) {
    std::variant<Turn, Fault> answer =
        client.Ask(conversation, [&](const WireRequest&, int, const Fault*) {
          ++requests;
          return true;
        });
    if (const auto* fault = std::get_if<Fault>(&answer)) {
      last = {{"fault", FaultKindName(fault->kind)},
              {"status", fault->status},
              {"message", fault->message}};
      fine = false;
      break;
    }
    const Turn turn = std::get<Turn>(std::move(answer));
    Print({{"turn", Json::parse(EncodeTurn(turn), nullptr, false)}});
    conversation.Append(turn);
    last = {{"end", StopReasonName(turn.stop)}};
    const bool over = turn.stop != StopReason::kToolUse &&
                      turn.stop != StopReason::kDone &&
                      turn.stop != StopReason::kPause;
    if (over ||
        conversation.turns() >= static_cast<std::size_t>(options.max_turns)) {
      break;
    }
    if (turn.stop == StopReason::kPause) continue;
    Input input;
    if (!Reply(turn, script, &said, &input)) break;
    conversation.Append(std::move(input));
  }
  last["requests"] = requests;
  last["pauses"] = pauses;
  Print(last);
  return fine;
}

int Main(int argc, char** argv) {
  Options options;
  Endpoint& endpoint = options.endpoint;
  CLI::App app("Asks a model, for tests.");
  const std::map<std::string, Api> apis = {{"anthropic", Api::kAnthropic},
                                           {"responses", Api::kResponses},
                                           {"chat", Api::kChat},
                                           {"gemini", Api::kGemini}};
  const std::map<std::string, Dialect> dialects = {
      {"openai", Dialect::kOpenAi},
      {"vllm", Dialect::kVllm},
      {"llamacpp", Dialect::kLlamaCpp},
      {"ollama", Dialect::kOllama},
      {"openrouter", Dialect::kOpenRouter}};
  app.add_option("file", options.file)->required();
  app.add_option("--api", endpoint.api)
      ->transform(CLI::Transformer(apis))
      ->required();
  app.add_option("--dialect", endpoint.dialect)
      ->transform(CLI::Transformer(dialects));
  app.add_option("--url", endpoint.url);
  app.add_option("--model", endpoint.model)->required();
  app.add_option("--key-file", options.key_file);
  app.add_option("--effort", endpoint.effort);
  app.add_option("--service-tier", endpoint.service_tier);
  app.add_flag("--long-cache", endpoint.long_cache);
  app.add_option("--window", endpoint.window);
  app.add_option("--max-output", endpoint.max_output);
  app.add_option("--stall", endpoint.stall_timeout);
  app.add_option("--total", endpoint.total_timeout);
  app.add_option("--retry-for", endpoint.retry_for);
  app.add_option("--record", options.record);
  app.add_option("--replay", options.replay);
  app.add_option("--max-turns", options.max_turns);
  app.add_flag("--wait", options.wait);
  CLI11_PARSE(app, argc, argv);
  endpoint.name = "asked";
  const Result<bool> fine = Run(std::move(options));
  if (!fine.ok()) {
    std::fprintf(stderr, "ask_model: %s\n", fine.error().message.c_str());
    return 2;
  }
  return *fine ? 0 : 1;
}

}  // namespace
}  // namespace patchmilter::model

int main(int argc, char** argv) { return patchmilter::model::Main(argc, argv); }
