#include "app/file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/digest.h"
#include "base/log.h"

namespace patchmilter::app {
namespace {

constexpr std::size_t kHashDigits = 16;
constexpr char kStandardInput[] = "standard input";

std::string HashText(std::string_view raw) {
  return "sha256 " + Sha256Hex(raw).substr(0, kHashDigits);
}

Result<std::size_t> ReadFrom(int fd, const std::string& name, char* buffer,
                             std::size_t size) {
  while (true) {
    const ssize_t got = ::read(fd, buffer, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return FromErrno(name, errno);
  }
}

// `head` first, then what `fd` has left.
ByteSource WithHead(std::string head, UniqueFd fd, std::string name) {
  struct State {
    std::string head;
    std::size_t given = 0;
    UniqueFd fd;
    std::string name;
  };
  auto state = std::make_shared<State>(
      State{std::move(head), 0, std::move(fd), std::move(name)});
  return [state](char* buffer, std::size_t size) -> Result<std::size_t> {
    const std::size_t left = state->head.size() - state->given;
    if (left == 0) return ReadFrom(state->fd.get(), state->name, buffer, size);
    const std::size_t count = std::min(left, size);
    std::memcpy(buffer, state->head.data() + state->given, count);
    state->given += count;
    return count;
  };
}

// As in a directory: the last part of the name begins with a dot.
bool IsDotFile(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return name.starts_with('.');
}

}  // namespace

std::string FileFacts::Text() const {
  return fmt::format("({} bytes, {})", size, FormatTime(changed));
}

Result<std::unique_ptr<FileSource>> FileSource::Open(
    const std::string& path, const SourceOptions& options,
    const std::string& key) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return SourceError(path, errno);
  // Opening one of these fails without a word, or waits for a device.
  if (S_ISSOCK(status.st_mode) || S_ISBLK(status.st_mode)) {
    return InvalidInput(
        path + (S_ISSOCK(status.st_mode) ? " is a socket" : " is a device") +
        ": give a file or directory of mails, or - for "
        "standard input");
  }
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid()) return SourceError(path, errno);
  if (::fstat(fd.get(), &status) != 0) return FromErrno(path, errno);
  std::unique_ptr<FileSource> source(new FileSource(options));
  Stream whole{path, key.empty() ? path : key, "", std::nullopt};
  if (S_ISREG(status.st_mode)) {
    source->total_ = static_cast<std::uint64_t>(status.st_size);
    whole.time = status.st_mtime;
    whole.facts = FileFacts{*source->total_, status.st_mtime}.Text();
  }
  PM_RETURN_IF_ERROR(source->Begin(std::move(fd), std::move(whole)));
  return source;
}

Result<std::unique_ptr<FileSource>> FileSource::OpenStandardInput(
    UniqueFd fd, const SourceOptions& options) {
  std::unique_ptr<FileSource> source(new FileSource(options));
  PM_RETURN_IF_ERROR(source->Begin(
      std::move(fd), {kStandardInput, kStandardInput, "", std::nullopt}));
  return source;
}

Status FileSource::Begin(UniqueFd fd, Stream whole) {
  file_ = std::move(whole);
  std::string head(archive::kPackedHead, '\0');
  std::size_t size = 0;
  while (size < head.size()) {
    PM_ASSIGN_OR_RETURN(
        const std::size_t got,
        ReadFrom(fd.get(), file_.name, head.data() + size, head.size() - size));
    if (got == 0) break;
    size += got;
  }
  head.resize(size);
  const bool packed = archive::LooksPacked(head);
  ByteSource bytes = WithHead(std::move(head), std::move(fd), file_.name);
  if (packed) {
    PM_ASSIGN_OR_RETURN(
        archive_, archive::ArchiveReader::Open(std::move(bytes), file_.name));
    PM_ASSIGN_OR_RETURN(const bool any, NextMember());
    if (any) return {};
    return InvalidInput(
        file_.name + " holds no mail: " +
        (skipped().empty() ? "there is no file in it" : skipped().front()));
  }
  stream_ = file_;
  reader_.emplace(std::move(bytes), stream_.name);
  return reader_->Begin();
}

