#include "base/wipe.h"

#include <cstring>

namespace patchmilter {

void Wipe(void* bytes, std::size_t size) noexcept {
  if (size != 0) ::explicit_bzero(bytes, size);
}

void Wipe(std::string* text) noexcept {
  // Growing to the capacity allocates nothing, and makes all of it ours.
  text->resize(text->capacity());
  Wipe(text->data(), text->size());
  text->clear();
}

}  // namespace patchmilter
