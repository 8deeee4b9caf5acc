// PagedText: a long text that is made piece by piece, and given page by page.
//
// The pieces of a diff are its files: one is made when a page needs it, and
// only the last is kept. Where each piece made so far begins is remembered.
//
// A page ends at a line, but for one line that alone is longer than a page: it
// goes on in the next (TextAnswer::ends_inside_line). Put together, the pages
// are the text, byte for byte.
// Threads: one. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_TEXT_PAGE_H_
#define PATCHMILTER_TREE_QUESTIONS_TEXT_PAGE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tree/questions/cursor.h"
#include "tree/questions/meter.h"
#include "tree/questions/question.h"

namespace patchmilter::tree {

class TextPieces {
 public:
  virtual ~TextPieces() = default;
  virtual std::size_t count() const = 0;
  // The same bytes each time. Ends in LF. REQUIRES: index < count().
  virtual Result<std::string> Make(std::size_t index) = 0;
  // What is to be said with every page.
  virtual std::vector<std::string> notes() const { return {}; }
};

class PagedText {
 public:
  explicit PagedText(std::unique_ptr<TextPieces> pieces)
      : pieces_(std::move(pieces)) {}

  // The page that begins `offset` bytes into the text.
  Result<TextAnswer> Page(const CursorKey& key, std::uint64_t offset,
                          Meter* meter);

 private:
  Status Load(std::size_t index);

  std::unique_ptr<TextPieces> pieces_;
  // starts_[i]: where piece i begins; one more than pieces made.
  std::vector<std::uint64_t> starts_ = {0};
  std::size_t loaded_ = SIZE_MAX;
  std::string text_;  // Of the piece that is loaded.
};

// Takes lines off the front of `text` into `answer`, as many as there is room
// for; gives how many bytes that were.
std::size_t TakeLines(std::string_view text, Meter* meter, TextAnswer* answer);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_TEXT_PAGE_H_
