// LineImage: a file as lines, some of which are replaced, from front to back
// mostly. A gap buffer: replacing near the last place costs what is replaced.
//
// Views are borrowed: the bytes that the lines point to must outlive it.
// Threads: one. Tested through tests/tree/text_apply_test.cc.
#ifndef PATCHMILTER_TREE_APPLY_LINE_IMAGE_H_
#define PATCHMILTER_TREE_APPLY_LINE_IMAGE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tree/apply/work.h"

namespace patchmilter::tree {

struct ImageLine {
  std::string_view text;  // Without its LF.
  bool newline = true;    // False for a last line that ends without LF.
  bool patched = false;   // Put or matched by a hunk: matches no other.
};

class LineImage {
 public:
  // One line for each LF of `bytes`, and one for what follows the last.
  explicit LineImage(std::string_view bytes);

  std::size_t size() const { return lines_.size() - (gap_end_ - gap_begin_); }
  const ImageLine& operator[](std::size_t i) const {
    return lines_[i < gap_begin_ ? i : i + (gap_end_ - gap_begin_)];
  }
  // `count` lines from `at` go, `with` come in their place. False where there
  // is no work left. REQUIRES: at + count <= size().
  bool Replace(std::size_t at, std::size_t count,
               const std::vector<ImageLine>& with, Work* work);
  std::string Bytes() const;

 private:
  std::vector<ImageLine> lines_;
  std::size_t gap_begin_ = 0;
  std::size_t gap_end_ = 0;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_LINE_IMAGE_H_
