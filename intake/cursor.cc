#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"
#include "base/text.h"
#include "intake/reader.h"

namespace patchmilter::intake {
namespace {

constexpr std::uint64_t kMaxCursorFile = 64;  // Two numbers of 20 digits.

}  // namespace

std::string CursorFile(const std::string& directory) {
  return directory + "/cursor/position";
}

Status PublishCursor(const std::string& cursor_file, Position position) {
  const size_t slash = cursor_file.rfind('/');
  if (slash != std::string::npos && slash != 0) {
    PM_RETURN_IF_ERROR(MakeDirectories(cursor_file.substr(0, slash), 0750));
  }
  return ReplaceFile(cursor_file,
                     fmt::format("{} {}\n", position.segment, position.offset));
}

Result<Position> ReadCursor(const std::string& cursor_file) {
  // The directory is another user's: a pipe or a link there must not make us
  // wait or read elsewhere.
  const UniqueFd fd(::open(cursor_file.c_str(),
                           O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return FromErrno(cursor_file, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return FromErrno(cursor_file, errno);
  if (!S_ISREG(info.st_mode)) {
    return InvalidInput(cursor_file + ": is not a regular file");
  }
  const Result<std::string> bytes = ReadAll(fd.get(), kMaxCursorFile);
  if (!bytes.ok()) return bytes.error().Wrap(cursor_file);
  const auto parts = Split(TrimRight(*bytes), ' ');
  if (parts.size() == 2) {
    const auto segment = ParseUnsigned(parts[0]);
    const auto offset = ParseUnsigned(parts[1]);
    if (segment && offset) return Position{*segment, *offset};
  }
  return InvalidInput(cursor_file + ": is not a cursor");
}

}  // namespace patchmilter::intake
