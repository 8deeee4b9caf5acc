#include "tree/index/posting_list.h"

#include <bit>
#include <cstring>

#include "base/check.h"

namespace patchmilter::tree {
namespace {

// The first byte: this, or the number of low bits that stand as they are.
constexpr std::uint8_t kBitmap = 0xFF;
constexpr unsigned kMaxLowBits = 31;

unsigned LowBits(std::uint32_t count, std::uint32_t bound) {
  // The nearest power of two below 0.69 of the mean difference.
  const std::uint64_t mean = std::uint64_t{bound} * 69 / 100 / count;
  return mean < 2 ? 0 : static_cast<unsigned>(std::bit_width(mean) - 1);
}

class BitWriter {
 public:
  explicit BitWriter(std::string* to) : to_(to) {}
  // REQUIRES: count <= 32, value < 1 << count.
  void Put(std::uint64_t value, unsigned count) {
    word_ |= value << used_;
    used_ += count;
    while (used_ >= 8) {
      to_->push_back(static_cast<char>(word_ & 0xFF));
      word_ >>= 8;
      used_ -= 8;
    }
  }
  void End() {
    if (used_ > 0) to_->push_back(static_cast<char>(word_ & 0xFF));
    word_ = 0;
    used_ = 0;
  }

 private:
  std::string* to_;
  std::uint64_t word_ = 0;
  unsigned used_ = 0;
};

class BitReader {
 public:
  explicit BitReader(std::string_view from) : from_(from) {}

  // Zeros before the next one, which is taken too. False at the end.
  bool Unary(std::uint32_t* zeros) {
    *zeros = 0;
    while (true) {
      if (have_ < 32) Fill();
      if (word_ != 0) {
        const auto run = static_cast<unsigned>(std::countr_zero(word_));
        *zeros += run;
        Drop(run + 1);
        return true;
      }
      if (have_ == 0) return false;
      *zeros += have_;
      have_ = 0;
    }
  }
  bool Bits(unsigned count, std::uint32_t* value) {
    if (have_ < count) Fill();
    if (have_ < count) return false;
    *value = static_cast<std::uint32_t>(word_ & ((1ULL << count) - 1));
    Drop(count);
    return true;
  }

 private:
  void Fill() {
    while (have_ <= 56 && at_ < from_.size()) {
      word_ |= std::uint64_t{static_cast<std::uint8_t>(from_[at_++])} << have_;
      have_ += 8;
    }
  }
  void Drop(unsigned count) {
    word_ = count >= 64 ? 0 : word_ >> count;
    have_ -= count;
  }

  std::string_view from_;
  std::size_t at_ = 0;
  std::uint64_t word_ = 0;  // Bits above have_ are zero.
  unsigned have_ = 0;
};

}  // namespace

void EncodePostings(std::span<const std::uint32_t> numbers, std::uint32_t bound,
                    std::string* to) {
  CHECK(!numbers.empty() && numbers.back() < bound);
  const std::size_t begin = to->size();
  const auto count = static_cast<std::uint32_t>(numbers.size());
  const unsigned low = LowBits(count, bound);
  to->push_back(static_cast<char>(low));
  const std::size_t bitmap = (std::size_t{bound} + 7) / 8;
  BitWriter bits(to);
  std::uint32_t next = 0;
  for (const std::uint32_t number : numbers) {
    CHECK(number >= next);
    const std::uint32_t gap = number - next;
    next = number + 1;
    std::uint32_t high = gap >> low;
    for (; high >= 32; high -= 32) bits.Put(0, 32);
    bits.Put(std::uint64_t{1} << high, high + 1);
    bits.Put(gap & ((std::uint64_t{1} << low) - 1), low);
  }
  bits.End();
  if (to->size() - begin - 1 < bitmap) return;
  to->resize(begin);
  to->push_back(static_cast<char>(kBitmap));
  to->resize(begin + 1 + bitmap);
  for (const std::uint32_t number : numbers) {
    char& byte = (*to)[begin + 1 + number / 8];
    byte =
        static_cast<char>(static_cast<std::uint8_t>(byte) | 1U << (number % 8));
  }
}

bool DecodePostings(std::string_view bytes, std::uint32_t count,
                    std::uint32_t bound, std::vector<std::uint32_t>* numbers) {
  numbers->clear();
  if (bytes.empty() || count == 0 || count > bound) return false;
  const auto kind = static_cast<std::uint8_t>(bytes[0]);
  bytes.remove_prefix(1);
  numbers->reserve(count);
  if (kind == kBitmap) {
    if (bytes.size() != (std::size_t{bound} + 7) / 8) return false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      auto byte = static_cast<std::uint8_t>(bytes[i]);
      for (; byte != 0; byte = static_cast<std::uint8_t>(byte & (byte - 1))) {
        numbers->push_back(static_cast<std::uint32_t>(
            8 * i + static_cast<unsigned>(std::countr_zero(byte))));
      }
    }
    return numbers->size() == count && numbers->back() < bound;
  }
  if (kind > kMaxLowBits) return false;
  BitReader bits(bytes);
  std::uint64_t next = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t high = 0;
    std::uint32_t low = 0;
    if (!bits.Unary(&high) || !bits.Bits(kind, &low)) return false;
    const std::uint64_t number = next + (std::uint64_t{high} << kind) + low;
    if (number >= bound) return false;
    numbers->push_back(static_cast<std::uint32_t>(number));
    next = number + 1;
  }
  return true;
}

}  // namespace patchmilter::tree
