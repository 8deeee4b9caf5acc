#include "publish/deliverer.h"

#include <algorithm>

#include "base/log.h"
#include "base/stop_point.h"

namespace patchmilter::publish {
namespace {

constexpr std::int64_t kBatch = 50;
constexpr int kServerIsDown = 3;
constexpr Seconds kFirstPause = 30;
constexpr Seconds kLongestPause = 3600;

}  // namespace

Seconds RetryPause(std::int64_t attempts) {
  Seconds pause = kFirstPause;
  for (std::int64_t i = 1; i < attempts && pause < kLongestPause; ++i) {
    pause *= 2;
  }
  return std::min(pause, kLongestPause);
}

Result<Deliverer::Outcome> Deliverer::DeliverOne(const store::OutboxMail& mail,
                                                 const Clock& clock) {
  PM_RETURN_IF_ERROR(store_->CountDeliveryAttempt(mail.id));
  StopPoint("deliver.before-send");
  std::string original;
  if (mail.original.has_value()) {
    PM_ASSIGN_OR_RETURN(original, store_->LoadRaw(*mail.original));
  }
  const std::string_view bytes = mail.original.has_value()
                                     ? std::string_view(original)
                                     : std::string_view(mail.bytes);
  const Status sent = transport_->Send(policy_.sender, mail.recipient, bytes);
  StopPoint("deliver.after-send");
  const UnixSeconds now = clock.Now();
  if (sent.ok()) {
    PM_RETURN_IF_ERROR(store_->MarkSent(mail.id, now));
    log::Info("deliver", "sent kind={} id=<{}> to={} destination={}", mail.kind,
              log::Clean(mail.message_id), mail.recipient, mail.destination);
    return Outcome::kSent;
  }
  const std::string& reason = sent.error().message;
  const bool given_up = sent.error().kind == ErrorKind::kTemporary &&
                        now - mail.created > policy_.retry_for;
  if (sent.error().kind != ErrorKind::kTemporary || given_up) {
    PM_RETURN_IF_ERROR(store_->MarkSetAside(mail.id, reason));
    log::Err("deliver", "set aside kind={} id=<{}> to={} reason={}", mail.kind,
             log::Clean(mail.message_id), mail.recipient, reason);
    return Outcome::kSetAside;
  }
  const Seconds pause = RetryPause(mail.attempts + 1);
  PM_RETURN_IF_ERROR(store_->MarkRetry(mail.id, now + pause, reason));
  log::Warning("deliver", "later kind={} id=<{}> in={} reason={}", mail.kind,
               log::Clean(mail.message_id), FormatDuration(pause), reason);
  return Outcome::kLater;
}

Result<std::int64_t> Deliverer::DeliverDue(const Clock& clock) {
  std::int64_t sent = 0;
  int failures_in_row = 0;
  while (true) {
    PM_ASSIGN_OR_RETURN(const std::vector<store::OutboxMail> mails,
                        store_->DueMails(clock.Now(), kBatch));
    for (const store::OutboxMail& mail : mails) {
      PM_ASSIGN_OR_RETURN(const Outcome outcome, DeliverOne(mail, clock));
      failures_in_row = outcome == Outcome::kLater ? failures_in_row + 1 : 0;
      if (outcome == Outcome::kSent) ++sent;
      if (failures_in_row >= kServerIsDown) return sent;
    }
    if (mails.empty()) return sent;
  }
}

}  // namespace patchmilter::publish
