#include <algorithm>

#include "base/text.h"
#include "review/prompts/guide.h"

namespace patchmilter::review {
namespace {

enum class Kind : std::uint8_t { kLetters, kDigits, kBlanks, kEnds, kOther };

Kind KindOf(char c) {
  if (IsAlphaAscii(c)) return Kind::kLetters;
  if (IsDigitAscii(c)) return Kind::kDigits;
  if (c == '\n') return Kind::kEnds;
  if (IsSpaceAscii(c)) return Kind::kBlanks;
  return Kind::kOther;
}

std::size_t RoundedUp(std::size_t size, std::size_t by) {
  return (size + by - 1) / by;
}

}  // namespace

std::size_t EstimateTokens(std::string_view text) {
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Kind kind = KindOf(text[i]);
    std::size_t end = i + 1;
    while (end < text.size() && KindOf(text[end]) == kind) ++end;
    const std::size_t size = end - i;
    switch (kind) {
      case Kind::kLetters:
        tokens += RoundedUp(size, 8);
        break;
      case Kind::kDigits:
        tokens += RoundedUp(size, 3);
        break;
      case Kind::kBlanks:  // One blank goes with the word behind it.
        tokens += size > 1 ? RoundedUp(size, 16) : 0;
        break;
      case Kind::kEnds:
        tokens += 1;
        break;
      case Kind::kOther:
        tokens += RoundedUp(size, 2);
        break;
    }
    i = end;
  }
  return std::max(tokens, RoundedUp(text.size(), 6));
}

}  // namespace patchmilter::review
