// A diff as data: files, hunks, lines with their positions on both sides and in
// the text that they came from.
//
// Takes any bytes (the text of a mail, hostile): nothing is refused. What is
// not a diff is left alone; what is nearly one is kept with a Problem that says
// where and what. Understands what `git format-patch` writes (renames, copies,
// modes, new and deleted files, binary patches, quoted paths) and plain
// `diff -u`. Linear in the size of the text; no recursion; bounded by kMax….
//
// Ownership: a Diff owns its text; string_views from it live as long as it (and
// its copies: the text is shared). Threads: const use from any.
// Tested in tests/diff/.
#ifndef PATCHMILTER_DIFF_DIFF_H_
#define PATCHMILTER_DIFF_DIFF_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/wire.h"

namespace patchmilter::diff {

// Where bytes stand in Diff::text(): [begin, begin + size).
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

enum class LineKind : std::uint8_t {
  kContext,    // ' ' (or an empty line, which mailers make of " ")
  kAdded,      // '+'
  kRemoved,    // '-'
  kNoNewline,  // "\ No newline at end of file": belongs to the line before
};

struct Line {
  LineKind kind = LineKind::kContext;
  // 1-based numbers on each side; 0 where the line is not on that side.
  std::uint32_t old_line = 0;
  std::uint32_t new_line = 0;
  std::uint32_t text_line = 0;  // 0-based line number in Diff::text().
  // Without the mark in front and the line end. A CR is part of the line where
  // the hunk's header line has none: the file has CRLF line ends, the mail not.
  Span span;
};

struct Hunk {
  std::uint32_t old_start = 0;
  std::uint32_t old_count = 0;
  std::uint32_t new_start = 0;
  std::uint32_t new_count = 0;
  Span header;   // The whole "@@ -1,2 +3,4 @@ section" line, without LF.
  Span section;  // What follows the second "@@ "; may be empty.
  std::uint32_t text_line = 0;  // Of the header.
  std::vector<Line> lines;
  // False where the lines do not add up to the header's counts: the mail was
  // cut or mangled; `lines` holds what is there.
  bool counts_match = true;
};

enum class FileChange : std::uint8_t {
  kModified,
  kAdded,
  kDeleted,
  kRenamed,
  kCopied,
  kModeOnly,
};

struct File {
  // Without a/ and b/; unquoted; "" on the side where it does not exist.
  std::string old_path;
  std::string new_path;
  FileChange change = FileChange::kModified;
  std::uint32_t old_mode = 0;  // Octal value, 0100644; 0 where not said.
  std::uint32_t new_mode = 0;
  std::string old_blob;  // As abbreviated in "index"; "" where not said.
  std::string new_blob;
  int similarity = -1;  // Percent; -1 where not said.
  bool binary = false;  // "GIT binary patch" or "Binary files … differ".
  Span binary_patch;    // The body of a "GIT binary patch"; may be empty.
  Span header;          // "diff --git" (or "---") up to the first hunk.
  std::uint32_t text_line = 0;
  std::vector<Hunk> hunks;

  // The path a reader would name it by: the new one, or the old of a deletion.
  const std::string& path() const {
    return new_path.empty() ? old_path : new_path;
  }
};

enum class ProblemKind : std::uint8_t {
  kHunkCounts,  // Lines do not add up to the header's counts.
  kBadHunkHeader,
  kTruncated,    // The text ends inside a hunk.
  kWrappedLine,  // A line with no mark inside a hunk: wrapped by a mailer.
  kTooLarge,     // A limit was reached; what follows was not taken in.
};

struct Problem {
  ProblemKind kind = ProblemKind::kHunkCounts;
  std::uint32_t text_line = 0;
  std::uint32_t file = 0;  // Index into files(); files().size() if in none.
};

// Limits, far above any real patch: what lies beyond is a kTooLarge problem.
inline constexpr std::size_t kMaxText = 256UL << 20;
inline constexpr std::size_t kMaxFiles = 100'000;
inline constexpr std::size_t kMaxHunks = 1'000'000;
inline constexpr std::size_t kMaxLines = 16'000'000;
inline constexpr std::size_t kMaxProblems = 1000;  // Later ones are dropped.

class Diff {
 public:
  Diff() : text_(std::make_shared<const std::string>()) {}

  // Takes `text` apart. The text may begin with anything (a commit message);
  // the first file's header starts the diff.
  static Diff Parse(std::string text);

  const std::string& text() const { return *text_; }
  std::string_view View(Span span) const {
    return std::string_view(*text_).substr(span.begin, span.size);
  }
  const std::vector<File>& files() const { return files_; }
  const std::vector<Problem>& problems() const { return problems_; }
  bool empty() const { return files_.empty(); }
  std::size_t added_lines() const { return added_; }
  std::size_t removed_lines() const { return removed_; }

  // Where in text() the diff begins, and where it ends (a mail's signature or
  // list footer stands behind it).
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return end_; }

  // `git patch-id --stable` of it: 40 hexadecimal digits; "" for no diff, and
  // for a plain one without a "diff " line, of which git makes no id either.
  std::string StablePatchId() const;

  // Decode trusts nothing: every span, index and number is checked against the
  // text. Nothing where one does not fit.
  void Encode(WireWriter* out) const;
  static std::optional<Diff> Decode(WireReader* in);

  // The same without text(), for a record that holds the text elsewhere.
  void EncodeParts(WireWriter* out) const;
  static std::optional<Diff> DecodeParts(
      std::shared_ptr<const std::string> text, WireReader* in);

 private:
  std::shared_ptr<const std::string> text_;
  std::vector<File> files_;
  std::vector<Problem> problems_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t added_ = 0;
  std::size_t removed_ = 0;

  friend class Parser;
};

// The sum that a stable patch-id is, of one text for each file: their order
// does not count, nor do blanks and line ends. 40 hexadecimal digits.
std::string StableSum(const std::vector<std::string>& parts);

}  // namespace patchmilter::diff

#endif  // PATCHMILTER_DIFF_DIFF_H_
