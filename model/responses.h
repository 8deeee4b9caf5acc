// OpenAI Responses: POST /v1/responses, nothing stored there: what the model
// has said goes back as the items in which it came, reasoning encrypted.
//
// Of a turn that was cut off or refused only messages go back, and reasoning
// that has a message behind it: a call or reasoning alone would be refused.
// Threads: as a Protocol. Tested in tests/model/protocol_responses_test.cc.
#ifndef PATCHMILTER_MODEL_RESPONSES_H_
#define PATCHMILTER_MODEL_RESPONSES_H_

#include <memory>

#include "model/protocol.h"

namespace patchmilter::model {

std::unique_ptr<Protocol> MakeResponses(const Endpoint& endpoint);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_RESPONSES_H_
