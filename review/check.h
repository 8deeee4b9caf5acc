// Check: a deterministic test of a series that needs no model.
//
// The registry is the one place that knows them all: the engine runs them,
// `patchmilter checks` and docs/checks.md are printed from it, and
// check-config asks it for unknown names.
//
// A check takes hostile mails that are taken apart already, and adds findings;
// it prints nothing, keeps no state between calls, and is linear (or nearly)
// in the size of the series.  Threads: any.
// Tested in tests/review/checks_test.cc (recall, precision on clean series)
// and tests/review/checks_manual_test.cc.
#ifndef PATCHMILTER_REVIEW_CHECK_H_
#define PATCHMILTER_REVIEW_CHECK_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "review/engine.h"
#include "review/finding.h"

namespace patchmilter::review {

struct Check {
  std::string_view name;     // kebab-case; a finding's category.
  std::string_view summary;  // One line, no full stop.
  // Paragraphs of plain text, a blank line between them: what it looks for,
  // what it leaves alone, and why that is so.
  std::string_view manual;
  std::string_view bad;   // An excerpt of a mail that it speaks about.
  std::string_view good;  // The same, put right.
  bool on_by_default = true;
  bool needs_tree = false;             // Is not made where no tree is at hand.
  Severity severity = Severity::kLow;  // Of most of its findings.
  void (*run)(const SeriesUnderReview& series, const Check& self,
              std::vector<Finding>* findings) = nullptr;
};

// In the order in which they run and are documented.
const std::vector<Check>& AllChecks();

// Whether `name` may stand in disable_checks or enable_checks.
bool KnownCheck(std::string_view name);

// Whether it runs for `list` (null: the defaults). disable_checks wins over
// enable_checks.
bool CheckEnabled(const Check& check, const ListConfig* list);

// docs/checks.md, made from the registry.
std::string ChecksManual();

// For checks: a finding of `check`, sure of itself.
Finding CheckFinding(const Check& check, std::string title,
                     std::string explanation, std::vector<Anchor> anchors);

// "patch 3", "patches 1, 3 and 5 to 7".
std::string PatchNumbers(const std::vector<std::int64_t>& numbers);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_CHECK_H_
