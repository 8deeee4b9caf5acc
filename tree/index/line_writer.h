// LineWriter: the lines that symbols stand on, read out of the texts of a
// segment that is being made, and written to it (docs/index-format.md,
// "Lines").
//
// Lines are wanted in the order of names and read in that of documents: those
// of one call are held in memory between, no more than kMaxLineMemory of them.
// Each text that a call needs is read once for it.
// Threads: one. Tested in tests/tree/index/symbol_table_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_LINE_WRITER_H_
#define PATCHMILTER_TREE_INDEX_LINE_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tree/index/checked_file.h"
#include "tree/index/segment_format.h"

namespace patchmilter::tree {

inline constexpr std::size_t kMaxLineMemory = 256 << 20;

// Where the texts come from, and how a block goes to the file.
struct LineSource {
  // A document's text, borrowed until the next call; nothing where it cannot
  // be had. Asked in ascending order within one Add.
  std::function<std::optional<std::string_view>(std::uint32_t document)>
      text_of;
  // Borrowed until the next call.
  std::function<std::string_view(std::string_view block)> compress;
};

// On which line of which document a symbol stands.
struct LinePlace {
  std::uint32_t document = 0;
  std::uint32_t line = 0;
};

// Bytes of a line; kLineNotKept for one that is in no block.
using LineSize = std::uint16_t;
inline constexpr LineSize kLineNotKept = UINT16_MAX;
static_assert(kMaxKeptLine < kLineNotKept);

class LineWriter {
 public:
  // Begins section kLines. Both are borrowed.
  LineWriter(CheckedFileWriter* file, const LineSource* source);

  // The lines of some groups: `places` are those of their rows, `begins` where
  // each group begins among these, the first 0. Appends what was kept of each
  // row, and of each group where its lines are (its offset is not set).
  void Add(std::span<const LinePlace> places,
           std::span<const std::size_t> begins, std::vector<LineSize>* sizes,
           std::vector<GroupRecord>* groups);
  // Writes what is left, and section kLineBlocks.
  void Finish();

 private:
  void Flush();

  CheckedFileWriter* file_;
  const LineSource* source_;
  std::vector<BlockRecord> blocks_;
  std::string block_;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_LINE_WRITER_H_
