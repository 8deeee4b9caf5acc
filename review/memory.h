// The memory of findings: what earlier reviews of a series have said, and what
// became of it.
//
// It is made of marks (review/finding_mark.h), whether they come from the store
// or from the headers of archived mails: both give the same answers.
//
// A finding that repeats one of the previous revision is told in one line. One
// that is not repeated is fixed where the lines that it hung on have changed or
// are gone, not touched where they stand as they stood (or were not sent
// again), gone where the series has dropped its file. A check that says nothing
// of it any more has seen it fixed; a model that says nothing may have
// overlooked it, and only the lines decide.
//
// Input: marks (hostile), findings behind the anchor gate. Work: findings times
// memory, each at most kMaxMemory; linear in the diffs.
// Threads: values.  Tested in tests/review/memory_test.cc.
#ifndef PATCHMILTER_REVIEW_MEMORY_H_
#define PATCHMILTER_REVIEW_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "review/claim.h"
#include "review/engine.h"
#include "review/finding.h"
#include "review/finding_mark.h"

namespace patchmilter::review {

// Findings of one revision that are remembered; later ones are not.
inline constexpr std::size_t kMaxMemory = 1000;

struct Remembered {
  FindingMark mark;
  Claim claim;  // ClaimOf(mark).
};

struct Memory {
  std::int64_t version = 0;  // The revision that `previous` was said of.
  std::vector<Remembered> previous;
  // Said in earlier rounds of this very series: not said again in any form.
  std::vector<Remembered> earlier_rounds;

  bool empty() const { return previous.empty() && earlier_rounds.empty(); }
};

void Remember(FindingMark mark, std::vector<Remembered>* memory);

// Index into `memory` of what is one claim with `claim`, the most alike first,
// of equals the first.
std::optional<std::size_t> FindRepeat(const Claim& claim,
                                      const std::vector<Remembered>& memory);

// What became of a finding of the previous revision.
struct PreviousFate {
  enum class Kind : std::uint8_t {
    kFixed,         // The lines that it hung on have changed or are gone.
    kStillPresent,  // Found again in this revision.
    kNotTouched,    // Not found again, and its lines stand as they stood.
    kGone,          // Its file is no longer part of the series.
  };
  std::string fingerprint;
  std::string title;  // One line; foreign text.
  Kind kind = Kind::kNotTouched;
  std::int64_t patch = 0;  // Of this revision, else of the previous; 0: none.
  Severity severity = Severity::kLow;
  std::string path;        // Foreign text.
  std::string function;    // Foreign text.
  std::uint32_t line = 0;  // In this revision; 0: not known.
  std::int64_t since = 0;  // The revision that was told first; 0: not known.
  std::size_t places = 1;  // How many findings of this revision repeat it.
  // Of kNotTouched: what this revision's mails and rows carry on, so that the
  // next one remembers it.
  std::optional<FindingMark> carried;
};
std::string_view PreviousFateName(PreviousFate::Kind kind);  // "fixed", …

// One for each finding of `series.memory->previous`; none for those of which
// nothing can be said yet, because patches of the series are missing.
// `still_present`: what the said-before gate has set apart.
std::vector<PreviousFate> PreviousFatesOf(
    const SeriesUnderReview& series, const std::vector<Finding>& still_present);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_MEMORY_H_
