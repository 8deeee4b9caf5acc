#include "review/findings_engine.h"

namespace patchmilter::review {

Result<EngineResult> FindingsEngine::Review(const SeriesUnderReview& series) {
  EngineResult result;
  result.findings = file_.findings;
  result.engine = file_.engine.empty() ? "findings" : file_.engine;
  result.version = file_.engine_version;
  if (!file_.model.empty()) {
    if (!result.version.empty()) result.version += ", ";
    result.version += file_.model;
  }
  for (const auto& [number, patch] : series.patches) {
    result.coverage.whole[number] = false;
    result.coverage.missed[number] =
        "its findings came from a file, which does not tell what was read";
  }
  return result;
}

}  // namespace patchmilter::review
