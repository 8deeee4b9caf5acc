#include "mime/trailers.h"

#include <optional>
#include <utility>

#include "base/text.h"

namespace patchmilter::mime {
namespace {

// Length of the key at the front of `line`, 0 where it is no trailer: letters,
// digits and dashes, blanks, a colon (trailer.c, find_separator()).
size_t KeyLength(std::string_view line) {
  size_t length = 0;
  while (length < line.size() &&
         (IsAlnumAscii(line[length]) || line[length] == '-')) {
    ++length;
  }
  if (length == 0) return 0;
  size_t colon = length;
  while (colon < line.size() && (line[colon] == ' ' || line[colon] == '\t'))
    ++colon;
  return colon < line.size() && line[colon] == ':' ? length : 0;
}

bool IsGitsOwn(std::string_view line) {
  return line.starts_with("Signed-off-by: ") ||
         line.starts_with("(cherry picked from commit ");
}

struct NumberedLine {
  std::string_view text;
  std::uint32_t number = 0;
};

bool IsBlock(const std::vector<NumberedLine>& lines) {
  size_t trailers = 0;
  size_t others = 0;
  bool own = false;
  bool in_trailer = false;
  for (const NumberedLine& line : lines) {
    if (line.text.starts_with('#')) continue;
    if (IsSpaceAscii(line.text[0])) {
      if (!in_trailer) ++others;
      continue;
    }
    in_trailer = IsGitsOwn(line.text) || KeyLength(line.text) > 0;
    own = own || IsGitsOwn(line.text);
    ++(in_trailer ? trailers : others);
  }
  if (trailers == 0) return false;
  return others == 0 || (own && trailers * 3 >= others);
}

}  // namespace

std::vector<Trailer> ReadTrailers(std::string_view message,
                                  std::uint32_t first_line) {
  std::vector<NumberedLine> paragraph;
  LineReader reader(message);
  std::string_view line;
  bool ended = false;
  for (std::uint32_t number = first_line; reader.Next(&line); ++number) {
    if (Trim(line).empty()) {
      ended = true;
      continue;
    }
    if (ended) paragraph.clear();
    ended = false;
    if (paragraph.size() <= kMaxTrailerLines) {
      paragraph.push_back({line, number});
    }
  }
  std::vector<Trailer> trailers;
  if (paragraph.empty() || paragraph.size() > kMaxTrailerLines ||
      !IsBlock(paragraph)) {
    return trailers;
  }
  bool open = false;
  for (const NumberedLine& part : paragraph) {
    if (IsSpaceAscii(part.text[0])) {
      if (open) {
        trailers.back().value += ' ';
        trailers.back().value += Trim(part.text);
      }
      continue;
    }
    const size_t key = KeyLength(part.text);
    open = key > 0;
    if (!open) continue;
    Trailer trailer;
    trailer.key = part.text.substr(0, key);
    trailer.value = Trim(part.text.substr(part.text.find(':', key) + 1));
    trailer.text_line = part.number;
    trailers.push_back(std::move(trailer));
  }
  return trailers;
}

}  // namespace patchmilter::mime
