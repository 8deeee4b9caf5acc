#include "base/digest.h"

#include <gtest/gtest.h>

#include <string>

namespace patchmilter {
namespace {

// The vectors of FIPS 180-4's examples.
TEST(Sha256, KnownVectors) {
  EXPECT_EQ(Sha256Hex(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(
      Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256Hex(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfFieldsIsTheirLengthsAndBytes) {
  EXPECT_EQ(Sha256HexOf({"ab", "c"}), Sha256Hex("2:ab1:c"));
  EXPECT_EQ(Sha256HexOf({}), Sha256Hex(""));
  EXPECT_NE(Sha256HexOf({"ab", "c"}), Sha256HexOf({"a", "bc"}));
  EXPECT_NE(Sha256HexOf({"a", ""}), Sha256HexOf({"a"}));
  EXPECT_NE(Sha256HexOf({""}), Sha256HexOf({}));
  EXPECT_NE(Sha256HexOf({"1:a"}), Sha256HexOf({"a"}));
}

TEST(Sha1, KnownVectors) {
  const auto hex = [](std::string_view text) {
    std::string digits;
    for (const unsigned char byte : Sha1(text)) {
      digits += "0123456789abcdef"[byte >> 4];
      digits += "0123456789abcdef"[byte & 15];
    }
    return digits;
  };
  EXPECT_EQ(hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

}  // namespace
}  // namespace patchmilter
