// Delivery: the outbox of a state directory, the SMTP server of a
// configuration, and the deliverer between them.
// Threads: one.
#ifndef PATCHMILTER_APP_DELIVERY_H_
#define PATCHMILTER_APP_DELIVERY_H_

#include <cstdint>
#include <memory>

#include "base/config.h"
#include "base/result.h"
#include "net/smtp.h"
#include "publish/deliverer.h"
#include "store/store.h"

namespace patchmilter::app {

class Delivery {
 public:
  // Opens the state directory of `config` and reads the server's password.
  static Result<std::unique_ptr<Delivery>> Open(const Config& config);

  // Sends what is due now; how many mails were sent.
  Result<std::int64_t> DeliverDue();

 private:
  class SmtpTransport : public publish::Transport {
   public:
    explicit SmtpTransport(net::SmtpServer server)
        : client_(std::move(server)) {}
    Status Send(const std::string& sender, const std::string& recipient,
                std::string_view mail) override;

   private:
    net::SmtpClient client_;
  };

  Delivery(std::unique_ptr<store::Store> store, net::SmtpServer server,
           publish::DeliveryPolicy policy);

  std::unique_ptr<store::Store> store_;
  SmtpTransport transport_;
  publish::Deliverer deliverer_;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_DELIVERY_H_
