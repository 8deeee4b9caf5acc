#include "review/checks_engine.h"

#include <algorithm>
#include <utility>

#include "review/check.h"

namespace patchmilter::review {
namespace {

// A patch whose end we have cut off looks mangled, and the fault is ours: what
// is found in such patches alone is not said.
bool OnlyInCutPatches(const Finding& finding, const SeriesUnderReview& series) {
  return !finding.anchors.empty() &&
         std::all_of(finding.anchors.begin(), finding.anchors.end(),
                     [&series](const Anchor& anchor) {
                       const auto patch = series.patches.find(anchor.patch);
                       return patch != series.patches.end() &&
                              !TakenInWhole(*patch->second);
                     });
}

}  // namespace

bool TakenInWhole(const mime::PatchMail& patch) {
  const std::vector<diff::Problem>& problems = patch.diff.problems();
  return !patch.mail.cut &&
         std::none_of(problems.begin(), problems.end(),
                      [](const diff::Problem& problem) {
                        return problem.kind == diff::ProblemKind::kTooLarge;
                      });
}

Result<EngineResult> ChecksEngine::Review(const SeriesUnderReview& series) {
  EngineResult result;
  result.engine = "checks";
  result.version = std::string(kChecksVersion);
  for (const auto& [number, patch] : series.patches) {
    bool whole = TakenInWhole(*patch);
    if (!whole) {
      result.coverage.missed[number] =
          "it is larger than what is taken in; its end was not read";
    } else if (patch->diff.empty()) {
      whole = false;
      result.coverage.missed[number] = "the mail holds no diff";
    }
    result.coverage.whole[number] = whole;
  }
  std::size_t ran = 0;
  bool order = false;
  for (const Check& check : AllChecks()) {
    if (!CheckEnabled(check, series.list)) continue;
    if (check.needs_tree && series.apply.status == tree::ApplyStatus::kNoTree) {
      continue;
    }
    ++ran;
    const std::size_t before = result.findings.size();
    check.run(series, check, &result.findings);
    if (check.name == "used-before-defined" && series.patches.size() > 1 &&
        result.findings.size() == before) {
      order = true;
    }
  }
  std::erase_if(result.findings, [&series](const Finding& finding) {
    return OnlyInCutPatches(finding, series);
  });
  result.overview.push_back(
      std::to_string(ran) + (ran == 1 ? " check was" : " checks were") +
      (series.patches.size() == 1 ? " made of the patch's form"
                                  : " made of each patch's form and of the "
                                    "order of the patches") +
      "; none of them judges what the code does.");
  if (order) {
    result.overview.push_back(
        "No patch was seen to use a function, macro or type that only a later "
        "patch defines.");
  }
  return result;
}

}  // namespace patchmilter::review
