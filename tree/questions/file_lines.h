// FileLines: the lines of a text, found once.
//
// A line's text has no LF; a text without a final LF ends in a line all the
// same. Does not own the text. Threads: values, const use from any.
// Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_FILE_LINES_H_
#define PATCHMILTER_TREE_QUESTIONS_FILE_LINES_H_

#include <cstdint>
#include <string_view>
#include <vector>

namespace patchmilter::tree {

class FileLines {
 public:
  // REQUIRES: `text` is shorter than 4 GiB.
  explicit FileLines(std::string_view text);

  std::uint32_t size() const {
    return static_cast<std::uint32_t>(starts_.size() - 1);
  }
  bool empty() const { return size() == 0; }
  // By number: 1 is the first. REQUIRES: 1 <= number <= size().
  std::string_view Line(std::uint32_t number) const;
  // Lines `first` to `last` with their line ends. REQUIRES: as Line; first <=
  // last + 1.
  std::string_view Lines(std::uint32_t first, std::uint32_t last) const;

 private:
  std::string_view text_;
  std::vector<std::uint32_t> starts_;  // Of each line, and the text's end.
};

// As git decides it: a NUL in the first 8,000 bytes.
bool LooksBinary(std::string_view bytes);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_FILE_LINES_H_
