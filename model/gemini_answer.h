// Reading the stream of Gemini, and its errors; for model/gemini.cc.
// Threads: one. Tested in tests/model/protocol_gemini_test.cc.
#ifndef PATCHMILTER_MODEL_GEMINI_ANSWER_H_
#define PATCHMILTER_MODEL_GEMINI_ANSWER_H_

#include <memory>
#include <string_view>

#include "model/endpoint.h"
#include "model/fault.h"
#include "model/protocol.h"

namespace patchmilter::model {

// Between the contents of a turn and the token that it goes on with (raw JSON).
inline constexpr char kContinuation = '\x1e';

// What a turn's content begins and ends with.
inline constexpr std::string_view kContentBegin =
    R"({"role":"model","parts":[)";
inline constexpr std::string_view kContentEnd = "]}";

std::unique_ptr<AnswerReader> NewGeminiReader(
    std::shared_ptr<const Endpoint> endpoint);

// What `body` ({"error":{"code","message","status","details"}}) means.
Fault GeminiFault(const Endpoint& endpoint, int status, std::string_view body);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_GEMINI_ANSWER_H_
