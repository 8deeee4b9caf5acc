#include "review/characters.h"

#include <array>

#include "base/text.h"
#include "review/hygiene.h"

namespace patchmilter::review {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

template <std::size_t N>
bool In(std::uint32_t code, const std::array<Range, N>& ranges) {
  for (const Range& range : ranges) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

bool BlankCharacter(std::uint32_t code) {
  static constexpr std::array<Range, 8> kRanges = {
      Range{0x0B, 0x0C},     Range{0x85, 0x85},     Range{0xA0, 0xA0},
      Range{0x1680, 0x1680}, Range{0x2000, 0x200A}, Range{0x2028, 0x2029},
      Range{0x202F, 0x202F}, Range{0x205F, 0x205F}};
  return In(code, kRanges) || code == 0x3000;
}

bool Emoji(std::uint32_t code) {
  static constexpr std::array<Range, 3> kRanges = {
      Range{0x2600, 0x27BF}, Range{0x2B00, 0x2BFF}, Range{0x1F000, 0x1FAFF}};
  return In(code, kRanges);
}

}  // namespace

Decoded DecodeAt(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[k]));
  };
  const std::uint32_t b = byte(i);
  if (b < 0x80) return {b, 1};
  if (b < 0xE0 && i + 1 < text.size()) {
    return {((b & 0x1F) << 6) | (byte(i + 1) & 0x3F), 2};
  }
  if (b < 0xF0 && i + 2 < text.size()) {
    return {
        ((b & 0x0F) << 12) | ((byte(i + 1) & 0x3F) << 6) | (byte(i + 2) & 0x3F),
        3};
  }
  if (i + 3 < text.size()) {
    return {((b & 0x07) << 18) | ((byte(i + 1) & 0x3F) << 12) |
                ((byte(i + 2) & 0x3F) << 6) | (byte(i + 3) & 0x3F),
            4};
  }
  return {0xFFFD, 1};
}

bool Invisible(std::uint32_t code) {
  static constexpr std::array<Range, 21> kRanges = {
      Range{0x00, 0x08},     Range{0x0B, 0x1F},     Range{0x7F, 0x9F},
      Range{0xAD, 0xAD},     Range{0x34F, 0x34F},   Range{0x600, 0x605},
      Range{0x61C, 0x61C},   Range{0x6DD, 0x6DD},   Range{0x115F, 0x1160},
      Range{0x17B4, 0x17B5}, Range{0x180B, 0x180F}, Range{0x200B, 0x200F},
      Range{0x202A, 0x202E}, Range{0x2060, 0x206F}, Range{0x3164, 0x3164},
      Range{0xE000, 0xF8FF}, Range{0xFE00, 0xFE0F}, Range{0xFEFF, 0xFEFF},
      Range{0xFFF0, 0xFFFB}, Range{0xFFFE, 0xFFFF}, Range{0xE0000, 0x10FFFF},
  };
  return In(code, kRanges);
}

bool Wide(std::uint32_t code) {
  static constexpr std::array<Range, 9> kRanges = {
      Range{0x1100, 0x115F}, Range{0x2E80, 0x303E}, Range{0x3041, 0xA4CF},
      Range{0xAC00, 0xD7A3}, Range{0xF900, 0xFAFF}, Range{0xFE30, 0xFE6F},
      Range{0xFF00, 0xFF60}, Range{0xFFE0, 0xFFE6}, Range{0x20000, 0x3FFFD},
  };
  return In(code, kRanges);
}

std::string CleanCharacters(std::string_view raw) {
  std::string text = ToValidUtf8(raw);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    Decoded c = DecodeAt(text, i);
    if (BlankCharacter(c.code)) {
      out += ' ';
    } else if (!Invisible(c.code) && !Emoji(c.code)) {
      out.append(text, i, c.size);
    }
    i += c.size;
  }
  return out;
}

std::size_t Columns(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size();) {
    Decoded c = DecodeAt(text, i);
    if (c.code == '\t') {
      columns = (columns / 8 + 1) * 8;
    } else {
      columns += Wide(c.code) ? 2U : 1U;
    }
    i += c.size;
  }
  return columns;
}

}  // namespace patchmilter::review
