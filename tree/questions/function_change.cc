#include "tree/questions/function_change.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "git/line_diff.h"
#include "tree/questions/cursor.h"
#include "tree/questions/diff_text.h"
#include "tree/questions/file_lines.h"
#include "tree/questions/function_range.h"
#include "tree/questions/read_file.h"
#include "tree/questions/renames.h"

namespace patchmilter::tree {
namespace {

// One state of the file, with what can be found in it.
struct Side {
  std::string path;  // "" where there is no file.
  std::string text;
  std::vector<CodeBlock> blocks;
};

Result<Side> ReadSide(View* view, const State& state, std::string path) {
  Side side;
  if (path.empty()) return side;
  auto text = ReadText(view, state, path);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound) return side;
  if (!text.ok()) return text.error();
  side.text = std::move(text).value();
  side.blocks = FindBlocks(path, FileLines(side.text));
  side.path = std::move(path);
  return side;
}

// The lines of the old text that lines `range` of the new one came from.
LineRange Origin(const std::vector<git::LineChange>& changes,
                 const LineRange& range) {
  const auto map = [&changes](std::uint32_t line, bool end) {
    std::int64_t shift = 0;
    for (const git::LineChange& c : changes) {
      if (c.new_first + c.new_count <= line) {
        shift += std::int64_t{c.old_count} - std::int64_t{c.new_count};
      } else if (c.new_first <= line) {
        // Within what is new: to the edge of what it stands for.
        return end ? c.old_first + c.old_count - 1 : c.old_first;
      } else {
        break;
      }
    }
    return static_cast<std::uint32_t>(line + shift);
  };
  return {map(range.first, false), map(range.last, true)};
}

// The word before the first parenthesis, by which a function goes.
std::string_view NameIn(std::string_view heading) {
  const auto is_word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c == '_';
  };
  std::size_t end = std::min(heading.find('('), heading.size());
  while (end > 0 && !is_word(heading[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_word(heading[begin - 1])) --begin;
  return heading.substr(begin, end - begin);
}

// Where `heading` stands a second time: macros have one name for many.
const CodeBlock* SameHeading(const std::vector<CodeBlock>& blocks,
                             const CodeBlock& block) {
  for (const CodeBlock& other : blocks) {
    if (other.heading == block.heading) return &other;
  }
  return BlockNamed(blocks, NameIn(block.heading));
}

struct Change {
  std::optional<LineRange> before;
  std::optional<LineRange> after;
};

Result<Change> FindChange(const Side& before, const Side& after,
                          const FunctionChangeQuestion& question) {
  Change change;
  const CodeBlock* block = nullptr;
  if (question.line != 0) {
    const FileLines lines(after.text);
    PM_RETURN_IF_ERROR([&]() -> Status {
      auto range = CheckRange(question.line, question.line, lines.size());
      return range.ok() ? Status() : Status(range.error());
    }());
    block = BlockAround(after.blocks, question.line);
    if (block == nullptr) {
      return NotFound("line " + std::to_string(question.line) + " of " +
                      Quoted(question.path) + " lies in no function");
    }
  } else {
    block = BlockNamed(after.blocks, question.function);
    const CodeBlock* old = BlockNamed(before.blocks, question.function);
    if (block == nullptr && old == nullptr) {
      return NotFound("there is no function " + Quoted(question.function) +
                      " in " + Quoted(question.path));
    }
    if (block == nullptr) {
      change.before = old->lines;
      return change;
    }
  }
  change.after = block->lines;
  if (const CodeBlock* old = SameHeading(before.blocks, *block)) {
    change.before = old->lines;
    return change;
  }
  if (before.path.empty()) return change;
  PM_ASSIGN_OR_RETURN(const auto changes,
                      git::DiffLines(before.text, after.text));
  const LineRange origin = Origin(changes, block->lines);
  if (origin.first <= origin.last) change.before = origin;
  return change;
}

class HunkPieces final : public TextPieces {
 public:
  HunkPieces(std::string text, std::vector<std::string> notes)
      : text_(std::move(text)), notes_(std::move(notes)) {}
  std::size_t count() const override { return text_.empty() ? 0 : 1; }
  Result<std::string> Make(std::size_t /*index*/) override { return text_; }
  std::vector<std::string> notes() const override { return notes_; }

 private:
  std::string text_;
  std::vector<std::string> notes_;
};

Result<std::unique_ptr<TextPieces>> Compare(
    View* view, const State& old_state, const State& new_state,
    const FunctionChangeQuestion& question) {
  PM_ASSIGN_OR_RETURN(const Side after,
                      ReadSide(view, new_state, question.path));
  PM_ASSIGN_OR_RETURN(Side before, ReadSide(view, old_state, question.path));
  if (before.path.empty() && !after.path.empty()) {
    PM_ASSIGN_OR_RETURN(std::string old_path,
                        OldNameOf(view->repository(), old_state.tree,
                                  new_state.tree, question.path));
    PM_ASSIGN_OR_RETURN(before, ReadSide(view, old_state, std::move(old_path)));
  }
  if (before.path.empty() && after.path.empty()) {
    return NotFound("there is no " + Quoted(question.path) + " there");
  }
  PM_ASSIGN_OR_RETURN(const Change change, FindChange(before, after, question));
  const auto part = [](const Side& side, const std::optional<LineRange>& at) {
    return at ? FileLines(side.text).Lines(at->first, at->last)
              : std::string_view();
  };
  const std::string_view old_part = part(before, change.before);
  const std::string_view new_part = part(after, change.after);
  PM_ASSIGN_OR_RETURN(const auto changes, git::DiffLines(old_part, new_part));
  std::vector<std::string> notes;
  std::string text;
  if (changes.empty()) {
    notes.emplace_back("the patch does not change this function");
  } else {
    text = "--- " +
           (before.path.empty() ? "/dev/null" : QuotedPath("a/", before.path)) +
           "\n+++ " +
           (after.path.empty() ? "/dev/null" : QuotedPath("b/", after.path)) +
           "\n";
    constexpr std::uint32_t kAll = std::numeric_limits<std::uint32_t>::max();
    text += FormatHunks(FileLines(old_part), FileLines(new_part), changes, kAll,
                        change.before ? change.before->first : 1,
                        change.after ? change.after->first : 1);
  }
  return std::unique_ptr<TextPieces>(
      std::make_unique<HunkPieces>(std::move(text), std::move(notes)));
}

}  // namespace

Result<TextAnswer> FunctionChange(View* view, KeptTexts* texts,
                                  const FunctionChangeQuestion& question,
                                  const Bounds& bounds) {
  Meter meter(bounds);
  if (question.number < 1) {
    return InvalidInput("there is no patch " + std::to_string(question.number) +
                        ": 1 is the first");
  }
  if (question.line == 0 && question.function.empty()) {
    return InvalidInput("name a function, or a line that lies in it");
  }
  PM_ASSIGN_OR_RETURN(const std::uint64_t k, view->PlaceOf(question.number));
  PM_ASSIGN_OR_RETURN(const State after, view->Patched(k));
  PM_ASSIGN_OR_RETURN(const State before, view->Patched(k - 1));
  CursorKey key("function");
  key.Add(before.tree).Add(after.tree).Add(question.path);
  key.Add(question.line).Add(question.function);
  PM_ASSIGN_OR_RETURN(const std::uint64_t offset, key.Parse(question.cursor));
  PagedText* text = texts->Find(key.value());
  if (text == nullptr) {
    PM_ASSIGN_OR_RETURN(auto pieces, Compare(view, before, after, question));
    text = texts->Keep(key.value(),
                       std::make_unique<PagedText>(std::move(pieces)));
  }
  return text->Page(key, offset, &meter);
}

}  // namespace patchmilter::tree
