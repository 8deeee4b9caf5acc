#include "milter/session.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "milter/addresses.h"

namespace patchmilter::milter {
namespace {

using intake::AppendResult;
using std::chrono::steady_clock;

// Postfix takes at most 1000 recipients a mail (smtpd_recipient_limit), RFC
// 5321 4.5.3.1.8 asks for 100: what is beyond still counts for matching.
constexpr size_t kMaxRecipients = 1000;
// Bytes kept of each envelope string; RFC 5321 4.5.3.1 allows 512 for a line.
constexpr size_t kMaxEnvelopeString = 1024;

std::string Cut(std::string_view text) {
  return std::string(text.substr(0, kMaxEnvelopeString));
}

}  // namespace

std::shared_ptr<const Watch> Environment::watch() const {
  const MutexLock lock(mutex_);
  return watch_;
}

void Environment::SetWatch(std::shared_ptr<const Watch> watch) {
  const MutexLock lock(mutex_);
  watch_ = std::move(watch);
}

Session::Message::Message() = default;

Session::~Session() {
  // The connection went away in the middle of a mail.
  if (message_ && !message_->let_go) ++environment_.counters.aborted;
  End();
}

void Session::Connect(std::string_view name, std::string_view address) {
  client_name_ = Cut(name);
  client_address_ = Cut(address);
}

void Session::Helo(std::string_view name) { helo_ = Cut(name); }

void Session::Begin() {
  End();
  message_.emplace();
  message_->watch = environment_.watch();
  ++environment_.counters.messages;
  ++environment_.in_flight;
}

void Session::End() {
  if (!message_) return;
  environment_.buffered -= message_->reserved;
  if (!message_->let_go) --environment_.in_flight;
  message_.reset();
}

void Session::MailFrom(std::string_view sender) {
  Begin();
  message_->record.sender = Cut(EnvelopeAddress(sender));
  if (environment_.draining) {
    ++environment_.counters.missed;
    LetGo("stopping");
  }
}

void Session::Recipient(std::string_view recipient) {
  if (!message_ || message_->let_go) return;
  Message& message = *message_;
  const std::string address = EnvelopeAddress(recipient);
  message.any_recipient = true;
  message.all_destinations &= message.watch->IsDestination(address);
  message.list = std::min(message.list, message.watch->ByRecipient(address));
  if (message.record.recipients.size() < kMaxRecipients) {
    message.record.recipients.push_back(Cut(address));
  }
}

Verdict Session::Data(std::string_view queue_id) {
  if (!message_) return Verdict::kLetGo;
  NoteQueueId(queue_id);
  Message& message = *message_;
  if (message.let_go) return Verdict::kLetGo;
  if (message.any_recipient && message.all_destinations) {
    return LetGo("our own destination");
  }
  if (message.list == kNoList && message.watch->recipients_only()) {
    return LetGo("not watched");
  }
  return Verdict::kContinue;
}

void Session::Header(std::string_view name, std::string_view value,
                     bool leading_space) {
  if (!message_ || message_->let_go) return;
  Message& message = *message_;
  if (message.watch->has_list_ids() && EqualsIgnoreCase(name, "List-Id")) {
    message.list =
        std::min(message.list, message.watch->ByListId(ParseListId(value)));
  } else if (message.watch->has_addresses() &&
             (EqualsIgnoreCase(name, "To") || EqualsIgnoreCase(name, "Cc"))) {
    for (const std::string& address : ScanAddresses(value)) {
      message.list = std::min(message.list, message.watch->ByAddress(address));
    }
  }
  Collect(name);
  Collect(leading_space ? ":" : ": ");
  // Folds arrive as LF (as CRLF from none we know; then they stay).
  while (!value.empty()) {
    const size_t fold = value.find('\n');
    if (fold == std::string_view::npos) {
      Collect(value);
      break;
    }
    const bool has_return = fold > 0 && value[fold - 1] == '\r';
    Collect(value.substr(0, fold - (has_return ? 1 : 0)));
    Collect("\r\n");
    value.remove_prefix(fold + 1);
  }
  Collect("\r\n");
}

Verdict Session::EndOfHeaders(std::string_view queue_id) {
  if (!message_) return Verdict::kLetGo;
  NoteQueueId(queue_id);
  if (message_->let_go) return Verdict::kLetGo;
  if (message_->list == kNoList) return LetGo("not watched");
  Collect("\r\n");
  return Verdict::kContinue;
}

void Session::Body(std::string_view bytes) {
  if (!message_ || message_->let_go) return;
  Collect(bytes);
}

void Session::EndOfMessage(std::string_view queue_id) {
  if (!message_) return;
  NoteQueueId(queue_id);
  if (message_->let_go || message_->list == kNoList) {
    LetGo("not watched");
    End();
    return;
  }
  const auto start = steady_clock::now();
  Message& message = *message_;
  const std::string subject = Subject();
  const std::string list = message.watch->Name(message.list);
  message.record.list = list;
  message.record.client_name = client_name_;
  message.record.client_address = client_address_;
  message.record.helo = helo_;
  message.record.arrival = environment_.clock.Now();
  const size_t size = message.record.raw.size();
  const bool truncated = message.record.truncated;
  const AppendResult result = environment_.appender.Append(
      std::move(message.record), start + environment_.deadline);
  Counters& counters = environment_.counters;
  switch (result.outcome) {
    case AppendResult::Outcome::kStored:
      ++counters.stored;
      if (truncated) ++counters.truncated;
      log::Info(subject, "stored list={} size={} at={}:{} ms={}{}",
                log::Clean(list), size, result.position.segment,
                result.position.offset,
                std::chrono::duration_cast<std::chrono::milliseconds>(
                    steady_clock::now() - start)
                    .count(),
                truncated ? " truncated=yes" : "");
      break;
    case AppendResult::Outcome::kFailed:
      ++counters.failed;
      log::Err(subject, "not stored list={} size={} error={}", log::Clean(list),
               size, result.error.message);
      break;
    case AppendResult::Outcome::kLate:
      ++counters.late;
      log::Warning(subject,
                   "answered at the deadline, not stored yet list={} size={}",
                   log::Clean(list), size);
      break;
  }
  End();
}

void Session::Abort() {
  if (message_ && !message_->let_go) {
    ++environment_.counters.aborted;
    log::Debug(Subject(), "aborted");
  }
  End();
}

void Session::Fail(std::string_view why) noexcept {
  if (!message_) return;
  const bool counted = message_->let_go;
  if (!counted) ++environment_.counters.failed;
  try {
    log::Err("milter", "not stored error={}", why);
  } catch (const std::exception&) {
    // Not even a log line can be made; the count stands.
    static_cast<void>(why);
  }
  End();
}

Verdict Session::LetGo(const char* why) {
  Message& message = *message_;
  if (!message.let_go) {
    message.let_go = true;
    ++environment_.counters.let_go;
    --environment_.in_flight;
    log::Debug(Subject(), "let go: {}", why);
    environment_.buffered -= std::exchange(message.reserved, 0);
    std::string().swap(message.record.raw);
  }
  return Verdict::kLetGo;
}

void Session::Collect(std::string_view bytes) {
  Message& message = *message_;
  intake::Record& record = message.record;
  if (record.truncated) return;
  const std::uint64_t room = environment_.max_message - record.raw.size();
  std::string_view kept = bytes.substr(0, room);
  if (environment_.buffered.fetch_add(kept.size()) + kept.size() >
      environment_.max_buffered) {
    environment_.buffered -= kept.size();
    kept = {};
  }
  message.reserved += kept.size();
  record.raw += kept;
  record.truncated = kept.size() < bytes.size();
}

void Session::NoteQueueId(std::string_view queue_id) {
  if (!queue_id.empty()) message_->record.queue_id = Cut(queue_id);
}

std::string Session::Subject() const {
  if (!message_ || message_->record.queue_id.empty()) return "NOQUEUE";
  return log::Clean(message_->record.queue_id, 64);
}

}  // namespace patchmilter::milter
