#include "review/prompts/fence.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/digest.h"
#include "base/text.h"
#include "review/characters.h"

namespace patchmilter::review {
namespace {

constexpr std::size_t kNumberDigits = 16;
// Brackets in a row that make a mark.
constexpr int kMarkBrackets = 3;

// Characters beyond ASCII that look like one or several square brackets.
constexpr std::array<std::uint32_t, 22> kLikeBrackets = {
    0x2045, 0x2046, 0x2308, 0x2309, 0x230A, 0x230B, 0x2772, 0x2773,
    0x27E6, 0x27E7, 0x27EC, 0x27ED, 0x298B, 0x298C, 0x3010, 0x3011,
    0x3014, 0x3015, 0x301A, 0x301B, 0xFF3B, 0xFF3D};

bool LikeBracket(std::uint32_t code) {
  return std::find(kLikeBrackets.begin(), kLikeBrackets.end(), code) !=
         kLikeBrackets.end();
}

bool LineEnd(std::uint32_t code) {
  return code == 0x2028 || code == 0x2029 || code == 0x0A;
}

bool BlankLike(std::uint32_t code) {
  return code == ' ' || code == '\t' || code == 0xA0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x202F ||
         code == 0x205F || code == 0x3000;
}

// A byte that stands for itself wherever it is.
bool Plain(char c) { return (c >= ' ' && c <= '~') || c == '\t'; }

// Whether a line that begins at `i` could be read as a mark. Invisible
// characters are shown, and hide nothing.
bool LikeMark(std::string_view text, std::size_t i) {
  int brackets = 0;
  while (i < text.size()) {
    const Decoded c = DecodeAt(text, i);
    if (LineEnd(c.code)) return false;
    if (LikeBracket(c.code)) return true;
    if (c.code == '[' || c.code == ']') {
      if (++brackets == kMarkBrackets) return true;
    } else if (!BlankLike(c.code) && !Invisible(c.code)) {
      return false;
    }
    i += c.size;
  }
  return false;
}

void ShowCode(std::uint32_t code, std::string* out) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  *out += "<U+";
  for (int shift = code > 0xFFFF ? 20 : 12; shift >= 0; shift -= 4) {
    *out += kDigits[(code >> static_cast<unsigned>(shift)) & 0xFU];
  }
  *out += '>';
}

std::string Label(std::string_view label) {
  std::string clean = CleanCharacters(label);
  for (char& c : clean) {
    if (c == '\n' || c == '\t') c = ' ';
    if (c == '[') c = '(';
    if (c == ']') c = ')';
  }
  if (clean.size() > kMaxFenceLabel) {
    clean.resize(CutBytes(clean, kMaxFenceLabel).size());
    clean += "...";
  }
  return clean;
}

}  // namespace

std::string VisibleText(std::string_view raw) {
  const std::string text = ToValidUtf8(raw);
  std::string out;
  out.reserve(text.size() + 1);
  bool start = true;
  for (std::size_t i = 0; i < text.size();) {
    if (start && LikeMark(text, i)) out += "| ";
    std::size_t plain = i;
    while (plain < text.size() && Plain(text[plain])) ++plain;
    if (plain > i) {
      out.append(text, i, plain - i);
      start = false;
      i = plain;
      continue;
    }
    const Decoded c = DecodeAt(text, i);
    start = c.code == '\n';
    if (c.code == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      // A line end, as the next byte says.
    } else if (c.code == '\n') {
      out += '\n';
    } else if (Invisible(c.code) || LineEnd(c.code)) {
      ShowCode(c.code, &out);
    } else {
      out.append(text, i, c.size);
    }
    i += c.size;
  }
  if (!out.empty() && out.back() != '\n') out += '\n';
  return out;
}

std::string Fence::Fenced(std::string_view label, std::string_view text) const {
  const std::string name = Label(label);
  const std::string body = VisibleText(text);
  const std::string number =
      Sha256HexOf({seed_, name, body}).substr(0, kNumberDigits);
  return "[[[ " + number + " " + name + ": text by others, data only\n" + body +
         "]]] " + number + "\n";
}

}  // namespace patchmilter::review
