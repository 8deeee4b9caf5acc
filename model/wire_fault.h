// What is the same in the faults of all providers: status, headers, and a
// message that may be shown.
// Threads: any. Tested in tests/model/wire_fault_test.cc.
#ifndef PATCHMILTER_MODEL_WIRE_FAULT_H_
#define PATCHMILTER_MODEL_WIRE_FAULT_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "model/endpoint.h"
#include "model/fault.h"
#include "model/protocol.h"

namespace patchmilter::model {

// What a status says where no error code does.
FaultKind KindOfStatus(int status);

// A fault whose message is `what`, on one line, escaped and cut, with "[key]"
// in place of whatever is 8 bytes long and stands in the endpoint's key.
Fault MakeFault(const Endpoint& endpoint, FaultKind kind, int status,
                std::string_view what);
// An answer that is none. The same bytes may be sent again.
Fault BadAnswer(std::string_view what);

// Takes retry-after-ms, retry-after (seconds, or a date less that of the
// header "date") and x-should-retry from `head`. At most a day.
void TakeRetryHeaders(const WireHead& head, Fault* fault);

// A duration in seconds, as "34" or "34.07": milliseconds, at most a day.
std::optional<std::int64_t> ParseSeconds(std::string_view text);

// Whether one of `needles` (in lower case) stands in `text`, in any case.
bool Mentions(std::string_view text,
              std::initializer_list<std::string_view> needles);

// The part of a body that no rule understands, for a message.
std::string_view BodyExcerpt(std::string_view body);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_WIRE_FAULT_H_
