#include "mime/encoded_word.h"

#include <gmime/gmime.h>

#include "base/handle.h"
#include "base/text.h"
#include "mime/charset.h"

namespace patchmilter::mime {
namespace {

constexpr size_t kLineColumns = 78;  // RFC 5322 2.1.1.
// RFC 2047 2: an encoded word has at most 75 characters.
constexpr size_t kWordColumns = 75;
constexpr std::string_view kWordBegin = "=?utf-8?q?";
constexpr std::string_view kWordEnd = "?=";

std::string WithoutControls(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return text;
}

// A word longer than this in plain text is encoded, so that it can be folded.
constexpr size_t kLongestPlainWord = 900;

bool NeedsEncoding(std::string_view text) {
  size_t word = 0;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x7f) return true;
    word = c == ' ' ? 0 : word + 1;
    if (word > kLongestPlainWord) return true;
  }
  // What looks like an encoded word would be decoded by the reader; blanks at
  // the ends and double ones would not outlive folding.
  return text.find("=?") != std::string_view::npos ||
         text.find("  ") != std::string_view::npos || text.starts_with(' ') ||
         text.ends_with(' ');
}

// One character (UTF-8) of an encoded word, "q" encoding (RFC 2047 5 (3), the
// narrow set, which may also stand in a phrase).
std::string Quoted(std::string_view character) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (character == " ") return "_";
  std::string out;
  for (const char c : character) {
    if (IsAlnumAscii(c) ||
        std::string_view("!*+-/").find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '=';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

size_t CharacterLength(std::string_view text) {
  size_t length = 1;
  while (length < text.size() &&
         (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) {
    ++length;
  }
  return length;
}

std::string FoldPlain(std::string_view text, size_t used) {
  std::string out;
  size_t column = used;
  for (const std::string_view word : Split(text, ' ')) {
    if (&word.front() != &text.front()) {
      if (column + 1 + word.size() > kLineColumns) {
        out += "\n ";
        column = 1;
      } else {
        out += ' ';
        ++column;
      }
    }
    out += word;
    column += word.size();
  }
  return out;
}

}  // namespace

std::string DecodeHeaderText(std::string_view value) {
  if (value.find("=?") == std::string_view::npos) {
    return WithoutControls(GuessUtf8(std::string(value)));
  }
  // GMime passes 8-bit bytes through a guess of its own: give it UTF-8.
  std::string clean = WithoutControls(GuessUtf8(std::string(value)));
  const CHandle<char, g_free> decoded(
      g_mime_utils_header_decode_text(nullptr, clean.c_str()));
  if (decoded == nullptr) return clean;
  return WithoutControls(ToValidUtf8(decoded.get()));
}

std::string EncodeHeaderText(std::string_view text, size_t used) {
  std::string clean = WithoutControls(ToValidUtf8(text));
  if (clean.empty()) return clean;
  if (!NeedsEncoding(clean)) return FoldPlain(clean, used);
  std::string out;
  std::string_view rest = clean;
  size_t column = used;
  size_t word = 0;  // Characters of the word that is open; 0 where none is.
  while (!rest.empty()) {
    const size_t length = CharacterLength(rest);
    const std::string quoted = Quoted(rest.substr(0, length));
    const size_t more = quoted.size() + kWordEnd.size();
    if (word > 0 &&
        (word + more > kWordColumns || column + more > kLineColumns)) {
      out += kWordEnd;
      out += "\n ";
      column = 1;
      word = 0;
    }
    if (word == 0) {
      out += kWordBegin;
      word = kWordBegin.size();
      column += word;
    }
    out += quoted;
    word += quoted.size();
    column += quoted.size();
    rest.remove_prefix(length);
  }
  out += kWordEnd;
  return out;
}

}  // namespace patchmilter::mime
