#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

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

namespace {

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// A new file of `mode`, with `bytes`, on the disk.
Status WriteNewFile(const std::string& path, std::string_view bytes,
                    unsigned mode) {
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd.valid()) return FromErrno(path, errno);
  if (Status status = WriteAll(fd.get(), bytes); !status.ok()) {
    return status.error().Wrap(path);
  }
  if (::fsync(fd.get()) != 0) return FromErrno(path + ": fsync", errno);
  return {};
}

}  // namespace

Status ReplaceFile(const std::string& path, std::string_view bytes,
                   unsigned mode) {
  const std::string fresh = path + ".new";
  // A crash may have left one, with another mode or more bytes.
  if (::unlink(fresh.c_str()) != 0 && errno != ENOENT) {
    return FromErrno(fresh, errno);
  }
  Status status = WriteNewFile(fresh, bytes, mode);
  if (status.ok() && ::rename(fresh.c_str(), path.c_str()) != 0) {
    status = FromErrno(path + ": rename", errno);
  }
  if (!status.ok()) {
    ::unlink(fresh.c_str());  // A full disk needs the room.
    return status;
  }
  return SyncDirectory(DirectoryOf(path));
}

namespace {

// A path that leads further than this leads in a circle.
constexpr int kMaxLinks = 40;

// Where `path` leads: a link's target need not be there.
Result<std::string> Followed(std::string path) {
  for (int i = 0; i < kMaxLinks; ++i) {
    std::array<char, PATH_MAX> target;  // NOLINT: filled by readlink.
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    if (size < 0) return path;
    const std::string_view next(target.data(), static_cast<size_t>(size));
    const size_t slash = path.rfind('/');
    if (next.starts_with('/') || slash == std::string::npos) {
      path = next;
    } else {
      path.resize(slash + 1);
      path += next;
    }
  }
  return FromErrno(path, ELOOP);
}

}  // namespace

Status WriteTo(const std::string& path, std::string_view bytes) {
  struct stat info {};
  const bool there = ::stat(path.c_str(), &info) == 0;
  if (there && !S_ISREG(info.st_mode)) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.valid()) return FromErrno(path, errno);
    const Status status = WriteAll(fd.get(), bytes);
    if (!status.ok()) return status.error().Wrap(path);
    return {};
  }
  PM_ASSIGN_OR_RETURN(const std::string file, Followed(path));
  return ReplaceFile(file, bytes, there ? info.st_mode & 07777U : 0644U);
}

Status CheckWritable(const std::string& path) {
  struct stat info {};
  const bool there = ::stat(path.c_str(), &info) == 0;
  if (there && S_ISDIR(info.st_mode)) {
    return InvalidInput(path + ": is a directory");
  }
  if (there && !S_ISREG(info.st_mode)) {
    if (::access(path.c_str(), W_OK) != 0) return FromErrno(path, errno);
    return {};
  }
  PM_ASSIGN_OR_RETURN(const std::string file, Followed(path));
  const std::string directory = DirectoryOf(file);
  if (::stat(directory.c_str(), &info) != 0) {
    return FromErrno(fmt::format("{}: {}", path, directory), errno);
  }
  if (!S_ISDIR(info.st_mode)) {
    return FromErrno(fmt::format("{}: {}", path, directory), ENOTDIR);
  }
  if (::access(directory.c_str(), W_OK | X_OK) != 0) {
    return FromErrno(fmt::format("{}: {}", path, directory), errno);
  }
  return {};
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

namespace {

struct flock WholeFile(int type) {
  struct flock lock {};
  lock.l_type = static_cast<short>(type);
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

Result<UniqueFd> LockFile(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) return FromErrno(path, errno);
  const struct flock lock = WholeFile(F_WRLCK);
  if (::fcntl(fd.get(), F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES) {
      return FromErrno(path + ": lock", errno);
    }
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
  // Asks, and takes no lock: not even for a moment does it stand in the way
  // of a daemon that starts.
  struct flock lock = WholeFile(F_RDLCK);
  return ::fcntl(fd.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace patchmilter
