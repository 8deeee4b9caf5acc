#include "tree/questions/search.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "tree/questions/cursor.h"
#include "tree/questions/meter.h"
#include "tree/questions/text_search.h"

namespace patchmilter::tree {
namespace {

// A cursor's position: the file's place in the tree, then its last line that
// was given, 0 for none.
constexpr unsigned kLineBits = 32;

std::uint64_t PositionOf(std::uint64_t ordinal, std::uint32_t line) {
  return ordinal << kLineBits | line;
}

class Answer {
 public:
  Answer(const Bounds& bounds, std::uint64_t position, bool separated)
      : meter_(bounds),
        first_(position >> kLineBits),
        after_line_(static_cast<std::uint32_t>(position)),
        position_(position) {
    answer_.separated = separated;
  }

  bool Take(const FoundFile& file) {
    for (const FoundLine& line : *file.lines) {
      if (file.ordinal == first_ && line.number <= after_line_) continue;
      Line shown = MakeLine(line.number, line.text);
      const std::size_t lines = IsApart(file.path, shown.number) ? 2 : 1;
      if (!meter_.Take(file.path.size() + shown.text.size(), lines)) {
        return false;
      }
      answer_.lines.push_back(
          {std::string(file.path), std::move(shown), line.match});
      position_ = PositionOf(file.ordinal, line.number);
    }
    return true;
  }

  SearchAnswer End(const TextSearchEnd& end, const CursorKey& key) {
    answer_.end.stop = meter_.stop();
    if (answer_.end.stop == Stop::kWhole && !end.whole) {
      answer_.end.stop = Stop::kTime;
      position_ =
          std::max(position_, PositionOf(end.next, end.next_after_line));
    }
    if (answer_.end.stop != Stop::kWhole) {
      answer_.end.cursor = key.At(position_);
    }
    return std::move(answer_);
  }

  Meter& meter() { return meter_; }
  std::uint64_t first() const { return first_; }
  std::uint32_t after_line() const { return after_line_; }

 private:
  // A line "--" stands between it and the one before.
  bool IsApart(std::string_view path, std::uint32_t number) const {
    if (!answer_.separated || answer_.lines.empty()) return false;
    const SearchLine& before = answer_.lines.back();
    return before.path != path || before.line.number + 1 != number;
  }

  Meter meter_;
  std::uint64_t first_;
  std::uint32_t after_line_;
  std::uint64_t position_;  // What was given last.
  SearchAnswer answer_;
};

}  // namespace

Result<SearchAnswer> Search(View* view, CodeIndex* index,
                            const SearchQuestion& question,
                            const Bounds& bounds) {
  PM_ASSIGN_OR_RETURN(const State state, view->At(question.at));
  PM_ASSIGN_OR_RETURN(
      const Pattern pattern,
      Pattern::Compile({question.pattern, question.regex, question.ignore_case,
                        question.whole_word}));
  std::optional<Glob> glob;
  if (!question.glob.empty()) {
    PM_ASSIGN_OR_RETURN(glob, Glob::Compile(question.glob));
  }
  if (!question.path.empty()) {
    PM_RETURN_IF_ERROR(view->Find(state, question.path));
  }
  CursorKey key("search");
  key.Add(state.tree)
      .Add(question.pattern)
      .Add(question.regex ? 1 : 0)
      .Add(question.ignore_case ? 1 : 0)
      .Add(question.whole_word ? 1 : 0)
      .Add(question.path)
      .Add(question.glob)
      .Add(question.context);
  PM_ASSIGN_OR_RETURN(const std::uint64_t position, key.Parse(question.cursor));
  Answer answer(bounds, position, question.context > 0);
  PM_ASSIGN_OR_RETURN(const auto tree,
                      index->TreeOf(view->repository(), state.tree));

  TextSearchOptions options;
  options.path = question.path;
  options.glob = glob.has_value() ? &*glob : nullptr;
  options.context = std::min(question.context, kMaxContextLines);
  options.from = answer.first();
  options.after_line = answer.after_line();
  // No answer has more, and the lines around the one before it.
  options.lines_of_a_file =
      kMaxAnswerLines + std::size_t{2} * kMaxContextLines + 1;
  options.deadline = answer.meter().deadline();
  PM_ASSIGN_OR_RETURN(
      const TextSearchEnd end,
      SearchText(view->repository(), index, *tree, pattern, options,
                 [&](const FoundFile& file) { return answer.Take(file); }));
  SearchAnswer given = answer.End(end, key);
  given.indexed = index->documents() > 0 && end.read <= kMaxAddedFiles;
  std::vector<std::string>& notes = given.end.notes;
  if (!given.indexed && end.read > 0 && !index->Missing().empty()) {
    notes.push_back(index->Missing());
  }
  given.end.counts = {
      {end.too_large, "file is too large to be searched",
       "files are too large to be searched"},
      {end.passed_over, "line would have taken too long and was not searched",
       "lines would have taken too long and were not searched"},
      {end.binary, "file is binary and was not searched",
       "files are binary and were not searched", true}};
  return given;
}

Result<SearchAnswer> References(View* view, CodeIndex* index,
                                const SymbolQuestion& question,
                                const Bounds& bounds) {
  SearchQuestion search;
  search.at = question.at;
  search.pattern = question.name;
  search.whole_word = true;
  search.path = question.path;
  search.cursor = question.cursor;
  return Search(view, index, search, bounds);
}

}  // namespace patchmilter::tree
