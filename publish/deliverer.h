// Deliverer: sends what stands in the outbox, in its order.
//
// Recipients come from the outbox rows, which come from the configuration
// alone; the envelope sender is the configured bounce address. An attempt is
// counted before it is made. What the server refuses for good (5xx) is set
// aside with its answer; what may work later is tried again with growing
// pauses, until `retry_for` is over. The same bytes are sent each time: where
// an answer was lost, the archive sees the mail twice and keeps one.
//
// Threads: one.  Tested in tests/publish/deliverer_test.cc.
#ifndef PATCHMILTER_PUBLISH_DELIVERER_H_
#define PATCHMILTER_PUBLISH_DELIVERER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace patchmilter::publish {

// The way to the server: net::SmtpClient in the daemon, a recorder in tests.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Status Send(const std::string& sender, const std::string& recipient,
                      std::string_view mail) = 0;
};

struct DeliveryPolicy {
  std::string sender;          // The bounce address.
  Seconds retry_for = 432000;  // From when the mail was queued.
};

// The pause after the `attempts`-th failure: 30 s, doubling, at most 1 h.
Seconds RetryPause(std::int64_t attempts);

class Deliverer {
 public:
  // All borrowed; must outlive it.
  Deliverer(store::Store* store, Transport* transport, DeliveryPolicy policy)
      : store_(store), transport_(transport), policy_(std::move(policy)) {}

  // Sends what is due at `now`; returns how many mails were sent. Stops early
  // when three mails in a row could not be handed over: the server is down.
  Result<std::int64_t> DeliverDue(const Clock& clock);

 private:
  enum class Outcome : std::uint8_t { kSent, kLater, kSetAside };
  Result<Outcome> DeliverOne(const store::OutboxMail& mail, const Clock& clock);

  store::Store* store_;
  Transport* transport_;
  DeliveryPolicy policy_;
};

}  // namespace patchmilter::publish

#endif  // PATCHMILTER_PUBLISH_DELIVERER_H_
