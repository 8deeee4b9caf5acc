// Parts of a request that do not depend on whose it is.
// Threads: any. Tested in tests/model/protocol_prefix_test.cc.
#ifndef PATCHMILTER_MODEL_REQUEST_PARTS_H_
#define PATCHMILTER_MODEL_REQUEST_PARTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/chat.h"
#include "model/endpoint.h"

namespace patchmilter::model {

// How many tokens the next answer may have: endpoint.max_output, or what is
// left of the window, by what the last answer's usage says and an estimate of
// what was said since (`sent`: the body so far, where there was no answer).
// Never under 16.
std::uint64_t OutputLimit(const Endpoint& endpoint,
                          const Conversation& conversation,
                          std::string_view sent);

// A result's text where the format has no mark for errors.
std::string MarkedText(const ToolResult& result);

// The headers of each request, but for the key's.
std::vector<std::string> CommonHeaders();

// A hash of what sibling conversations share: tools, system, shared text.
std::string SharedKey(const Conversation::Opening& opening);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_REQUEST_PARTS_H_
