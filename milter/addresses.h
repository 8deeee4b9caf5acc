// The two kinds of header that say whose mail it is, read without a MIME
// parser: List-Id, and the addresses in To and Cc.
//
// Input is hostile: any bytes, any length (the MTA cuts a header at about
// 60 kB; kMaxHeaderScan bounds the work here). Linear time, no recursion.
// Threads: any.  Tested in tests/milter/addresses_test.cc.
#ifndef PATCHMILTER_MILTER_ADDRESSES_H_
#define PATCHMILTER_MILTER_ADDRESSES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::milter {

// Bytes of a header's value that are looked at; what follows is not read.
inline constexpr std::size_t kMaxHeaderScan = 64 << 10;

// RFC 2919 3: the identifier between the last < and the > behind it, without
// white space (folds), in lower case. A value with no <> counts as a bare
// identifier where it is one word; else "".
std::string ParseListId(std::string_view value);

// RFC 5322 3.4, leniently: the addresses of a To or Cc value, in lower case,
// in order. Display names, quoted strings, comments, groups and routes are
// passed over. A quote or bracket that is never closed counts as a plain
// character, so that one broken entry does not hide the others.
std::vector<std::string> ScanAddresses(std::string_view value);

// An envelope address as MAIL and RCPT give it: without <>, source route and
// surrounding space; case kept.
std::string EnvelopeAddress(std::string_view argument);

}  // namespace patchmilter::milter

#endif  // PATCHMILTER_MILTER_ADDRESSES_H_
