// The answer to ReadFileQuestion: a file's lines, or the function around one.
//
// Where no function is around the line, the lines near it are given and a note
// says so. Threads: the view's.
// Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_READ_FILE_H_
#define PATCHMILTER_TREE_QUESTIONS_READ_FILE_H_

#include "base/result.h"
#include "tree/questions/question.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {

// Of one file. The largest text files of the kernel have 20 MB.
inline constexpr std::uint64_t kMaxReadBytes = 32ULL << 20;

Result<FileAnswer> ReadFile(View* view, const ReadFileQuestion& question,
                            const Bounds& bounds);

// A text file's bytes at a state. kNotFound where there is no file,
// kInvalidInput for what is a directory, link, submodule, binary or larger
// than kMaxReadBytes.
Result<std::string> ReadText(View* view, const State& state,
                             std::string_view path);

// Lines `first` to `last` (0: the end) of `total`, checked: kInvalidInput
// where there are none such. An empty file has lines 1 to 0.
struct LineRange {
  std::uint32_t first = 1;
  std::uint32_t last = 0;
  friend bool operator==(const LineRange&, const LineRange&) = default;
};
Result<LineRange> CheckRange(std::uint32_t first, std::uint32_t last,
                             std::uint32_t total);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_READ_FILE_H_
