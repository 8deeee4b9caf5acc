#include "net/smtp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "net/curl_handles.h"

namespace patchmilter::net {
namespace {

// Of one reply, kept for the error: RFC 5321 4.5.3.1.5 has 512 bytes a line.
constexpr size_t kMaxReply = 600;

// RFC 5321 2.3.8: lines end in CRLF, and in nothing else.
std::string WithCrlf(std::string_view mail) {
  std::string crlf;
  crlf.reserve(mail.size() + mail.size() / 32 + 2);
  for (size_t i = 0; i < mail.size(); ++i) {
    if (mail[i] == '\n' && (i == 0 || mail[i - 1] != '\r')) crlf += '\r';
    crlf += mail[i];
  }
  if (!crlf.ends_with("\r\n")) crlf += "\r\n";
  return crlf;
}

// Nothing in it can end the command line or the brackets that it stands in.
bool IsSafe(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '<' && c != '>';
  });
}

bool IsThisMachine(std::string_view url) {
  const size_t start = url.find("://");
  if (start == std::string_view::npos) return false;
  const std::string_view host = url.substr(start + 3);
  for (const std::string_view local : {"127.0.0.1", "[::1]", "localhost"}) {
    if (StartsWithIgnoreCase(host, local) &&
        (host.size() == local.size() || host[local.size()] == ':')) {
      return true;
    }
  }
  return false;
}

// One conversation, as the callbacks see it.
struct Conversation {
  std::string_view unsent;
  std::string verb = "connecting";  // What was asked last.
  std::string reply;                // The answer to it, its last line.
  bool over = false;                // We have said QUIT.

  // The code of the reply, 0 where none came.
  int Code() const {
    if (reply.size() < 3) return 0;
    return static_cast<int>(ParseUnsigned(reply.substr(0, 3)).value_or(0));
  }
  bool AboutTheMail() const {
    return verb == "MAIL" || verb == "RCPT" || verb == "DATA";
  }
};

extern "C" {

size_t ReadMail(char* buffer, size_t size, size_t count, void* data) noexcept {
  auto& conversation = *static_cast<Conversation*>(data);
  const size_t length = std::min(size * count, conversation.unsent.size());
  std::memcpy(buffer, conversation.unsent.data(), length);
  conversation.unsent.remove_prefix(length);
  return length;
}

// Each line of each reply.
size_t TakeReply(char* buffer, size_t size, size_t count, void* data) noexcept {
  auto& conversation = *static_cast<Conversation*>(data);
  if (!conversation.over) {
    const std::string_view line =
        TrimRight(std::string_view(buffer, size * count));
    conversation.reply = line.substr(0, kMaxReply);
  }
  return size * count;
}

// Each command as it is sent. This is the only way to know what a reply
// answers; nothing that passes here is logged (AUTH does).
int TakeCommand(CURL*, curl_infotype type, char* bytes, size_t size,
                void* data) noexcept {
  if (type != CURLINFO_HEADER_OUT) return 0;
  auto& conversation = *static_cast<Conversation*>(data);
  if (conversation.over) return 0;
  const std::string_view line(bytes, size);
  for (const std::string_view verb :
       {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"}) {
    // Upper case, and a space or CR behind: no line of AUTH's base64 is that.
    if (!line.starts_with(verb)) continue;
    if (line.size() > 4 && verb.size() == 4 && !IsSpaceAscii(line[4])) continue;
    conversation.verb = verb;
    conversation.reply.clear();
  }
  conversation.over = line.starts_with("QUIT");
  return 0;
}

}  // extern "C"

}  // namespace

class SmtpClient::Impl {
 public:
  explicit Impl(SmtpServer server) : server_(std::move(server)) {
    InitializeCurlOnce();
    curl_.reset(curl_easy_init());
    CHECK(curl_ != nullptr);
  }

