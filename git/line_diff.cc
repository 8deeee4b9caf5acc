#include "git/line_diff.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "git/git_handles.h"

namespace patchmilter::git {
namespace {

// git compares ends of texts in blocks of so many bytes before it looks for
// the line's begin (trim_common_tail() in its xdiff-interface.c); which lines
// are cut off has a say in what xdiff then finds.
constexpr std::size_t kBlock = 1'024;

void CutCommonEnd(std::string_view* a, std::string_view* b) {
  const std::size_t shorter = std::min(a->size(), b->size());
  std::size_t common = 0;
  while (common + kBlock <= shorter &&
         std::memcmp(a->data() + a->size() - common - kBlock,
                     b->data() + b->size() - common - kBlock, kBlock) == 0) {
    common += kBlock;
  }
  if (common == 0) return;
  const std::string_view tail = a->substr(a->size() - common);
  const std::size_t line_end = tail.find('\n');
  const std::size_t back =
      line_end == std::string_view::npos ? common : line_end + 1;
  a->remove_suffix(common - back);
  b->remove_suffix(common - back);
}

int TakeHunk(const git_diff_delta* /*delta*/, const git_diff_hunk* hunk,
             void* payload) noexcept {
  auto* changes = static_cast<std::vector<LineChange>*>(payload);
  // A negative number never comes; it would be caught as out of the text.
  LineChange change{static_cast<std::uint32_t>(hunk->old_start),
                    static_cast<std::uint32_t>(hunk->old_lines),
                    static_cast<std::uint32_t>(hunk->new_start),
                    static_cast<std::uint32_t>(hunk->new_lines)};
  // xdiff names the line before the place where there is none.
  if (change.old_count == 0) ++change.old_first;
  if (change.new_count == 0) ++change.new_first;
  try {
    changes->push_back(change);
  } catch (...) {
    return GIT_EUSER;
  }
  return 0;
}

// Lines of both between the first and the last byte that differs.
std::size_t DifferingLines(std::string_view a, std::string_view b) {
  const std::size_t shorter = std::min(a.size(), b.size());
  const auto front = static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(shorter),
                    b.begin())
          .first -
      a.begin());
  a.remove_prefix(front);
  b.remove_prefix(front);
  const std::size_t rest = std::min(a.size(), b.size());
  const auto back = static_cast<std::size_t>(
      std::mismatch(a.rbegin(), a.rbegin() + static_cast<std::ptrdiff_t>(rest),
                    b.rbegin())
          .first -
      a.rbegin());
  a.remove_suffix(back);
  b.remove_suffix(back);
  return static_cast<std::size_t>(std::count(a.begin(), a.end(), '\n') +
                                  std::count(b.begin(), b.end(), '\n'));
}

}  // namespace

Result<std::vector<LineChange>> DiffLines(std::string_view old_text,
                                          std::string_view new_text,
                                          DiffStyle style) {
  PM_RETURN_IF_ERROR(StartLibrary());
  std::vector<LineChange> changes;
  if (style != DiffStyle::kShown) CutCommonEnd(&old_text, &new_text);
  if (old_text == new_text) return changes;
  if (old_text.size() + new_text.size() > kMaxDiffBytes ||
      DifferingLines(old_text, new_text) > kMaxDiffLines) {
    return InvalidInput("texts of " + std::to_string(old_text.size()) +
                        " and " + std::to_string(new_text.size()) +
                        " bytes are too long to be compared");
  }
  git_diff_options options;
  int code = git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  if (code < 0) return GitError("comparing", code);
  options.context_lines = 0;
  options.interhunk_lines = 0;
  options.flags = GIT_DIFF_FORCE_TEXT | GIT_DIFF_SKIP_BINARY_CHECK;
  if (style != DiffStyle::kFollowed) {
    options.flags |= GIT_DIFF_INDENT_HEURISTIC;
  }
  code = git_diff_buffers(old_text.data(), old_text.size(), nullptr,
                          new_text.data(), new_text.size(), nullptr, &options,
                          nullptr, nullptr, TakeHunk, nullptr, &changes);
  if (code < 0) return GitError("comparing", code);
  return changes;
}

}  // namespace patchmilter::git
