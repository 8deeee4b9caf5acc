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
#include <utility>
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
  const void* owner_ = nullptr;  // Of which table block_ is in text_.
  std::uint32_t block_ = 0;
  std::unique_ptr<char[]> text_;
  std::size_t size_ = 0;      // Of the text.
  std::size_t capacity_ = 0;  // Of the memory.
  std::string whole_;         // Of several blocks.
};

// A piece of a document's text that a search looks through by itself.
struct Chunk {
  std::uint32_t size = 0;
  std::uint32_t line = 0;  // How many lines of the document are before it.
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
  const CheckedFile::Stamp& stamp() const { return file_->stamp(); }
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
  std::uint64_t Size(std::uint32_t number) const {
    return records_[number].size;
  }
  // Borrowed from `reader` until its next use. Nothing where there is none, or
  // it is damaged.
  std::optional<std::string_view> Text(std::uint32_t number,
                                       BlockReader* reader) const;

  // Chunks have numbers of their own, from 0 in the order of documents.
  std::uint32_t chunks() const {
    return static_cast<std::uint32_t>(chunks_.size());
  }
  // Those of a document: from the first to the second. None where it has no
  // text, or an empty one.
  std::pair<std::uint32_t, std::uint32_t> ChunksOf(std::uint32_t number) const {
    const DocumentRecord& record = records_[number];
    return {record.chunk, record.chunk + record.chunks};
  }
  // REQUIRES of these: number < chunks().
  Chunk ChunkAt(std::uint32_t number) const {
    const ChunkRecord& record = chunks_[number];
    return {record.size, record.line};
  }
  // As Text.
  std::optional<std::string_view> ChunkText(std::uint32_t number,
                                            BlockReader* reader) const;

  // The chunks that can have all of `trigrams` (not empty), ascending. Nothing
  // where it is damaged.
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
  std::span<const ChunkRecord> chunks_;
  std::span<const IdRecord> ids_;
  std::span<const TrigramRecord> trigrams_;
  mutable std::atomic<bool> damaged_ = false;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_SEGMENT_H_
