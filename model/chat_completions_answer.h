// Reading the stream of chat completions; for model/chat_completions.cc.
// Threads: one. Tested in tests/model/protocol_chat_test.cc.
#ifndef PATCHMILTER_MODEL_CHAT_COMPLETIONS_ANSWER_H_
#define PATCHMILTER_MODEL_CHAT_COMPLETIONS_ANSWER_H_

#include <cstdint>
#include <memory>

#include "model/endpoint.h"
#include "model/protocol.h"

namespace patchmilter::model {

// `sent_tokens`: an estimate of the prompt, for Ollama; 0 where it is unknown.
std::unique_ptr<AnswerReader> NewChatReader(
    std::shared_ptr<const Endpoint> endpoint, std::uint64_t sent_tokens);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_CHAT_COMPLETIONS_ANSWER_H_
