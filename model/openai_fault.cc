#include "model/openai_fault.h"

#include <algorithm>
#include <optional>
#include <string>

#include "model/wire_fault.h"

namespace patchmilter::model {
namespace {

struct CodeKind {
  std::string_view code;
  FaultKind kind;
};
// By code or type. What is not here is told by its status.
constexpr CodeKind kCodes[] = {
    {"insufficient_quota", FaultKind::kQuota},
    {"quota_exceeded", FaultKind::kQuota},
    {"insufficient_credits", FaultKind::kQuota},
    {"billing_hard_limit_reached", FaultKind::kQuota},
    {"billing_not_active", FaultKind::kQuota},
    {"billing_error", FaultKind::kQuota},
    {"payment_required", FaultKind::kQuota},
    {"rate_limit_exceeded", FaultKind::kOverloaded},
    {"rate_limit_error", FaultKind::kOverloaded},
    {"slow_down", FaultKind::kOverloaded},
    {"server_is_overloaded", FaultKind::kOverloaded},
    {"engine_overloaded", FaultKind::kOverloaded},
    {"overloaded_error", FaultKind::kOverloaded},
    {"resource_unavailable", FaultKind::kOverloaded},
    {"server_error", FaultKind::kOverloaded},
    {"internal_server_error", FaultKind::kOverloaded},
    {"unavailable_error", FaultKind::kOverloaded},
    {"service_unavailable", FaultKind::kOverloaded},
    {"timeout", FaultKind::kOverloaded},
    {"context_length_exceeded", FaultKind::kTooLong},
    {"exceed_context_size_error", FaultKind::kTooLong},
    {"string_above_max_length", FaultKind::kTooLong},
    {"request_too_large", FaultKind::kTooLong},
    {"invalid_api_key", FaultKind::kAuth},
    {"authentication_error", FaultKind::kAuth},
    {"permission_error", FaultKind::kAuth},
    {"account_deactivated", FaultKind::kAuth},
    {"mismatched_organization", FaultKind::kAuth},
    {"ip_not_authorized", FaultKind::kAuth},
    {"model_not_found", FaultKind::kRequest},
    {"not_found_error", FaultKind::kRequest},
    {"invalid_prompt", FaultKind::kRequest},
    {"bio_policy", FaultKind::kRequest},
    {"data_residency_mismatch", FaultKind::kRequest},
    {"invalid_encrypted_content", FaultKind::kRequest},
    {"unsupported_parameter", FaultKind::kRequest},
    {"unsupported_value", FaultKind::kRequest},
    {"invalid_request_error", FaultKind::kRequest},
    {"BadRequestError", FaultKind::kRequest},
    {"NotFoundError", FaultKind::kRequest},
};

std::optional<FaultKind> KindOfCode(std::string_view code) {
  const auto* const found =
      std::find_if(std::begin(kCodes), std::end(kCodes),
                   [&](const CodeKind& each) { return each.code == code; });
  if (found == std::end(kCodes)) return std::nullopt;
  return found->kind;
}

// What a code cannot say, or says of two things.
std::optional<FaultKind> KindOfMessage(const Endpoint& endpoint,
                                       std::string_view message) {
  if (Mentions(message,
               {"maximum context length", "context window", "context size",
                "context length of", "exceeds the available context",
                // More tokens at once than a minute may have.
                "request too large for"})) {
    return FaultKind::kTooLong;
  }
  if (Mentions(message, {"exceeded your current quota", "insufficient credits",
                         "more credits", "spend limit", "spending limit"})) {
    return FaultKind::kQuota;
  }
  if (endpoint.dialect == Dialect::kOpenRouter &&
      Mentions(message, {"per-day", "key limit exceeded"})) {
    return FaultKind::kQuota;
  }
  if (Mentions(message, {"--enable-auto-tool-choice", "--tool-call-parser",
                         "--jinja", "does not support tools"})) {
    return FaultKind::kRequest;
  }
  return std::nullopt;
}

// What a site's own server wants changed, behind its own words.
std::string_view Advice(std::string_view message) {
  if (Mentions(message, {"--enable-auto-tool-choice", "--tool-call-parser"})) {
    return ". Start vLLM with --enable-auto-tool-choice and "
           "--tool-call-parser for this model";
  }
  if (Mentions(message, {"--jinja"})) {
    return ". Start llama-server with --jinja";
  }
  if (Mentions(message, {"does not support tools"})) {
    return ". Choose a model whose template has tools";
  }
  return "";
}

}  // namespace

Fault OpenAiErrorFault(const Endpoint& endpoint, int status,
                       const JsonSlice& error) {
  const std::string code = error["code"].Text();
  const std::string type = error["type"].Text();
  std::string message =
      error.IsString() ? error.Text() : error["message"].Text();
  // OpenRouter tells by a number what HTTP's status would have told.
  const auto number = error["code"].Number();
  int told = status;
  if (number && *number >= 400 && *number < 600) {
    told = static_cast<int>(*number);
  }
  std::optional<FaultKind> kind = KindOfMessage(endpoint, message);
  if (!kind) kind = KindOfCode(code);
  if (!kind) {
    kind = KindOfCode(type);
    // Their "invalid request" at a 403 or 409 says nothing.
    if (kind == FaultKind::kRequest && told > 400 && told != 404 &&
        told != 422) {
      kind = KindOfStatus(told);
    }
  }
  // Moderation, which a key cannot help.
  if (!kind && error["metadata"]["reasons"]) kind = FaultKind::kRequest;
  if (!kind) {
    kind = told == 200 ? FaultKind::kOverloaded : KindOfStatus(told);
  }
  std::string what = !code.empty() ? code : type;
  if (what.empty() && number) what = std::to_string(*number);
  if (!what.empty()) what += ": ";
  what += message;
  what += Advice(message);
  return MakeFault(endpoint, *kind, status, what);
}

Fault OpenAiFault(const Endpoint& endpoint, int status, std::string_view body) {
  const JsonSlice json = JsonSlice::Of(body);
  if (const JsonSlice error = json["error"]; error && !error.IsNull()) {
    return OpenAiErrorFault(endpoint, status, error);
  }
  if (json["message"].IsString()) {
    return OpenAiErrorFault(endpoint, status, json);
  }
  if (json["detail"].IsString()) {
    return MakeFault(endpoint, KindOfStatus(status), status,
                     json["detail"].Text());
  }
  return MakeFault(endpoint,
                   status == 200 ? FaultKind::kProtocol : KindOfStatus(status),
                   status, BodyExcerpt(body));
}

}  // namespace patchmilter::model
