// Glob: a pattern for paths, matched in linear time.
//
//   ?      one byte, not '/'
//   *      any bytes, no '/'
//   [a-z]  one byte of the set, not '/'; [!a-z] and [^a-z] one that is not
//   \c     c itself
//   **     as a whole component: any number of components, none too; at the end
//          everything below
//
// A pattern without '/' matches the last component at any depth; a '/' at its
// front is the root and is dropped; one at its end means everything below.
// Matching costs length of the path times length of the pattern, divided by 64,
// whatever they are. (gitignore(5) reads the same, without the case of a
// directory's name standing for all below it.)
//
// Input: patterns are hostile. Threads: const use from any.
// Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_GLOB_H_
#define PATCHMILTER_TREE_QUESTIONS_GLOB_H_

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace patchmilter::tree {

inline constexpr std::size_t kMaxGlobBytes = 1'000;

class Glob {
 public:
  // kInvalidInput for an empty or too long pattern, and for a set or '\' that
  // does not end.
  static Result<Glob> Compile(std::string_view pattern);

  bool Matches(std::string_view path) const;
  // What every path that matches begins with: "drivers/net/" of
  // "drivers/net/**/*.c". May be empty.
  std::string_view prefix() const { return prefix_; }

 private:
  using Word = std::uint64_t;
  enum class Step : std::uint8_t { kByte, kStar, kDirectories, kRest };
  struct Token {
    Step step = Step::kByte;
    std::bitset<256> bytes;  // Of kByte.
  };

  Glob() = default;
  Status AddComponent(std::string_view component);
  Result<std::size_t> AddSet(std::string_view component, std::size_t at);
  void AddByte(char c);
  void AddStep(Step step);
  void Prepare();

  std::vector<Token> tokens_;
  std::string prefix_;
  // One bit a token and one for the end; state i: tokens 0 to i-1 are matched.
  std::size_t words_ = 1;
  std::vector<Word> takes_;         // By byte: states that move on with it.
  std::vector<Word> stays_;         // By '/' or not: states that stay.
  std::vector<Word> skips_;         // States whose token may match nothing.
  std::vector<Word> at_component_;  // … but only where a component begins.
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_GLOB_H_
