#include "net/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "base/wipe.h"
#include "net/curl_handles.h"

namespace patchmilter::net {
namespace {

// A probe a minute on a connection that says nothing: a router forgets it
// otherwise, and a peer that has gone is noticed.
constexpr long kKeepAliveSeconds = 60;

std::int64_t SteadyMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

bool IsVisible(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > 0x20 && c < 0x7f; });
}

bool IsUrl(std::string_view url) {
  const bool secure = url.starts_with("https://");
  if ((!secure && !url.starts_with("http://")) || !IsVisible(url)) return false;
  const std::string_view rest = url.substr(secure ? 8 : 7);
  // A user in it would become a header.
  const std::string_view host = rest.substr(0, rest.find_first_of("/?"));
  return !host.empty() && url.find('#') == std::string_view::npos &&
         host.find_first_of("@\\") == std::string_view::npos;
}

// RFC 9110 5.1, 5.5: a token, and visible characters, spaces or tabs.
bool IsHeader(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = line.substr(colon + 1);
  // Without a value curl would take the header out instead of sending it.
  if (Trim(value).empty()) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) {
                       return IsAlnumAscii(c) ||
                              std::strchr("!#$%&'*+-.^_`|~", c) != nullptr;
                     }) &&
         std::all_of(value.begin(), value.end(), [](char c) {
           return c == '\t' || (c >= 0x20 && c < 0x7f);
         });
}

// Why we broke off ourselves.
enum class Cut { kNone, kTaken, kStopped, kStalled, kOverTime, kHeadTooLong };

// One exchange, as the callbacks see it.
struct Exchange {
  const HttpClient::Options* options = nullptr;
  const HttpClient::Take* take = nullptr;
  HttpHead head;
  std::size_t head_bytes = 0;
  bool head_ended = false;  // And it was no 1xx.
  bool in_body = false;
  Cut cut = Cut::kNone;
  std::int64_t begin = 0;
  std::int64_t last_byte = 0;
  curl_off_t bytes = 0;  // Both ways.

  std::int64_t Now() const {
    return options->clock ? options->clock() : SteadyMillis();
  }
  // Whether to go on.
  bool Watch(curl_off_t so_far) {
    if (cut != Cut::kNone) return false;
    const std::int64_t now = Now();
    if (so_far != bytes) {
      bytes = so_far;
      last_byte = now;
    }
    if (options->stop && options->stop()) {
      cut = Cut::kStopped;
    } else if (now - last_byte >= options->stall_timeout * 1000) {
      cut = Cut::kStalled;
    } else if (now - begin >= options->total_timeout * 1000) {
      cut = Cut::kOverTime;
    }
    return cut == Cut::kNone;
  }
  bool TakeHeadLine(std::string_view line) {
    head_bytes += line.size();
    if (head_bytes > kMaxHeadBytes) {
      cut = Cut::kHeadTooLong;
      return false;
    }
    last_byte = Now();
    if (in_body) return true;  // Trailers.
    if (line.starts_with("HTTP/")) {
      head = {};  // What came before was a 1xx.
      const std::size_t space = line.find(' ');
      if (space != std::string_view::npos) {
        head.status = static_cast<int>(
            ParseUnsigned(line.substr(space + 1, 3)).value_or(0));
      }
      return true;
    }
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && colon != 0 &&
        !IsSpaceAscii(line[0])) {
      head.headers.emplace(ToLower(Trim(line.substr(0, colon))),
                           Trim(line.substr(colon + 1)));
    }
    if (Trim(line).empty()) head_ended = head.status >= 200;
    return true;
  }
  bool TakeBody(std::string_view piece) {
    in_body = true;
    // The time that the taker needs is not the server's.
    const bool go_on = (*take)(head, piece);
    last_byte = Now();
    if (!go_on) cut = Cut::kTaken;
    return go_on;
  }
};

extern "C" {

size_t TakeHead(char* buffer, size_t size, size_t count, void* data) noexcept {
  const std::string_view line(buffer, size * count);
  // Anything but the size breaks the exchange off.
  return static_cast<Exchange*>(data)->TakeHeadLine(line) ? line.size() : 0;
}

size_t TakeBody(char* buffer, size_t size, size_t count, void* data) noexcept {
  const std::string_view piece(buffer, size * count);
  if (piece.empty()) return 0;
  return static_cast<Exchange*>(data)->TakeBody(piece) ? piece.size() : 0;
}

int Watch(void* data, curl_off_t, curl_off_t received, curl_off_t,
          curl_off_t sent) noexcept {
  return static_cast<Exchange*>(data)->Watch(received + sent) ? 0 : 1;
}

}  // extern "C"

Error CutError(Cut cut, const HttpClient::Options& options) {
  switch (cut) {
    case Cut::kStopped:
      return Temporary("stopped");
    case Cut::kStalled:
      return Temporary(fmt::format("nothing came for {}",
                                   FormatDuration(options.stall_timeout)));
    case Cut::kOverTime:
      return Temporary(fmt::format("not done after {}",
                                   FormatDuration(options.total_timeout)));
    case Cut::kHeadTooLong:
      return Temporary(
          fmt::format("the answer's head is over {} bytes", kMaxHeadBytes));
    case Cut::kNone:
    case Cut::kTaken:
      break;
  }
  return Temporary("broken off");
}

bool IsAboutTheCertificate(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION ||
         code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR ||
         code == CURLE_SSL_INVALIDCERTSTATUS;
}

}  // namespace

