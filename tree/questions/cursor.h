// Cursor: where an answer goes on, as the text that stands in End::cursor.
//
// "KIND.MARK.NUMBER": the kind of question, eight hexadecimal digits made from
// all of the question but its cursor, and how many lines, entries or bytes
// have been given. Nothing in it is an address: a made-up cursor can ask only
// for what the question can ask for anyway. One that is of another question is
// refused, so that a mix-up is noticed.
// Input: cursors are hostile. Threads: values.
// Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_CURSOR_H_
#define PATCHMILTER_TREE_QUESTIONS_CURSOR_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "git/object_id.h"

namespace patchmilter::tree {

class CursorKey {
 public:
  // `kind`: lower-case letters, "file".
  explicit CursorKey(std::string_view kind);

  // Each field of the question in its order; "ab", "c" is not "a", "bc".
  CursorKey& Add(std::string_view text);
  CursorKey& Add(std::uint64_t number);
  CursorKey& Add(const git::ObjectId& id);

  // What the question is told by, for what is kept between two answers.
  std::uint64_t value() const { return hash_; }

  std::string At(std::uint64_t position) const;
  // The position in `cursor`; 0 for "". kInvalidInput for what At() has not
  // made for the same question.
  Result<std::uint64_t> Parse(std::string_view cursor) const;

 private:
  std::string Prefix() const;

  std::string kind_;
  std::uint64_t hash_;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_CURSOR_H_
