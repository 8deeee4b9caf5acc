// Numbers of seven bits a byte, the low ones first, as in the index's files.
// Threads: values.  Tested in tests/tree/index/symbol_table_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_VARINT_H_
#define PATCHMILTER_TREE_INDEX_VARINT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace patchmilter::tree {

inline void PutVarint(std::uint64_t value, std::string* to) {
  for (; value >= 0x80; value >>= 7) {
    to->push_back(static_cast<char>(value | 0x80));
  }
  to->push_back(static_cast<char>(value));
}

// Takes a number off the front. False where there is none.
inline bool TakeVarint(std::string_view* from, std::uint64_t* value) {
  *value = 0;
  for (unsigned shift = 0; shift < 63; shift += 7) {
    if (from->empty()) return false;
    const auto byte = static_cast<std::uint8_t>(from->front());
    from->remove_prefix(1);
    *value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_VARINT_H_
