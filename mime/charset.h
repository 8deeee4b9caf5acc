// Text in any charset to UTF-8.
//
// Input: bytes and a charset name of a hostile mail. Names that are none (`y`,
// typed at a prompt of git send-email) count as UTF-8 where the bytes are that,
// else as Latin-1; bytes that do not fit become U+FFFD. The result is always
// valid UTF-8. Linear.
// Threads: any after InitMime().  Tested in tests/mime/text_test.cc.
#ifndef PATCHMILTER_MIME_CHARSET_H_
#define PATCHMILTER_MIME_CHARSET_H_

#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::mime {

// No byte above 0x7f.
bool IsAscii(std::string_view text);

// UTF-8 where it is, else each byte as a character of Latin-1.
std::string GuessUtf8(std::string text);

// `charset` "" is a charset that was not given. What was mended is said in
// `problems`. Where the answer is not `text` itself, `text` is moved to
// `*as_sent` (may be null); else that is left alone.
std::string ToUtf8(std::string text, std::string_view charset,
                   std::vector<std::string>* problems,
                   std::string* as_sent = nullptr);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_CHARSET_H_
