#include "model/protocol.h"

#include "model/anthropic.h"
#include "model/chat_completions.h"
#include "model/gemini.h"
#include "model/responses.h"

namespace patchmilter::model {

std::unique_ptr<Protocol> MakeProtocol(const Endpoint& endpoint) {
  switch (endpoint.api) {
    case Api::kAnthropic:
      return MakeAnthropic(endpoint);
    case Api::kResponses:
      return MakeResponses(endpoint);
    case Api::kChat:
      return MakeChatCompletions(endpoint);
    case Api::kGemini:
      return MakeGemini(endpoint);
  }
  return nullptr;
}

}  // namespace patchmilter::model