class HttpClient::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {
    InitializeCurlOnce();
    curl_.reset(curl_easy_init());
    CHECK(curl_ != nullptr);
  }

  Answer Send(const HttpRequest& request, const Take& take) {
    Answer answer;
    answer.status = CheckInput(request);
    if (!answer.status.ok()) return answer;
    Exchange exchange;
    exchange.options = &options_;
    exchange.take = &take;
    exchange.begin = exchange.last_byte = exchange.Now();
    const CurlList headers = HeadersOf(request);
    std::array<char, CURL_ERROR_SIZE> detail{};
    SetOptions(request);
    Set(CURLOPT_ERRORBUFFER, detail.data());
    Set(CURLOPT_HTTPHEADER, headers.get());
    Set(CURLOPT_HEADERDATA, &exchange);
    Set(CURLOPT_WRITEDATA, &exchange);
    Set(CURLOPT_XFERINFODATA, &exchange);
    const CURLcode code = curl_easy_perform(curl_.get());
    curl_easy_reset(curl_.get());  // Nothing points at our locals any more.
    answer.status = Judge(code, exchange, request.url, detail.data());
    answer.stopped = !answer.status.ok() && exchange.cut == Cut::kStopped;
    if (exchange.head_ended) answer.head = std::move(exchange.head);
    return answer;
  }

 private:
  template <typename T>
  void Set(CURLoption option, T value) {
    CHECK(curl_easy_setopt(curl_.get(), option, value) == CURLE_OK);
  }

  static Status CheckInput(const HttpRequest& request) {
    if (!IsUrl(request.url)) {
      return InvalidInput(
          fmt::format("{}: not a url to ask", log::Clean(request.url)));
    }
    for (const std::string& header : request.headers) {
      if (!IsHeader(header)) {
        return InvalidInput(
            fmt::format("not a header: {}", log::Clean(header)));
      }
    }
    if (!request.secret_header.empty() && !IsHeader(request.secret_header)) {
      return InvalidInput("the header with the key is none");
    }
    return {};
  }

  static CurlList HeadersOf(const HttpRequest& request) {
    CurlList list;
    for (const std::string& header : request.headers) {
      Append(&list, header.c_str());
    }
    // Else libcurl would wait a second for leave to send a long body.
    Append(&list, "Expect:");
    if (!request.secret_header.empty()) {
      std::string secret;
      const WipeAtEnd wipe(&secret);
      secret.reserve(request.secret_header.size() + 1);
      secret = request.secret_header;
      Append(&list, secret.c_str());
    }
    return list;
  }

  void SetOptions(const HttpRequest& request) {
    Set(CURLOPT_URL, request.url.c_str());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    Set(CURLOPT_PROXY, "");
    Set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_NOSIGNAL, 1L);
    // A name that is being looked up does not hold up who breaks off.
    Set(CURLOPT_QUICK_EXIT, 1L);
    Set(CURLOPT_USERAGENT, "patchmilter");
    Set(CURLOPT_CONNECTTIMEOUT,
        static_cast<long>(std::max<Seconds>(options_.connect_timeout, 1)));
    Set(CURLOPT_TCP_KEEPALIVE, 1L);
    Set(CURLOPT_TCP_KEEPIDLE, kKeepAliveSeconds);
    Set(CURLOPT_TCP_KEEPINTVL, kKeepAliveSeconds);
    Set(CURLOPT_SSL_VERIFYPEER, 1L);
    Set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options_.ca_file.empty()) {
      Set(CURLOPT_CAINFO, options_.ca_file.c_str());
    }
    Set(CURLOPT_HEADERFUNCTION, TakeHead);
    Set(CURLOPT_WRITEFUNCTION, TakeBody);
    Set(CURLOPT_NOPROGRESS, 0L);  // Else the function is not called.
    Set(CURLOPT_XFERINFOFUNCTION, Watch);
    if (request.post) {
      Set(CURLOPT_POST, 1L);
      Set(CURLOPT_POSTFIELDSIZE_LARGE,
          static_cast<curl_off_t>(request.body.size()));
      // A body of no bytes is one too.
      Set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    } else {
      Set(CURLOPT_HTTPGET, 1L);
    }
  }

  Status Judge(CURLcode code, const Exchange& exchange, const std::string& url,
               const char* detail) const {
    // A head that is cut short would be fine with libcurl.
    if (exchange.cut == Cut::kTaken) return {};
    if (code == CURLE_OK && exchange.head_ended) return {};
    const std::string where = log::Clean(url.substr(0, url.find('?')));
    if (exchange.cut != Cut::kNone) {
      return CutError(exchange.cut, options_).Wrap(where);
    }
    if (code == CURLE_OK) {
      return Temporary(where + ": the answer's head is cut short");
    }
    std::string text = fmt::format(
        "{}: {}", where,
        log::Clean(*detail != '\0' ? detail : curl_easy_strerror(code)));
    if (code == CURLE_URL_MALFORMAT) {
      return InvalidInput(std::move(text));
    }
    return IsAboutTheCertificate(code) ? Permanent(std::move(text))
                                       : Temporary(std::move(text));
  }

  Options options_;
  CurlEasy curl_;
};

HttpClient::HttpClient(Options options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

HttpClient::~HttpClient() = default;

HttpClient::Answer HttpClient::Send(const HttpRequest& request,
                                    const Take& take) {
  return impl_->Send(request, take);
}

}  // namespace patchmilter::net
