#include "tree/index/checked_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/check.h"
#include "base/files.h"

namespace patchmilter::tree {
namespace {

constexpr std::array<char, 8> kMagic = {'p', 'm', 'i', 'n', 'd', 'e', 'x', 10};
// Reads otherwise on a machine of the other byte order.
constexpr std::uint32_t kByteOrder = 0x01020304;
constexpr std::size_t kMaxSections = 64;
constexpr std::size_t kWriteBytes = 64 * kCheckedPage;

// The end of a file.
struct Footer {
  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kIndexVersion;
  std::uint32_t kind = 0;
  std::uint32_t byte_order = kByteOrder;
  std::uint32_t page_bytes = kCheckedPage;
  std::uint64_t data_size = 0;    // Sections and their table.
  std::uint64_t sections_at = 0;  // Of the table: three numbers each.
  std::uint64_t sections = 0;
  std::uint64_t checksums_sum = 0;  // Of the pages' checksums.
  std::uint64_t own_sum = 0;        // Of all above.
};
static_assert(sizeof(Footer) == 64);

std::string_view BytesOf(const Footer& footer) {
  return {reinterpret_cast<const char*>(&footer), offsetof(Footer, own_sum)};
}

std::string_view BytesOf(const std::vector<std::uint64_t>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()),
          numbers.size() * sizeof(std::uint64_t)};
}

