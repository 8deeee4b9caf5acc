// A file of the index: sections of bytes, written once, read mapped, with a
// checksum for every page (docs/index-format.md).
//
// Written beside its name and renamed over it at the end: whoever opens the
// name sees a whole file. Nothing is synced: what a crash leaves torn has no
// valid end or wrong checksums, which counts as not there.
// A page is checked when it is first looked at. What is read is bounded and
// checked, but its meaning is not: who reads numbers out of it checks them.
//
// Errors: Create and Finish those of the file system; Open kNotFound, or
// kPermanent for what is no whole file of this version.
// Threads: a writer one; a reader's const functions any.
// Tested in tests/tree/index/.
#ifndef PATCHMILTER_TREE_INDEX_CHECKED_FILE_H_
#define PATCHMILTER_TREE_INDEX_CHECKED_FILE_H_

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.h"
#include "base/result.h"

namespace patchmilter::tree {

inline constexpr std::uint32_t kIndexVersion = 3;
inline constexpr std::size_t kCheckedPage = 16 << 10;

enum class FileKind : std::uint32_t { kSegment = 1, kTree = 2 };

// 64 bits, of which a change of one byte always changes some.
std::uint64_t Checksum(std::string_view bytes);

class CheckedFileWriter {
 public:
  // `path` is the final name.
  static Result<std::unique_ptr<CheckedFileWriter>> Create(
      const std::string& path, FileKind kind);
  ~CheckedFileWriter();  // Removes what was not finished.
  CheckedFileWriter(const CheckedFileWriter&) = delete;
  CheckedFileWriter& operator=(const CheckedFileWriter&) = delete;

  // What is appended from here on belongs to section `number`; begins at a
  // multiple of eight. Sections come one after the other, each once.
  void BeginSection(std::uint32_t number);
  void Append(std::string_view bytes);
  template <typename T>
  void AppendArray(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    Append({reinterpret_cast<const char*>(values.data()),
            values.size() * sizeof(T)});
  }
  // Of this section, so far.
  std::uint64_t section_size() const { return size_ - section_begin_; }
  // Where this section begins in the file.
  std::uint64_t section_begin() const { return section_begin_; }
  std::uint64_t size() const { return size_; }
  // Bytes of a file of so many: with checksums and tables, at most.
  static std::uint64_t SizeOf(std::uint64_t size);
  // What was appended, read again: `size` bytes from `offset` of the file on.
  // Nothing where there are not so many, or where writing or reading fails.
  std::optional<std::string> ReadAgain(std::uint64_t offset,
                                       std::uint64_t size);

  // Errors of Append come out here. `path` may name the file only now.
  Status Finish(const std::string& path);

 private:
  CheckedFileWriter(std::string path, FileKind kind, UniqueFd fd)
      : path_(std::move(path)), kind_(kind), fd_(std::move(fd)) {}
  void EndSection();
  void Flush(bool all);

  std::string path_;  // While it is written.
  FileKind kind_;
  UniqueFd fd_;
  Status status_;
  std::string buffer_;
  std::vector<std::uint64_t> checksums_;
  struct Section {
    std::uint64_t number = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  std::vector<Section> sections_;
  std::uint64_t size_ = 0;
  std::uint64_t section_begin_ = 0;
  bool finished_ = false;
};

class CheckedFile {
 public:
  static Result<std::unique_ptr<CheckedFile>> Open(const std::string& path,
                                                   FileKind kind);
  ~CheckedFile();
  CheckedFile(const CheckedFile&) = delete;
  CheckedFile& operator=(const CheckedFile&) = delete;

  // Bytes of a section. Nothing where it has not so many there, or where a
  // checksum is wrong.
  std::optional<std::string_view> Read(std::uint32_t section,
                                       std::uint64_t offset,
                                       std::uint64_t size) const;
  std::uint64_t SectionSize(std::uint32_t section) const;
  // A whole section as an array; nothing where it is no whole number of T.
  template <typename T>
  std::optional<std::span<const T>> Array(std::uint32_t section) const {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 8);
    const std::uint64_t size = SectionSize(section);
    const auto bytes = Read(section, 0, size);
    if (!bytes.has_value() || size % sizeof(T) != 0) return std::nullopt;
    return std::span<const T>(reinterpret_cast<const T*>(bytes->data()),
                              size / sizeof(T));
  }
  std::uint64_t file_size() const { return size_; }
  // Which file it is, as long as nobody changes it where it stands: nobody
  // should, and what is mapped of one that was cut short must not be looked at.
  struct Stamp {
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t seconds = 0;  // When it was changed.
    std::int64_t nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  const Stamp& stamp() const { return stamp_; }
  // Of the file that stands there now; nothing where none does.
  static std::optional<Stamp> StampOf(const std::string& path);

 private:
  CheckedFile() = default;
  bool CheckPages(std::uint64_t begin, std::uint64_t end) const;

  const char* data_ = nullptr;  // Mapped.
  std::uint64_t size_ = 0;
  Stamp stamp_;
  std::uint64_t data_size_ = 0;  // Of what the pages cover.
  std::vector<std::uint64_t> checksums_;
  struct Section {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  std::vector<Section> sections_;
  // One a page: it has been looked at and is right.
  mutable std::vector<std::atomic<std::uint8_t>> right_;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_CHECKED_FILE_H_
