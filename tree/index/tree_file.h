// A tree's files as the index keeps them: its listing, with the document of
// each, so that a known tree needs no walk (docs/index-format.md).
// Errors: as CheckedFile.  Threads: any.
// Tested in tests/tree/index/index_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_TREE_FILE_H_
#define PATCHMILTER_TREE_INDEX_TREE_FILE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "tree/listing.h"

namespace patchmilter::tree {

// A document by its segment.
struct StoredDocument {
  std::uint64_t segment = 0;  // Its id.
  std::uint32_t number = 0;
};

struct StoredTree {
  std::shared_ptr<const FileTable> table;
  std::vector<std::uint64_t> segments;
  // By place in the table: which of `segments`, and the number there.
  static constexpr std::uint8_t kNone = 0xFF;
  std::vector<std::uint8_t> segment_of;
  std::vector<std::uint32_t> number_of;
};

// "tree-" and the id.
std::string TreeFileName(const git::ObjectId& root);

// `document_of`: a segment id of 0 where the index has none.
Status WriteTreeFile(
    const std::string& directory, const Listing& listing,
    const std::function<StoredDocument(const ListedFile&)>& document_of);

// Bytes that its file takes, at most.
std::uint64_t TreeFileSize(const Listing& listing);

Result<StoredTree> ReadTreeFile(const std::string& directory,
                                const git::ObjectId& root);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_TREE_FILE_H_
