// Reading the stream of Anthropic Messages, and its errors; for
// model/anthropic.cc.
// Threads: one. Tested in tests/model/protocol_anthropic_test.cc.
#ifndef PATCHMILTER_MODEL_ANTHROPIC_ANSWER_H_
#define PATCHMILTER_MODEL_ANTHROPIC_ANSWER_H_

#include <memory>
#include <string_view>

#include "model/endpoint.h"
#include "model/fault.h"
#include "model/protocol.h"

namespace patchmilter::model {

std::unique_ptr<AnswerReader> NewAnthropicReader(
    std::shared_ptr<const Endpoint> endpoint);

// What `body` ({"type":"error","error":{…}}) means; 200 for an error event.
Fault AnthropicFault(const Endpoint& endpoint, int status,
                     std::string_view body);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_ANTHROPIC_ANSWER_H_
