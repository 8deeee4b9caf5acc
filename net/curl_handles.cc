#include "net/curl_handles.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "base/wipe.h"

namespace patchmilter::net {
namespace {

// In front of each piece of memory stands its size.
constexpr std::size_t kFront = alignof(std::max_align_t);

extern "C" {

void* Allocate(std::size_t size) noexcept {
  if (size > std::numeric_limits<std::size_t>::max() - kFront) return nullptr;
  void* front = std::malloc(size + kFront);
  if (front == nullptr) return nullptr;
  std::memcpy(front, &size, sizeof size);
  return static_cast<char*>(front) + kFront;
}

void WipeAndFree(void* memory) noexcept {
  if (memory == nullptr) return;
  void* front = static_cast<char*>(memory) - kFront;
  std::size_t size = 0;
  std::memcpy(&size, front, sizeof size);
  Wipe(front, size + kFront);
  std::free(front);
}

void* Reallocate(void* memory, std::size_t size) noexcept {
  if (memory == nullptr) return Allocate(size);
  std::size_t old = 0;
  std::memcpy(&old, static_cast<char*>(memory) - kFront, sizeof old);
  void* grown = Allocate(size);
  if (grown == nullptr) return nullptr;
  std::memcpy(grown, memory, old < size ? old : size);
  WipeAndFree(memory);
  return grown;
}

char* Duplicate(const char* text) noexcept {
  const std::size_t size = std::strlen(text) + 1;
  void* copy = Allocate(size);
  if (copy != nullptr) std::memcpy(copy, text, size);
  return static_cast<char*>(copy);
}

void* AllocateZeroed(std::size_t count, std::size_t each) noexcept {
  if (each != 0 && count > std::numeric_limits<std::size_t>::max() / each) {
    return nullptr;
  }
  void* memory = Allocate(count * each);
  if (memory != nullptr) std::memset(memory, 0, count * each);
  return memory;
}

}  // extern "C"

}  // namespace

void InitializeCurlOnce() {
  static const CURLcode code =
      curl_global_init_mem(CURL_GLOBAL_DEFAULT, Allocate, WipeAndFree,
                           Reallocate, Duplicate, AllocateZeroed);
  CHECK(code == CURLE_OK);
}

void Append(CurlList* list, const char* line) {
  curl_slist* longer = curl_slist_append(list->get(), line);
  CHECK(longer != nullptr);
  // The head's new owner: append returns the list that it was given.
  (void)list->release();
  list->reset(longer);
}

}  // namespace patchmilter::net
