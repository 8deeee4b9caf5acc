#include "tree/questions/cursor.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"

namespace patchmilter::tree {
namespace {

// FNV-1a with 64 bits: tells questions apart, protects nothing.
constexpr std::uint64_t kOffsetBasis = 14'695'981'039'346'656'037ULL;
// Far over any answer (a search's has a file's place and a line, 32 bits each),
// and far from where sums of positions overflow.
constexpr std::uint64_t kMaxPosition = std::uint64_t{1} << 60;
constexpr std::uint64_t kPrime = 1'099'511'628'211ULL;

std::uint64_t Mix(std::uint64_t hash, std::string_view bytes) {
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  }
  return hash;
}

}  // namespace

CursorKey::CursorKey(std::string_view kind)
    : kind_(kind), hash_(Mix(kOffsetBasis, kind)) {}

CursorKey& CursorKey::Add(std::string_view text) {
  Add(text.size());
  hash_ = Mix(hash_, text);
  return *this;
}

CursorKey& CursorKey::Add(std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) {
    hash_ = (hash_ ^ ((number >> shift) & 0xff)) * kPrime;
  }
  return *this;
}

CursorKey& CursorKey::Add(const git::ObjectId& id) { return Add(id.Hex()); }

std::string CursorKey::Prefix() const {
  return fmt::format("{}.{:08x}.", kind_,
                     static_cast<std::uint32_t>(hash_ ^ (hash_ >> 32)));
}

std::string CursorKey::At(std::uint64_t position) const {
  return Prefix() + std::to_string(position);
}

Result<std::uint64_t> CursorKey::Parse(std::string_view cursor) const {
  if (cursor.empty()) return std::uint64_t{0};
  const std::string prefix = Prefix();
  if (cursor.substr(0, prefix.size()) == prefix) {
    const auto position = ParseUnsigned(cursor.substr(prefix.size()));
    // Only the one way in which At() writes it.
    if (position && *position <= kMaxPosition && At(*position) == cursor)
      return *position;
  }
  return InvalidInput("the cursor \"" + log::Clean(cursor, 60) +
                      "\" is not one that this question was answered with; "
                      "ask with the same fields, or without a cursor");
}

}  // namespace patchmilter::tree
