// Errors in OpenAI's form, from OpenAI and from the servers that are compatible
// with it; for model/responses.cc and model/chat_completions.cc.
// Threads: any. Tested in tests/model/protocol_chat_test.cc.
#ifndef PATCHMILTER_MODEL_OPENAI_FAULT_H_
#define PATCHMILTER_MODEL_OPENAI_FAULT_H_

#include <string_view>

#include "model/endpoint.h"
#include "model/fault.h"
#include "model/wire_json.h"

namespace patchmilter::model {

// What the body of an error means, of whatever form: {"error": {…}},
// {"error": "…"}, {"message": …}, or none. 200 within a stream.
Fault OpenAiFault(const Endpoint& endpoint, int status, std::string_view body);

// The same of an error's object.
Fault OpenAiErrorFault(const Endpoint& endpoint, int status,
                       const JsonSlice& error);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_OPENAI_FAULT_H_
