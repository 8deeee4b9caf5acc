// SegmentWriter: makes one segment of the index, document by document.
//
// Memory: about two bytes for every different trigram of each document, and
// the symbols' (symbol_table.h); IsFull says when it is enough. Texts go to
// the file as they come; the lines of definitions are read out of them again
// when the trigrams' memory is free.
// Errors: those of the file system, at Finish.
// Threads: one.  Tested in tests/tree/index/index_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_SEGMENT_WRITER_H_
#define PATCHMILTER_TREE_INDEX_SEGMENT_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/object_id.h"
#include "tree/index/checked_file.h"
#include "tree/index/segment_format.h"
#include "tree/index/symbol_table.h"
#include "tree/index/trigrams.h"

namespace patchmilter::tree {

// Documents without text: binary, or too long.
struct TextlessDocument {
  std::uint64_t size = 0;
  bool binary = false;
};

// What texts like `samples` have in common, for SegmentWriter::Create; "" where
// that is nothing.
std::string TrainDictionary(const std::vector<std::string>& samples);
// Of one text, what a sample needs of it at most; and how much of all.
inline constexpr std::size_t kSampleBytes = 16 << 10;
inline constexpr std::size_t kSamplesBytes = 12 << 20;

class SegmentWriter {
 public:
  static Result<std::unique_ptr<SegmentWriter>> Create(
      const std::string& directory, const std::string& dictionary = "");
  ~SegmentWriter();

  // Their numbers, from 0. REQUIRES: an id comes once, `text` is not longer
  // than kMaxIndexedBytes.
  std::uint32_t Add(const git::ObjectId& id, std::string_view text);
  std::uint32_t AddTextless(const git::ObjectId& id,
                            const TextlessDocument& document);
  void AddSymbol(std::uint32_t document, const Symbol& symbol) {
    symbols_.Add(document, symbol);
  }

  std::uint32_t documents() const {
    return static_cast<std::uint32_t>(documents_.size());
  }
  std::uint64_t text_bytes() const { return text_bytes_; }
  std::size_t symbols() const { return symbols_.size(); }
  bool IsFull() const;
  // Bytes that the file takes when nothing more is added; before Finish a
  // guess, rather too high.
  std::uint64_t size() const;

  // Its file's name, "segment-…"; "" where it would take more than `max_bytes`,
  // and then there is none. Nothing can be added any more.
  Result<std::string> Finish(bool has_symbols,
                             std::uint64_t max_bytes = UINT64_MAX);

 private:
  class Compressor;
  // Chunks of one trigram: differences as varints, in pieces that are
  // linked, so that growing never copies.
  struct Postings {
    std::uint32_t count = 0;
    std::uint32_t last = 0;
    std::uint32_t first_piece = 0;  // 0: none; pieces_[0] is not used.
    std::uint32_t last_piece = 0;
    std::uint32_t used = 0;  // Of the last piece.
  };
  static constexpr std::size_t kPieceBytes = 28;
  struct Piece {
    std::uint32_t next = 0;
    std::uint8_t bytes[kPieceBytes] = {};
  };

  SegmentWriter(std::string directory, std::unique_ptr<CheckedFileWriter> file,
                const std::string& dictionary);
  void AddChunk(std::string_view text, std::uint32_t line);
  std::uint32_t chunks() const {
    return static_cast<std::uint32_t>(chunks_.size());
  }
  void AddPosting(Trigram trigram, std::uint32_t chunk);
  void PutByte(Postings* postings, std::uint8_t byte);
  std::vector<std::uint32_t> Numbers(const Postings& postings) const;
  void FlushBlock();
  void WriteTables();
  // What the lists were made from is gone then.
  void WritePostings();
  void WriteSymbols();

  std::string directory_;
  std::unique_ptr<CheckedFileWriter> file_;
  std::unique_ptr<Compressor> compressor_;
  TrigramSet trigrams_;
  std::vector<std::uint32_t> postings_of_;  // By trigram: place + 1; 0 none.
  std::vector<Postings> postings_;
  std::vector<Trigram> trigram_of_;  // Of postings_.
  std::vector<Piece> pieces_;
  std::uint64_t posting_bytes_ = 0;  // In pieces_.
  std::uint64_t finished_size_ = 0;  // 0: it is not finished.
  std::string block_;
  std::uint64_t texts_begin_ = 0;  // In the file.
  std::vector<BlockRecord> blocks_;
  std::vector<DocumentRecord> documents_;
  std::vector<ChunkRecord> chunks_;
  std::vector<IdRecord> ids_;
  std::uint64_t text_bytes_ = 0;
  SymbolTableBuilder symbols_;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_SEGMENT_WRITER_H_
