#include "tree/questions/file_lines.h"

#include <cstring>
#include <limits>

#include "base/check.h"

namespace patchmilter::tree {
namespace {

// buffer_is_binary() of git's xdiff-interface.c.
constexpr std::size_t kFirstBytes = 8'000;

}  // namespace

FileLines::FileLines(std::string_view text) : text_(text) {
  CHECK(text.size() < std::numeric_limits<std::uint32_t>::max());
  starts_.push_back(0);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    at = end == std::string_view::npos ? text.size() : end + 1;
    starts_.push_back(static_cast<std::uint32_t>(at));
  }
}

std::string_view FileLines::Line(std::uint32_t number) const {
  std::string_view line = Lines(number, number);
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  return line;
}

std::string_view FileLines::Lines(std::uint32_t first,
                                  std::uint32_t last) const {
  CHECK(first >= 1 && last <= size() && first <= last + 1);
  const std::uint32_t begin = starts_[first - 1];
  return text_.substr(begin, starts_[last] - begin);
}

bool LooksBinary(std::string_view bytes) {
  return bytes.substr(0, kFirstBytes).find('\0') != std::string_view::npos;
}

}  // namespace patchmilter::tree
