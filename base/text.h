// ASCII text operations that do not depend on the locale. All take any bytes.
// Threads: any.
#ifndef PATCHMILTER_BASE_TEXT_H_
#define PATCHMILTER_BASE_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter {

constexpr char ToLowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr bool IsDigitAscii(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsAlphaAscii(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool IsAlnumAscii(char c) {
  return IsDigitAscii(c) || IsAlphaAscii(c);
}
// Space, tab, CR, LF, VT, FF.
constexpr bool IsSpaceAscii(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string ToLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix);
// npos where it is not there. REQUIRES: needle in lower case.
size_t FindIgnoreCase(std::string_view text, std::string_view needle,
                      size_t from = 0);

std::string_view TrimLeft(std::string_view text);
std::string_view TrimRight(std::string_view text);
std::string_view Trim(std::string_view text);

// "a,b,,c" by ',' gives "a", "b", "", "c"; "" gives one empty part.
std::vector<std::string_view> Split(std::string_view text, char separator);
std::string Join(const std::vector<std::string>& parts,
                 std::string_view separator);

// Walks the lines of a text; a line is given without its LF (a CR stays).
// A text that ends in LF has no empty last line.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : text_(text) {}
  // False at the end.
  bool Next(std::string_view* line);
  // Offset of the line given last, in bytes from the start of the text.
  size_t offset() const { return offset_; }

 private:
  std::string_view text_;
  size_t next_ = 0;
  size_t offset_ = 0;
};

// A decimal number and nothing else; nothing where it does not fit.
std::optional<std::uint64_t> ParseUnsigned(std::string_view text);

// `text` with every byte sequence that is not UTF-8 replaced by U+FFFD.
std::string ToValidUtf8(std::string_view text);
bool IsValidUtf8(std::string_view text);
// The longest beginning of at most `bytes` that ends between characters (of
// text that is UTF-8).
std::string_view CutBytes(std::string_view text, std::size_t bytes);

// How many single-character edits lie between the two, for "did you mean".
// Bounded: inputs over 100 bytes count as far apart.
size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace patchmilter

#endif  // PATCHMILTER_BASE_TEXT_H_
