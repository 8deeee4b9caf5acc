// Anthropic Messages, version 2026-10-21: POST /v1/messages.
//
// Cache marks: behind the system text (it covers the tools), behind the shared
// text, and at the end of the two newest messages of ours: the older one finds
// what the request before has written, however many blocks lie between. They
// are no part of what must stay the same.
//
// Of a turn that was cut off or refused, calls and unfinished blocks are not
// sent back: a call without its result would be refused.
// Threads: as a Protocol. Tested in tests/model/protocol_anthropic_test.cc.
#ifndef PATCHMILTER_MODEL_ANTHROPIC_H_
#define PATCHMILTER_MODEL_ANTHROPIC_H_

#include <memory>

#include "model/protocol.h"

namespace patchmilter::model {

std::unique_ptr<Protocol> MakeAnthropic(const Endpoint& endpoint);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_ANTHROPIC_H_
