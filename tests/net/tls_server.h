// A TLS server on loopback that answers each request with the same bytes, under
// a certificate that it has signed itself.
// Threads: its own; what it has seen is to be read after Stop().
#ifndef PATCHMILTER_TESTS_NET_TLS_SERVER_H_
#define PATCHMILTER_TESTS_NET_TLS_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

namespace patchmilter::net {

class TlsServer {
 public:
  // `name` is what the certificate is for: "DNS:localhost", "IP:127.0.0.1".
  TlsServer(const std::string& name, std::string answer);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port() const;
  std::string certificate() const;  // PEM.
  void Stop();
  int requests() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace patchmilter::net

#endif  // PATCHMILTER_TESTS_NET_TLS_SERVER_H_
