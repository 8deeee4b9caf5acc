#include "series/interner.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/check.h"

namespace patchmilter::series {
namespace {

constexpr std::size_t kBlock = 64 << 10;
constexpr std::size_t kLeastSlots = 64;

std::uint64_t RotateLeft(std::uint64_t x, int bits) {
  return (x << bits) | (x >> (64 - bits));
}

// SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF").
std::uint64_t SipHash(const std::uint64_t (&key)[2], std::string_view text) {
  std::uint64_t v0 = key[0] ^ 0x736f6d6570736575ULL;
  std::uint64_t v1 = key[1] ^ 0x646f72616e646f6dULL;
  std::uint64_t v2 = key[0] ^ 0x6c7967656e657261ULL;
  std::uint64_t v3 = key[1] ^ 0x7465646279746573ULL;
  const auto round = [&] {
    v0 += v1;
    v1 = RotateLeft(v1, 13) ^ v0;
    v0 = RotateLeft(v0, 32);
    v2 += v3;
    v3 = RotateLeft(v3, 16) ^ v2;
    v0 += v3;
    v3 = RotateLeft(v3, 21) ^ v0;
    v2 += v1;
    v1 = RotateLeft(v1, 17) ^ v2;
    v2 = RotateLeft(v2, 32);
  };
  const auto take = [&](std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  };
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    take(word);
  }
  std::uint64_t last = 0;
  std::memcpy(&last, text.data() + at, text.size() - at);
  last ^= static_cast<std::uint64_t>(text.size()) << 56;
  take(last);
  v2 ^= 0xff;
  for (int i = 0; i < 3; ++i) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace

// Where the process lies is told to nobody outside.
Interner::Interner()
    : key_{static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(this)),
           static_cast<std::uint64_t>(
               reinterpret_cast<std::uintptr_t>(&kBlock))},
      slots_(kLeastSlots) {}

std::uint32_t Interner::Hash(std::string_view text) const {
  return static_cast<std::uint32_t>(SipHash(key_, text));
}

std::size_t Interner::Place(std::string_view text, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].number != 0 &&
         (slots_[at].hash != hash || Text(slots_[at].number) != text)) {
    at = (at + 1) & mask;
  }
  return at;
}

const char* Interner::Keep(std::string_view text) {
  CHECK(text.size() < std::numeric_limits<std::uint32_t>::max());
  const auto length = static_cast<std::uint32_t>(text.size());
  const std::size_t need = sizeof length + text.size();
  if (need > block_left_) {
    const std::size_t size = std::max(kBlock, need);
    blocks_.push_back(std::make_unique<char[]>(size));
    block_at_ = blocks_.back().get();
    block_left_ = size;
  }
  char* kept = block_at_;
  block_at_ += need;
  block_left_ -= need;
  std::memcpy(kept, &length, sizeof length);
  std::memcpy(kept + sizeof length, text.data(), text.size());
  return kept;
}

std::uint32_t Interner::Get(std::string_view text) {
  if (text.empty()) return 0;
  const std::uint32_t hash = Hash(text);
  std::size_t at = Place(text, hash);
  if (slots_[at].number != 0) return slots_[at].number;
  CHECK(texts_.size() < std::numeric_limits<std::uint32_t>::max() - 1);
  texts_.push_back(Keep(text));
  const auto number = static_cast<std::uint32_t>(texts_.size());
  if (texts_.size() * 4 > slots_.size() * 3) {
    std::vector<Slot> larger(slots_.size() * 2);
    const std::size_t mask = larger.size() - 1;
    for (const Slot& slot : slots_) {
      if (slot.number == 0) continue;
      std::size_t to = slot.hash & mask;
      while (larger[to].number != 0) to = (to + 1) & mask;
      larger[to] = slot;
    }
    slots_ = std::move(larger);
    at = Place(text, hash);
  }
  slots_[at] = {hash, number};
  return number;
}

std::uint32_t Interner::Lookup(std::string_view text) const {
  return text.empty() ? 0 : slots_[Place(text, Hash(text))].number;
}

std::string_view Interner::Text(std::uint32_t number) const {
  if (number == 0) return {};
  CHECK(number <= texts_.size());
  const char* kept = texts_[number - 1];
  std::uint32_t length = 0;
  std::memcpy(&length, kept, sizeof length);
  return {kept + sizeof length, length};
}

}  // namespace patchmilter::series
