#include "app/mail_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "app/directory_source.h"
#include "app/file_source.h"
#include "app/inbox_source.h"
#include "base/handle.h"

namespace patchmilter::app {
namespace {

constexpr std::size_t kMaxSkippedNamed = 100;

}  // namespace

Error SourceError(const std::string& path, int error) {
  if (error == ENOENT || error == ENOTDIR) {
    return NotFound(path +
                    " is not there: give a file or directory of mails, or - "
                    "for standard input");
  }
  if (error == EACCES || error == EPERM) {
    return Permanent(path +
                     " may not be read by this user: check its "
                     "permissions");
  }
  return FromErrno(path, error);
}

void MailSource::Skip(std::string what) {
  ++skipped_count_;
  if (skipped_.size() < kMaxSkippedNamed) skipped_.push_back(std::move(what));
}

void MailSource::SkipAll(MailSource* other) {
  skipped_count_ += std::exchange(other->skipped_count_, 0);
  for (std::string& what : other->skipped_) {
    if (skipped_.size() < kMaxSkippedNamed) skipped_.push_back(std::move(what));
  }
  other->skipped_.clear();
}

Result<std::unique_ptr<MailSource>> MailSource::Open(const std::string& source,
                                                     SourceOptions options) {
  if (source == "-") {
    // A descriptor of our own, so that closing it leaves standard input alone.
    UniqueFd fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!fd.valid()) return FromErrno("standard input", errno);
    PM_ASSIGN_OR_RETURN(auto input,
                        FileSource::OpenStandardInput(std::move(fd), options));
    return std::unique_ptr<MailSource>(std::move(input));
  }
  struct stat status = {};
  if (::stat(source.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    PM_ASSIGN_OR_RETURN(const std::vector<std::string> epochs,
                        FindEpochs(source));
    if (!epochs.empty()) return OpenInbox(source, epochs, std::move(options));
    return OpenDirectory(source, std::move(options));
  }
  PM_ASSIGN_OR_RETURN(auto file, FileSource::Open(source, options));
  return std::unique_ptr<MailSource>(std::move(file));
}

}  // namespace patchmilter::app
