// Handing one mail to an SMTP server, through libcurl.
//
// Input: our own bytes, or a list mail's originals (LF or CRLF line ends; CRLF
// and the dots of RFC 5321 4.5.2 are made here; a last line without an end gets
// one), addresses from the configuration. The answer of the server is foreign
// text: cleaned before it stands in an error.
//
// One mail, one connection: a connection kept open that the server has closed
// meanwhile would cost a mail a round of waiting. No proxy, no .netrc, no
// protocol but SMTP, no signals, whatever the environment says.
//
// TLS: smtps:// demands it and checks the certificate. smtp:// takes it where
// the server offers it, without looking at the certificate (whoever could forge
// one could also hide the offer); but where a password is given, and the host
// is not this machine, it is demanded and checked.
//
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
  // For one mail, connecting included. A server that hangs after it has taken
  // the mail, at QUIT, may cost as much again.
  Seconds timeout = 60;
  std::string helo;  // What EHLO says; "" is this machine's host name.
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

  // Ok when the server has taken the mail (2xx after the final dot), for all
  // recipients: where it refuses one of them, none gets it.
  // kTemporary: no connection, time-out, a lost answer, 4xx: send the same
  // bytes again later. So is a 5xx to the session (greeting, EHLO, AUTH): it
  // says nothing about the mail, and a mended configuration will deliver it.
  // kPermanent: 5xx to MAIL, RCPT, DATA or the mail: will not work as it is.
  // kInvalidInput: no recipient, an address or a server that cannot be one
  // (control characters, spaces, angle brackets, bytes that are not ASCII).
  Status Send(const Envelope& envelope, std::string_view mail);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace patchmilter::net

#endif  // PATCHMILTER_NET_SMTP_H_
