// One request to an HTTP server and its answer, through libcurl.
//
// The request is ours. The answer is foreign: its head is bounded, its body is
// handed on piece by piece as it comes and kept nowhere, and what stands in an
// error is cleaned. Nothing is unpacked (no Accept-Encoding is sent, and a
// Content-Encoding is left as it is).
//
// HTTP/1.1 over http:// or https://, whose certificate is checked. No proxy,
// redirect, cookie, .netrc, HSTS or Alt-Svc memory, whatever the environment
// says (but for OpenSSL's own SSLKEYLOGFILE); no signals; nothing is ever
// logged. A connection is kept for the next request of the same client; where
// the server has closed it meanwhile, libcurl makes a new one and sends the
// request again, as long as not a byte of an answer has come.
//
// Secrets: a header that holds a key is wiped from all memory that libcurl used
// for it, at the latest when the client ends (tests/model/key_memory_test.cc).
//
// Threads: one HttpClient per thread.  Tested in tests/net/http_test.cc.
#ifndef PATCHMILTER_NET_HTTP_H_
#define PATCHMILTER_NET_HTTP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace patchmilter::net {

// All lines of an answer's head, those of 1xx and trailers included.
inline constexpr std::size_t kMaxHeadBytes = 64UL << 10;

struct HttpRequest {
  std::string url;  // http[s]://host[:port][/path]; no user, no fragment.
  std::vector<std::string> headers;  // "name: value"
  // One more, which holds a secret; "" for none. The caller wipes it.
  std::string_view secret_header;
  bool post = true;  // Else GET, and no body.
  std::string_view body;
};

struct HttpHead {
  int status = 0;  // 0: none came.
  // By name in lower case; where one comes twice, its first value.
  std::map<std::string, std::string> headers;
};

class HttpClient {
 public:
  struct Options {
    Seconds connect_timeout = 15;  // Name, connection and TLS.
    Seconds stall_timeout = 180;   // Without a byte in either direction.
    Seconds total_timeout = 1200;  // Of one exchange.
    std::string ca_file;           // PEM; "" is the machine's own.
    // True breaks off. Asked at least once a second (but while a piece of the
    // body is being taken).
    std::function<bool()> stop;
    // Milliseconds of a clock that never goes back; none is the machine's.
    // What it says counts for stall and total, not for connect.
    std::function<std::int64_t()> clock;
  };
  // Bytes of the body; false ends the exchange, which is no error.
  using Take = std::function<bool(const HttpHead& head, std::string_view)>;

  struct Answer {
    // Where all of it came, also where status is an error.
    HttpHead head;
    // Ok: the answer is whole, or `take` had enough. (Where a server gives
    // neither a length nor chunks, its closing the connection is the end.)
    // kTemporary: no connection, a reset, a time-out, cut short, no HTTP, a
    // head over its bound, or stopped. kPermanent: the certificate is refused.
    // kInvalidInput: a url or a header that cannot be one.
    Status status;
    bool stopped = false;  // options.stop said so.
  };

  explicit HttpClient(Options options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Answer Send(const HttpRequest& request, const Take& take);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace patchmilter::net

#endif  // PATCHMILTER_NET_HTTP_H_
