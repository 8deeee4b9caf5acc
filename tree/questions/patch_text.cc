#include "tree/questions/patch_text.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "diff/diff.h"
#include "tree/questions/cursor.h"
#include "tree/questions/meter.h"
#include "tree/questions/text_page.h"

namespace patchmilter::tree {
namespace {

struct Part {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Where in `text` the file's diff stands: once, where the patch is sane.
std::vector<Part> PartsOf(const std::string& text, std::string_view path) {
  const diff::Diff diff = diff::Diff::Parse(text);
  std::vector<Part> parts;
  const auto& files = diff.files();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].old_path != path && files[i].new_path != path) continue;
    const std::size_t begin = files[i].header.begin;
    const std::size_t end =
        i + 1 < files.size() ? files[i + 1].header.begin : diff.end();
    if (!parts.empty() && parts.back().end == begin) {
      parts.back().end = end;
    } else if (begin < end) {
      parts.push_back({begin, end});
    }
  }
  return parts;
}

}  // namespace

Result<TextAnswer> ReadPatch(View* view, const PatchQuestion& question,
                             const Bounds& bounds) {
  Meter meter(bounds);
  const auto& patches = view->scope().patches;
  const auto patch = patches.find(question.number);
  if (patch == patches.end()) {
    return NotFound(question.number == 0 ? "the series has no cover letter"
                                         : "there is no patch " +
                                               std::to_string(question.number) +
                                               " in the series");
  }
  const std::string& text = patch->second;
  CursorKey key("patch");
  key.Add(static_cast<std::uint64_t>(question.number)).Add(question.path);
  PM_ASSIGN_OR_RETURN(std::uint64_t at, key.Parse(question.cursor));

  std::vector<Part> parts = {{0, text.size()}};
  if (!question.path.empty()) {
    parts = PartsOf(text, question.path);
    if (parts.empty()) {
      return NotFound("patch " + std::to_string(question.number) +
                      " does not touch " + Quoted(question.path));
    }
  }
  TextAnswer answer;
  answer.total = text.size();
  // One part an answer, so that it is one piece of the mail.
  std::size_t next = 0;
  while (next < parts.size() && at >= parts[next].end) ++next;
  if (next == parts.size()) {
    answer.offset = std::min<std::uint64_t>(at, text.size());
    return answer;
  }
  at = std::max<std::uint64_t>(at, parts[next].begin);
  answer.offset = at;
  at += TakeLines(std::string_view(text).substr(at, parts[next].end - at),
                  &meter, &answer);
  if (at == parts[next].end && ++next < parts.size()) {
    at = parts[next].begin;
    answer.end.notes.emplace_back(
        "the patch changes the file at another place too");
  }
  if (next < parts.size()) {
    answer.end.stop =
        meter.stop() == Stop::kWhole ? Stop::kBytes : meter.stop();
    answer.end.cursor = key.At(at);
  }
  return answer;
}

}  // namespace patchmilter::tree
