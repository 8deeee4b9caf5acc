// Interner: gives each text a small number, from 1; "" is 0.
//
// The texts stand one after the other in large blocks: a text costs its length
// and some 25 bytes. Hostile texts cannot be made to fall on one place: the
// hash is SipHash under a key that differs from process to process (of what
// the numbers are it tells nothing: they go by order of asking).
//
// Threads: one.  Tested in tests/series/compact_test.cc.
#ifndef PATCHMILTER_SERIES_INTERNER_H_
#define PATCHMILTER_SERIES_INTERNER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace patchmilter::series {

class Interner {
 public:
  Interner();

  // REQUIRES: less than 4 GiB long, and less than 2^32 - 1 texts in all.
  std::uint32_t Get(std::string_view text);
  // 0 where it was never given.
  std::uint32_t Lookup(std::string_view text) const;
  // REQUIRES: 0, or a number that Get has given. Valid as long as this lives.
  std::string_view Text(std::uint32_t number) const;

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = 0;  // 0: free.
  };

  std::size_t Place(std::string_view text, std::uint32_t hash) const;
  std::uint32_t Hash(std::string_view text) const;
  const char* Keep(std::string_view text);

  std::uint64_t key_[2];
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_left_ = 0;
  char* block_at_ = nullptr;
  std::vector<const char*> texts_;  // Each with its length in front.
  std::vector<Slot> slots_;         // A power of two of them.
};

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_INTERNER_H_
