// The trailers of a commit message, by git interpret-trailers' idea of them.
// Input: hostile text. Linear. Threads: any.
// Tested in tests/mime/text_test.cc.
#ifndef PATCHMILTER_MIME_TRAILERS_H_
#define PATCHMILTER_MIME_TRAILERS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "mime/patch_mail.h"

namespace patchmilter::mime {

// A last paragraph of more lines is none of trailers.
inline constexpr std::size_t kMaxTrailerLines = 10'000;

// The last paragraph of `message` where it is a block of trailers: all its
// lines are, or one is git's own (Signed-off-by, "(cherry picked from commit")
// and at least a quarter are (git-interpret-trailers(1)). A folded line
// belongs to the trailer in front of it. `first_line` is the message's place
// in Mail::text.
std::vector<Trailer> ReadTrailers(std::string_view message,
                                  std::uint32_t first_line);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_TRAILERS_H_
