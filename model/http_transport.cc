#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/wipe.h"
#include "model/transport.h"
#include "net/http.h"

namespace patchmilter::model {
namespace {

// Some providers and proxies say in an error which key it was. What is shorter
// than a password is no secret, and may be a word of any text ("none").
void TakeOut(std::string_view key, std::string* text) {
  constexpr std::string_view kInstead = "[key]";
  constexpr std::size_t kShortestSecret = 8;
  if (key.size() < kShortestSecret) return;
  for (std::size_t at = text->find(key); at != std::string::npos;
       at = text->find(key, at + kInstead.size())) {
    text->replace(at, key.size(), kInstead);
  }
}

class HttpTransport : public Transport {
 public:
  HttpTransport(const Endpoint* endpoint, const Protocol* protocol,
                StopAsked stop)
      : endpoint_(endpoint),
        protocol_(protocol),
        client_({.connect_timeout = endpoint->connect_timeout,
                 .stall_timeout = endpoint->stall_timeout,
                 .total_timeout = endpoint->total_timeout,
                 .ca_file = {},
                 .stop = std::move(stop),
                 .clock = {}}) {}

  std::variant<Answer, Fault> Send(const WireRequest& request,
                                   const Take& take) override {
    net::HttpRequest http;
    http.url = endpoint_->url + request.path;
    http.headers = request.headers;
    http.body = request.body;
    std::string secret;
    const WipeAtEnd wipe(&secret);
    if (endpoint_->key != nullptr) {
      secret = protocol_->KeyHeader(*endpoint_->key);
    }
    http.secret_header = secret;

    std::string body;
    net::HttpClient::Answer came = client_.Send(
        http, [&](const net::HttpHead& head, std::string_view bytes) {
          if (head.status == 200) return take(bytes);
          const std::size_t room = Transport::kMaxErrorBody - body.size();
          body.append(bytes.substr(0, room));
          return body.size() < Transport::kMaxErrorBody;
        });
    // What is refused is refused, also where its reasons were cut short.
    const bool refused = came.head.status != 0 && came.head.status != 200;
    if (came.stopped || (!came.status.ok() && !refused)) return FaultOf(came);
    Answer answer;
    answer.head.status = came.head.status;
    answer.head.headers = std::move(came.head.headers);
    answer.body = std::move(body);
    if (endpoint_->key != nullptr) {
      const std::string_view key = endpoint_->key->text();
      TakeOut(key, &answer.body);
      for (auto& [name, value] : answer.head.headers) TakeOut(key, &value);
    }
    return answer;
  }

 private:
  static Fault FaultOf(const net::HttpClient::Answer& came) {
    Fault fault;
    fault.status = came.head.status;
    const Error& error = came.status.error();
    fault.message = error.message;
    if (error.kind == ErrorKind::kInvalidInput) {
      fault.kind = FaultKind::kRequest;
    } else if (error.kind == ErrorKind::kPermanent) {
      fault.should_retry = false;  // A certificate does not mend in minutes.
    }
    return fault;
  }

  const Endpoint* endpoint_;
  const Protocol* protocol_;
  net::HttpClient client_;
};

}  // namespace

std::unique_ptr<Transport> MakeHttpTransport(const Endpoint* endpoint,
                                             const Protocol* protocol,
                                             StopAsked stop) {
  return std::make_unique<HttpTransport>(endpoint, protocol, std::move(stop));
}

}  // namespace patchmilter::model
