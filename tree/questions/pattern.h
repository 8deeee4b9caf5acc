// Pattern: what is searched for, and the lines of a text that hold it.
//
// A literal (the very bytes) or a regular expression of RE2, which takes time
// in proportion to the text whatever the pattern. Matched line by line as `git
// grep` does: ^ and $ are a line's ends, nothing matches over a line end, -w
// wants a match that is a word of its own. Bytes are matched, not characters:
// text in any encoding can be searched, '.' is one byte, and ignore_case folds
// ASCII letters (in a regular expression those of Latin-1 too).
//
// Input: patterns are hostile. A regular expression that would take more than
// kMaxRegexMemory is kInvalidInput and says so.
// Threads: a Pattern may be used by several, a LineMatcher by one.
// Tested in tests/tree/index/pattern_test.cc.
#ifndef PATCHMILTER_TREE_QUESTIONS_PATTERN_H_
#define PATCHMILTER_TREE_QUESTIONS_PATTERN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tree/index/trigrams.h"

namespace patchmilter::tree {

inline constexpr std::size_t kMaxPatternBytes = 1'000;
inline constexpr std::int64_t kMaxRegexMemory = 16 << 20;

struct PatternOptions {
  std::string text;
  bool regex = false;
  bool ignore_case = false;
  bool whole_word = false;
};

class Pattern {
 public:
  // kInvalidInput for one that is empty, too long, holds a line end or NUL, or
  // is no regular expression.
  static Result<Pattern> Compile(const PatternOptions& options);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  // Texts that a file must hold, by number: each is the trigrams of one, all of
  // which must be there. Which of the texts it takes says MayMatch. None where
  // every file must be looked at.
  const std::vector<std::vector<Trigram>>& atoms() const { return atoms_; }
  // Whether a file that holds exactly the atoms whose bit is set can match.
  // REQUIRES: at most 64 atoms (Compile sees to it).
  bool MayMatch(std::uint64_t atoms) const;

 private:
  friend class LineMatcher;
  struct Regex;
  Pattern();
  Status CompileRegex();
  void FindAtoms();

  PatternOptions options_;
  std::string literal_;     // Folded where case is ignored.
  std::size_t rarest_ = 0;  // The byte of literal_ that text has least of.
  std::unique_ptr<Regex> regex_;
  std::vector<std::vector<Trigram>> atoms_;
};

// Where a line stands in a text, without its LF.
struct LinePlace {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class LineMatcher {
 public:
  // Borrowed.
  explicit LineMatcher(const Pattern* pattern) : pattern_(pattern) {}

  // Begins with a new text, borrowed until the next.
  void Start(std::string_view text);
  // The next line that matches, from the first.
  std::optional<LinePlace> Next();

 private:
  std::optional<std::size_t> FindLiteral(std::size_t from,
                                         std::size_t end) const;
  // The place of a match at or after `from`, before `end`.
  struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::optional<Span> Find(std::size_t from, std::size_t end) const;
  bool HasWord(LinePlace line, Span match) const;
  LinePlace LineAt(std::size_t at) const;

  const Pattern* pattern_;
  std::string_view text_;
  std::string_view searched_;  // text_, or it folded.
  std::string folded_;
  std::size_t at_ = 0;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_PATTERN_H_
