// Unicode characters of foreign text: which are seen, and how wide they are.
// Part of the text hygiene (review/hygiene.h); included by review/*.cc, and by
// what of app/ prints foreign text.
// Threads: any.  Tested in tests/review/hygiene_test.cc.
#ifndef PATCHMILTER_REVIEW_CHARACTERS_H_
#define PATCHMILTER_REVIEW_CHARACTERS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace patchmilter::review {

struct Decoded {
  std::uint32_t code = 0;
  std::size_t size = 1;  // In bytes.
};

// The character at `i`. REQUIRES: valid UTF-8, i < text.size().
Decoded DecodeAt(std::string_view text, std::size_t i);

// Controls, format characters (Unicode category Cf), variation selectors, tags,
// private use, non-characters.
bool Invisible(std::uint32_t code);

// East Asian wide and full-width: two columns on a terminal.
bool Wide(std::uint32_t code);

// Valid UTF-8 of visible characters, tabs and LF only: other blanks become
// blanks; controls, bidi, zero-width, private and emoji characters go. What is
// ASCII in another dress (full-width and mathematical letters, all dashes,
// colons, typographic quotes, bullets, arrows) becomes ASCII, so that no later
// rule has to know it. At most three combining marks on one character stay.
std::string CleanCharacters(std::string_view raw);

// As CleanCharacters, but in no other dress, emoji and all: for what must stay
// as it was written (a subject, a path).
std::string VisibleCharacters(std::string_view raw);

// Cyrillic and Greek letters that look like Latin ones, as those: for
// comparing only.
std::string LatinSkeleton(std::string_view text);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_CHARACTERS_H_
