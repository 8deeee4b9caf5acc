#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace patchmilter {

std::string_view ErrorKindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidInput:
      return "invalid-input";
    case ErrorKind::kNotFound:
      return "not-found";
    case ErrorKind::kTemporary:
      return "temporary";
    case ErrorKind::kPermanent:
      return "permanent";
  }
  return "unknown";
}

Error Error::Wrap(std::string_view context) const {
  std::string text(context);
  text += ": ";
  text += message;
  return {kind, std::move(text)};
}

Error FromErrno(std::string_view what, int error_number) {
  std::string text(what);
  text += ": ";
  text += std::strerror(error_number);
  switch (error_number) {
    case ENOENT:
      return NotFound(std::move(text));
    case EAGAIN:
    case EINTR:
    case ENOSPC:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EBUSY:
    case EDQUOT:
      return Temporary(std::move(text));
    default:
      return Permanent(std::move(text));
  }
}

}  // namespace patchmilter
