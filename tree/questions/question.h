// The questions that can be asked of a tree, and their answers.
//
// Who asks is a reviewer, a model or a person: every field of a question is
// hostile and only ever compared with git's own objects. A question names the
// state of the code that it is about by `at`:
//
//   "base"        the commit that the series is applied to
//   "patched"     the tree after the last patch that applied
//   "patched:K"   the tree after patch K, 1 the first ("patched:0" is the base)
//   NAME          where the conversation has no history limit: the head of a
//                 branch that the site has configured, at a desk of any, or
//                 HEAD
//
// "" is "patched" where a patch applied, else "base".
//
// Every answer is bounded by Bounds, ends at a line, and says in its End
// whether there is more: the same question with End::cursor in `cursor` goes
// on from there. Bytes are the repository's own: whoever prints or sends them
// makes them valid UTF-8.
// Threads: values. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_QUESTION_H_
#define PATCHMILTER_TREE_QUESTIONS_QUESTION_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "git/object_id.h"

namespace patchmilter::tree {

// What one answer may cost. Values above the kMax… are taken as those.
struct Bounds {
  std::size_t lines = 400;  // Of answer, context and headings included.
  std::size_t bytes = 32 << 10;
  std::chrono::milliseconds time{5000};
};
inline constexpr std::size_t kMaxAnswerLines = 5'000;
inline constexpr std::size_t kMaxAnswerBytes = 512 << 10;
inline constexpr std::chrono::milliseconds kMaxAnswerTime{60'000};
// A longer line of a file is cut, and said to be.
inline constexpr std::size_t kMaxLineBytes = 2'000;

enum class Stop : std::uint8_t { kWhole, kLines, kBytes, kTime };

// A note that counts. Those of an answer's pages add up.
struct CountedNote {
  std::size_t count = 0;  // 0: there is nothing to say.
  std::string_view one;   // What follows the number.
  std::string_view many;
  bool if_nothing = false;  // To be said only where nothing was found.
};

// How an answer ended.
struct End {
  Stop stop = Stop::kWhole;
  std::string cursor;  // "" where the answer is whole.
  // For who reads it: "history ends here: the repository is shallow".
  std::vector<std::string> notes;
  std::vector<CountedNote> counts;
};

struct Line {
  std::uint32_t number = 0;  // 1 is the first.
  std::string text;          // Without LF.
  bool cut = false;          // Longer than kMaxLineBytes.
};

// What stands under a mode of git's: "file", "executable file", "directory",
// "symbolic link", "submodule".
std::string_view KindOfMode(std::uint32_t mode);

// A file, from `first` to `last` (0: its end), or the function around a line.
struct ReadFileQuestion {
  std::string at;
  std::string path;
  std::uint32_t first = 1;
  std::uint32_t last = 0;
  std::uint32_t function_of_line = 0;  // 0: by first and last.
  std::string cursor;
};
struct FileAnswer {
  git::ObjectId blob;
  std::uint32_t mode = 0;
  std::uint64_t size = 0;  // Bytes, of the whole file.
  std::uint32_t total_lines = 0;
  bool binary = false;  // Then no lines. A NUL in its first 8,000 bytes.
  std::string link;     // Of a symbolic link its target, of a submodule
                        // its commit, as data. Then no lines.
  std::vector<Line> lines;
  End end;
};

struct ListDirectoryQuestion {
  std::string at;
  std::string path;  // "" is the root.
  std::string cursor;
};
struct ListedEntry {
  std::string path;  // From the root.
  std::uint32_t mode = 0;
  std::uint64_t size = 0;  // Of a file, bytes.
};
struct ListAnswer {
  std::vector<ListedEntry> entries;  // In git's order.
  End end;
};

// Files by glob: '*' and '?' match within a component, '**' any depth,
// [a-z] sets; a pattern without '/' matches the last component at any depth.
struct FindFilesQuestion {
  std::string at;
  std::string glob;
  std::string cursor;
};

// Lines that hold a text. In order of path and line.
struct SearchQuestion {
  std::string at;
  std::string pattern;
  bool regex = false;         // RE2's syntax; else the very bytes.
  bool ignore_case = false;   // ASCII letters.
  bool whole_word = false;    // As git grep -w.
  std::string path;           // A directory or file; "" is everything.
  std::string glob;           // As FindFilesQuestion; "" matches every file.
  std::uint32_t context = 0;  // Lines before and after each match, at most 20.
  std::string cursor;
};
struct SearchLine {
  std::string path;
  Line line;
  bool match = false;  // Else context.
};
struct SearchAnswer {
  std::vector<SearchLine> lines;
  // Context was asked for: a line "--" is shown where lines are apart.
  bool separated = false;
  bool indexed = false;  // Answered from the index.
  End end;
};

// Where a name is defined (by Universal Ctags), or stands as a whole word.
struct SymbolQuestion {
  std::string at;
  std::string name;
  std::string path;  // A directory or file; "" is everything.
  std::string cursor;
};
struct Definition {
  std::string path;
  std::uint32_t line = 0;
  std::string kind;   // ctags' own: "function", "macro", "struct", "member".
  std::string scope;  // "struct:drm_device"; "" for none.
  std::string text;   // The line.
};
struct DefinitionAnswer {
  std::vector<Definition> definitions;  // Order of path and line.
  End end;
};

// Commits, newest first, that changed `path` (or its lines first to last as
// they stand at `at`).
struct LogQuestion {
  std::string at;  // Patched trees: as from the base.
  std::string path;
  std::uint32_t first = 0;  // 0: the whole file or directory.
  std::uint32_t last = 0;
  std::string cursor;
};
struct LogEntry {
  git::ObjectId commit;
  std::string author;  // Name alone; "" where people are hidden.
  UnixSeconds authored = 0;
  std::string subject;
};
struct LogAnswer {
  std::vector<LogEntry> commits;
  End end;
};

// One commit: message, and its diff against the first parent.
struct ShowCommitQuestion {
  std::string commit;  // 7 to 40 hexadecimal digits.
  std::string path;    // Only what it changed there; "" everything.
  bool message_only = false;
  std::string cursor;
};
// The diff between the trees of two states, "" for everything below the root.
struct DiffQuestion {
  std::string from;
  std::string to;
  std::string path;
  std::string cursor;
};
// Patch `number` of the series as it was received: message and diff.
struct PatchQuestion {
  std::int64_t number = 0;  // 0 is the cover.
  std::string path;         // Only that file's part of the diff.
  std::string cursor;
};
// What a function looks like before and after patch `number`, as a diff of it
// alone: the function that `line` of `path` lies in after the patch, or that
// is named `function`.
struct FunctionChangeQuestion {
  std::int64_t number = 0;
  std::string path;
  std::uint32_t line = 0;
  std::string function;
  std::string cursor;
};
// Lines of text, as git would print them.
struct TextAnswer {
  std::vector<std::string> lines;
  // Where the first byte of `lines` stands in the whole text, and how many
  // bytes of it they are, LFs counted: for the coverage receipt.
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t total = 0;  // 0 where it is not known yet.
  // The last of `lines` alone is longer than Bounds::bytes: the answer to the
  // cursor begins with its rest.
  bool ends_inside_line = false;
  End end;
};

struct BlameQuestion {
  std::string at;
  std::string path;
  std::uint32_t first = 1;
  std::uint32_t last = 0;
  std::string cursor;
};
struct BlamedLine {
  Line line;
  // Zero where a patch of the series put it; then `patch`.
  git::ObjectId commit;
  std::int64_t patch = 0;
  std::string author;
  UnixSeconds authored = 0;
  std::string subject;  // "", and no author, where there is room for none.
  // The search ended here (time, or a shallow history): it is at least so old.
  bool boundary = false;
};
struct BlameAnswer {
  std::vector<BlamedLine> lines;
  End end;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_QUESTION_H_
