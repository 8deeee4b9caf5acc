#include "model/api_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/digest.h"
#include "base/handle.h"
#include "base/log.h"
#include "base/text.h"
#include "base/wipe.h"

namespace patchmilter::model {
namespace {

constexpr std::string_view kCredential = "credential:";

// Where systemd has put a unit's credentials; null in any other process. It is
// set at the start, before any thread.
const char* CredentialsDirectory() {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");  // NOLINT
  return directory != nullptr && directory[0] == '/' ? directory : nullptr;
}

// Where the key is; what `name` means.
Result<std::string> PathOf(const std::string& name) {
  if (!name.starts_with(kCredential)) {
    if (name.empty() || name[0] != '/') {
      return InvalidInput(
          fmt::format("{}: a key's file is an absolute path, or {}NAME",
                      log::Clean(name), kCredential));
    }
    return name;
  }
  const std::string file = name.substr(kCredential.size());
  if (file.empty() || file == "." || file == ".." ||
      file.find('/') != std::string::npos) {
    return InvalidInput(
        fmt::format("{}: not the name of a credential", log::Clean(name)));
  }
  const char* directory = CredentialsDirectory();
  if (directory == nullptr) {
    return Permanent(fmt::format(
        "{}: no $CREDENTIALS_DIRECTORY; systemd makes one for a unit with "
        "LoadCredential=",
        log::Clean(name)));
  }
  return fmt::format("{}/{}", directory, file);
}

// To the end of the file, or until `size` bytes are there.
Result<std::size_t> ReadInto(int fd, const std::string& path, char* memory,
                             std::size_t size) {
  std::size_t have = 0;
  while (have < size) {
    const ssize_t count = ::read(fd, memory + have, size - have);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FromErrno(path, errno);
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  return have;
}

}  // namespace

bool ApiKey::IsOfAUnit(const std::string& path) {
  return path.starts_with(kCredential) && CredentialsDirectory() == nullptr;
}

Result<std::shared_ptr<const ApiKey>> ApiKey::Read(const std::string& name) {
  PM_ASSIGN_OR_RETURN(const std::string path, PathOf(name));
  // Not to wait for the other end of a pipe.
  const UniqueFd fd(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.valid()) return FromErrno(path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return FromErrno(path, errno);
  if (!S_ISREG(info.st_mode)) return InvalidInput(path + ": not a file");
  if ((info.st_mode & S_IRWXO) != 0) {
    return Permanent(fmt::format(
        "{}: a key that others than its owner and group may read or change "
        "(mode {:04o}); chmod o= it, and have a new key made",
        path, info.st_mode & 07777U));
  }

  const std::shared_ptr<ApiKey> key(new ApiKey);
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t mapped = (kMaxKeyBytes + page) / page * page;
  void* memory = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return FromErrno("memory for a key", errno);
  key->memory_ = static_cast<char*>(memory);
  key->mapped_ = mapped;
  // A limit (RLIMIT_MEMLOCK) may forbid it: then it may be swapped out.
  (void)::mlock(memory, mapped);
  if (::madvise(memory, mapped, MADV_DONTDUMP) != 0 ||
      ::madvise(memory, mapped, MADV_WIPEONFORK) != 0) {
    return FromErrno("madvise for a key", errno);
  }

  PM_ASSIGN_OR_RETURN(const std::size_t size,
                      ReadInto(fd.get(), path, key->memory_, kMaxKeyBytes + 1));
  if (size > kMaxKeyBytes) {
    return InvalidInput(
        fmt::format("{}: over {} bytes; no key", path, kMaxKeyBytes));
  }
  const std::string_view all(key->memory_, size);
  const std::string_view text = Trim(all.substr(0, all.find('\n')));
  if (text.empty()) {
    return InvalidInput(path + ": no key in its first line");
  }
  if (!std::all_of(text.begin(), text.end(),
                   [](char c) { return c >= 0x20 && c < 0x7f; })) {
    return InvalidInput(path + ": not a key: bytes that no header can hold");
  }
  key->size_ = text.size();
  std::memmove(key->memory_, text.data(), text.size());
  Wipe(key->memory_ + key->size_, mapped - key->size_);
  key->mark_ = Sha256Hex(key->text()).substr(0, 8);
  return std::shared_ptr<const ApiKey>(key);
}

std::string ApiKey::HeaderWith(std::string_view front) const {
  std::string header;
  header.reserve(front.size() + size_);
  header += front;
  header += text();
  return header;
}

ApiKey::~ApiKey() {
  if (memory_ == nullptr) return;
  Wipe(memory_, mapped_);
  ::munmap(memory_, mapped_);  // Unlocks it too.
}

}  // namespace patchmilter::model
