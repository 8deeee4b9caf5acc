// The symbols of a segment: gathered, sorted by name, and written with the
// lines that they stand on; and looked up by name where they stand in the file
// (docs/index-format.md). With its lines beside it, a name that is defined in
// hundreds of files is answered without looking into any of them.
//
// Memory of the builder: the names and 24 bytes a symbol (200 MB for the five
// million of a Linux tree); while it writes also 2 bytes a symbol, and 18 and
// the line of each of kRowsOfLines (line_writer.h).
// Threads: a builder one; Look any.
// Tested in tests/tree/index/symbol_table_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_SYMBOL_TABLE_H_
#define PATCHMILTER_TREE_INDEX_SYMBOL_TABLE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tree/index/checked_file.h"
#include "tree/index/line_writer.h"
#include "tree/index/segment_format.h"
#include "tree/index/symbol.h"

namespace patchmilter::tree {

class SymbolTableBuilder {
 public:
  void Add(std::uint32_t document, const Symbol& symbol);
  std::size_t size() const { return rows_.size(); }
  std::size_t memory() const;
  // Bytes that they take in a file, with their lines: a guess, rather too high.
  std::uint64_t written() const;
  // The sections of symbols. Reads the texts again for every kRowsOfLines.
  void Write(CheckedFileWriter* file, const LineSource& source);

 private:
  struct Row {
    std::uint32_t name_begin = 0;
    std::uint32_t name_size = 0;
    std::uint32_t document = 0;
    std::uint32_t line = 0;
    std::uint32_t kind = 0;
    std::uint32_t scope = 0;
  };
  std::string_view NameOf(const Row& row) const {
    return std::string_view(names_).substr(row.name_begin, row.name_size);
  }
  std::uint32_t NumberOf(const std::string& text);
  void SortByName();
  // Rows that begin a group, by number.
  std::vector<std::size_t> Groups() const;
  void WriteNames(CheckedFileWriter* file,
                  const std::vector<std::size_t>& begins,
                  const std::vector<LineSize>& sizes,
                  std::vector<GroupRecord>* groups) const;
  void WriteStrings(CheckedFileWriter* file) const;

  std::string names_;
  std::vector<Row> rows_;
  std::unordered_map<std::string, std::uint32_t> strings_;
};

inline constexpr std::size_t kRowsOfLines = 1'000'000;

// Where the line of a definition stands: bytes of the text of a block of
// kLineBlocks. May lie behind its end where another hand made the file.
struct KeptLine {
  std::uint32_t block = 0;
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
};

// Calls `found` for each symbol `name` of `file`, with its line where that is
// kept. False where the file is damaged; some may have been given then.
bool LookUpSymbols(
    const CheckedFile& file, std::string_view name, std::uint32_t documents,
    const std::function<void(std::uint32_t document, Symbol symbol,
                             const std::optional<KeptLine>& line)>& found);

// Calls `found` for every symbol, in order of names. As above.
bool ForEachSymbol(
    const CheckedFile& file, std::uint32_t documents,
    const std::function<void(std::uint32_t document, Symbol symbol)>& found);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_SYMBOL_TABLE_H_
