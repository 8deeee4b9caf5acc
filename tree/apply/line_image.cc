#include "tree/apply/line_image.h"

#include <algorithm>

#include "base/check.h"

namespace patchmilter::tree {

LineImage::LineImage(std::string_view bytes) {
  lines_.reserve(
      static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n')) +
      1);
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      lines_.push_back({bytes, /*newline=*/false});
      break;
    }
    lines_.push_back({bytes.substr(0, end), /*newline=*/true});
    bytes.remove_prefix(end + 1);
  }
}

bool LineImage::Replace(std::size_t at, std::size_t count,
                        const std::vector<ImageLine>& with, Work* work) {
  CHECK(at + count <= size());
  const std::size_t distance = gap_begin_ == gap_end_ ? 0
                               : at < gap_begin_      ? gap_begin_ - at
                                                      : at - gap_begin_;
  if (!work->Spend(distance + count + with.size())) return false;
  const auto begin = lines_.begin();
  const auto iter = [begin](std::size_t i) {
    return begin + static_cast<std::ptrdiff_t>(i);
  };
  // Move the gap to `at`.
  if (gap_begin_ == gap_end_) {
    gap_begin_ = gap_end_ = at;
  } else if (at < gap_begin_) {
    std::move_backward(iter(at), iter(gap_begin_), iter(gap_end_));
    gap_end_ -= distance;
    gap_begin_ = at;
  } else if (at > gap_begin_) {
    std::move(iter(gap_end_), iter(gap_end_ + distance), iter(gap_begin_));
    gap_end_ += distance;
    gap_begin_ = at;
  }
  gap_end_ += count;
  // Widen it, by more than is needed so that many hunks cost no more than the
  // file's lines.
  if (gap_end_ - gap_begin_ < with.size()) {
    const std::size_t more = with.size() + lines_.size() / 4 + 16;
    if (!work->Spend(lines_.size() - gap_end_)) return false;
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(gap_end_), more,
                  ImageLine{});
    gap_end_ += more;
  }
  std::copy(with.begin(), with.end(),
            lines_.begin() + static_cast<std::ptrdiff_t>(gap_begin_));
  gap_begin_ += with.size();
  return true;
}

std::string LineImage::Bytes() const {
  std::size_t total = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    total += (*this)[i].text.size() + 1;
  }
  std::string bytes;
  bytes.reserve(total);
  for (std::size_t i = 0; i < size(); ++i) {
    const ImageLine& line = (*this)[i];
    bytes += line.text;
    if (line.newline) bytes += '\n';
  }
  return bytes;
}

}  // namespace patchmilter::tree
