// Posting lists: which documents of a segment have a trigram.
//
// Ascending numbers below a bound, as differences in Golomb-Rice code (the
// best code for numbers that lie at random), or, where that is no longer, as
// one bit for each below. About half the size of one byte a number, and read at
// hundreds of millions of numbers a second.
// Input of decoding: bytes of a checked file whose meaning is not trusted:
// numbers come out ascending and below the bound, or decoding fails.
// Threads: values.  Tested in tests/tree/index/posting_list_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_POSTING_LIST_H_
#define PATCHMILTER_TREE_INDEX_POSTING_LIST_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::tree {

// REQUIRES: `numbers` ascend strictly and are below `bound`; not empty.
void EncodePostings(std::span<const std::uint32_t> numbers, std::uint32_t bound,
                    std::string* to);

// False where the bytes are no such list of `count` numbers.
bool DecodePostings(std::string_view bytes, std::uint32_t count,
                    std::uint32_t bound, std::vector<std::uint32_t>* numbers);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_POSTING_LIST_H_
