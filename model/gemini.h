// Google Gemini: POST /v1beta/models/M:streamGenerateContent?alt=sse.
//
// Parts go back as they came; only neighbouring parts that are nothing but text
// become one (a signature belongs to its part).
//
// An answer that ends in CONTINUATION is a turn that pauses. It goes on where
// the same request is sent again with the token that came with it. That token
// is kept in Turn::opaque, behind a byte (0x1e) that no JSON holds, and sent
// only where that turn is the last; the parts so far are sent from the next
// turn on, as one content with what came behind them: roles must alternate.
// Threads: as a Protocol. Tested in tests/model/protocol_gemini_test.cc.
#ifndef PATCHMILTER_MODEL_GEMINI_H_
#define PATCHMILTER_MODEL_GEMINI_H_

#include <memory>

#include "model/protocol.h"

namespace patchmilter::model {

std::unique_ptr<Protocol> MakeGemini(const Endpoint& endpoint);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_GEMINI_H_
