// Chat completions, as OpenAI, vLLM, llama.cpp, Ollama and OpenRouter speak
// them: POST /v1/chat/completions. What differs between them is in
// docs/model.md.
//
// An answer of these servers may come without ids for its calls, or with one id
// for two: such a call gets an id made of a hash of the answer, nine letters
// and digits long (the strictest template wants that), which goes back with it.
// Arguments that are no JSON object reach the caller as they are and go back as
// "{}": templates parse them.
// Threads: as a Protocol. Tested in tests/model/protocol_chat_test.cc.
#ifndef PATCHMILTER_MODEL_CHAT_COMPLETIONS_H_
#define PATCHMILTER_MODEL_CHAT_COMPLETIONS_H_

#include <memory>

#include "model/protocol.h"

namespace patchmilter::model {

std::unique_ptr<Protocol> MakeChatCompletions(const Endpoint& endpoint);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_CHAT_COMPLETIONS_H_
