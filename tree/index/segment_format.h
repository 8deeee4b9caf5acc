// The layout of a segment, as docs/index-format.md says it. Private to
// tree/index/.
#ifndef PATCHMILTER_TREE_INDEX_SEGMENT_FORMAT_H_
#define PATCHMILTER_TREE_INDEX_SEGMENT_FORMAT_H_

#include <array>
#include <cstdint>

#include "git/object_id.h"

namespace patchmilter::tree {

// A text that is longer is in no segment; a search reads it from the
// repository.
inline constexpr std::uint64_t kMaxIndexedBytes = 32 << 20;
// Texts are put together up to this, then compressed as one block. Small, so
// that looking into one file costs little; the dictionary makes up for it.
inline constexpr std::size_t kBlockBytes = 16 << 10;
inline constexpr std::size_t kMaxBlockBytes = kMaxIndexedBytes + kBlockBytes;
// A longer text is cut into chunks, each from the first line's end past so many
// bytes. What a search looks for stands in one line: trigrams are known of each
// chunk, and a table of 20 MB that has them all is not taken for one that has
// them in one place.
inline constexpr std::size_t kChunkBytes = 64 << 10;
// Symbols' names that are put together into one group, at most; one that has so
// many rows is a group by itself, which no other name's lines wait for.
inline constexpr std::size_t kNamesInGroup = 32;
inline constexpr std::size_t kRowsOfOwnGroup = 1'000;
// Lines of definitions that are kept are not longer than this, and those of one
// group take no more than that: of others the answer reads the text. More is
// not worth taking out at once: an answer has a few hundred, and begins with
// the first.
inline constexpr std::size_t kMaxKeptLine = 256;
inline constexpr std::size_t kMaxGroupLines = 512 << 10;

enum SegmentSection : std::uint32_t {
  kInfo = 0,            // SegmentInfo.
  kTexts = 1,           // Blocks, as zstd frames.
  kBlocks = 2,          // BlockRecord, in their order.
  kDocuments = 3,       // DocumentRecord, by number.
  kIds = 4,             // IdRecord, ascending by id.
  kTrigramRecords = 5,  // TrigramRecord, ascending.
  kPostings = 6,
  kSymbolNames = 7,   // Groups of names with their symbols.
  kSymbolGroups = 8,  // GroupRecord, in the order of names.
  kStrings = 9,       // Kinds and scopes.
  kStringEnds = 10,   // u32: where each ends in kStrings.
  kDictionary = 11,   // Of zstd, for all blocks; may be empty.
  kLines = 12,        // Of definitions: blocks, as zstd frames.
  kLineBlocks = 13,   // BlockRecord of kLines, in their order.
  kChunks = 14,       // ChunkRecord, by number.
};
inline constexpr std::uint32_t kLastSection = kChunks;

struct SegmentInfo {
  std::uint64_t id = 0;
  std::uint32_t documents = 0;
  std::uint32_t has_symbols = 0;  // ctags was run.
  std::uint64_t text_bytes = 0;
  std::uint64_t symbols = 0;
};

struct BlockRecord {
  std::uint64_t offset = 0;  // In kTexts.
  std::uint32_t size = 0;    // Compressed.
  std::uint32_t text = 0;    // Bytes of text.
};

struct GroupRecord {
  std::uint64_t offset = 0;  // In kSymbolNames; ends where the next begins.
  std::uint32_t block = 0;   // Of kLineBlocks: where its lines stand,
  std::uint32_t line = 0;    // from this byte of the block's text on.
};

enum DocumentFlags : std::uint32_t {
  kBinaryDocument = 1,
  kTooLongDocument = 2,
};

// A text's chunks stand together, in order; one that is empty has none.
struct DocumentRecord {
  std::uint32_t chunk = 0;   // The first,
  std::uint32_t chunks = 0;  // and how many.
  std::uint64_t size = 0;    // Of the blob.
  std::uint32_t flags = 0;
  std::uint32_t unused = 0;
};

// A piece of a document's text, of whole lines.
struct ChunkRecord {
  std::uint32_t block = 0;
  std::uint32_t offset = 0;  // In the block's text.
  std::uint32_t size = 0;
  std::uint32_t line = 0;  // How many lines of the document are before it.
};

struct IdRecord {
  git::ObjectId id;
  std::uint32_t document = 0;
};
static_assert(sizeof(IdRecord) == 24);

struct TrigramRecord {
  std::uint32_t trigram = 0;
  std::uint32_t count = 0;
  std::uint64_t offset = 0;  // In kPostings; ends where the next begins.
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_SEGMENT_FORMAT_H_
