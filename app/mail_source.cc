#include "app/mail_source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "app/mbox_reader.h"
#include "base/handle.h"

namespace patchmilter::app {
namespace {

constexpr std::size_t kMaxSkippedNamed = 100;
constexpr int kMaxDirectoryDepth = 64;

int CloseDirectory(DIR* directory) { return ::closedir(directory); }
using DirectoryHandle = CHandle<DIR, CloseDirectory>;

Error OpenError(const std::string& path, int error) {
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

// One file, or standard input.
class FileSource : public MailSource {
 public:
  FileSource(MboxReader reader, std::optional<std::uint64_t> total,
             std::optional<UnixSeconds> time)
      : reader_(std::move(reader)), total_(total), time_(time) {}

  Result<std::optional<SourceMail>> Next() override {
    auto mail = reader_.Next();
    if (mail && *mail && !reader_.mbox()) (*mail)->file_time = time_;
    return mail;
  }
  std::uint64_t bytes_read() const override { return reader_.bytes_read(); }
  std::optional<std::uint64_t> bytes_total() const override { return total_; }

 private:
  MboxReader reader_;
  std::optional<std::uint64_t> total_;
  std::optional<UnixSeconds> time_;
};

Result<std::unique_ptr<FileSource>> OpenFile(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid()) return OpenError(path, errno);
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return FromErrno(path, errno);
  std::optional<std::uint64_t> total;
  std::optional<UnixSeconds> time;
  if (S_ISREG(status.st_mode)) {
    total = static_cast<std::uint64_t>(status.st_size);
    time = status.st_mtime;
  }
  MboxReader reader(std::move(fd), path);
  PM_RETURN_IF_ERROR(reader.Begin());
  return std::make_unique<FileSource>(std::move(reader), total, time);
}

struct Found {
  std::string path;
  std::string order;
  std::uint64_t size = 0;
};

// The regular files below `top`, sub-directories too, without recursion.
Status FindFiles(const std::string& top, bool sub_directories,
                 std::vector<Found>* files) {
  std::vector<std::pair<std::string, int>> left = {{top, 0}};
  while (!left.empty()) {
    const auto [directory, depth] = std::move(left.back());
    left.pop_back();
    const DirectoryHandle handle(::opendir(directory.c_str()));
    if (handle == nullptr) return OpenError(directory, errno);
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(handle.get());
      if (entry == nullptr) {
        if (errno != 0) return FromErrno(directory, errno);
        break;
      }
      const std::string name = entry->d_name;
      if (name.starts_with('.')) continue;
      std::string path = directory;
      if (!path.ends_with('/')) path += '/';
      path += name;
      struct stat status = {};
      // A link to a directory could lead round in a circle.
      if (::lstat(path.c_str(), &status) != 0) continue;
      if (S_ISDIR(status.st_mode)) {
        if (sub_directories && depth < kMaxDirectoryDepth) {
          left.emplace_back(path, depth + 1);
        }
        continue;
      }
      if (S_ISLNK(status.st_mode) && ::stat(path.c_str(), &status) != 0) {
        continue;
      }
      if (!S_ISREG(status.st_mode)) continue;
      files->push_back(
          {path, name, static_cast<std::uint64_t>(status.st_size)});
    }
  }
  return {};
}

bool IsDirectory(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

class DirectorySource : public MailSource {
 public:
  DirectorySource(std::string path, std::vector<Found> files)
      : path_(std::move(path)), files_(std::move(files)) {
    for (const Found& file : files_) total_ += file.size;
  }

  Result<std::optional<SourceMail>> Next() override {
    if (error_) return *error_;
    auto mail = Read();
    if (!mail) error_ = mail.error();
    return mail;
  }
  std::uint64_t bytes_read() const override {
    return done_ + (current_ ? current_->bytes_read() : 0);
  }
  std::optional<std::uint64_t> bytes_total() const override { return total_; }

 private:
  Result<std::optional<SourceMail>> Read() {
    while (true) {
      if (current_) {
        PM_ASSIGN_OR_RETURN(auto mail, current_->Next());
        if (mail) {
          ++mails_;
          return std::optional(std::move(*mail));
        }
        done_ += current_->bytes_read();
        current_.reset();
      }
      if (next_ == files_.size()) break;
      const Found& file = files_[next_++];
      auto opened = OpenFile(file.path);
      if (opened) {
        current_ = std::move(*opened);
        continue;
      }
      // Gone in the meantime (a Maildir lives), or no mail.
      if (opened.error().kind != ErrorKind::kInvalidInput &&
          opened.error().kind != ErrorKind::kNotFound) {
        return opened.error();
      }
      done_ += file.size;
      Skip(opened.error().message);
    }
    if (mails_ > 0) return std::optional<SourceMail>();
    return InvalidInput(path_ + " holds no mail: " +
                        (skipped().empty() ? std::string("its files are gone")
                                           : skipped().front()));
  }

  std::string path_;
  std::vector<Found> files_;
  std::size_t next_ = 0;
  std::unique_ptr<FileSource> current_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
  std::int64_t mails_ = 0;
  std::optional<Error> error_;
};

Result<std::unique_ptr<MailSource>> OpenDirectory(const std::string& path) {
  std::vector<Found> files;
  const bool maildir = IsDirectory(path + "/cur") && IsDirectory(path + "/new");
  if (maildir) {
    // Not tmp/: what stands there is still being written.
    PM_RETURN_IF_ERROR(FindFiles(path + "/new", false, &files));
    PM_RETURN_IF_ERROR(FindFiles(path + "/cur", false, &files));
    std::sort(files.begin(), files.end(), [](const Found& a, const Found& b) {
      return std::tie(a.order, a.path) < std::tie(b.order, b.path);
    });
  } else {
    if (IsDirectory(path + "/git/0.git") || IsDirectory(path + "/all.git")) {
      return InvalidInput(path +
                          " is a public-inbox, which is not read yet: give an "
                          "mbox of its mails");
    }
    PM_RETURN_IF_ERROR(FindFiles(path, true, &files));
    std::sort(files.begin(), files.end(),
              [](const Found& a, const Found& b) { return a.path < b.path; });
  }
  if (files.empty()) {
    return InvalidInput(
        path + " holds no files: give a directory of mails, " +
        (maildir ? "or a Maildir that is not empty" : "an mbox, or a mail"));
  }
  return std::unique_ptr<MailSource>(
      std::make_unique<DirectorySource>(path, std::move(files)));
}

}  // namespace

std::string SourceMail::Where() const {
  if (!in_mbox) return path == "-" ? "standard input" : path;
  return (path == "-" ? "standard input" : path) + ", mail " +
         std::to_string(index) + " (byte " + std::to_string(offset) + ")";
}

void MailSource::Skip(std::string what) {
  ++skipped_count_;
  if (skipped_.size() < kMaxSkippedNamed) skipped_.push_back(std::move(what));
}

Result<std::unique_ptr<MailSource>> MailSource::Open(
    const std::string& source) {
  if (source == "-") {
    // A descriptor of our own, so that closing it leaves standard input alone.
    UniqueFd fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!fd.valid()) return FromErrno("standard input", errno);
    MboxReader reader(std::move(fd), "-");
    const Status status = reader.Begin();
    if (!status) {
      Error error = status.error();
      if (error.message.starts_with("- ")) {
        error.message.replace(0, 1, "standard input");
      }
      return error;
    }
    return std::unique_ptr<MailSource>(std::make_unique<FileSource>(
        std::move(reader), std::nullopt, std::nullopt));
  }
  if (IsDirectory(source)) return OpenDirectory(source);
  PM_ASSIGN_OR_RETURN(auto file, OpenFile(source));
  return std::unique_ptr<MailSource>(std::move(file));
}

}  // namespace patchmilter::app
