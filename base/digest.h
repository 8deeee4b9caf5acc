// SHA-256 (FIPS 180-4), for content hashes and deterministic Message-IDs; SHA-1
// for the numbers that git defines by it (patch-id), and for nothing else.
// Not for keeping secrets. Threads: any.
#ifndef PATCHMILTER_BASE_DIGEST_H_
#define PATCHMILTER_BASE_DIGEST_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter {

// 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

// The hash of several fields, each with its length in front, so that
// ("ab", "c") and ("a", "bc") differ.
std::string Sha256HexOf(const std::vector<std::string_view>& fields);

// The 20 bytes of SHA-1.
std::array<unsigned char, 20> Sha1(std::string_view bytes);

}  // namespace patchmilter

#endif  // PATCHMILTER_BASE_DIGEST_H_
