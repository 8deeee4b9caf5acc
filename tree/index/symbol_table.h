// The symbols of a segment: gathered, sorted by name, and written; and looked
// up by name where they stand in the file (docs/index-format.md).
//
// Memory of the builder: the names and 24 bytes a symbol (200 MB for the five
// million of a Linux tree). Threads: a builder one; Look any.
// Tested in tests/tree/index/symbol_table_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_SYMBOL_TABLE_H_
#define PATCHMILTER_TREE_INDEX_SYMBOL_TABLE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tree/index/checked_file.h"
#include "tree/index/symbol.h"

namespace patchmilter::tree {

class SymbolTableBuilder {
 public:
  void Add(std::uint32_t document, const Symbol& symbol);
  std::size_t size() const { return rows_.size(); }
  std::size_t memory() const;
  // The sections of symbols.
  void Write(CheckedFileWriter* file);

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

  std::string names_;
  std::vector<Row> rows_;
  std::unordered_map<std::string, std::uint32_t> strings_;
};

// Calls `found` for each symbol `name` of `file`. False where the file is
// damaged; some may have been given then.
bool LookUpSymbols(
    const CheckedFile& file, std::string_view name, std::uint32_t documents,
    const std::function<void(std::uint32_t document, Symbol symbol)>& found);

// Calls `found` for every symbol, in order of names. As above.
bool ForEachSymbol(
    const CheckedFile& file, std::uint32_t documents,
    const std::function<void(std::uint32_t document, Symbol symbol)>& found);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_SYMBOL_TABLE_H_
