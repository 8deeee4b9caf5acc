// Message-IDs as they stand in headers.
// Input: unfolded values of a hostile mail. Linear.
// Threads: any.  Tested in tests/mime/values_test.cc.
#ifndef PATCHMILTER_MIME_MESSAGE_ID_H_
#define PATCHMILTER_MIME_MESSAGE_ID_H_

#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::mime {

// A longer one is none: no line of a mail may be longer (RFC 5322 2.1.1).
inline constexpr std::size_t kMaxMessageId = 998;

// The ids in `value`, in order, without <> and without the blanks that mailers
// fold into them. Text between ids ("Your message of …") is skipped. Where no
// "<" stands, words with an "@" are ids.
std::vector<std::string> ParseMessageIds(std::string_view value);

// The one id of a Message-ID header, "" where there is none. An id without
// "@", and one without "<>", are ids too.
std::string ParseMessageId(std::string_view value);

// Can stand between "<" and ">" in a header of ours.
bool IsSafeMessageId(std::string_view id);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_MESSAGE_ID_H_
