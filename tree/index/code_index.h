// CodeIndex: what is known beforehand of the files of a repository's trees, so
// that a search looks into the files that can match and no others.
//
// Keyed by blob id: a text is indexed once, whatever trees and paths it stands
// at. Lives in a directory of its own (docs/index-format.md), which may be
// missing, deleted at any time, half-written or damaged: what of it cannot be
// used counts as not there, and whoever asks reads the repository instead.
// BuildIndex (tree/index/build.h) writes it, in this or another process.
//
// A document is a blob that the index knows, by a number that holds until the
// next TreeOf, HasSymbols or AddTrees. Its text is searched by chunks, pieces
// of whole lines with numbers of their own: a long text has several. Blobs that
// patches have made are added in memory.
//
// Memory: tables of a few MB; what is read of the directory is mapped.
// Threads: one, but the const functions named so may be called by several
// while no other is. Tested in tests/tree/index/.
#ifndef PATCHMILTER_TREE_INDEX_CODE_INDEX_H_
#define PATCHMILTER_TREE_INDEX_CODE_INDEX_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "tree/index/segment.h"
#include "tree/index/symbol.h"
#include "tree/index/trigrams.h"
#include "tree/listing.h"

namespace patchmilter::tree {

using Document = std::uint32_t;
inline constexpr Document kNoDocument = UINT32_MAX;

// A tree's files, and which document each of table()'s is.
struct IndexedTree {
  Listing listing;
  // By place in listing.table(); empty where no file is one.
  std::shared_ptr<const std::vector<Document>> documents;
  // By place in listing.changes().
  std::vector<Document> changed;

  Document DocumentAt(const Listing::Position& at) const {
    if (at.in_table().has_value()) {
      return documents == nullptr || documents->empty()
                 ? kNoDocument
                 : (*documents)[*at.in_table()];
    }
    const std::size_t change = *at.in_changes();
    return change < changed.size() ? changed[change] : kNoDocument;
  }
};

// Chunks, for each of a query's atoms (Pattern::atoms) whether they can hold
// it: `atoms[chunk]`.
struct AtomsFound {
  std::vector<std::uint64_t> atoms;
  std::uint64_t Of(std::uint32_t chunk) const { return atoms[chunk]; }
};

struct SymbolFound {
  Document document = kNoDocument;
  Symbol symbol;
  // The line that it stands on, without LF, where the index keeps it (most);
  // else the document's text has it.
  std::optional<std::string> line;
};

class CodeIndex {
 public:
  // `directory` need not be there; "" is an index in memory alone.
  static Result<std::unique_ptr<CodeIndex>> Open(const std::string& directory);
  virtual ~CodeIndex() = default;

  // Why nothing is known, for a note; "" where something is.
  virtual std::string Missing() const = 0;

  // The files of tree `root`: from the index where it has the tree or one near
  // it, else walked. The last few are kept. Takes note first of what was
  // written to the directory, or deleted, since.
  virtual Result<std::shared_ptr<const IndexedTree>> TreeOf(
      git::Repository* repository, const git::ObjectId& root) = 0;
  // Indexes in memory what of the trees `roots` is in no document yet: what
  // patches have made. Of a tree with more than kMaxAddedFiles such files,
  // nothing. Definitions in them are found where `ctags` (the program's path,
  // "" none) can be run.
  virtual Status AddTrees(git::Repository* repository,
                          std::span<const git::ObjectId> roots,
                          const std::string& ctags) = 0;

  // The document of a blob; kNoDocument where there is none.
  virtual Document DocumentOf(const git::ObjectId& blob) const = 0;
  virtual AtomsFound Find(const std::vector<std::vector<Trigram>>& atoms) = 0;
  // By document.
  virtual std::size_t documents() const = 0;
  virtual bool IsBinary(Document document) const = 0;
  // Too long to be indexed: only the blob has its text.
  virtual bool IsTooLong(Document document) const = 0;
  virtual std::uint64_t Size(Document document) const = 0;
  // The document's text; nothing where the index holds none (too long, or
  // damaged): the blob has it. Borrowed from `reader` or the index, until the
  // next call with the same. Any thread.
  virtual std::optional<std::string_view> Text(Document document,
                                               BlockReader* reader) const = 0;
  // A document's chunks: from the first to the second. None where it has no
  // text, or an empty one.
  struct Chunks {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t count() const { return last - first; }
  };
  virtual Chunks ChunksOf(Document document) const = 0;
  // A chunk of `document`.
  virtual Chunk ChunkAt(Document document, std::uint32_t chunk) const = 0;
  // As Text.
  virtual std::optional<std::string_view> ChunkText(
      Document document, std::uint32_t chunk, BlockReader* reader) const = 0;
  virtual std::vector<SymbolFound> Symbols(std::string_view name) = 0;
  // Some document has had its definitions looked for. Takes note as TreeOf.
  virtual bool HasSymbols() = 0;

  // The segments on disk, the first document of each, for who writes them.
  struct SegmentAt {
    Document first = 0;
    const Segment* segment = nullptr;
    std::string path;
  };
  virtual std::vector<SegmentAt> segments() const = 0;
};

// Most files of `listing` that can be either are C, not C++: so are its
// headers.
bool HeadersAreC(const Listing& listing);

inline constexpr std::size_t kMaxAddedFiles = 2'000;
// Texts in memory: past it those of earlier trees are forgotten.
inline constexpr std::size_t kMaxAddedBytes = 64 << 20;

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_CODE_INDEX_H_
