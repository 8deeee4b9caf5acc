// Result<T>: a value, or an Error that says what the caller may do about it.
//
// A small subset of std::expected (which g++ 12 does not have). Errors that
// come from the world (a mail, a file, a server) travel as Result; mistakes in
// our own code are CHECKs (base/check.h). Nothing here throws.
//
// Threads: values; no shared state.  Tested in tests/base/result_test.cc.
#ifndef PATCHMILTER_BASE_RESULT_H_
#define PATCHMILTER_BASE_RESULT_H_

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/check.h"

namespace patchmilter {

// What a caller may do: that is all that an error kind says.
enum class ErrorKind {
  kInvalidInput,  // Bad input: will never work; tell whoever gave it.
  kNotFound,      // The thing that was named is not there.
  kTemporary,     // May work later: try again.
  kPermanent,     // Will not work until a person has changed something.
};

// The name of `kind` for logs: "invalid-input", "not-found", ...
std::string_view ErrorKindName(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::kPermanent;
  std::string message;  // One line, no trailing newline, ours or cleaned.

  // The same error with "context: " in front. Each layer adds what it knows.
  Error Wrap(std::string_view context) const;
};

inline Error InvalidInput(std::string message) {
  return {ErrorKind::kInvalidInput, std::move(message)};
}
inline Error NotFound(std::string message) {
  return {ErrorKind::kNotFound, std::move(message)};
}
inline Error Temporary(std::string message) {
  return {ErrorKind::kTemporary, std::move(message)};
}
inline Error Permanent(std::string message) {
  return {ErrorKind::kPermanent, std::move(message)};
}
// An error from errno: "what: strerror". EAGAIN, EINTR, ENOSPC, EMFILE, ENFILE,
// ENOMEM, EBUSY, EDQUOT are temporary, ENOENT is not-found, the rest permanent.
Error FromErrno(std::string_view what, int error_number);

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }

  // REQUIRES: ok().
  T& value() & {
    CHECK(ok());
    return std::get<T>(state_);
  }
  const T& value() const& {
    CHECK(ok());
    return std::get<T>(state_);
  }
  T&& value() && {
    CHECK(ok());
    return std::get<T>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // REQUIRES: !ok().
  const Error& error() const {
    CHECK(!ok());
    return std::get<Error>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error)  // NOLINT: implicit
      : error_(std::move(error)), ok_(false) {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const {
    CHECK(!ok_);
    return error_;
  }

 private:
  Error error_;
  bool ok_ = true;
};

using Status = Result<void>;

}  // namespace patchmilter

// Returns the error of `expr` from the calling function, if there is one.
#define PM_RETURN_IF_ERROR(expr)                      \
  do {                                                \
    if (auto pm_status_ = (expr); !pm_status_.ok()) { \
      return pm_status_.error();                      \
    }                                                 \
  } while (false)

#define PM_CONCAT_INNER_(a, b) a##b
#define PM_CONCAT_(a, b) PM_CONCAT_INNER_(a, b)
// PM_ASSIGN_OR_RETURN(auto x, F()): x gets F()'s value, or its error returns.
#define PM_ASSIGN_OR_RETURN(declaration, expr)       \
  auto PM_CONCAT_(pm_result_, __LINE__) = (expr);    \
  if (!PM_CONCAT_(pm_result_, __LINE__).ok()) {      \
    return PM_CONCAT_(pm_result_, __LINE__).error(); \
  }                                                  \
  declaration = std::move(PM_CONCAT_(pm_result_, __LINE__)).value()

#endif  // PATCHMILTER_BASE_RESULT_H_
