// Wiping secrets out of memory, in a way that no compiler leaves out.
// Threads: any. Tested in tests/base/wipe_test.cc.
#ifndef PATCHMILTER_BASE_WIPE_H_
#define PATCHMILTER_BASE_WIPE_H_

#include <cstddef>
#include <string>

namespace patchmilter {

void Wipe(void* bytes, std::size_t size) noexcept;

// All that `text` has room for, also behind its end; then it is "". What it
// held before it last grew lies elsewhere: reserve first, then fill.
void Wipe(std::string* text) noexcept;

// Wipes `text` where it is left.
class WipeAtEnd {
 public:
  explicit WipeAtEnd(std::string* text) : text_(text) {}
  ~WipeAtEnd() { Wipe(text_); }
  WipeAtEnd(const WipeAtEnd&) = delete;
  WipeAtEnd& operator=(const WipeAtEnd&) = delete;

 private:
  std::string* text_;
};

}  // namespace patchmilter

#endif  // PATCHMILTER_BASE_WIPE_H_
