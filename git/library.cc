#include <sys/types.h>

#include "base/log.h"
#include "git/git_handles.h"

namespace patchmilter::git {
namespace {

// Directories of trees over this many bytes are not kept parsed; libgit2's own
// limit (4 KiB) would parse the large ones again for every path.
constexpr std::size_t kCachedTreeBytes = 1 << 20;

// All objects kept parsed, of all repositories of the process. A walk through
// history fills whatever it is given, and gains little by more.
constexpr ssize_t kCacheBytes = 64 << 20;

int Start() {
  int code = git_libgit2_init();
  if (code < 0) return code;
  // A mirror's repository belongs to the mirror's user: its path stands in
  // the site's configuration, which is what git's owner check wants to know.
  code = git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  if (code < 0) return code;
  // No configuration but the repository's own: neither the system's nor that
  // of whoever runs the daemon may change what is read.
  for (const git_config_level_t level :
       {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
        GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
    code = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    if (code < 0) return code;
  }
  code = git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE,
                          kCachedTreeBytes);
  if (code < 0) return code;
  return git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, kCacheBytes);
}

}  // namespace

Error GitError(std::string_view what, int code) {
  const git_error* last = git_error_last();
  std::string message(what);
  message += ": ";
  message += last != nullptr && last->message != nullptr
                 ? log::Clean(last->message)
                 : "error " + std::to_string(code);
  if (code == GIT_ENOTFOUND || code == GIT_EAMBIGUOUS) {
    return NotFound(std::move(message));
  }
  return Permanent(std::move(message));
}

Status StartLibrary() {
  static const int started = Start();
  if (started < 0) return GitError("starting libgit2", started);
  return {};
}

}  // namespace patchmilter::git
