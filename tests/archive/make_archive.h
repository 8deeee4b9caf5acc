// MakeTar, Pack: archives for tests, made by libarchive in memory.
#ifndef PATCHMILTER_TESTS_ARCHIVE_MAKE_ARCHIVE_H_
#define PATCHMILTER_TESTS_ARCHIVE_MAKE_ARCHIVE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace patchmilter::testing {

enum class Packer : std::uint8_t { kNone, kGzip, kBzip2, kXz, kZstd };
enum class TarFormat : std::uint8_t { kUstar, kPax, kGnu, kV7 };

struct TarFile {
  std::string name;
  std::string bytes;
  std::int64_t time = 1'735'776'000;
  // 'f' a file, 'd' a directory, 'l' a symbolic link and 'h' a hard link to
  // `bytes`.
  char kind = 'f';
};

std::string MakeTar(const std::vector<TarFile>& files,
                    Packer packer = Packer::kNone,
                    TarFormat format = TarFormat::kPax);
// `bytes` packed, without a tar.
std::string Pack(const std::string& bytes, Packer packer);

}  // namespace patchmilter::testing

#endif  // PATCHMILTER_TESTS_ARCHIVE_MAKE_ARCHIVE_H_
