// RFC 2047 encoded words: `=?utf-8?q?B=C3=A4r?=`.
// Input of Decode: a hostile header value, unfolded. Input of Encode: any text.
// Threads: any after InitMime().  Tested in tests/mime/values_test.cc.
#ifndef PATCHMILTER_MIME_ENCODED_WORD_H_
#define PATCHMILTER_MIME_ENCODED_WORD_H_

#include <string>
#include <string_view>

namespace patchmilter::mime {

// The text that `value` stands for, in valid UTF-8 without control bytes.
// Adjacent words are one text, also where a character is cut in two by them.
std::string DecodeHeaderText(std::string_view value);

// `text` (UTF-8; what is not becomes U+FFFD, control bytes become blanks) as
// the value of a header whose name and colon take `used` columns: as it is
// where it is plain ASCII, else in encoded words; folded with LF and a blank at
// 78 columns where it can be, and always under 998 bytes a line.
std::string EncodeHeaderText(std::string_view text, size_t used);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_ENCODED_WORD_H_
