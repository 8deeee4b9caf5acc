#include "intake/segment_writer.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/check.h"
#include "base/files.h"

namespace patchmilter::intake {
namespace {

constexpr std::size_t kBuffer = 1 << 20;
// A segment is filled in pieces, each synced, so that a big write-back never
// stands in the way of the appends that go on meanwhile.
constexpr std::size_t kFillPiece = 1 << 20;
constexpr mode_t kSegmentMode = 0640;  // The review daemon reads by group.

// 0, or the error number.
int WriteFully(FileCalls& files, int fd, std::string_view bytes,
               std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t count = files.Pwrite(fd, bytes.data(), bytes.size(),
                                       static_cast<off_t>(offset));
    if (count < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (count == 0) return EIO;
    bytes.remove_prefix(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return 0;
}

Status Sync(FileCalls& files, int fd) {
  while (files.Fdatasync(fd) != 0) {
    if (errno != EINTR) return FromErrno("fdatasync", errno);
  }
  return {};
}

Result<std::uint64_t> RandomNonce() {
  std::uint64_t nonce = 0;
  while (nonce == 0) {
    if (::getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce) &&
        errno != EINTR) {
      return FromErrno("getrandom", errno);
    }
  }
  return nonce;
}

}  // namespace

Status SegmentMaker::Fill(int fd, const SegmentHeader& header, bool written,
                          bool recycled) {
  if (!recycled) {
    // Full disks are found here, in no time, where the file system can.
    const int error = files_.Allocate(fd, header.size);
    if (error != 0) return FromErrno("posix_fallocate", error);
    if (written) {
      const std::string zeros(kFillPiece, '\0');
      for (std::uint64_t at = 0; at < header.size; at += zeros.size()) {
        const int failed = WriteFully(
            files_, fd,
            std::string_view(zeros).substr(
                0, std::min<std::uint64_t>(zeros.size(), header.size - at)),
            at);
        if (failed != 0) return FromErrno("pwrite", failed);
        PM_RETURN_IF_ERROR(Sync(files_, fd));
      }
    }
  }
  const int failed = WriteFully(files_, fd, EncodeSegmentHeader(header), 0);
  if (failed != 0) return FromErrno("pwrite", failed);
  return Sync(files_, fd);
}

Result<SegmentHeader> SegmentMaker::Make(std::uint64_t id,
                                         std::uint64_t sequence,
                                         std::uint64_t size, bool written) {
  SegmentHeader header;
  header.id = id;
  header.sequence = sequence;
  header.size = size;
  PM_ASSIGN_OR_RETURN(header.nonce, RandomNonce());
  const std::string path = NewPath();
  const bool recycled = written && spare_size_ == size &&
                        ::rename(SparePath().c_str(), path.c_str()) == 0;
  if (recycled) spare_size_ = 0;
  int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW;
  if (!recycled) flags |= O_CREAT | O_TRUNC;
  const UniqueFd fd(files_.Open(path, flags, kSegmentMode));
  if (!fd.valid()) return FromErrno(path, errno);
  Status status = Fill(fd.get(), header, written, recycled);
  // Not by open's mode: a tight umask would lock the reader out.
  if (status.ok() && ::fchmod(fd.get(), kSegmentMode) != 0) {
    status = FromErrno("fchmod", errno);
  }
  if (status.ok() &&
      ::rename(path.c_str(), SegmentPath(directory_, id).c_str()) != 0) {
    status = FromErrno("rename", errno);
  }
  if (status.ok()) status = SyncDirectory(directory_);
  if (!status.ok()) {
    ::unlink(path.c_str());
    // The file could be opened: what stands in the way (no room, a limit, a
    // disk error) may go away.
    return Temporary(path + ": " + status.error().message);
  }
  return header;
}

Status SegmentMaker::Recycle(std::uint64_t id, std::uint64_t size) {
  const std::string path = SegmentPath(directory_, id);
  if (spare_size_ == 0) {
    if (::rename(path.c_str(), SparePath().c_str()) != 0) {
      return FromErrno(path + ": rename", errno);
    }
    spare_size_ = size;
    return {};
  }
  return Remove(id);
}

Status SegmentMaker::Remove(std::uint64_t id) {
  const std::string path = SegmentPath(directory_, id);
  if (::unlink(path.c_str()) != 0) return FromErrno(path, errno);
  return {};
}

Status SegmentMaker::CleanUp(std::uint64_t segment_size) {
  if (::unlink(NewPath().c_str()) != 0 && errno != ENOENT) {
    return FromErrno(NewPath(), errno);
  }
  struct stat info {};
  if (::stat(SparePath().c_str(), &info) != 0) return {};
  if (static_cast<std::uint64_t>(info.st_size) == segment_size) {
    spare_size_ = segment_size;
    return {};
  }
  if (::unlink(SparePath().c_str()) != 0) return FromErrno(SparePath(), errno);
  return {};
}

SegmentWriter::SegmentWriter(std::string path, const SegmentHeader& header,
                             bool direct, FileCalls& files)
    : path_(std::move(path)),
      header_(header),
      direct_(direct),
      files_(files),
      buffer_(static_cast<char*>(std::aligned_alloc(kBlock, kBuffer))) {}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::Open(
    const std::string& directory, const SegmentHeader& header, bool direct,
    FileCalls& files) {
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(
      SegmentPath(directory, header.id), header, direct, files));
  if (writer->buffer_ == nullptr) return Temporary("no memory for a buffer");
  PM_RETURN_IF_ERROR(writer->Reopen());
  return writer;
}

Status SegmentWriter::Reopen() {
  constexpr int kFlags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW;
  if (direct_) {
    fd_.Reset(files_.Open(path_, kFlags | O_DIRECT | O_DSYNC, 0));
    if (fd_.valid()) return {};
    if (errno != EINVAL) return FromErrno(path_, errno);
    direct_ = false;  // The file system refuses (tmpfs before Linux 6.6).
  }
  fd_.Reset(files_.Open(path_, kFlags, 0));
  if (!fd_.valid()) return FromErrno(path_, errno);
  return {};
}

void SegmentWriter::Begin(std::uint64_t offset) {
  CHECK(offset % kBlock == 0);
  offset_ = offset;
  filled_ = 0;
}

Status SegmentWriter::Add(std::string_view bytes) {
  while (!bytes.empty()) {
    if (filled_ == kBuffer) PM_RETURN_IF_ERROR(WriteOut());
    const std::size_t count = std::min(bytes.size(), kBuffer - filled_);
    std::memcpy(buffer_.get() + filled_, bytes.data(), count);
    filled_ += count;
    bytes.remove_prefix(count);
  }
  return {};
}

Status SegmentWriter::PadToBlock() {
  // The buffer's size is a multiple of kBlock: padding never overflows it.
  const std::size_t padded = RoundUp(filled_);
  std::memset(buffer_.get() + filled_, 0, padded - filled_);
  filled_ = padded;
  return {};
}

Status SegmentWriter::WriteOut() {
  CHECK(filled_ % kBlock == 0);
  const std::string_view bytes(buffer_.get(), filled_);
  int error = WriteFully(files_, fd_.get(), bytes, offset_);
  if (error == EINVAL && direct_) {
    // Some file systems take the flag and refuse the write.
    direct_ = false;
    PM_RETURN_IF_ERROR(Reopen());
    error = WriteFully(files_, fd_.get(), bytes, offset_);
  }
  if (error != 0) return FromErrno(path_ + ": pwrite", error);
  offset_ += filled_;
  filled_ = 0;
  return {};
}

Status SegmentWriter::End() {
  PM_RETURN_IF_ERROR(PadToBlock());
  if (filled_ > 0) PM_RETURN_IF_ERROR(WriteOut());
  if (direct_) return {};
  const Status status = Sync(files_, fd_.get());
  if (!status.ok()) return status.error().Wrap(path_);
  return {};
}

}  // namespace patchmilter::intake
