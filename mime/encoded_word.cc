#include "mime/encoded_word.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <optional>

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

// "=?charset?b?text?=" at the start of a value, taken apart.
struct Word {
  std::string_view charset;
  char encoding = 'q';  // Or 'b'.
  std::string_view text;
  size_t size = 0;  // Of the whole word.
};

std::optional<Word> TakeWord(std::string_view value) {
  if (!value.starts_with("=?")) return std::nullopt;
  // A word holds no blank and no other '?' (RFC 2047 2); what is odd in this
  // way is left to GMime.
  const auto field = [&](size_t begin) -> std::optional<std::string_view> {
    const size_t end = value.find_first_of("? \t", begin);
    if (end == value.npos || value[end] != '?') return std::nullopt;
    return value.substr(begin, end - begin);
  };
  Word word;
  const auto charset = field(2);
  if (!charset) return std::nullopt;
  word.charset = charset->substr(0, charset->find('*'));  // RFC 2231 5.
  const size_t encoding = 2 + charset->size() + 1;
  const auto letter = field(encoding);
  if (!letter || letter->size() != 1) return std::nullopt;
  word.encoding = ToLowerAscii(letter->front());
  if (word.encoding != 'b' && word.encoding != 'q') return std::nullopt;
  const auto text = field(encoding + 2);
  if (!text) return std::nullopt;
  word.text = *text;
  word.size = encoding + 2 + text->size() + 2;
  if (value.substr(0, word.size).size() < word.size ||
      value[word.size - 1] != '=') {
    return std::nullopt;
  }
  return word;
}

std::string BytesOf(const Word& word) {
  std::string bytes;
  if (word.encoding == 'b') {
    gsize size = 0;
    const CHandle<guchar, g_free> decoded(
        g_base64_decode(std::string(word.text).c_str(), &size));
    bytes.assign(decoded.get(), decoded.get() + size);
    return bytes;
  }
  for (size_t i = 0; i < word.text.size(); ++i) {
    const char c = word.text[i];
    if (c == '=' && i + 2 < word.text.size() &&
        g_ascii_isxdigit(word.text[i + 1]) &&
        g_ascii_isxdigit(word.text[i + 2])) {
      bytes += static_cast<char>(g_ascii_xdigit_value(word.text[i + 1]) * 16 +
                                 g_ascii_xdigit_value(word.text[i + 2]));
      i += 2;
    } else {
      bytes += c == '_' ? ' ' : c;
    }
  }
  return bytes;
}

// Makes one word of neighbours that have one charset. GMime would decode
// their base64 as one stream, and stop at the padding of the first; and a
// character may be cut in two by words of two encodings.
std::string MergeWords(std::string_view value) {
  std::string out;
  while (!value.empty()) {
    const size_t begin = std::min(value.find("=?"), value.size());
    out += value.substr(0, begin);
    value.remove_prefix(begin);
    if (value.empty()) break;
    const auto first = TakeWord(value);
    if (!first) {
      out += value.substr(0, 2);
      value.remove_prefix(2);
      continue;
    }
    std::string bytes;
    size_t words = 0;
    std::string_view rest = value;
    std::string_view behind = value;  // The last word that was taken.
    for (auto next = first;
         next && EqualsIgnoreCase(next->charset, first->charset);
         next = TakeWord(rest)) {
      bytes += BytesOf(*next);
      rest.remove_prefix(next->size);
      behind = rest;
      ++words;
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    }
    if (words == 1) {
      out += value.substr(0, first->size);
    } else {
      const CHandle<char, g_free> encoded(g_base64_encode(
          reinterpret_cast<const guchar*>(bytes.data()), bytes.size()));
      out += "=?";
      out += first->charset;
      out += "?b?";
      out += encoded.get();
      out += "?=";
    }
    value = behind;
  }
  return out;
}

}  // namespace

std::string DecodeHeaderText(std::string_view value) {
  if (value.find("=?") == std::string_view::npos) {
    return WithoutControls(GuessUtf8(std::string(value)));
  }
  // GMime passes 8-bit bytes through a guess of its own: give it UTF-8.
  std::string clean =
      MergeWords(WithoutControls(GuessUtf8(std::string(value))));
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
