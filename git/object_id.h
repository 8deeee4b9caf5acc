// ObjectId: the SHA-1 that names a git object.
//
// A value of 20 bytes; the zero id names nothing. Threads: any.
// Tested in tests/git/repository_test.cc.
#ifndef PATCHMILTER_GIT_OBJECT_ID_H_
#define PATCHMILTER_GIT_OBJECT_ID_H_

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace patchmilter::git {

inline constexpr std::size_t kHexIdLength = 40;

struct ObjectId {
  std::array<std::uint8_t, 20> bytes{};

  // 40 lower-case hexadecimal digits.
  std::string Hex() const;
  // Exactly 40 hexadecimal digits of either case; nothing for another text.
  static std::optional<ObjectId> FromHex(std::string_view hex);
  bool IsZero() const { return *this == ObjectId{}; }

  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

}  // namespace patchmilter::git

template <>
struct std::hash<patchmilter::git::ObjectId> {
  std::size_t operator()(const patchmilter::git::ObjectId& id) const noexcept {
    std::size_t value = 0;  // An id is a hash already.
    std::memcpy(&value, id.bytes.data(), sizeof(value));
    return value;
  }
};

#endif  // PATCHMILTER_GIT_OBJECT_ID_H_
