// LineReader: lines of a text by number, asked for in ascending order.
// Threads: one. Tested in tests/tree/index/symbol_table_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_LINE_READER_H_
#define PATCHMILTER_TREE_INDEX_LINE_READER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace patchmilter::tree {

class LineReader {
 public:
  // `text` is borrowed.
  explicit LineReader(std::string_view text) : text_(text) {}

  // Without LF; 1 is the first. "" behind the text's end, and where `number` is
  // less than one that was asked before.
  std::string_view At(std::uint32_t number) {
    while (number_ < number && at_ < text_.size()) {
      const std::size_t end = text_.find('\n', at_);
      at_ = end == std::string_view::npos ? text_.size() : end + 1;
      ++number_;
    }
    if (number_ != number) return {};
    const std::string_view rest = text_.substr(at_);
    return rest.substr(0, rest.find('\n'));
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t number_ = 1;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_LINE_READER_H_
