#include "app/directory_source.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "app/file_source.h"
#include "base/handle.h"
#include "base/text.h"

namespace patchmilter::app {
namespace {

constexpr int kMaxDirectoryDepth = 64;

int CloseDirectory(DIR* directory) { return ::closedir(directory); }
using DirectoryHandle = CHandle<DIR, CloseDirectory>;

struct Found {
  std::string path;
  // In a Maildir: its path and the part of the file's name that stays when the
  // mail is moved from new/ to cur/ or marked (maildir(5)). "" elsewhere.
  std::string lasting;
  FileFacts facts;

  const std::string& order() const { return lasting.empty() ? path : lasting; }
};

bool IsDirectory(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool IsMaildir(const std::string& path) {
  return IsDirectory(path + "/cur") && IsDirectory(path + "/new");
}

struct Listing {
  std::vector<Found> files;
  std::vector<std::string> folders;  // Of the Maildir at the top: .NAME
};

// A directory whose files are still to be found.
struct Open {
  std::string path;
  int depth = 0;
  std::string maildir;  // Of which it is new/ or cur/; "" for no Maildir's.
};

// The regular files below `top`, without recursion.
Result<Listing> List(const std::string& top) {
  Listing listing;
  std::vector<Open> left = {{top, 0, ""}};
  while (!left.empty()) {
    const Open open = std::move(left.back());
    left.pop_back();
    const DirectoryHandle handle(::opendir(open.path.c_str()));
    if (handle == nullptr) return SourceError(open.path, errno);
    const bool maildir = IsMaildir(open.path);
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(handle.get());
      if (entry == nullptr) {
        if (errno != 0) return FromErrno(open.path, errno);
        break;
      }
      const std::string name = entry->d_name;
      std::string path = open.path;
      if (!path.ends_with('/')) path += '/';
      path += name;
      if (name.starts_with('.')) {
        if (open.depth == 0 && name != "." && name != ".." && IsMaildir(path)) {
          listing.folders.push_back(name);
        }
        continue;
      }
      struct stat status = {};
      // A link to a directory could lead round in a circle.
      if (::lstat(path.c_str(), &status) != 0) continue;
      if (S_ISDIR(status.st_mode)) {
        // Of a Maildir neither tmp/, where mail is still being written, nor
        // what else stands in it (an index).
        const bool box = maildir && (name == "cur" || name == "new");
        if (open.depth < kMaxDirectoryDepth && (box || !maildir)) {
          left.push_back({path, open.depth + 1, box ? open.path : ""});
        }
        continue;
      }
      if (maildir) continue;
      if (S_ISLNK(status.st_mode) && ::stat(path.c_str(), &status) != 0) {
        continue;
      }
      if (!S_ISREG(status.st_mode)) continue;
      Found found;
      found.path = std::move(path);
      if (!open.maildir.empty()) {
        found.lasting = open.maildir + "/" + name.substr(0, name.find(":2,"));
      }
      found.facts = {static_cast<std::uint64_t>(status.st_size),
                     status.st_mtime};
      listing.files.push_back(std::move(found));
    }
  }
  std::sort(listing.files.begin(), listing.files.end(),
            [](const Found& a, const Found& b) {
              return a.order() != b.order() ? a.order() < b.order()
                                            : a.path < b.path;
            });
  std::sort(listing.folders.begin(), listing.folders.end());
  return listing;
}

class DirectorySource : public MailSource {
 public:
  DirectorySource(std::string path, Listing listing, SourceOptions options)
      : path_(std::move(path)),
        files_(std::move(listing.files)),
        options_(std::move(options)) {
    for (const Found& file : files_) total_ += file.facts.size;
    if (!listing.folders.empty()) {
      Skip(path_ + "'s folders, which are sources of their own: " +
           Join(listing.folders, ", "));
    }
  }

  Result<std::optional<SourceMail>> Next() override {
    if (error_) return *error_;
    auto mail = Read();
    if (!mail) error_ = mail.error();
    return mail;
  }
  std::uint64_t work_done() const override {
    return done_ + (current_ ? current_->work_done() : 0);
  }
  std::optional<std::uint64_t> work_total() const override { return total_; }

 private:
  Result<std::optional<SourceMail>> Read() {
    while (true) {
      if (current_) {
        PM_ASSIGN_OR_RETURN(auto mail, current_->Next());
        SkipAll(current_.get());
        if (mail) {
          ++mails_;
          return std::optional(std::move(*mail));
        }
        done_ += current_->work_total().value_or(0);
        current_.reset();
      }
      if (next_ == files_.size()) break;
      const Found& file = files_[next_++];
      PM_ASSIGN_OR_RETURN(const bool known, IsKnown(file));
      if (known) {
        ++mails_;
        done_ += file.facts.size;
        SourceMail mail;
        mail.where = file.path;
        mail.known = true;
        return std::optional(std::move(mail));
      }
      auto opened = FileSource::Open(file.path, options_, file.lasting);
      if (opened) {
        current_ = std::move(*opened);
        continue;
      }
      // Gone in the meantime (a Maildir lives), or no mail.
      if (opened.error().kind != ErrorKind::kInvalidInput &&
          opened.error().kind != ErrorKind::kNotFound) {
        return opened.error();
      }
      done_ += file.facts.size;
      Skip(opened.error().message);
    }
    if (mails_ > 0) return std::optional<SourceMail>();
    return InvalidInput(path_ + " holds no mail: " +
                        (skipped().empty() ? std::string("its files are gone")
                                           : skipped().front()));
  }

  // One mail that was read before need not be opened again.
  Result<bool> IsKnown(const Found& file) const {
    if (!options_.known) return false;
    return options_.known(file.order() + " " + file.facts.Text());
  }

  std::string path_;
  std::vector<Found> files_;
  SourceOptions options_;
  std::size_t next_ = 0;
  std::unique_ptr<FileSource> current_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
  std::int64_t mails_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<std::unique_ptr<MailSource>> OpenDirectory(const std::string& path,
                                                  SourceOptions options) {
  PM_ASSIGN_OR_RETURN(Listing listing, List(path));
  if (listing.files.empty()) {
    std::string message = path + " holds no files: give a directory of mails, ";
    if (!listing.folders.empty()) {
      message += "or one of its folders: " + Join(listing.folders, ", ");
    } else if (IsMaildir(path)) {
      message += "or a Maildir that is not empty";
    } else {
      message += "an mbox, or a mail";
    }
    return InvalidInput(std::move(message));
  }
  return std::unique_ptr<MailSource>(std::make_unique<DirectorySource>(
      path, std::move(listing), std::move(options)));
}

}  // namespace patchmilter::app
