// Fault: why a model gave no answer, and what may be done about it.
//
// Made from a provider's error code first, and its HTTP status only where that
// says nothing: a 429 may mean "later" or "never".
// Threads: values. Tested in tests/model/.
#ifndef PATCHMILTER_MODEL_FAULT_H_
#define PATCHMILTER_MODEL_FAULT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace patchmilter::model {

enum class FaultKind : std::uint8_t {
  kNetwork,     // No connection, a reset, a time-out, a stream cut short.
  kOverloaded,  // 429 for a rate, 5xx, 529: later.
  kQuota,       // Money or quota is used up: a person must act.
  kAuth,        // The key is wrong, or may not do this.
  kRequest,     // It refuses the request as it is: a mistake of ours, or of the
                // configuration (no such model, a window exceeded).
  kTooLong,     // The conversation is longer than the model's window.
  kProtocol,    // An answer that is none.
};
std::string_view FaultKindName(FaultKind kind);  // "network", …

struct Fault {
  FaultKind kind = FaultKind::kNetwork;
  std::string message;  // One line, cleaned: no key, no control characters.
  int status = 0;       // HTTP's; 0 for none.
  // The provider wants no new try before so many milliseconds.
  std::optional<std::int64_t> retry_after_ms;
  // x-should-retry: overrides what the kind says.
  std::optional<bool> should_retry;
  // Of a cassette: there is no such recording, or it could not be written.
  bool of_cassette = false;
  // Of a stop (Client): what came before it was a refusal.
  bool after_refusal = false;

  // Whether the same bytes may be sent again.
  bool MayRetry() const;
  // Whether the provider may have read the prompt and charged for it: the
  // answer was lost on the way, or was none. What is refused costs nothing.
  bool MayBeCharged() const;
  // kTemporary where it may, kPermanent where a person must act (kQuota,
  // kAuth, kRequest), kInvalidInput for kTooLong.
  Error ToError() const;
};

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_FAULT_H_
