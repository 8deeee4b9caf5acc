// ApiKey: a secret that is read from a file and leaves this process only in the
// header of a request.
//
// It lies in memory of its own that is locked, kept out of core dumps
// (MADV_DONTDUMP), not inherited by children (MADV_WIPEONFORK), and wiped at
// the end. It is never written: no log, cassette or journal takes a header that
// holds it, and nothing that we start has it in its environment.
// Threads: constant once made. Tested in tests/model/api_key_test.cc.
#ifndef PATCHMILTER_MODEL_API_KEY_H_
#define PATCHMILTER_MODEL_API_KEY_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace patchmilter::model {

// A longer file is no key.
inline constexpr std::size_t kMaxKeyBytes = 8192;

class ApiKey {
 public:
  // The first line of `path`, without white space around it. An absolute path;
  // or "credential:NAME", a file of that name in $CREDENTIALS_DIRECTORY
  // (systemd). kInvalidInput where there is no key in it, or what no header can
  // hold; kPermanent where the file may be read by others than owner and group.
  static Result<std::shared_ptr<const ApiKey>> Read(const std::string& path);
  // `path` is a credential, and this process was given none: it is no unit's.
  static bool IsOfAUnit(const std::string& path);
  ~ApiKey();
  ApiKey(const ApiKey&) = delete;
  ApiKey& operator=(const ApiKey&) = delete;

  std::string_view text() const { return {memory_, size_}; }
  // A header: `front` and the key. In one piece of memory, which the caller
  // wipes (base/wipe.h); text put together by + leaves copies behind.
  std::string HeaderWith(std::string_view front) const;
  // Eight hexadecimal digits of its SHA-256: to tell keys apart in logs and for
  // the circuit breaker.
  const std::string& mark() const { return mark_; }

 private:
  ApiKey() = default;

  char* memory_ = nullptr;  // A mapping.
  std::size_t size_ = 0;
  std::size_t mapped_ = 0;
  std::string mark_;
};

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_API_KEY_H_
