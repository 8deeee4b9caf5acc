#include "app/delivery.h"

#include <string>
#include <utility>

#include "app/state_files.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"

namespace patchmilter::app {
namespace {

constexpr std::uint64_t kMaxPasswordFile = 4096;

}  // namespace

Status Delivery::SmtpTransport::Send(const std::string& sender,
                                     const std::string& recipient,
                                     std::string_view mail) {
  return client_.Send({sender, {recipient}}, mail);
}

Delivery::Delivery(std::unique_ptr<store::Store> store, net::SmtpServer server,
                   publish::DeliveryPolicy policy)
    : store_(std::move(store)),
      transport_(std::move(server)),
      deliverer_(store_.get(), &transport_, std::move(policy)) {}

Result<std::unique_ptr<Delivery>> Delivery::Open(const Config& config) {
  PM_ASSIGN_OR_RETURN(auto store,
                      store::Store::Open(StateFile(config.state.directory)));
  net::SmtpServer server;
  server.url = config.smtp.url;
  server.user = config.smtp.user;
  server.timeout = config.smtp.timeout;
  if (!config.smtp.password_file.empty()) {
    PM_ASSIGN_OR_RETURN(const std::string password,
                        ReadFile(config.smtp.password_file, kMaxPasswordFile));
    server.password = Trim(password);
  }
  publish::DeliveryPolicy policy;
  policy.sender = config.identity.bounce;
  policy.retry_for = config.smtp.retry_for;
  return std::unique_ptr<Delivery>(
      new Delivery(std::move(store), std::move(server), std::move(policy)));
}

Result<std::int64_t> Delivery::DeliverDue() {
  return deliverer_.DeliverDue(SystemClock());
}

}  // namespace patchmilter::app
