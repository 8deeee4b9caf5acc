#include "model/fault.h"

namespace patchmilter::model {

std::string_view FaultKindName(FaultKind kind) {
  switch (kind) {
    case FaultKind::kNetwork:
      return "network";
    case FaultKind::kOverloaded:
      return "overloaded";
    case FaultKind::kQuota:
      return "quota";
    case FaultKind::kAuth:
      return "auth";
    case FaultKind::kRequest:
      return "request";
    case FaultKind::kTooLong:
      return "too-long";
    case FaultKind::kProtocol:
      return "protocol";
  }
  return "network";
}

bool Fault::MayBeCharged() const {
  return !after_refusal &&
         (kind == FaultKind::kNetwork || kind == FaultKind::kProtocol);
}

bool Fault::MayRetry() const {
  // What a person must mend stays as it is, whatever a header says.
  if (kind == FaultKind::kQuota || kind == FaultKind::kAuth) return false;
  if (should_retry) return *should_retry;
  return kind == FaultKind::kNetwork || kind == FaultKind::kOverloaded ||
         kind == FaultKind::kProtocol;
}

Error Fault::ToError() const {
  switch (kind) {
    case FaultKind::kNetwork:
    case FaultKind::kOverloaded:
    case FaultKind::kProtocol:
      return Temporary(message);
    case FaultKind::kTooLong:
      return InvalidInput(message);
    case FaultKind::kQuota:
    case FaultKind::kAuth:
    case FaultKind::kRequest:
      break;
  }
  return Permanent(message);
}

}  // namespace patchmilter::model
