#include "tree/index/trigrams.h"

#include <algorithm>

namespace patchmilter::tree {
namespace {

// Calls `each` with every trigram of `text` that has no line end.
template <typename Each>
void ForEachTrigram(std::string_view text, const Each& each) {
  Trigram last = 0;
  std::size_t run = 0;  // Bytes since the last line end.
  for (const char byte : text) {
    if (byte == '\n') {
      run = 0;
      continue;
    }
    last = ((last << 8) | FoldByte(byte)) & (kTrigrams - 1);
    if (++run >= 3) each(last);
  }
}

}  // namespace

const std::vector<Trigram>& TrigramSet::Of(std::string_view text) {
  for (const Trigram trigram : found_) seen_[trigram / 64] = 0;
  found_.clear();
  ForEachTrigram(text, [this](Trigram trigram) {
    std::uint64_t& word = seen_[trigram / 64];
    const std::uint64_t bit = std::uint64_t{1} << (trigram % 64);
    if ((word & bit) != 0) return;
    word |= bit;
    found_.push_back(trigram);
  });
  return found_;
}

std::vector<Trigram> TrigramsOf(std::string_view text) {
  std::vector<Trigram> trigrams;
  ForEachTrigram(text, [&](Trigram trigram) { trigrams.push_back(trigram); });
  std::sort(trigrams.begin(), trigrams.end());
  trigrams.erase(std::unique(trigrams.begin(), trigrams.end()), trigrams.end());
  return trigrams;
}

}  // namespace patchmilter::tree
