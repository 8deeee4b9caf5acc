// ArchiveReader: what a packed file holds, as streams: the members of a tar
// (v7, ustar, pax, GNU), or the one content of a compressed file that is no
// tar. Both may be packed by gzip, bzip2, xz or zstd; nothing else is asked of
// the library, so that no other program is ever started.
//
// Nothing is written to disk and nothing but the given bytes is read. The
// members' names are bytes of whoever made the archive: for messages, and never
// to be opened. Directories, links and devices are passed over.
//
// Memory: the library's windows (up to 128 MiB for zstd --long=27, else a few
// MiB). Input: hostile. A member may claim any size: whoever reads it counts.
// Errors: kInvalidInput for what is cut or damaged, "NAME: …"; an error of the
// ByteSource as it is.
// Threads: one.  Tested in tests/archive/archive_reader_test.cc.
#ifndef PATCHMILTER_ARCHIVE_ARCHIVE_READER_H_
#define PATCHMILTER_ARCHIVE_ARCHIVE_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_source.h"
#include "base/clock.h"
#include "base/result.h"

namespace patchmilter::archive {

// Bytes at the front of a file that LooksPacked wants to see.
inline constexpr std::size_t kPackedHead = 512;

// A tar header, or the mark of one of the four compressors.
bool LooksPacked(std::string_view head);

struct Member {
  // As it stands in the archive; "" for the content of a compressed file.
  std::string name;
  std::uint64_t offset = 0;         // Of its header, in the unpacked tar.
  std::uint64_t size = 0;           // 0 where it is not known before reading.
  std::optional<UnixSeconds> time;  // When it was changed last.
};

class ArchiveReader {
 public:
  // `name` is for messages.
  static Result<std::unique_ptr<ArchiveReader>> Open(ByteSource bytes,
                                                     std::string name);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  // Goes on to the next regular file; nothing at the end.
  Result<std::optional<Member>> Next();
  // True after Next() gave the content of a compressed file that is no tar.
  bool single() const;
  // Reads the member that Next() gave, as a ByteSource does.
  Result<std::size_t> Read(char* buffer, std::size_t size);

  // Of the packed file: how far the library has asked for bytes.
  std::uint64_t bytes_read() const;

 private:
  struct State;
  explicit ArchiveReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace patchmilter::archive

#endif  // PATCHMILTER_ARCHIVE_ARCHIVE_READER_H_