Result<bool> FileSource::NextMember() {
  reader_.reset();
  while (true) {
    PM_ASSIGN_OR_RETURN(const auto member, archive_->Next());
    if (!member) return false;
    stream_ = file_;
    if (!archive_->single()) {
      if (IsDotFile(member->name)) continue;
      const std::string name = ", " + log::Clean(member->name);
      stream_.name += name;
      stream_.key += name;
      stream_.time = member->time;
      // Standard input has no time of its own: another tar may come there with
      // the same names in it.
      stream_.facts.clear();
      if (!file_.facts.empty()) {
        stream_.facts =
            fmt::format("(byte {}, {} bytes, {})", member->offset, member->size,
                        FormatTime(member->time.value_or(0)));
      }
      // The content of one that is known need not be looked at.
      if (!stream_.facts.empty() && options_.known) {
        SourceMail mail;
        mail.where = stream_.name;
        mail.place = stream_.key + " " + stream_.facts;
        PM_ASSIGN_OR_RETURN(mail.known, IsKnown(mail.place));
        if (mail.known) {
          unread_ = std::move(mail);
          return true;
        }
      }
    }
    reader_.emplace(
        [archive = archive_.get()](char* buffer, std::size_t size) {
          return archive->Read(buffer, size);
        },
        stream_.name);
    const Status begun = reader_->Begin();
    if (begun.ok()) return true;
    if (begun.error().kind != ErrorKind::kInvalidInput || archive_->single() ||
        reader_->failed()) {
      return begun.error();
    }
    Skip(begun.error().message);
  }
}

Result<bool> FileSource::IsKnown(const std::string& place) const {
  if (!options_.known) return false;
  return options_.known(place);
}

Result<std::optional<SourceMail>> FileSource::TakeMail() {
  PM_ASSIGN_OR_RETURN(auto read, reader_->Next());
  if (!read) return std::optional<SourceMail>();
  SourceMail mail;
  mail.where = stream_.name;
  mail.time = reader_->mbox() ? read->time : stream_.time;
  mail.cut = read->cut;
  mail.raw = std::move(read->raw);
  if (reader_->mbox()) {
    mail.where += fmt::format(", mail {} (byte {})", read->index, read->offset);
  }
  if (options_.known) {
    mail.place = stream_.key + " ";
    if (reader_->mbox()) {
      mail.place += fmt::format("mail {} (byte {}, {})", read->index,
                                read->offset, HashText(mail.raw));
    } else if (!stream_.facts.empty()) {
      mail.place += stream_.facts;
    } else {
      mail.place += "(" + HashText(mail.raw) + ")";
    }
    PM_ASSIGN_OR_RETURN(mail.known, IsKnown(mail.place));
    if (mail.known) mail.raw.clear();
  }
  return std::optional(std::move(mail));
}

Result<std::optional<SourceMail>> FileSource::Read() {
  while (true) {
    if (unread_) {
      ++mails_;
      return std::exchange(unread_, std::nullopt);
    }
    if (reader_) {
      PM_ASSIGN_OR_RETURN(auto mail, TakeMail());
      if (mail) {
        ++mails_;
        return mail;
      }
      if (!archive_) {
        if (mails_ > 0) return std::optional<SourceMail>();
        return InvalidInput(file_.name +
                            " holds no mail: there is nothing behind its "
                            "\"From \" lines");
      }
    }
    PM_ASSIGN_OR_RETURN(const bool more, NextMember());
    if (!more) return std::optional<SourceMail>();
  }
}

Result<std::optional<SourceMail>> FileSource::Next() {
  if (error_) return *error_;
  auto mail = Read();
  if (!mail) error_ = mail.error();
  return mail;
}

std::uint64_t FileSource::work_done() const {
  if (archive_) return archive_->bytes_read();
  return reader_ ? reader_->bytes_read() : 0;
}

}  // namespace patchmilter::app
