#include "tree/apply/binary_apply.h"

#include <zlib.h>

#include <array>
#include <cstdint>
#include <utility>

#include "base/text.h"

namespace patchmilter::tree {
namespace {

// RFC 1924's alphabet, as git uses it.
constexpr std::string_view kBase85 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    "!#$%&()*+-;<=>?@^_`{|}~";

constexpr std::array<std::uint8_t, 256> MakeBase85Values() {
  std::array<std::uint8_t, 256> values{};
  for (std::size_t i = 0; i < kBase85.size(); ++i) {
    values[static_cast<unsigned char>(kBase85[i])] =
        static_cast<std::uint8_t>(i + 1);  // 0: no digit.
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> kBase85Values = MakeBase85Values();

// One line: a letter that says how many bytes (A-Z 1-26, a-z 27-52), groups
// of five digits for four bytes. False where it is none.
bool AppendLine(std::string_view line, std::string* out) {
  if (line.size() < 6 || (line.size() - 1) % 5 != 0) return false;
  std::size_t left = 0;
  const char first = line[0];
  if (first >= 'A' && first <= 'Z') {
    left = static_cast<std::size_t>(first - 'A') + 1;
  } else if (first >= 'a' && first <= 'z') {
    left = static_cast<std::size_t>(first - 'a') + 27;
  } else {
    return false;
  }
  const std::size_t most = (line.size() - 1) / 5 * 4;
  if (left > most || left + 4 <= most) return false;
  for (std::size_t i = 1; i < line.size(); i += 5) {
    std::uint64_t value = 0;
    for (std::size_t j = i; j < i + 5; ++j) {
      const std::uint8_t digit =
          kBase85Values[static_cast<unsigned char>(line[j])];
      if (digit == 0) return false;
      value = value * 85 + (digit - 1U);
    }
    if (value > 0xffffffffU) return false;
    for (int shift = 24; shift >= 0 && left > 0; shift -= 8, --left) {
      *out += static_cast<char>(value >> shift & 0xff);
    }
  }
  return true;
}

class Inflater {
 public:
  Inflater() { ok_ = inflateInit(&stream_) == Z_OK; }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Exactly `size` bytes out of the whole of `deflated`, or nothing.
  std::optional<std::string> Run(std::string_view deflated, std::size_t size) {
    if (!ok_) return std::nullopt;
    // One byte more, so that more than was said is seen.
    std::string out(size + 1, '\0');
    stream_.next_in =
        reinterpret_cast<Bytef*>(const_cast<char*>(deflated.data()));
    stream_.avail_in = static_cast<uInt>(deflated.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    if (inflate(&stream_, Z_FINISH) != Z_STREAM_END) return std::nullopt;
    if (stream_.total_out != size) return std::nullopt;
    out.resize(size);
    return out;
  }

 private:
  z_stream stream_{};
  bool ok_ = false;
};

// Takes one hunk off `body`. Nothing where none begins there.
Result<std::optional<BinaryHunk>> TakeHunk(std::string_view* body, Work* work) {
  std::optional<BinaryHunk> none;
  BinaryHunk hunk;
  std::string_view rest = *body;
  if (rest.starts_with("literal ")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("delta ")) {
    rest.remove_prefix(6);
    hunk.delta = true;
  } else {
    return none;
  }
  const auto corrupt = [] {
    return InvalidInput("the binary patch is corrupt");
  };
  LineReader lines(rest);
  std::string_view line;
  if (!lines.Next(&line)) return corrupt();
  const auto size = ParseUnsigned(TrimRight(line));
  if (!size) return corrupt();
  if (*size > kMaxFileBytes) {
    return InvalidInput("the binary patch says " + std::to_string(*size) +
                        " bytes, over the limit of " +
                        std::to_string(kMaxFileBytes));
  }
  std::string deflated;
  *body = {};
  while (lines.Next(&line)) {
    if (line.empty()) {
      *body = rest.substr(lines.offset() + 1);
      break;
    }
    if (!AppendLine(line, &deflated)) return corrupt();
  }
  if (!work->SpendBytes(*size + deflated.size())) {
    return InvalidInput(std::string(kTooMuchWork));
  }
  auto data = Inflater().Run(deflated, static_cast<std::size_t>(*size));
  if (!data) return corrupt();
  hunk.data = std::move(*data);
  return std::optional(std::move(hunk));
}

// A size at the front of a delta: seven bits a byte, the lowest first.
std::optional<std::uint64_t> TakeSize(std::string_view* delta) {
  std::uint64_t size = 0;
  for (unsigned shift = 0; shift < 63; shift += 7) {
    if (delta->empty()) return std::nullopt;
    const auto byte = static_cast<unsigned char>(delta->front());
    delta->remove_prefix(1);
    size |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return size;
  }
  return std::nullopt;
}

// The bytes that `mask` names, the lowest first; a byte not named is 0.
std::optional<std::uint64_t> TakeSparse(std::string_view* delta, unsigned mask,
                                        unsigned bytes) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) {
    if ((mask >> i & 1) == 0) continue;
    if (delta->empty()) return std::nullopt;
    value |=
        static_cast<std::uint64_t>(static_cast<unsigned char>(delta->front()))
        << (8 * i);
    delta->remove_prefix(1);
  }
  return value;
}

}  // namespace

Result<BinaryHunk> ParseBinaryPatch(std::string_view body, Work* work) {
  PM_ASSIGN_OR_RETURN(auto forward, TakeHunk(&body, work));
  if (!forward) return InvalidInput("the binary patch has no content");
  PM_ASSIGN_OR_RETURN(const auto reverse, TakeHunk(&body, work));
  return std::move(*forward);
}

Result<std::string> ApplyDelta(std::string_view base, std::string_view delta,
                               Work* work) {
  const auto corrupt = [] { return InvalidInput("the delta is corrupt"); };
  const auto base_size = TakeSize(&delta);
  const auto result_size = TakeSize(&delta);
  if (!base_size || !result_size) return corrupt();
  if (*base_size != base.size()) {
    return InvalidInput("the delta is for a file of " +
                        std::to_string(*base_size) + " bytes, not of " +
                        std::to_string(base.size()));
  }
  if (*result_size > kMaxFileBytes) {
    return InvalidInput("the delta makes " + std::to_string(*result_size) +
                        " bytes, over the limit of " +
                        std::to_string(kMaxFileBytes));
  }
  if (!work->SpendBytes(*result_size + 16 * delta.size())) {
    return InvalidInput(std::string(kTooMuchWork));
  }
  std::string out;
  out.reserve(static_cast<std::size_t>(*result_size));
  while (!delta.empty()) {
    const auto op = static_cast<unsigned char>(delta.front());
    delta.remove_prefix(1);
    std::string_view piece;
    if ((op & 0x80) != 0) {  // A copy from the base.
      const auto offset = TakeSparse(&delta, op & 0xf, 4);
      const auto said = TakeSparse(&delta, op >> 4 & 7, 3);
      if (!offset || !said) return corrupt();
      const std::uint64_t size = *said == 0 ? 0x10000 : *said;
      if (*offset > base.size() || size > base.size() - *offset) {
        return corrupt();
      }
      piece = base.substr(*offset, size);
    } else {  // Bytes of its own; 0 is reserved.
      if (op == 0 || op > delta.size()) return corrupt();
      piece = delta.substr(0, op);
      delta.remove_prefix(op);
    }
    if (piece.size() > *result_size - out.size()) return corrupt();
    out += piece;
  }
  if (out.size() != *result_size) return corrupt();
  return out;
}

}  // namespace patchmilter::tree
