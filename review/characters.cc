#include "review/characters.h"

#include <array>
#include <utility>

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

// More than this on one character is no letter of any language.
constexpr int kMaxCombining = 3;

// Letters and digits that are ASCII but for their looks: full-width forms,
// mathematical alphabets, circled letters. 0 for all others.
char AsciiForm(std::uint32_t code) {
  if (code >= 0xFF01 && code <= 0xFF5E) {
    return static_cast<char>(code - 0xFF01 + '!');
  }
  if (code >= 0x1D400 && code <= 0x1D6A3) {
    const std::uint32_t letter = (code - 0x1D400) % 52;
    return static_cast<char>(letter < 26 ? 'A' + letter : 'a' + letter - 26);
  }
  if (code >= 0x1D7CE && code <= 0x1D7FF) {
    return static_cast<char>('0' + (code - 0x1D7CE) % 10);
  }
  if (code >= 0x24B6 && code <= 0x24E9) {
    const std::uint32_t letter = code - 0x24B6;
    return static_cast<char>(letter < 26 ? 'A' + letter : 'a' + letter - 26);
  }
  return 0;
}

// Marks that have a form in ASCII; "" for all others.
std::string_view PlainForm(std::uint32_t code) {
  struct Form {
    Range range;
    std::string_view plain;
  };
  static constexpr std::array<Form, 37> kForms = {{
      {{0x2010, 0x2015}, "-"},  {{0x2212, 0x2212}, "-"},
      {{0x2043, 0x2043}, "-"},  {{0x058A, 0x058A}, "-"},
      {{0x05BE, 0x05BE}, "-"},  {{0x2E3A, 0x2E3B}, "-"},
      {{0xFE58, 0xFE58}, "-"},  {{0xFE63, 0xFE63}, "-"},
      {{0x02D7, 0x02D7}, "-"},  {{0x2500, 0x2501}, "-"},
      {{0xA789, 0xA789}, ":"},  {{0x02D0, 0x02D0}, ":"},
      {{0x02F8, 0x02F8}, ":"},  {{0x05C3, 0x05C3}, ":"},
      {{0x2236, 0x2236}, ":"},  {{0xFE55, 0xFE55}, ":"},
      {{0xFE13, 0xFE13}, ":"},  {{0x0589, 0x0589}, ":"},
      {{0x1804, 0x1804}, ":"},  {{0xFE5F, 0xFE5F}, "#"},
      {{0xFE6B, 0xFE6B}, "@"},  {{0x2044, 0x2044}, "/"},
      {{0x2215, 0x2215}, "/"},  {{0xFE65, 0xFE65}, ">"},
      {{0xFE64, 0xFE64}, "<"},  {{0x2018, 0x201B}, "'"},
      {{0x201C, 0x201F}, "\""}, {{0x2026, 0x2026}, "..."},
      {{0x2022, 0x2023}, "-"},  {{0x25CF, 0x25CF}, "-"},
      {{0x25E6, 0x25E6}, "-"},  {{0x2192, 0x2192}, "->"},
      {{0x2190, 0x2190}, "<-"}, {{0x21D2, 0x21D2}, "=>"},
      {{0x2264, 0x2264}, "<="}, {{0x2265, 0x2265}, ">="},
      {{0x2260, 0x2260}, "!="},
  }};
  for (const Form& form : kForms) {
    if (code >= form.range.first && code <= form.range.last) return form.plain;
  }
  return {};
}

// Only letters that stand in keys of trailers.
constexpr std::array<std::pair<std::uint32_t, char>, 40> kLookalikes = {{
    {0x0410, 'A'}, {0x0412, 'B'}, {0x0415, 'E'}, {0x0406, 'I'}, {0x041A, 'K'},
    {0x041C, 'M'}, {0x041D, 'H'}, {0x041E, 'O'}, {0x0420, 'P'}, {0x0421, 'C'},
    {0x0422, 'T'}, {0x0425, 'X'}, {0x0405, 'S'}, {0x0430, 'a'}, {0x0435, 'e'},
    {0x043E, 'o'}, {0x0440, 'p'}, {0x0441, 'c'}, {0x0443, 'y'}, {0x0445, 'x'},
    {0x0456, 'i'}, {0x0458, 'j'}, {0x0455, 's'}, {0x04BB, 'h'}, {0x0501, 'd'},
    {0x0261, 'g'}, {0x0131, 'i'}, {0x0391, 'A'}, {0x0392, 'B'}, {0x0395, 'E'},
    {0x0399, 'I'}, {0x039A, 'K'}, {0x039C, 'M'}, {0x039D, 'N'}, {0x039F, 'O'},
    {0x03A1, 'P'}, {0x03A4, 'T'}, {0x03BF, 'o'}, {0x03B9, 'i'}, {0x03C5, 'u'},
}};

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
  int combining = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Decoded c = DecodeAt(text, i);
    combining = c.code >= 0x300 && c.code <= 0x36F ? combining + 1 : 0;
    if (c.code >= 0x20 && c.code < 0x7F) {
      out += text[i];
    } else if (BlankCharacter(c.code)) {
      out += ' ';
    } else if (!Invisible(c.code) && !Emoji(c.code) &&
               combining <= kMaxCombining) {
      const std::string_view plain = PlainForm(c.code);
      if (!plain.empty()) {
        out += plain;
      } else if (const char ascii = AsciiForm(c.code); ascii != 0) {
        out += ascii;
      } else {
        out.append(text, i, c.size);
      }
    }
    i += c.size;
  }
  return out;
}

std::string VisibleCharacters(std::string_view raw) {
  const std::string text = ToValidUtf8(raw);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const Decoded c = DecodeAt(text, i);
    if (BlankCharacter(c.code)) {
      out += ' ';
    } else if (!Invisible(c.code)) {
      out.append(text, i, c.size);
    }
    i += c.size;
  }
  return out;
}

std::string LatinSkeleton(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const Decoded c = DecodeAt(text, i);
    const char* found = nullptr;
    for (const auto& [code, latin] : kLookalikes) {
      if (code == c.code) found = &latin;
    }
    if (found != nullptr) {
      out += *found;
    } else {
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
