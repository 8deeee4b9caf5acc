#include "milter/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/log.h"

namespace patchmilter::milter {
namespace {

// On a unix socket: steps that need no answer, and one that is not needed.
// Answers are left where a mail can be let go: DATA, end of headers; and at
// end of message.
constexpr unsigned long kLocalSteps =
    SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT |
    SMFIP_NR_HDR | SMFIP_NR_BODY | SMFIP_NOUNKNOWN;

Environment* g_environment = nullptr;
bool g_local = false;
// What was negotiated last, for connections that QUIT_NC begins.
std::atomic<unsigned long> g_last_steps{0};

struct Connection {
  explicit Connection(Environment& environment) : session(environment) {}
  Session session;
  unsigned long steps = 0;  // SMFIP_* agreed upon.
};

// The connection's state, made where it is missing. May throw bad_alloc.
Connection& StateOf(SMFICTX* context) {
  if (void* state = ::smfi_getpriv(context)) {
    return *static_cast<Connection*>(state);
  }
  auto connection = std::make_unique<Connection>(*g_environment);
  connection->steps = g_last_steps;
  CHECK(::smfi_setpriv(context, connection.get()) == MI_SUCCESS);
  return *connection.release();
}

// Runs `body` on the connection. `no_reply` is the SMFIP_NR_* flag of this
// step, 0 for none. Where no answer is expected none is given: what was let go
// is then said at the next step that has one.
template <typename Body>
sfsistat Call(SMFICTX* context, unsigned long no_reply,
              const Body& body) noexcept {
  Connection* connection = nullptr;
  Verdict verdict = Verdict::kContinue;
  try {
    connection = &StateOf(context);
    verdict = body(*connection);
  } catch (const std::exception& error) {
    if (connection != nullptr) {
      connection->session.Fail(error.what());
    } else {
      ++g_environment->counters.failed;
    }
  }
  const unsigned long steps =
      connection != nullptr ? connection->steps : g_last_steps.load();
  if ((steps & no_reply) != 0) return SMFIS_NOREPLY;
  return verdict == Verdict::kLetGo ? SMFIS_ACCEPT : SMFIS_CONTINUE;
}

std::string_view View(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

std::string_view QueueId(SMFICTX* context) {
  std::array<char, 2> name = {'i', '\0'};
  return View(::smfi_getsymval(context, name.data()));
}

std::string AddressText(const sockaddr* address) {
  if (address == nullptr) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address->sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  } else {
    return "local";
  }
  if (::inet_ntop(address->sa_family, bytes, text.data(), text.size()) ==
      nullptr) {
    return {};
  }
  return text.data();
}

extern "C" {

sfsistat PmNegotiate(SMFICTX* context, unsigned long /*actions*/,
                     unsigned long steps, unsigned long /*unused2*/,
                     unsigned long /*unused3*/, unsigned long* wanted_actions,
                     unsigned long* wanted_steps, unsigned long* wanted2,
                     unsigned long* wanted3) noexcept {
  const unsigned long wanted =
      steps & (SMFIP_HDR_LEADSPC | (g_local ? kLocalSteps : 0));
  *wanted_actions = 0;
  *wanted_steps = wanted;
  *wanted2 = 0;
  *wanted3 = 0;
  g_last_steps = wanted;
  Call(context, 0, [wanted](Connection& connection) {
    connection.steps = wanted;
    return Verdict::kContinue;
  });
  return SMFIS_CONTINUE;
}

sfsistat PmConnect(SMFICTX* context, char* name,
                   struct sockaddr* address) noexcept {
  return Call(context, SMFIP_NR_CONN, [&](Connection& connection) {
    connection.session.Connect(View(name), AddressText(address));
    return Verdict::kContinue;
  });
}

sfsistat PmHelo(SMFICTX* context, char* name) noexcept {
  return Call(context, SMFIP_NR_HELO, [&](Connection& connection) {
    connection.session.Helo(View(name));
    return Verdict::kContinue;
  });
}

sfsistat PmMail(SMFICTX* context, char** arguments) noexcept {
  return Call(context, SMFIP_NR_MAIL, [&](Connection& connection) {
    connection.session.MailFrom(View(arguments[0]));
    return Verdict::kContinue;
  });
}

sfsistat PmRecipient(SMFICTX* context, char** arguments) noexcept {
  return Call(context, SMFIP_NR_RCPT, [&](Connection& connection) {
    connection.session.Recipient(View(arguments[0]));
    return Verdict::kContinue;
  });
}

sfsistat PmData(SMFICTX* context) noexcept {
  return Call(context, SMFIP_NR_DATA, [&](Connection& connection) {
    return connection.session.Data(QueueId(context));
  });
}

sfsistat PmHeader(SMFICTX* context, char* name, char* value) noexcept {
  return Call(context, SMFIP_NR_HDR, [&](Connection& connection) {
    connection.session.Header(View(name), View(value),
                              (connection.steps & SMFIP_HDR_LEADSPC) != 0);
    return Verdict::kContinue;
  });
}

sfsistat PmEndOfHeaders(SMFICTX* context) noexcept {
  return Call(context, SMFIP_NR_EOH, [&](Connection& connection) {
    return connection.session.EndOfHeaders(QueueId(context));
  });
}

sfsistat PmBody(SMFICTX* context, unsigned char* bytes, size_t size) noexcept {
  return Call(context, SMFIP_NR_BODY, [&](Connection& connection) {
    connection.session.Body({reinterpret_cast<const char*>(bytes), size});
    return Verdict::kContinue;
  });
}

sfsistat PmEndOfMessage(SMFICTX* context) noexcept {
  return Call(context, 0, [&](Connection& connection) {
    connection.session.EndOfMessage(QueueId(context));
    return Verdict::kContinue;
  });
}

sfsistat PmAbort(SMFICTX* context) noexcept {
  Call(context, 0, [](Connection& connection) {
    connection.session.Abort();
    return Verdict::kContinue;
  });
  return SMFIS_CONTINUE;
}

sfsistat PmClose(SMFICTX* context) noexcept {
  delete static_cast<Connection*>(::smfi_getpriv(context));
  ::smfi_setpriv(context, nullptr);
  return SMFIS_CONTINUE;
}

}  // extern "C"

}  // namespace

Status Serve(const Listener& listener, Environment& environment) {
  CHECK(g_environment == nullptr);
  g_environment = &environment;
  g_local = listener.local;
  std::string name = "patchmilter";
  smfiDesc description{};
  description.xxfi_name = name.data();
  description.xxfi_version = SMFI_VERSION;
  description.xxfi_flags = SMFIF_NONE;
  description.xxfi_connect = PmConnect;
  description.xxfi_helo = PmHelo;
  description.xxfi_envfrom = PmMail;
  description.xxfi_envrcpt = PmRecipient;
  description.xxfi_header = PmHeader;
  description.xxfi_eoh = PmEndOfHeaders;
  description.xxfi_body = PmBody;
  description.xxfi_eom = PmEndOfMessage;
  description.xxfi_abort = PmAbort;
  description.xxfi_close = PmClose;
  description.xxfi_data = PmData;
  description.xxfi_negotiate = PmNegotiate;
  std::string connection = fmt::format("fd:{}", listener.fd.get());
  if (::smfi_setconn(connection.data()) != MI_SUCCESS ||
      ::smfi_register(description) != MI_SUCCESS) {
    return Permanent("libmilter refused the socket or the callbacks");
  }
  if (::smfi_main() != MI_SUCCESS) {
    return Permanent("libmilter ended with an error");
  }
  return {};
}

}  // namespace patchmilter::milter
