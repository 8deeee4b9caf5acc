// FlatMap: keys of our own numbering to small values, in one block of memory:
// no node for each entry, so that a mail of a long archive costs tens of bytes
// and not hundreds. Nothing is ever taken out.
//
// Key: a number below 2^64 - 1. Value: trivially copied. References are valid
// until the next insertion. Threads: one.  Tested in
// tests/series/compact_test.cc.
#ifndef PATCHMILTER_SERIES_FLAT_MAP_H_
#define PATCHMILTER_SERIES_FLAT_MAP_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace patchmilter::series {

template <typename Value>
class FlatMap {
  static_assert(std::is_trivially_copyable_v<Value>);

 public:
  const Value* Find(std::uint64_t key) const {
    if (entries_.empty()) return nullptr;
    const Entry& entry = entries_[Place(entries_, key)];
    return entry.key == key + 1 ? &entry.value : nullptr;
  }
  Value* Find(std::uint64_t key) {
    return const_cast<Value*>(std::as_const(*this).Find(key));
  }
  // What stands under `key`, put there now where nothing did (then: true).
  std::pair<Value*, bool> Emplace(std::uint64_t key, const Value& value) {
    if ((count_ + 1) * 4 > entries_.size() * 3) Grow();
    Entry& entry = entries_[Place(entries_, key)];
    if (entry.key == key + 1) return {&entry.value, false};
    entry = {key + 1, value};
    ++count_;
    return {&entry.value, true};
  }
  std::size_t size() const { return count_; }

 private:
  struct Entry {
    std::uint64_t key = 0;  // Plus one; 0: free.
    Value value = {};
  };

  // Where `key` stands, or would.
  static std::size_t Place(const std::vector<Entry>& entries,
                           std::uint64_t key) {
    std::uint64_t x = key + 1;
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    x ^= x >> 33;
    const std::size_t mask = entries.size() - 1;
    std::size_t at = static_cast<std::size_t>(x) & mask;
    while (entries[at].key != 0 && entries[at].key != key + 1) {
      at = (at + 1) & mask;
    }
    return at;
  }
  void Grow() {
    constexpr std::size_t kLeast = 16;
    std::vector<Entry> larger(entries_.empty() ? kLeast : entries_.size() * 2);
    for (const Entry& entry : entries_) {
      if (entry.key != 0) larger[Place(larger, entry.key - 1)] = entry;
    }
    entries_ = std::move(larger);
  }

  std::vector<Entry> entries_;  // A power of two of them.
  std::size_t count_ = 0;
};

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_FLAT_MAP_H_
