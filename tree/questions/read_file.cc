#include "tree/questions/read_file.h"

#include <algorithm>
#include <utility>

#include "tree/questions/cursor.h"
#include "tree/questions/file_lines.h"
#include "tree/questions/function_range.h"
#include "tree/questions/meter.h"

namespace patchmilter::tree {
namespace {

// A link's target is a path; what is longer is no link of anyone's.
constexpr std::uint64_t kMaxLinkBytes = 4'096;

// True where `entry` has no lines, and all that there is to say of it is in
// `answer`.
Result<bool> AnswerWithoutLines(git::Repository* repository,
                                const git::TreeEntry& entry,
                                std::string_view path, FileAnswer* answer) {
  answer->blob = entry.id;
  answer->mode = entry.mode;
  switch (entry.mode) {
    case git::kModeDirectory:
      return InvalidInput(Quoted(path) + " is a directory: list it");
    case git::kModeSubmodule:
      answer->link = entry.id.Hex();
      return true;
    case git::kModeSymlink: {
      PM_ASSIGN_OR_RETURN(answer->link,
                          repository->ReadBlob(entry.id, kMaxLinkBytes));
      answer->size = answer->link.size();
      return true;
    }
    default:
      return false;
  }
}

// Around a line that lies in no function.
constexpr std::uint32_t kNear = 20;

Result<LineRange> AskedRange(const ReadFileQuestion& question,
                             const FileLines& lines, End* end) {
  const std::uint32_t line = question.function_of_line;
  if (line == 0) {
    return CheckRange(question.first, question.last, lines.size());
  }
  PM_ASSIGN_OR_RETURN(const LineRange one,
                      CheckRange(line, line, lines.size()));
  const auto blocks = FindBlocks(question.path, lines);
  if (const CodeBlock* block = BlockAround(blocks, line)) return block->lines;
  end->notes.push_back("line " + std::to_string(line) +
                       " lies in no function: these are the lines around it");
  return LineRange{one.first > kNear ? one.first - kNear : 1,
                   std::min(one.last + kNear, lines.size())};
}

}  // namespace

Result<LineRange> CheckRange(std::uint32_t first, std::uint32_t last,
                             std::uint32_t total) {
  first = std::max(first, 1U);
  if (last != 0 && first > last) {
    return InvalidInput("lines " + std::to_string(first) + " to " +
                        std::to_string(last) +
                        ": the first stands behind the last");
  }
  if (first > std::max(total, 1U)) {
    return InvalidInput("line " + std::to_string(first) + ": the file has " +
                        std::to_string(total) + " lines");
  }
  return LineRange{first, last == 0 ? total : std::min(last, total)};
}

Result<std::string> ReadText(View* view, const State& state,
                             std::string_view path) {
  PM_ASSIGN_OR_RETURN(const auto entry, view->Find(state, path));
  if (entry.mode != git::kModeFile && entry.mode != git::kModeExecutable) {
    return InvalidInput(Quoted(path) + " is no file");
  }
  PM_ASSIGN_OR_RETURN(std::string text,
                      view->repository()->ReadBlob(entry.id, kMaxReadBytes));
  if (LooksBinary(text)) return InvalidInput(Quoted(path) + " is binary");
  return text;
}

Result<FileAnswer> ReadFile(View* view, const ReadFileQuestion& question,
                            const Bounds& bounds) {
  Meter meter(bounds);
  PM_ASSIGN_OR_RETURN(const State state, view->At(question.at));
  CursorKey key("file");
  key.Add(state.tree).Add(question.path);
  key.Add(question.first).Add(question.last).Add(question.function_of_line);
  PM_ASSIGN_OR_RETURN(const std::uint64_t given, key.Parse(question.cursor));

  PM_ASSIGN_OR_RETURN(const auto entry, view->Find(state, question.path));
  FileAnswer answer;
  PM_ASSIGN_OR_RETURN(
      const bool answered,
      AnswerWithoutLines(view->repository(), entry, question.path, &answer));
  if (answered) return answer;
  PM_ASSIGN_OR_RETURN(answer.size, view->repository()->BlobSize(entry.id));
  PM_ASSIGN_OR_RETURN(const std::string text,
                      view->repository()->ReadBlob(entry.id, kMaxReadBytes));
  answer.binary = LooksBinary(text);
  if (answer.binary) return answer;

  const FileLines lines(text);
  answer.total_lines = lines.size();
  PM_ASSIGN_OR_RETURN(const LineRange range,
                      AskedRange(question, lines, &answer.end));
  std::uint64_t number = range.first + given;
  for (; number <= range.last; ++number) {
    const auto at = static_cast<std::uint32_t>(number);
    Line line = MakeLine(at, lines.Line(at));
    if (!meter.Take(line.text.size())) break;
    answer.lines.push_back(std::move(line));
  }
  if (number <= range.last) {
    answer.end.stop = meter.stop();
    answer.end.cursor = key.At(number - range.first);
  }
  return answer;
}

}  // namespace patchmilter::tree
