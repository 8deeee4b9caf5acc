#include "model/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace patchmilter::model {
namespace {

// Who waits for a turn is told so after so many; the first may pass unseen.
constexpr int kRequestsToTell = 3;

Fault Stopped(const Fault* before) {
  Fault fault;
  fault.message = "stopped";
  if (before != nullptr) {
    fault.message += fmt::format("; before that: {}", before->message);
    fault.after_refusal = !before->MayBeCharged();
  }
  return fault;
}

// A random part of a limit that doubles with each failure.
std::int64_t Jitter(int failures, double random) {
  const int doublings = std::clamp(failures - 1, 0, 16);
  const std::int64_t limit = std::min(Client::kFirstLimitMillis << doublings,
                                      Client::kLastLimitMillis);
  return static_cast<std::int64_t>(static_cast<double>(limit) *
                                   std::clamp(random, 0.0, 1.0));
}

}  // namespace

Client::Client(const Endpoint* endpoint, const Protocol* protocol,
               std::unique_ptr<Transport> transport, Breaker* breaker,
               Weather weather)
    : endpoint_(endpoint),
      protocol_(protocol),
      transport_(std::move(transport)),
      breaker_(breaker),
      weather_(std::move(weather)) {
  CHECK(transport_ != nullptr);
}

std::variant<Turn, Fault> Client::Ask(const Conversation& conversation,
                                      const BeforeSend& before_send) {
  const WireRequest request = protocol_->Request(conversation);
  const UnixSeconds end = weather_.now() + endpoint_->retry_for;
  std::optional<Fault> last;
  int protocol_faults = 0;
  for (int number = 1;; ++number) {
    bool probe = false;
    if (breaker_ != nullptr && !breaker_->Allow(weather_.now(), &probe)) {
      return Paused();
    }
    const Fault* before = last ? &*last : nullptr;
    if (before_send && !before_send(request, number, before)) {
      if (probe) breaker_->Abandon();
      return Stopped(before);
    }
    std::variant<Turn, Fault> answer = AskOnce(request);
    if (std::holds_alternative<Turn>(answer)) {
      if (breaker_ != nullptr) breaker_->Success();
      return answer;
    }
    last = std::get<Fault>(std::move(answer));
    // A stop first: a request that we broke off says nothing of the provider.
    if (!weather_.wait(0)) {
      if (probe) breaker_->Abandon();
      return Stopped(&*last);
    }
    if (last->kind == FaultKind::kProtocol) ++protocol_faults;
    if (probe || !last->MayRetry() || protocol_faults > kMaxProtocolRetries) {
      return GiveUp(*std::move(last));
    }
    const std::int64_t left = (end - weather_.now()) * 1000;
    const std::optional<std::int64_t> pause = PauseMillis(*last, number, left);
    if (!pause) {
      last->message += fmt::format("; given up after {} requests", number);
      if (last->retry_after_ms.value_or(0) > left && left > 0) {
        last->message +=
            fmt::format(": a pause of {} is wanted, and only {} are left",
                        FormatDuration(*last->retry_after_ms / 1000),
                        FormatDuration(left / 1000));
      }
      return GiveUp(*std::move(last));
    }
    if (number == kRequestsToTell) {
      log::Warning("model", "no answer to {} requests, tried for {} more: {}",
                   number, FormatDuration(left / 1000), last->message);
    }
    if (!weather_.wait(*pause)) return Stopped(&*last);
  }
}

std::variant<Turn, Fault> Client::AskOnce(const WireRequest& request) {
  const std::unique_ptr<AnswerReader> reader = protocol_->ReaderFor(request);
  std::optional<Fault> bad;
  std::size_t taken = 0;
  std::variant<Transport::Answer, Fault> sent =
      transport_->Send(request, [&](std::string_view bytes) {
        taken += bytes.size();
        if (taken > kMaxAnswerBytes) {
          bad = Fault{};
          bad->kind = FaultKind::kProtocol;
          bad->message =
              fmt::format("an answer of over {} MiB", kMaxAnswerBytes >> 20);
          return false;
        }
        std::variant<std::monostate, Fault> taking = reader->Take(bytes);
        if (std::holds_alternative<std::monostate>(taking)) return true;
        bad = std::get<Fault>(std::move(taking));
        return false;
      });
  if (bad) return *std::move(bad);
  if (auto* fault = std::get_if<Fault>(&sent)) {
    // All of the turn may be there, and only the end of the connection be
    // missing. It is paid for.
    if (fault->kind == FaultKind::kNetwork && taken != 0) {
      std::variant<Turn, Fault> whole = reader->Finish();
      if (std::holds_alternative<Turn>(whole)) return whole;
    }
    return std::move(*fault);
  }
  auto& answer = std::get<Transport::Answer>(sent);
  if (answer.head.status == 200) return reader->Finish();
  Fault fault = protocol_->FaultOf(answer.head, answer.body);
  fault.status = answer.head.status;
  return fault;
}

std::optional<std::int64_t> Client::PauseMillis(const Fault& fault,
                                                int failures,
                                                std::int64_t left) const {
  const std::int64_t floor =
      std::max<std::int64_t>(fault.retry_after_ms.value_or(0), 0);
  if (left <= 0 || floor > left) return std::nullopt;
  // On top of what is wanted: else all who were told the same would come back
  // together. Chance alone does not end it: the last try is made at the end.
  return std::min(floor + Jitter(failures, weather_.random()), left);
}

Fault Client::GiveUp(Fault fault) const {
  if (breaker_ != nullptr) breaker_->Failure(fault, weather_.now());
  return fault;
}

Fault Client::Paused() const {
  const UnixSeconds now = weather_.now();
  const std::optional<Breaker::Open> open = breaker_->IsOpen(now);
  Fault fault;
  fault.kind = FaultKind::kOverloaded;
  // It may have been closed a moment ago.
  const Seconds wait = open ? std::max<Seconds>(open->until - now, 0) : 0;
  fault.retry_after_ms = wait * 1000;
  fault.message = fmt::format("not asked for {}: {}", FormatDuration(wait),
                              open ? open->reason : "");
  return fault;
}

}  // namespace patchmilter::model