  Status Send(const Envelope& envelope, std::string_view mail) {
    PM_RETURN_IF_ERROR(CheckInput(envelope));
    const std::string bytes = WithCrlf(mail);
    Conversation conversation;
    conversation.unsent = bytes;
    CurlList recipients;
    for (const std::string& each : envelope.recipients) {
      Append(&recipients, fmt::format("<{}>", each).c_str());
    }
    std::array<char, CURL_ERROR_SIZE> detail{};
    SetOptions();
    Set(CURLOPT_ERRORBUFFER, detail.data());
    Set(CURLOPT_MAIL_FROM, fmt::format("<{}>", envelope.sender).c_str());
    Set(CURLOPT_MAIL_RCPT, recipients.get());
    Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(bytes.size()));
    Set(CURLOPT_READDATA, &conversation);
    Set(CURLOPT_HEADERDATA, &conversation);
    Set(CURLOPT_DEBUGDATA, &conversation);
    const CURLcode code = curl_easy_perform(curl_.get());
    curl_easy_reset(curl_.get());  // Nothing points at our locals any more.
    return Judge(code, conversation, detail.data());
  }

 private:
  template <typename T>
  void Set(CURLoption option, T value) {
    CHECK(curl_easy_setopt(curl_.get(), option, value) == CURLE_OK);
  }

  Status CheckInput(const Envelope& envelope) const {
    if (!(server_.url.starts_with("smtp://") ||
          server_.url.starts_with("smtps://")) ||
        !IsSafe(server_.url) || !IsSafe(server_.helo)) {
      return InvalidInput(
          fmt::format("{}: not a mail server", log::Clean(server_.url)));
    }
    if (envelope.recipients.empty()) return InvalidInput("no recipient");
    if (!IsSafe(envelope.sender)) {
      return InvalidInput(fmt::format("not an envelope sender: {}",
                                      log::Clean(envelope.sender)));
    }
    for (const std::string& each : envelope.recipients) {
      if (each.empty() || !IsSafe(each)) {
        return InvalidInput(
            fmt::format("not a recipient: {}", log::Clean(each)));
      }
    }
    return {};
  }

  void SetOptions() {
    // The path of an SMTP URL is what EHLO says.
    const std::string url =
        server_.helo.empty() ? server_.url
                             : fmt::format("{}/{}", server_.url, server_.helo);
    Set(CURLOPT_URL, url.c_str());
    Set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    Set(CURLOPT_PROXY, "");
    Set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    Set(CURLOPT_NOSIGNAL, 1L);
    const long timeout =
        static_cast<long>(std::max<Seconds>(server_.timeout, 1));
    Set(CURLOPT_TIMEOUT, timeout);
    Set(CURLOPT_CONNECTTIMEOUT, timeout);
    Set(CURLOPT_SERVER_RESPONSE_TIMEOUT, timeout);
    Set(CURLOPT_FRESH_CONNECT, 1L);
    Set(CURLOPT_FORBID_REUSE, 1L);
    Set(CURLOPT_UPLOAD, 1L);
    Set(CURLOPT_READFUNCTION, ReadMail);
    Set(CURLOPT_HEADERFUNCTION, TakeReply);
    Set(CURLOPT_DEBUGFUNCTION, TakeCommand);
    Set(CURLOPT_VERBOSE, 1L);  // Else the debug function is not called.
    const bool secret = !server_.user.empty();
    const bool demand = server_.url.starts_with("smtps://") ||
                        (secret && !IsThisMachine(server_.url));
    Set(CURLOPT_USE_SSL,
        static_cast<long>(demand ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    Set(CURLOPT_SSL_VERIFYPEER, demand ? 1L : 0L);
    Set(CURLOPT_SSL_VERIFYHOST, demand ? 2L : 0L);
    if (secret) {
      Set(CURLOPT_USERNAME, server_.user.c_str());
      Set(CURLOPT_PASSWORD, server_.password.c_str());
    }
  }

  Status Judge(CURLcode code, const Conversation& conversation,
               const char* detail) const {
    const int reply = conversation.Code();
    // A 2xx at this point can only answer the final dot.
    if (code == CURLE_OK ||
        (conversation.verb == "DATA" && reply >= 200 && reply < 300)) {
      return {};
    }
    if (reply >= 400 && reply < 600) {
      std::string text =
          fmt::format("{}: {} answered {}", server_.url, conversation.verb,
                      log::Clean(conversation.reply));
      return reply >= 500 && conversation.AboutTheMail()
                 ? Permanent(std::move(text))
                 : Temporary(std::move(text));
    }
    return Temporary(fmt::format(
        "{}: {}: {}", server_.url, conversation.verb,
        log::Clean(*detail != '\0' ? detail : curl_easy_strerror(code))));
  }

  SmtpServer server_;
  CurlEasy curl_;
};

SmtpClient::SmtpClient(SmtpServer server)
    : impl_(std::make_unique<Impl>(std::move(server))) {}

SmtpClient::~SmtpClient() = default;

Status SmtpClient::Send(const Envelope& envelope, std::string_view mail) {
  return impl_->Send(envelope, mail);
}

}  // namespace patchmilter::net
