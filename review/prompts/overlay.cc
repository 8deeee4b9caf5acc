#include "review/prompts/overlay.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/handle.h"
#include "base/text.h"
#include "review/prompts/guide.h"

namespace patchmilter::review {
namespace {

using Directory = CHandle<DIR, ::closedir>;

constexpr std::string_view kSuffix = ".md";

// Whether only root and we can have written what `fd` stands for.
Status CheckOwner(int fd, const std::string& path, bool directory) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return FromErrno(path, errno);
  if (directory ? !S_ISDIR(status.st_mode) : !S_ISREG(status.st_mode)) {
    return InvalidInput(path + (directory ? ": no directory" : ": no file"));
  }
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return InvalidInput(path + ": belongs to user " +
                        std::to_string(status.st_uid) +
                        "; must be root's, or of the user that runs this");
  }
  if ((status.st_mode & S_IWOTH) != 0) {
    return InvalidInput(path + ": everybody may write to it");
  }
  return {};
}

Result<std::vector<std::string>> Names(int fd, const std::string& path) {
  // A descriptor of its own: the stream closes it.
  UniqueFd own(::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.valid()) return FromErrno(path, errno);
  const Directory stream(::fdopendir(own.get()));
  if (stream == nullptr) return FromErrno(path, errno);
  (void)own.Release();
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());  // NOLINT: own stream.
    if (entry == nullptr) {
      if (errno != 0) return FromErrno(path, errno);
      return names;
    }
    const std::string_view name = static_cast<const char*>(entry->d_name);
    if (name.size() <= kSuffix.size() || name.front() == '.' ||
        name.substr(name.size() - kSuffix.size()) != kSuffix) {
      continue;
    }
    if (names.size() == kMaxPromptFiles) {
      return InvalidInput(path + ": more than " +
                          std::to_string(kMaxPromptFiles) + " files");
    }
    names.emplace_back(name);
  }
}

}  // namespace

Result<std::map<std::string, std::string>> ReadOverlay(
    const std::string& directory) {
  if (directory.empty() || directory.front() != '/') {
    return InvalidInput("\"" + directory + "\": must be an absolute path");
  }
  const UniqueFd fd(::open(directory.c_str(),
                           O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return FromErrno(directory, errno);
  PM_RETURN_IF_ERROR(CheckOwner(fd.get(), directory, true));
  PM_ASSIGN_OR_RETURN(const auto names, Names(fd.get(), directory));
  std::map<std::string, std::string> files;
  for (const std::string& name : names) {
    const std::string path = fmt::format("{}/{}", directory, name);
    // A pipe must not hold us up.
    const UniqueFd file(
        ::openat(fd.get(), name.c_str(),
                 O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.valid()) return FromErrno(path, errno);
    PM_RETURN_IF_ERROR(CheckOwner(file.get(), path, false));
    auto text = ReadAll(file.get(), kMaxPromptFile);
    if (!text.ok()) return text.error().Wrap(path);
    if (!IsValidUtf8(*text) || text->find('\0') != std::string::npos) {
      return InvalidInput(path + ": is not UTF-8 text");
    }
    files.emplace(name, std::move(text).value());
  }
  return files;
}

}  // namespace patchmilter::review
