#include "app/agent_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

#include "app/json.h"
#include "base/log.h"
#include "base/text.h"

namespace patchmilter::app {
namespace {

using Input = nlohmann::json;
using Verdict = AgentReport::Verdict;

constexpr std::uint64_t kMostTokens = 1'000'000'000'000;
constexpr double kMostUsd = 1'000'000;
constexpr std::size_t kMaxModel = 100;
constexpr std::uint64_t kLeastHttpFault = 400;

const Input& At(const Input& object, const char* name) {
  static const Input& none = *new Input;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::uint64_t Count(const Input& object, const char* name) {
  const Input& value = At(object, name);
  if (!value.is_number_unsigned()) return 0;
  return std::min(value.get<std::uint64_t>(), kMostTokens);
}

std::string Text(const Input& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool Holds(std::string_view text, std::initializer_list<std::string_view> any) {
  return std::any_of(any.begin(), any.end(), [text](std::string_view word) {
    return FindIgnoreCase(text, word) != std::string_view::npos;
  });
}

}  // namespace

model::FaultKind FaultKindOfWords(std::string_view words) {
  using model::FaultKind;
  if (Holds(words, {"credit", "quota", "billing", "usage limit", "spend limit",
                    "insufficient"})) {
    return FaultKind::kQuota;
  }
  if (Holds(words, {"401", "403", "unauthorized", "authenticat", "api key",
                    "log in", "login", "logged in", "permission_error"})) {
    return FaultKind::kAuth;
  }
  if (Holds(words, {"429", "rate limit", "rate_limit", "overloaded", "529",
                    "500", "502", "503", "unavailable"})) {
    return FaultKind::kOverloaded;
  }
  if (Holds(words, {"too long", "context window", "context length"})) {
    return FaultKind::kTooLong;
  }
  if (Holds(words, {"connect", "network", "timed out", "timeout", "socket",
                    "resolve"})) {
    return FaultKind::kNetwork;
  }
  if (Holds(words,
            {"400", "404", "invalid_request", "not found", "not supported"})) {
    return FaultKind::kRequest;
  }
  return FaultKind::kProtocol;
}

void AgentReporter::Add(std::string_view bytes) {
  // One byte more says that it was too long.
  whole_.append(bytes.substr(
      0, kMaxReport + 1 - std::min(whole_.size(), kMaxReport + 1)));
  lines_.Add(bytes);
  std::string line;
  while (const auto kind = lines_.Next(&line)) {
    if (*kind == LineBuffer::Kind::kEnd) return;
    if (*kind == LineBuffer::Kind::kLine) Line(line);
  }
}

AgentReport AgentReporter::Finish(std::string_view errors) {
  lines_.End();
  Add({});
  const std::string_view whole = Trim(whole_);
  if (!lined_ && whole_.size() <= kMaxReport && whole.starts_with('{') &&
      JsonDepth(whole) <= 64) {
    const Input object = Input::parse(whole, nullptr, false);
    if (object.is_object()) GeminiObject(object);
  }
  if (whole.empty()) GeminiErrors(Trim(errors));
  return report_;
}

void AgentReporter::Line(const std::string& line) {
  if (!line.starts_with('{')) return;
  // Most lines tell what was said and read: those need no parsing.
  if (!Holds(line, {"\"result\"", "\"turn.completed\"", "\"turn.failed\"",
                    "\"error\""})) {
    return;
  }
  if (JsonDepth(line) > 64) return;
  const Input object = Input::parse(line, nullptr, false);
  const std::string type = Text(At(object, "type"));
  if (type == "result") {
    ClaudeResult(object);
  } else if (type == "turn.completed") {
    CodexTurn(object);
  } else if (type == "turn.failed") {
    Fail(At(At(object, "error"), "message"));
  } else if (type == "error") {
    Fail(At(object, "message"));
  } else {
    return;
  }
  lined_ = true;
}

void AgentReporter::Fail(const Input& words) {
  report_.verdict = Verdict::kFailed;
  report_.fault = FaultKindOfWords(Text(words));
}

void AgentReporter::ClaudeResult(const Input& line) {
  report_ = {};
  report_.turns = static_cast<std::int64_t>(Count(line, "num_turns"));
  const Input& usage = At(line, "usage");
  report_.usage.cache_read = Count(usage, "cache_read_input_tokens");
  report_.usage.cache_write = Count(usage, "cache_creation_input_tokens");
  report_.usage.input = Count(usage, "input_tokens") +
                        report_.usage.cache_read + report_.usage.cache_write;
  report_.usage.output = Count(usage, "output_tokens");
  const Input& cost = At(line, "total_cost_usd");
  if (cost.is_number()) {
    const double usd = cost.get<double>();
    if (usd >= 0 && usd <= kMostUsd) {
      report_.cost = static_cast<MicroDollars>(std::ceil(usd * 1e6));
    }
  }
  // The model that has done the most, where several had a part.
  const Input& models = At(line, "modelUsage");
  std::uint64_t most = 0;
  if (models.is_object()) {
    for (const auto& [name, used] : models.items()) {
      const std::uint64_t output = Count(used, "outputTokens");
      if (!report_.model.empty() && output <= most) continue;
      most = output;
      report_.model = log::Clean(name, kMaxModel);
    }
  }
  const std::string subtype = Text(At(line, "subtype"));
  if (subtype == "error_max_turns") {
    report_.verdict = Verdict::kTurns;
  } else if (subtype == "error_max_budget_usd") {
    report_.verdict = Verdict::kMoney;
  } else if (subtype != "success" || At(line, "is_error") == true) {
    const Input& errors = At(line, "errors");
    Fail(errors.is_array() && !errors.empty() ? errors[0] : At(line, "result"));
  } else {
    report_.verdict = Verdict::kDone;
  }
}

void AgentReporter::CodexTurn(const Input& line) {
  const Input& usage = At(line, "usage");
  model::Usage turn;
  turn.input = Count(usage, "input_tokens");
  turn.cache_read = std::min(Count(usage, "cached_input_tokens"), turn.input);
  turn.output = Count(usage, "output_tokens");
  report_.usage.Add(turn);
  report_.verdict = Verdict::kDone;
}

void AgentReporter::GeminiObject(const Input& object) {
  const Input& models = At(At(object, "stats"), "models");
  std::uint64_t most = 0;
  if (models.is_object()) {
    for (const auto& [name, used] : models.items()) {
      const Input& tokens = At(used, "tokens");
      model::Usage one;
      one.input = Count(tokens, "prompt");
      one.cache_read = std::min(Count(tokens, "cached"), one.input);
      one.output = Count(tokens, "candidates") + Count(tokens, "thoughts");
      report_.usage.Add(one);
      report_.turns +=
          static_cast<std::int64_t>(Count(At(used, "api"), "totalRequests"));
      if (!report_.model.empty() && one.input <= most) continue;
      most = one.input;
      report_.model = log::Clean(name, kMaxModel);
    }
  }
  const Input& error = At(object, "error");
  if (error.is_object()) {
    Fail(At(error, "message"));
  } else if (models.is_object() || object.contains("response")) {
    report_.verdict = Verdict::kDone;
  }
}

// Behind whatever else stands there, an object whose first brace alone begins a
// line. Its code is the provider's HTTP status, or the program's exit status,
// which says more than these words would.
void AgentReporter::GeminiErrors(std::string_view errors) {
  const std::size_t line = errors.rfind("\n{");
  if (line != std::string_view::npos) errors.remove_prefix(line + 1);
  if (!errors.starts_with('{') || JsonDepth(errors) > 64) return;
  const Input object = Input::parse(errors, nullptr, false);
  const Input& error = At(object, "error");
  const std::uint64_t code = Count(error, "code");
  if (code < kLeastHttpFault) return;
  report_.verdict = Verdict::kFailed;
  report_.fault =
      FaultKindOfWords(fmt::format("{} {}", Text(At(error, "message")), code));
}

}  // namespace patchmilter::app
