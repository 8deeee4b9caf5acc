// Endpoint: where a model is, and how it is spoken to; from a [[model]] of the
// configuration.
// Threads: values.
#ifndef PATCHMILTER_MODEL_ENDPOINT_H_
#define PATCHMILTER_MODEL_ENDPOINT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "model/api_key.h"

namespace patchmilter::model {

enum class Api : std::uint8_t {
  kAnthropic,  // Anthropic Messages.
  kResponses,  // OpenAI Responses.
  kChat,       // OpenAI-compatible chat completions.
  kGemini,     // Google Gemini.
};

// Peculiarities of servers that speak kChat.
enum class Dialect : std::uint8_t {
  kOpenAi,
  kVllm,
  kLlamaCpp,
  kOllama,
  kOpenRouter,
};

struct Endpoint {
  std::string name;  // Of the [[model]].
  Api api = Api::kAnthropic;
  Dialect dialect = Dialect::kOpenAi;
  std::string url;    // "https://host[:port][/prefix]", without a final /.
  std::string model;  // As the provider names it.
  std::shared_ptr<const ApiKey> key;  // Null for none (a site's own machine).
  std::string effort;        // "low", "medium", "high", …; "" leaves it.
  std::string service_tier;  // "flex", …; "" leaves it.
  bool long_cache = false;   // Anthropic: caches for an hour.
  std::uint64_t window = 200'000;     // Tokens, prompt and answer together.
  std::uint64_t max_output = 32'000;  // Tokens of one answer.
  Seconds connect_timeout = 15;
  Seconds stall_timeout = 180;   // Without a byte.
  Seconds total_timeout = 1200;  // Of one answer.
  Seconds retry_for = 7200;      // Then a request is given up.
};

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_ENDPOINT_H_
