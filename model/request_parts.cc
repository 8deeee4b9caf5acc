#include "model/request_parts.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"

namespace patchmilter::model {
namespace {

constexpr std::uint64_t kLeastOutput = 16;

std::uint64_t EstimateInput(const Input& input) {
  std::uint64_t tokens = EstimateTokens(input.text);
  for (const ToolResult& result : input.results) {
    tokens += EstimateTokens(result.text) + 16;  // Ids, names, brackets.
  }
  return tokens;
}

// Tokens of all that is sent, by estimate.
std::uint64_t EstimateSent(const Conversation& conversation,
                           std::string_view sent) {
  std::uint64_t since = 0;  // Said after the last turn.
  const auto& entries = conversation.entries();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (const auto* turn = std::get_if<Turn>(&*entry)) {
      const std::uint64_t known = turn->usage.input + turn->usage.output;
      if (turn->usage.input == 0) break;  // This provider does not tell.
      return known + since + since / 8;
    }
    since += EstimateInput(std::get<Input>(*entry));
  }
  const std::uint64_t all = EstimateTokens(sent);
  return all + all / 8;
}

}  // namespace

std::uint64_t OutputLimit(const Endpoint& endpoint,
                          const Conversation& conversation,
                          std::string_view sent) {
  const std::uint64_t used = EstimateSent(conversation, sent);
  const std::uint64_t left =
      endpoint.window > used ? endpoint.window - used : 0;
  return std::max(kLeastOutput, std::min(endpoint.max_output, left));
}

std::string MarkedText(const ToolResult& result) {
  if (!result.error || StartsWithIgnoreCase(result.text, "error")) {
    return result.text;
  }
  return "error: " + result.text;
}

std::vector<std::string> CommonHeaders() {
  return {"content-type: application/json", "accept: text/event-stream"};
}

std::string SharedKey(const Conversation::Opening& opening) {
  std::vector<std::string_view> fields = {opening.system, opening.shared};
  for (const ToolSpec& tool : opening.tools) {
    fields.insert(fields.end(), {tool.name, tool.description, tool.schema});
  }
  return Sha256HexOf(fields).substr(0, 32);
}

}  // namespace patchmilter::model
