// Links, addresses and data in a word of foreign text. Part of the text hygiene
// (review/hygiene.h); included by review/*.cc only.
// Input: one word (no blanks) of hostile text. Linear. Threads: any.
// Tested in tests/review/hygiene_test.cc.
#ifndef PATCHMILTER_REVIEW_LINKS_H_
#define PATCHMILTER_REVIEW_LINKS_H_

#include <string>
#include <string_view>

namespace patchmilter::review {

// "scheme://", "www.", "mailto:", "host.org/…", "host.com": what mail readers
// make clickable; and what is dressed up not to be: "hxxp", "host[.]org".
bool HoldsLink(std::string_view word);

// "a@b.c", "<a@b>": what b4 takes for a person; "a[at]b.c".
bool HoldsAddress(std::string_view word);

// A run of 40 or more base64 letters, or one too long to be a name.
bool HoldsData(std::string_view word);

// Punctuation that closes a sentence or a clause.
bool ClosingMark(char c);

// `what` in the place of `word`; punctuation at its end stays.
std::string InPlaceOf(std::string_view word, std::string_view what);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_LINKS_H_
