// Attribution lines: what mailers put above a quote.
//
//   On Fri, Nov 20, 2026 at 9:01 PM Jane Roe <jane@example.org> wrote:
//   Le 20/11/2026 à 21:01, Jane Roe a écrit :
//   Jane Roe <jane@example.org> writes:
//
// Input: lines of hostile mails. Threads: any.
// Tested in tests/review/prompts/people_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_ATTRIBUTION_H_
#define PATCHMILTER_REVIEW_PROMPTS_ATTRIBUTION_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::review {

// Mailers fold it to at most so many lines.
inline constexpr std::size_t kAttributionLines = 3;

struct AttributionLine {
  std::size_t lines = 0;  // How many lines it has; 0: there is none.
  std::string name;       // May be empty.
  std::string email;      // May be empty.
};

// Whether `lines` (without marks of quoting) begin with one.
AttributionLine FindAttribution(const std::vector<std::string_view>& lines);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_ATTRIBUTION_H_
