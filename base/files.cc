#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/text.h"

namespace patchmilter {

Result<std::string> ReadAll(int fd, std::uint64_t max_bytes) {
  std::string bytes;
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
      static_cast<std::uint64_t>(info.st_size) <= max_bytes) {
    bytes.reserve(static_cast<size_t>(info.st_size));
  }
  std::array<char, 1 << 16> buffer;  // NOLINT: filled by read.
  while (true) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      return FromErrno("read", errno);
    }
    if (count == 0) return bytes;
    bytes.append(buffer.data(), static_cast<size_t>(count));
    if (bytes.size() > max_bytes) {
      return InvalidInput(fmt::format("more than {} bytes", max_bytes));
    }
  }
}

Result<std::string> ReadFile(const std::string& path, std::uint64_t max_bytes) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return FromErrno(path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return InvalidInput(path + ": is a directory");
  }
  Result<std::string> bytes = ReadAll(fd.get(), max_bytes);
  if (!bytes.ok()) return bytes.error().Wrap(path);
  return bytes;
}

Status WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      return FromErrno("write", errno);
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Status SyncDirectory(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return FromErrno(path, errno);
  if (::fsync(fd.get()) != 0) return FromErrno(path + ": fsync", errno);
  return {};
}

Status ReplaceFile(const std::string& path, std::string_view bytes,
                   unsigned mode) {
  const std::string fresh = path + ".new";
  UniqueFd fd(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!fd.valid()) return FromErrno(fresh, errno);
  if (Status status = WriteAll(fd.get(), bytes); !status.ok()) {
    return status.error().Wrap(fresh);
  }
  if (::fsync(fd.get()) != 0) return FromErrno(fresh + ": fsync", errno);
  fd.Reset();
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    return FromErrno(path + ": rename", errno);
  }
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return SyncDirectory(".");
  return SyncDirectory(slash == 0 ? "/" : path.substr(0, slash));
}

Status MakeDirectories(const std::string& path, unsigned mode) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST) {
      return FromErrno(part + ": mkdir", errno);
    }
    if (slash == std::string::npos) break;
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return FromErrno(path, errno);
  if (!S_ISDIR(info.st_mode)) {
    return InvalidInput(path + ": exists and is not a directory");
  }
  return {};
}

Result<UniqueFd> LockFile(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) return FromErrno(path, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FromErrno(path + ": flock", errno);
    const Result<std::string> holder = ReadAll(fd.get(), 64);
    return Temporary(fmt::format(
        "{}: in use by a running process (pid {})", path,
        holder.ok() && !holder->empty() ? Trim(*holder) : "unknown"));
  }
  if (::ftruncate(fd.get(), 0) != 0) return FromErrno(path, errno);
  PM_RETURN_IF_ERROR(WriteAll(fd.get(), fmt::format("{}\n", ::getpid())));
  return fd;
}

bool IsLocked(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return false;
  return ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace patchmilter
