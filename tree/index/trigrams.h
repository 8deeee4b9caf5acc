// Trigrams: the three bytes at each place of a text, by which the index finds
// files that can hold what is searched for.
//
// Bytes are folded first: ASCII capitals count as small letters, so that one
// index serves both ways of searching, and what RE2 says a text must hold
// (which is in small letters). Trigrams with a line end are left out: no
// pattern goes over the end of a line.
// Threads: a TrigramSet belongs to one.  Tested in tests/tree/index/.
#ifndef PATCHMILTER_TREE_INDEX_TRIGRAMS_H_
#define PATCHMILTER_TREE_INDEX_TRIGRAMS_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace patchmilter::tree {

// Three folded bytes, the first in the high ones. Below 1 << 24.
using Trigram = std::uint32_t;
inline constexpr std::size_t kTrigrams = 1U << 24;

namespace trigrams_internal {
inline constexpr std::array<std::uint8_t, 256> kFolded = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<std::uint8_t>(i >= 'A' && i <= 'Z' ? i + 32 : i);
  }
  return table;
}();
}  // namespace trigrams_internal

inline std::uint8_t FoldByte(char byte) {
  return trigrams_internal::kFolded[static_cast<std::uint8_t>(byte)];
}

// The different trigrams of one text after the other. Holds 2 MiB.
class TrigramSet {
 public:
  TrigramSet() : seen_(kTrigrams / 64) {}
  // In order of their first place. Borrowed until the next call.
  const std::vector<Trigram>& Of(std::string_view text);

 private:
  std::vector<std::uint64_t> seen_;
  std::vector<Trigram> found_;
};

// Those of a short text, ascending. For patterns.
std::vector<Trigram> TrigramsOf(std::string_view text);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_TRIGRAMS_H_