CheckedFile::Stamp StampFrom(const struct stat& info) {
  return {info.st_ino, static_cast<std::uint64_t>(info.st_size),
          info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

std::uint64_t Load(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

}  // namespace

// Four lanes, so that a processor can work on them at once. Each step is a
// bijection of its lane: a changed word cannot leave its lane as it was.
std::uint64_t Checksum(std::string_view bytes) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  std::array<std::uint64_t, 4> lanes = {1, 2, 3, bytes.size()};
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  const auto step = [](std::uint64_t lane, std::uint64_t word) {
    return std::rotl((lane ^ word) * kOdd, 31);
  };
  for (; left >= 32; left -= 32, at += 32) {
    for (std::size_t i = 0; i < 4; ++i) {
      lanes[i] = step(lanes[i], Load(at + 8 * i));
    }
  }
  std::array<char, 32> rest{};
  if (left > 0) std::memcpy(rest.data(), at, left);
  for (std::size_t i = 0; i < 4; ++i) {
    lanes[i] = step(lanes[i], Load(rest.data() + 8 * i));
  }
  std::uint64_t sum = lanes[0] ^ std::rotl(lanes[1], 16) ^
                      std::rotl(lanes[2], 32) ^ std::rotl(lanes[3], 48);
  sum ^= sum >> 32;
  sum *= kOdd;
  return sum ^ sum >> 29;
}

Result<std::unique_ptr<CheckedFileWriter>> CheckedFileWriter::Create(
    const std::string& path, FileKind kind) {
  const std::string written = path + ".new";
  // One that a killed writer has left; the lock says that there is no other.
  ::unlink(written.c_str());
  UniqueFd fd(::open(written.c_str(),
                     O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!fd.valid()) return FromErrno(written, errno);
  return std::unique_ptr<CheckedFileWriter>(
      new CheckedFileWriter(written, kind, std::move(fd)));
}

CheckedFileWriter::~CheckedFileWriter() {
  if (!finished_) ::unlink(path_.c_str());
}

void CheckedFileWriter::EndSection() {
  if (!sections_.empty()) sections_.back().size = section_size();
}

void CheckedFileWriter::BeginSection(std::uint32_t number) {
  EndSection();
  Append(std::string((8 - size_ % 8) % 8, '\0'));
  section_begin_ = size_;
  sections_.push_back({number, size_, 0});
}

void CheckedFileWriter::Append(std::string_view bytes) {
  buffer_ += bytes;
  size_ += bytes.size();
  if (buffer_.size() >= kWriteBytes) Flush(false);
}

std::optional<std::string> CheckedFileWriter::ReadAgain(std::uint64_t offset,
                                                        std::uint64_t size) {
  if (!status_.ok() || offset > size_ || size > size_ - offset) {
    return std::nullopt;
  }
  std::string bytes(size, '\0');
  const std::uint64_t written = size_ - buffer_.size();
  std::size_t done = 0;
  while (done < size && offset + done < written) {
    const std::size_t wanted =
        std::min<std::uint64_t>(size - done, written - offset - done);
    const ssize_t got = ::pread(fd_.get(), bytes.data() + done, wanted,
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    done += static_cast<std::size_t>(got);
  }
  if (done < size) {
    bytes.replace(done, std::string::npos, buffer_, offset + done - written,
                  size - done);
  }
  return bytes;
}

void CheckedFileWriter::Flush(bool all) {
  std::string_view left = buffer_;
  while (left.size() >= kCheckedPage || (all && !left.empty())) {
    const std::string_view page = left.substr(0, kCheckedPage);
    checksums_.push_back(Checksum(page));
    left.remove_prefix(page.size());
  }
  const std::size_t done = buffer_.size() - left.size();
  if (status_.ok()) {
    status_ = WriteAll(fd_.get(), std::string_view(buffer_).substr(0, done));
  }
  buffer_.erase(0, done);
}

Status CheckedFileWriter::Finish(const std::string& path) {
  EndSection();
  Append(std::string((8 - size_ % 8) % 8, '\0'));
  Footer footer;
  footer.kind = static_cast<std::uint32_t>(kind_);
  footer.sections_at = size_;
  footer.sections = sections_.size();
  for (const Section& section : sections_) {
    const std::array<std::uint64_t, 3> row = {section.number, section.offset,
                                              section.size};
    AppendArray<std::uint64_t>(row);
  }
  footer.data_size = size_;
  Flush(true);
  footer.checksums_sum = Checksum(BytesOf(checksums_));
  footer.own_sum = Checksum(BytesOf(footer));
  if (status_.ok()) status_ = WriteAll(fd_.get(), BytesOf(checksums_));
  if (status_.ok()) {
    status_ = WriteAll(
        fd_.get(), {reinterpret_cast<const char*>(&footer), sizeof(footer)});
  }
  if (!status_.ok()) return status_.error().Wrap(path_);
  if (std::rename(path_.c_str(), path.c_str()) != 0) {
    return FromErrno(path, errno);
  }
  finished_ = true;
  fd_.Reset();
  return {};
}

std::uint64_t CheckedFileWriter::SizeOf(std::uint64_t size) {
  // Each section begins at a multiple of eight, and so does the table.
  const std::uint64_t data =
      size + (kMaxSections + 1) * 7 + kMaxSections * 3 * sizeof(std::uint64_t);
  return data + (data / kCheckedPage + 1) * sizeof(std::uint64_t) +
         sizeof(Footer);
}

std::optional<CheckedFile::Stamp> CheckedFile::StampOf(
    const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return StampFrom(info);
}

Result<std::unique_ptr<CheckedFile>> CheckedFile::Open(const std::string& path,
                                                       FileKind kind) {
  const auto damaged = [&path] {
    return Permanent(path + ": no whole file of an index of this version");
  };
  const UniqueFd fd(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) return FromErrno(path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return FromErrno(path, errno);
  if (!S_ISREG(info.st_mode)) return damaged();
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size < sizeof(Footer)) return damaged();
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (mapped == MAP_FAILED) return FromErrno(path, errno);
  auto file = std::unique_ptr<CheckedFile>(new CheckedFile);
  file->data_ = static_cast<const char*>(mapped);
  file->size_ = size;
  file->stamp_ = StampFrom(info);

  Footer footer;
  const std::uint64_t before = size - sizeof(footer);
  std::memcpy(&footer, file->data_ + before, sizeof(footer));
  if (footer.magic != kMagic || footer.own_sum != Checksum(BytesOf(footer)) ||
      footer.version != kIndexVersion || footer.byte_order != kByteOrder ||
      footer.page_bytes != kCheckedPage ||
      footer.kind != static_cast<std::uint32_t>(kind) ||
      footer.data_size > before || footer.data_size % 8 != 0) {
    return damaged();
  }
  const std::uint64_t pages =
      (footer.data_size + kCheckedPage - 1) / kCheckedPage;
  if (before - footer.data_size != pages * sizeof(std::uint64_t)) {
    return damaged();
  }
  file->data_size_ = footer.data_size;
  file->checksums_.resize(pages);
  if (pages > 0) {
    std::memcpy(file->checksums_.data(), file->data_ + footer.data_size,
                pages * sizeof(std::uint64_t));
  }
  if (footer.checksums_sum != Checksum(BytesOf(file->checksums_))) {
    return damaged();
  }
  file->right_ = std::vector<std::atomic<std::uint8_t>>(pages);

  if (footer.sections > kMaxSections || footer.sections_at % 8 != 0 ||
      footer.sections_at > footer.data_size ||
      footer.data_size - footer.sections_at < footer.sections * 24 ||
      !file->CheckPages(footer.sections_at, footer.data_size)) {
    return damaged();
  }
  for (std::uint64_t i = 0; i < footer.sections; ++i) {
    const char* row = file->data_ + footer.sections_at + 24 * i;
    const std::uint64_t number = Load(row);
    const Section section{Load(row + 8), Load(row + 16)};
    if (number >= kMaxSections || section.offset % 8 != 0 ||
        section.offset > footer.data_size ||
        section.size > footer.data_size - section.offset) {
      return damaged();
    }
    if (file->sections_.size() <= number) file->sections_.resize(number + 1);
    file->sections_[number] = section;
  }
  return file;
}

CheckedFile::~CheckedFile() {
  if (data_ != nullptr) {
    ::munmap(const_cast<char*>(data_), size_);  // NOLINT: mapped as such.
  }
}

bool CheckedFile::CheckPages(std::uint64_t begin, std::uint64_t end) const {
  if (begin >= end) return true;
  for (std::uint64_t page = begin / kCheckedPage;
       page <= (end - 1) / kCheckedPage; ++page) {
    if (right_[page].load(std::memory_order_relaxed) != 0) continue;
    const std::uint64_t at = page * kCheckedPage;
    const std::uint64_t size =
        std::min<std::uint64_t>(kCheckedPage, data_size_ - at);
    if (Checksum({data_ + at, size}) != checksums_[page]) return false;
    right_[page].store(1, std::memory_order_relaxed);
  }
  return true;
}

std::uint64_t CheckedFile::SectionSize(std::uint32_t section) const {
  return section < sections_.size() ? sections_[section].size : 0;
}

std::optional<std::string_view> CheckedFile::Read(std::uint32_t section,
                                                  std::uint64_t offset,
                                                  std::uint64_t size) const {
  if (section >= sections_.size()) {
    if (offset == 0 && size == 0) return std::string_view();
    return std::nullopt;
  }
  const Section& in = sections_[section];
  if (offset > in.size || size > in.size - offset) return std::nullopt;
  const std::uint64_t begin = in.offset + offset;
  if (!CheckPages(begin, begin + size)) return std::nullopt;
  return std::string_view(data_ + begin, size);
}

}  // namespace patchmilter::tree
