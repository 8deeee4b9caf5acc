// A Protocol for tests of what is around it, as small as one can be. A
// request's body is the conversation, a line an entry. An answer is lines:
//
//   say TEXT          the turn's text
//   error KIND TEXT   a fault inside the answer: overloaded, quota, request, …
//   refuse            the turn is a refusal
//   end               the last event
//
// Anything else is kProtocol. A status other than 200 means what providers mean
// by it; a body that begins with "quota" makes any status one of money;
// retry-after-ms and x-should-retry are headers.
#ifndef PATCHMILTER_TESTS_MODEL_LINE_PROTOCOL_H_
#define PATCHMILTER_TESTS_MODEL_LINE_PROTOCOL_H_

#include <memory>
#include <string>

#include "model/protocol.h"

namespace patchmilter::model {

class LineProtocol : public Protocol {
 public:
  WireRequest Request(const Conversation& conversation) const override;
  std::string KeyHeader(const ApiKey& key) const override;
  std::unique_ptr<AnswerReader> NewReader() const override;
  Fault FaultOf(const WireHead& head, std::string_view body) const override;
};

// A conversation of which nothing is said yet.
Conversation Opened(const std::string& task);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_TESTS_MODEL_LINE_PROTOCOL_H_
