#include "tree/questions/text_page.h"

#include <algorithm>
#include <utility>

namespace patchmilter::tree {

namespace {

// `at`, or up to three bytes before it, so that no character of UTF-8 is cut.
// REQUIRES: 0 < at < line.size().
std::size_t BetweenCharacters(std::string_view line, std::size_t at) {
  const auto continues = [line](std::size_t i) {
    return (static_cast<unsigned char>(line[i]) & 0xc0U) == 0x80;
  };
  std::size_t begin = at;
  while (begin > 1 && at - begin < 3 && continues(begin)) --begin;
  return continues(begin) ? at : begin;
}

}  // namespace

std::size_t TakeLines(std::string_view text, Meter* meter, TextAnswer* answer) {
  std::size_t taken = 0;
  while (taken < text.size()) {
    const std::string_view rest = text.substr(taken);
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    std::size_t bytes = line.size() + (end == std::string_view::npos ? 0 : 1);
    if (answer->lines.empty() && bytes > meter->bytes_left()) {
      bytes = std::clamp<std::size_t>(meter->bytes_left(), 1, line.size() + 1);
      // Only the LF may be left over; it would be an empty line of its own.
      if (bytes >= line.size()) {
        bytes = line.size() + (end == std::string_view::npos ? 0 : 1);
      } else {
        bytes = BetweenCharacters(line, bytes);
        line = line.substr(0, bytes);
        answer->ends_inside_line = true;
      }
    }
    if (!meter->Take(line.size())) break;
    answer->lines.emplace_back(line);
    answer->bytes += bytes;
    taken += bytes;
    if (answer->ends_inside_line) break;
  }
  return taken;
}

Status PagedText::Load(std::size_t index) {
  if (loaded_ == index) return {};
  loaded_ = SIZE_MAX;
  PM_ASSIGN_OR_RETURN(text_, pieces_->Make(index));
  loaded_ = index;
  if (index + 1 == starts_.size()) {
    starts_.push_back(starts_.back() + text_.size());
  }
  return {};
}

Result<TextAnswer> PagedText::Page(const CursorKey& key, std::uint64_t offset,
                                   Meter* meter) {
  TextAnswer answer;
  answer.offset = offset;
  std::uint64_t at = offset;
  // The piece that `offset` lies in, of those made so far, else the next.
  auto next = static_cast<std::size_t>(
      std::upper_bound(starts_.begin(), starts_.end(), offset) -
      starts_.begin() - 1);
  bool full = false;
  for (bool first = true; next < pieces_->count() && !full; first = false) {
    if (!first && meter->TimeIsOver()) break;
    PM_RETURN_IF_ERROR(Load(next));
    const std::uint64_t begin = starts_[next];
    if (at < begin + text_.size()) {
      const std::string_view rest =
          std::string_view(text_).substr(static_cast<std::size_t>(at - begin));
      at += TakeLines(rest, meter, &answer);
      full = at < begin + text_.size();
    }
    if (!full) ++next;
  }
  const bool all_made = starts_.size() == pieces_->count() + 1;
  if (all_made) answer.total = starts_.back();
  if (!all_made || at < starts_.back()) {
    answer.end.stop = meter->stop();
    if (answer.end.stop == Stop::kWhole) answer.end.stop = Stop::kBytes;
    answer.end.cursor = key.At(at);
  }
  answer.end.notes = pieces_->notes();
  return answer;
}

}  // namespace patchmilter::tree
