// What must stand in no mail of ours, said with regular expressions and tables
// that share nothing with the code under test: the rules of git
// (trailer.c, mailinfo.c), b4 (find_trailers, DIFF_RE, DIFFSTAT_RE) and
// patchwork, and the marks that other tools look for.
// Tested in tests/review/hygiene_property_test.cc (TheOracleIsAwake).
#ifndef PATCHMILTER_TESTS_REVIEW_MAIL_ORACLE_H_
#define PATCHMILTER_TESTS_REVIEW_MAIL_ORACLE_H_

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::review {

// What is wrong with a line that stands unquoted above the signature; "fault:
// line" each. `columns`: how wide it may be.
std::vector<std::string> LineFaults(const std::string& line,
                                    std::size_t columns = 78);

// What is wrong with a whole body: LineFaults of what is not quoted, one
// signature, at most `max_lines` lines, nothing wider than 78 columns outside
// quotes, no byte that a terminal would obey anywhere.
std::vector<std::string> BodyFaults(const std::string& body,
                                    std::size_t max_lines = 150);

// What b4 would take for trailers of this body: "name: value" each.
std::vector<std::string> HarvestedTrailers(const std::string& body);

// Text made of pieces that are harmful, or become so when they meet.
std::string HostileText(std::mt19937* random, int max_pieces = 40);

// The lines of `text`, without LF.
std::vector<std::string> BodyLines(std::string_view text);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_TESTS_REVIEW_MAIL_ORACLE_H_
