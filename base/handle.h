// CHandle<T, free_fn>: a unique_ptr for what a C library hands out.
// UniqueFd: the same for a file descriptor.
//
// Owns; movable, not copyable; raw pointers elsewhere never own.
#ifndef PATCHMILTER_BASE_HANDLE_H_
#define PATCHMILTER_BASE_HANDLE_H_

#include <memory>
#include <utility>

namespace patchmilter {

template <auto free_fn>
struct CHandleDeleter {
  template <typename T>
  void operator()(T* pointer) const noexcept {
    free_fn(pointer);
  }
};

template <typename T, auto free_fn>
using CHandle = std::unique_ptr<T, CHandleDeleter<free_fn>>;

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) Reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { Reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Reset(int fd = -1) noexcept;  // Closes what it held.

 private:
  int fd_ = -1;
};

}  // namespace patchmilter

#endif  // PATCHMILTER_BASE_HANDLE_H_
