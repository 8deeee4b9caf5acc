// Transport: carries one request to a model and its answer back. Over HTTP; or
// from a cassette, with a recorder between (model/cassette.h).
//
// Threads: one request at a time; each conversation that runs beside others has
// a transport of its own.
#ifndef PATCHMILTER_MODEL_TRANSPORT_H_
#define PATCHMILTER_MODEL_TRANSPORT_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "model/endpoint.h"
#include "model/fault.h"
#include "model/protocol.h"

namespace patchmilter::model {

class Transport {
 public:
  // The next bytes of the body of a 200; false ends the answer (not a fault of
  // the transport's).
  using Take = std::function<bool(std::string_view bytes)>;
  struct Answer {
    WireHead head;
    std::string body;  // Of any status but 200; cut at kMaxErrorBody.
  };
  static constexpr std::size_t kMaxErrorBody = 256UL << 10;

  virtual ~Transport() = default;
  // A fault is the network's alone (kNetwork): nothing, or not all, came back;
  // or kRequest, where the url or a header of the endpoint cannot be one.
  virtual std::variant<Answer, Fault> Send(const WireRequest& request,
                                           const Take& take) = 0;
};

// Where a request may be broken off: true ends it, and all waiting. Asked at
// least once a second, from the thread that sends.
using StopAsked = std::function<bool()>;

// Over HTTP or HTTPS to `endpoint` (its certificate checked), without proxy,
// redirects, cookies, .netrc, or anything else of the environment. `endpoint`
// and `protocol` are borrowed. What an answer other than a 200 says of our key
// is taken out of it: it would reach logs and cassettes.
std::unique_ptr<Transport> MakeHttpTransport(const Endpoint* endpoint,
                                             const Protocol* protocol,
                                             StopAsked stop);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_TRANSPORT_H_
