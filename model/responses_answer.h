// Reading the stream of OpenAI Responses; for model/responses.cc.
// Threads: one. Tested in tests/model/protocol_responses_test.cc.
#ifndef PATCHMILTER_MODEL_RESPONSES_ANSWER_H_
#define PATCHMILTER_MODEL_RESPONSES_ANSWER_H_

#include <memory>

#include "model/endpoint.h"
#include "model/protocol.h"

namespace patchmilter::model {

std::unique_ptr<AnswerReader> NewResponsesReader(
    std::shared_ptr<const Endpoint> endpoint);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_RESPONSES_ANSWER_H_
