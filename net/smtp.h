// Handing one mail to an SMTP server, through libcurl.
//
// Input: our own bytes (LF line ends; CRLF and dots are made here), addresses
// from the configuration. The answer of the server is foreign text: cleaned
// before it stands in an error.
// Threads: one SmtpClient per thread.  Tested in tests/net/smtp_test.cc.
#ifndef PATCHMILTER_NET_SMTP_H_
#define PATCHMILTER_NET_SMTP_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace patchmilter::net {

struct SmtpServer {
  std::string url;  // smtp://host:port or smtps://host:port
  std::string user;
  std::string password;
  Seconds timeout = 60;  // For one mail, connecting included.
};

struct Envelope {
  std::string sender;  // Without <>; "" is the null sender.
  std::vector<std::string> recipients;
};

class SmtpClient {
 public:
  explicit SmtpClient(SmtpServer server);
  ~SmtpClient();
  SmtpClient(const SmtpClient&) = delete;
  SmtpClient& operator=(const SmtpClient&) = delete;

  // Ok when the server has taken the mail (2xx after the final dot).
  // kTemporary: no connection, time-out, a lost answer, 4xx: send the same
  // bytes again later. kPermanent: 5xx: will not work as it is.
  Status Send(const Envelope& envelope, std::string_view mail);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace patchmilter::net

#endif  // PATCHMILTER_NET_SMTP_H_
