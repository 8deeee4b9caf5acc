// Pattern: what is searched for, and the lines of a text that hold it.
//
// A literal (the very bytes) or a regular expression of RE2, which takes time
// in proportion to the text whatever the pattern. Matched line by line as `git
// grep` does: ^ and $ are a line's ends, nothing matches over a line end, -w
// wants a match that is a word of its own. Bytes are matched, not characters:
// text in any encoding can be searched, '.' is one byte, and ignore_case folds
// ASCII letters (in a regular expression those of Latin-1 too).
//
// Input: patterns and texts are hostile. A regular expression that would take
// more than kMaxRegexMemory is kInvalidInput and says so. A text is matched in
// steps of whole lines, each of bounded work (bytes times the size of what the
// pattern compiles to, which is what RE2 takes at worst), and the clock looked
// at between them; a line that alone would take more than kMaxLineWork, or as
// words more than kMaxWordTime, is passed over and counted.
// Threads: a Pattern may be used by several, a LineMatcher by one.
// Tested in tests/tree/index/pattern_test.cc.
#ifndef PATCHMILTER_TREE_QUESTIONS_PATTERN_H_
#define PATCHMILTER_TREE_QUESTIONS_PATTERN_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tree/index/trigrams.h"
#include "tree/questions/meter.h"

namespace patchmilter::tree {

inline constexpr std::size_t kMaxPatternBytes = 1'000;
inline constexpr std::int64_t kMaxRegexMemory = 16 << 20;
// Some two seconds at worst: 10 MB of a line for a usual regular expression,
// 5 KB for the largest.
inline constexpr std::uint64_t kMaxLineWork = 200'000'000;
// One line, looked through for a match that is a word.
inline constexpr std::chrono::milliseconds kMaxWordTime{500};

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
  explicit LineMatcher(const Pattern* pattern,
                       Deadline deadline = Deadline::Never());

  // Begins with a new text, borrowed until the next, at the line that begins at
  // `from`; does not stop before the line that begins at `floor` was looked at.
  void Start(std::string_view text, std::size_t from = 0,
             std::size_t floor = 0);
  // The next line that matches, from the first.
  std::optional<LinePlace> Next();
  // The time was over before the whole text was looked at: a line at least was,
  // up to done(), which begins one.
  bool stopped() const { return stopped_; }
  std::size_t done() const { return at_ < text_.size() ? at_ : text_.size(); }
  // Lines of the text that were passed over, for what they would take.
  std::size_t passed_over() const { return passed_over_; }
  // So many bytes are looked through without a look at the clock.
  std::size_t step_bytes() const;

 private:
  std::optional<std::size_t> FindLiteral(std::size_t from,
                                         std::size_t end) const;
  // The place of a match at or after `from`, before `end`.
  struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::optional<Span> Find(std::size_t from, std::size_t end) const;
  bool HasWord(LinePlace line, Span match);
  LinePlace LineAt(std::size_t at) const;
  // Puts the end of the lines that are next into step_end_. False where the
  // line at at_ is passed over.
  bool BeginStep();
  bool TimeIsOver();
  void Count(std::size_t bytes) { work_ += (bytes + 1) * cost_; }

  const Pattern* pattern_;
  Deadline deadline_;
  std::uint64_t cost_;  // Of a byte, at worst.
  std::string_view text_;
  std::string_view searched_;  // text_, or it folded.
  std::string folded_;
  std::size_t at_ = 0;
  std::size_t floor_ = 0;
  std::optional<std::size_t> step_end_;  // Before the last line's LF.
  std::uint64_t work_ = 0;               // Since the clock was looked at.
  bool stopped_ = false;
  std::size_t passed_over_ = 0;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_PATTERN_H_
