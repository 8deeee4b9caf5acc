// What a finding's prose says itself of when the fault came: "This isn't a bug
// introduced by this patch, but …", "a pre-existing issue".
//
// Input: hostile prose; linear in it. Threads: any.
// Tested in tests/review/own_word_test.cc.
#ifndef PATCHMILTER_REVIEW_OWN_WORD_H_
#define PATCHMILTER_REVIEW_OWN_WORD_H_

#include <string>
#include <string_view>

namespace patchmilter::review {

// The words by which the prose says that the fault was there before, as they
// stand there in lower case; "" where it says no such thing. Only what is said
// of a fault counts: "the pre-existing helper" and "isn't this a regression?"
// say nothing.
std::string SaysPreExisting(std::string_view prose);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_OWN_WORD_H_
