// Whole files: read, written, and replaced in one step. Errors name the path.
// Threads: any.  Tested in tests/base/files_test.cc.
#ifndef PATCHMILTER_BASE_FILES_H_
#define PATCHMILTER_BASE_FILES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/handle.h"
#include "base/result.h"

namespace patchmilter {

// The whole file. kInvalidInput where it is larger than `max_bytes` or a
// directory.
Result<std::string> ReadFile(const std::string& path,
                             std::uint64_t max_bytes = 1ULL << 32);

// All of `fd` from where it stands, to its end. Retries EINTR.
Result<std::string> ReadAll(int fd, std::uint64_t max_bytes = 1ULL << 32);

// All of `bytes`; retries EINTR and short writes.
Status WriteAll(int fd, std::string_view bytes);

// Writes `path`.new (one that was left over is removed first), syncs it,
// renames it over `path`, syncs the directory: whoever reads sees the old file
// or the new one, whole, also after a crash.
Status ReplaceFile(const std::string& path, std::string_view bytes,
                   unsigned mode = 0644);

// Writes where a person has said to: a symbolic link is followed; a regular
// file (or none) is replaced as by ReplaceFile, with the mode that it has; into
// what is none (a pipe, a device) is written, and it stays what it is.
Status WriteTo(const std::string& path, std::string_view bytes);

// Whether WriteTo(path) could write there now: the directory is there and may
// be written to, the path is no directory. Changes nothing.
Status CheckWritable(const std::string& path);

// mkdir -p, with `mode` for what it makes. Fine where it stands already.
Status MakeDirectories(const std::string& path, unsigned mode = 0755);

Status SyncDirectory(const std::string& path);

// Creates or opens `path` and takes an exclusive lock on it (of the open file
// description, fcntl(2)), held as long as the descriptor or a copy of it lives:
// kTemporary where another living process holds it (the message names its pid,
// which the holder wrote into the file).
Result<UniqueFd> LockFile(const std::string& path);

// True where a living process holds LockFile(path). Changes nothing; a file
// that is not there or may not be read counts as not locked.
bool IsLocked(const std::string& path);

}  // namespace patchmilter

#endif  // PATCHMILTER_BASE_FILES_H_
