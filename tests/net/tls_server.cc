#include "tests/net/tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/handle.h"

namespace patchmilter::net {
namespace {

using Key = CHandle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = CHandle<X509, X509_free>;

Certificate Sign(EVP_PKEY* key, const std::string& name) {
  Certificate certificate(X509_new());
  X509* x = certificate.get();
  CHECK(X509_set_version(x, 2) == 1);
  CHECK(ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1);
  CHECK(X509_gmtime_adj(X509_getm_notBefore(x), -3600) != nullptr);
  CHECK(X509_gmtime_adj(X509_getm_notAfter(x), 86'400) != nullptr);
  CHECK(X509_set_pubkey(x, key) == 1);
  const auto* common = reinterpret_cast<const unsigned char*>("a test");
  X509_NAME* subject = X509_get_subject_name(x);
  CHECK(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common, -1, -1,
                                   0) == 1);
  CHECK(X509_set_issuer_name(x, subject) == 1);
  const CHandle<X509_EXTENSION, X509_EXTENSION_free> names(X509V3_EXT_conf_nid(
      nullptr, nullptr, NID_subject_alt_name, name.c_str()));
  CHECK(names != nullptr);
  CHECK(X509_add_ext(x, names.get(), -1) == 1);
  CHECK(X509_sign(x, key, EVP_sha256()) != 0);
  return certificate;
}

}  // namespace

class TlsServer::Impl {
 public:
  Impl(const std::string& name, std::string answer)
      : answer_(std::move(answer)),
        key_(EVP_EC_gen("P-256")),
        certificate_(Sign(key_.get(), name)),
        context_(SSL_CTX_new(TLS_server_method())) {
    // A client that has gone is an error of ours to see, not to die of.
    std::signal(SIGPIPE, SIG_IGN);
    CHECK(SSL_CTX_use_certificate(context_.get(), certificate_.get()) == 1);
    CHECK(SSL_CTX_use_PrivateKey(context_.get(), key_.get()) == 1);
    listener_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    CHECK(::bind(listener_.get(), generic, length) == 0);
    CHECK(::listen(listener_.get(), 16) == 0);
    CHECK(::getsockname(listener_.get(), generic, &length) == 0);
    port_ = ntohs(address.sin_port);
    std::array<int, 2> pipe{};
    CHECK(::pipe(pipe.data()) == 0);
    stop_read_.Reset(pipe[0]);
    stop_write_.Reset(pipe[1]);
    thread_ = std::thread([this] { Run(); });
  }
  ~Impl() { Stop(); }

  void Stop() {
    stop_write_.Reset();
    if (thread_.joinable()) thread_.join();
  }
  std::string Pem() const {
    const CHandle<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
    CHECK(PEM_write_bio_X509(out.get(), certificate_.get()) == 1);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
  }
  std::uint16_t port() const { return port_; }
  int requests() const { return requests_; }

 private:
  void Run() {
    while (true) {
      std::array<pollfd, 2> fds = {
          {{stop_read_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}}};
      if (::poll(fds.data(), 2, -1) <= 0 || fds[0].revents != 0) return;
      const UniqueFd peer(::accept(listener_.get(), nullptr, nullptr));
      const CHandle<SSL, SSL_free> tls(SSL_new(context_.get()));
      CHECK(SSL_set_fd(tls.get(), peer.get()) == 1);
      if (SSL_accept(tls.get()) != 1) continue;
      std::array<char, 4096> bytes{};
      // The tests' requests fit in one record.
      if (SSL_read(tls.get(), bytes.data(), bytes.size()) <= 0) continue;
      ++requests_;
      SSL_write(tls.get(), answer_.data(), static_cast<int>(answer_.size()));
      SSL_shutdown(tls.get());
    }
  }

  const std::string answer_;
  const Key key_;
  const Certificate certificate_;
  const CHandle<SSL_CTX, SSL_CTX_free> context_;
  UniqueFd listener_;
  UniqueFd stop_read_;
  UniqueFd stop_write_;
  std::uint16_t port_ = 0;
  int requests_ = 0;
  std::thread thread_;
};

TlsServer::TlsServer(const std::string& name, std::string answer)
    : impl_(std::make_unique<Impl>(name, std::move(answer))) {}
TlsServer::~TlsServer() = default;
std::uint16_t TlsServer::port() const { return impl_->port(); }
std::string TlsServer::certificate() const { return impl_->Pem(); }
void TlsServer::Stop() { impl_->Stop(); }
int TlsServer::requests() const { return impl_->requests(); }

}  // namespace patchmilter::net
