#include "base/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "base/check.h"
#include "base/handle.h"

namespace patchmilter {
namespace {

class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new()) {
    CHECK(context_ != nullptr);
    CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void Add(std::string_view bytes) {
    CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  std::string Hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (unsigned int i = 0; i < length; ++i) {
      hex += kDigits[digest.at(i) >> 4];
      hex += kDigits[digest.at(i) & 15];
    }
    return hex;
  }

 private:
  CHandle<EVP_MD_CTX, EVP_MD_CTX_free> context_;
};

}  // namespace

std::string Sha256Hex(std::string_view bytes) {
  Hasher hasher;
  hasher.Add(bytes);
  return hasher.Hex();
}

std::string Sha256HexOf(const std::vector<std::string_view>& fields) {
  Hasher hasher;
  for (const std::string_view field : fields) {
    hasher.Add(fmt::format("{}:", field.size()));
    hasher.Add(field);
  }
  return hasher.Hex();
}

std::array<unsigned char, 20> Sha1(std::string_view bytes) {
  std::array<unsigned char, 20> digest{};
  unsigned int length = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length,
                   EVP_sha1(), nullptr) == 1);
  CHECK(length == digest.size());
  return digest;
}

}  // namespace patchmilter
