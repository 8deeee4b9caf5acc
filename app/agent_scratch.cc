#include "app/agent_scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "base/text.h"

namespace patchmilter::app {
namespace {

// Shorter words of a credential are no secrets.
constexpr std::size_t kShortestSecret = 12;

bool IsOfWord(char c) {
  return IsAlnumAscii(c) || c == '-' || c == '_' || c == '.' || c == '+' ||
         c == '/' || c == '=';
}

std::string Parent(const std::string& given) {
  if (!given.empty()) return given;
  const char* from_environment = std::getenv("TMPDIR");
  return from_environment != nullptr && from_environment[0] == '/'
             ? from_environment
             : "/tmp";
}

Status WriteNew(const std::string& path, std::string_view bytes) {
  const UniqueFd file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return FromErrno(path, errno);
  return WriteAll(file.get(), bytes);
}

using Directory = CHandle<DIR, ::closedir>;

// Empties the directory `name` of `top` into `top` itself: files are unlinked,
// directories moved up under new names, so that nothing here is ever deeper
// than two levels.
Status Flatten(int top, const std::string& name, std::uint64_t* number) {
  // Whatever the agent has made of its mode.
  if (::fchmodat(top, name.c_str(), 0700, 0) != 0) {
    return FromErrno(name, errno);
  }
  const int fd = ::openat(top, name.c_str(),
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return FromErrno(name, errno);
  const Directory directory(::fdopendir(fd));
  if (directory == nullptr) {
    const UniqueFd unused(fd);
    return FromErrno(name, errno);
  }
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view child = entry->d_name;
    if (child == "." || child == "..") continue;
    if (::unlinkat(fd, entry->d_name, 0) == 0) continue;
    if (errno != EISDIR && errno != EPERM) return FromErrno(child, errno);
    if (::unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0) continue;
    // To be moved a directory must be writable to us.
    if (::fchmodat(fd, entry->d_name, 0700, 0) != 0) {
      return FromErrno(child, errno);
    }
    const std::string moved = fmt::format("moved-{}", ++*number);
    if (::renameat(fd, entry->d_name, top, moved.c_str()) != 0) {
      return FromErrno(child, errno);
    }
  }
  if (errno != 0) return FromErrno(name, errno);
  // A directory that changes while it is read may show not all that it holds:
  // then it is there at the next look.
  if (::unlinkat(top, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOTEMPTY) {
    return FromErrno(name, errno);
  }
  return {};
}

Result<std::vector<std::string>> NamesIn(int directory) {
  const int fd = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FromErrno("opendir", errno);
  const Directory opened(::fdopendir(fd));
  if (opened == nullptr) {
    const UniqueFd unused(fd);
    return FromErrno("opendir", errno);
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(opened.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

}  // namespace

Status RemoveTree(const std::string& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) {
    return errno == ENOENT ? Status() : FromErrno(path, errno);
  }
  ::chmod(path.c_str(), 0700);  // NOLINT: the next call says what is wrong.
  const UniqueFd top(
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!top.valid()) return FromErrno(path, errno);
  // Numbers beyond those of an earlier try that has failed halfway.
  std::uint64_t number = static_cast<std::uint64_t>(::getpid()) << 32;
  while (true) {
    PM_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                        NamesIn(top.get()));
    if (names.empty()) break;
    for (const std::string& name : names) {
      if (::unlinkat(top.get(), name.c_str(), 0) == 0) continue;
      if (errno != EISDIR && errno != EPERM) {
        return FromErrno(fmt::format("{}/{}", path, name), errno);
      }
      const Status flat = Flatten(top.get(), name, &number);
      if (!flat.ok()) return flat.error().Wrap(path);
    }
  }
  if (::rmdir(path.c_str()) != 0) return FromErrno(path, errno);
  return {};
}

Result<AgentScratch> AgentScratch::Make(const std::string& parent,
                                        const ModelConfig& model) {
  std::string path = Parent(parent) + "/patchmilter-agent-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return FromErrno(path, errno);
  AgentScratch scratch(std::move(path));
  PM_RETURN_IF_ERROR(scratch.Fill(model));
  return scratch;
}

Status AgentScratch::Fill(const ModelConfig& model) {
  for (const char* name : {"home", "home/work", "tmp"}) {
    if (::mkdir(Path(name).c_str(), 0700) != 0) {
      return FromErrno(Path(name), errno);
    }
  }
  if (model.credential_file.empty()) return {};
  PM_ASSIGN_OR_RETURN(credential_,
                      ReadFile(model.credential_file, kMaxCredential));
  return Write("home/" + model.credential_name, credential_);
}

AgentScratch::AgentScratch(AgentScratch&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      credential_(std::move(other.credential_)) {}

AgentScratch::~AgentScratch() {
  if (path_.empty()) return;
  const Status removed = RemoveTree(path_);
  if (!removed.ok()) {
    log::Err("agent", "not removed: {}", removed.error().message);
  }
}

std::string AgentScratch::Path(std::string_view name) const {
  return fmt::format("{}/{}", path_, name);
}

Status AgentScratch::Write(std::string_view name,
                           std::string_view bytes) const {
  const std::string path = Path(name);
  PM_RETURN_IF_ERROR(MakeDirectories(path.substr(0, path.rfind('/')), 0700));
  return WriteNew(path, bytes);
}

Result<UniqueFd> AgentScratch::Unnamed(std::string_view bytes) const {
  const std::string path = Path("unnamed");
  PM_RETURN_IF_ERROR(WriteNew(path, bytes));
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const int fault = errno;
  ::unlink(path.c_str());
  if (!file.valid()) return FromErrno(path, fault);
  return file;
}

std::string Hide(std::string_view text, std::string_view secret) {
  std::string shown(text);
  std::size_t begin = 0;
  while (begin < secret.size()) {
    std::size_t end = begin;
    while (end < secret.size() && IsOfWord(secret[end])) ++end;
    const std::string_view word = secret.substr(begin, end - begin);
    begin = end + 1;
    if (word.size() < kShortestSecret) continue;
    for (std::size_t at = shown.find(word); at != std::string::npos;
         at = shown.find(word, at)) {
      shown.replace(at, word.size(), "[hidden]");
    }
  }
  return shown;
}

}  // namespace patchmilter::app
