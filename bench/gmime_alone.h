// The peer of bench/mail_speed: GMime by itself.
//
// Parses a mail with GMime's own parser, reads the headers that threading
// needs, and decodes every text part to UTF-8: what any program built on GMime
// pays before it does anything of its own.
//
// Threads: one.
#ifndef PATCHMILTER_BENCH_GMIME_ALONE_H_
#define PATCHMILTER_BENCH_GMIME_ALONE_H_

#include <cstddef>
#include <string_view>

namespace patchmilter::bench {

// Bytes of headers and decoded text: so that nothing is left out unseen.
std::size_t ReadWithGMime(std::string_view raw);

}  // namespace patchmilter::bench

#endif  // PATCHMILTER_BENCH_GMIME_ALONE_H_
