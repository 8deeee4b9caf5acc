// Segment: one file of the index, read. Tables are checked when it is opened,
// everything else when it is looked at; one that turns out damaged says so
// (damaged()) and gives nothing wrong.
// Errors: Open as CheckedFile.
// Threads: const functions any.  Tested in tests/tree/index/index_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_SEGMENT_H_
#define PATCHMILTER_TREE_INDEX_SEGMENT_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tree/index/checked_file.h"
#include "tree/index/segment_format.h"
#include "tree/index/symbol.h"
#include "tree/index/trigrams.h"

namespace patchmilter::tree {

// A block's text, and what takes it out: one a thread.
class BlockReader {
 public:
  BlockReader();
  ~BlockReader();
  BlockReader(BlockReader&&) noexcept;
  BlockReader& operator=(BlockReader&&) noexcept;

 private:
  friend class Segment;
  struct Context;
  std::unique_ptr<Context> context_;
  const void* owner_ = nullptr;  // Of which blocks block_ is in text_.
  std::uint32_t block_ = 0;
  std::unique_ptr<char[]> text_;
  std::size_t size_ = 0;      // Of the text.
  std::size_t capacity_ = 0;  // Of the memory.
};

class Segment {
 public:
  static Result<std::unique_ptr<Segment>> Open(const std::string& path);

  ~Segment();

  std::uint64_t id() const { return info_.id; }
  std::uint32_t documents() const { return info_.documents; }
  bool has_symbols() const { return info_.has_symbols != 0; }
  std::uint64_t text_bytes() const { return info_.text_bytes; }
  std::uint64_t file_size() const { return file_->file_size(); }
  // Reads all of it: every checksum is right.
  bool IsRight() const;
  bool damaged() const { return damaged_.load(std::memory_order_relaxed); }

  std::optional<std::uint32_t> Find(const git::ObjectId& id) const;
  std::span<const IdRecord> ids() const { return ids_; }
  // REQUIRES of these: number < documents().
  bool IsBinary(std::uint32_t number) const {
    return (records_[number].flags & kBinaryDocument) != 0;
  }
  bool HasText(std::uint32_t number) const {
    return (records_[number].flags & (kBinaryDocument | kTooLongDocument)) == 0;
  }
  // Those that no trigrams are known of.
  const std::vector<std::uint32_t>& too_long() const { return too_long_; }
  std::uint64_t Size(std::uint32_t number) const {
    return records_[number].size;
  }
  // Borrowed from `reader` until its next use. Nothing where there is none, or
  // it is damaged.
  std::optional<std::string_view> Text(std::uint32_t number,
                                       BlockReader* reader) const;

  // The documents that can have all of `trigrams` (not empty), ascending.
  // Those without text are not among them. Nothing where it is damaged.
  std::optional<std::vector<std::uint32_t>> Match(
      const std::vector<Trigram>& trigrams) const;

  // False where it is damaged. Where the segment keeps the line that a symbol
  // stands on, `found` is given it, borrowed for the call; else nothing.
  bool Symbols(std::string_view name, BlockReader* reader,
               const std::function<void(std::uint32_t, Symbol,
                                        std::optional<std::string_view> line)>&
                   found) const;
  bool AllSymbols(
      const std::function<void(std::uint32_t, Symbol)>& found) const;

 private:
  Segment();
  bool Load();
  // A block of `section`, whose records `blocks` are.
  std::optional<std::string_view> Block(std::span<const BlockRecord> blocks,
                                        std::uint32_t section,
                                        std::uint32_t number,
                                        BlockReader* reader) const;
  bool Postings(const TrigramRecord& record,
                std::vector<std::uint32_t>* numbers) const;
  std::nullopt_t Damaged() const {
    damaged_.store(true, std::memory_order_relaxed);
    return std::nullopt;
  }

  struct Dictionary;
  std::unique_ptr<CheckedFile> file_;
  std::unique_ptr<Dictionary> dictionary_;
  SegmentInfo info_;
  std::span<const BlockRecord> blocks_;
  std::span<const BlockRecord> line_blocks_;
  std::span<const DocumentRecord> records_;
  std::span<const IdRecord> ids_;
  std::span<const TrigramRecord> trigrams_;
  std::vector<std::uint32_t> too_long_;
  mutable std::atomic<bool> damaged_ = false;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_SEGMENT_H_
