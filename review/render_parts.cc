#include "review/render_parts.h"

#include <algorithm>

#include "base/text.h"
#include "review/anchor.h"
#include "review/hygiene.h"

namespace patchmilter::review {

RenderInput::RenderInput(const SeriesUnderReview& under,
                         const EngineResult& result, const GatedReview& gated,
                         const RenderContext& how)
    : series(under), engine(result), review(gated), context(how) {
  for (const Finding& finding : review.kept) {
    const bool of_series =
        finding.anchors.empty() ||
        finding.anchors.front().kind == AnchorKind::kSeries ||
        series.patches.count(finding.anchors.front().patch) == 0;
    const std::int64_t of = of_series ? 0 : finding.anchors.front().patch;
    if (!CoveredBefore(*this, of)) by_patch[of].push_back(&finding);
  }
  for (const auto& [number, patch] : series.patches) {
    if (patch_ids.size() >= kMaxFooterFiles && by_patch.count(number) == 0) {
      continue;
    }
    patch_ids[number] = patch->diff_to_apply().StablePatchId();
  }
}

SeverityCounts Count(const FindingList& findings) {
  SeverityCounts counts;
  for (const Finding* finding : findings) {
    ++counts.of[static_cast<std::size_t>(finding->severity)];
  }
  return counts;
}

std::string CountsInWords(const SeverityCounts& counts) {
  std::string text;
  for (std::size_t i = counts.of.size(); i-- > 0;) {
    if (counts.of[i] == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::to_string(counts.of[i]) + " ";
    text += SeverityName(static_cast<Severity>(i));
  }
  return text;
}

std::string FindingsInWords(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " finding" : " findings");
}

FindingList BySeverity(FindingList findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding* a, const Finding* b) {
                     return a->severity > b->severity;
                   });
  return findings;
}

std::string PatchLabel(const RenderInput& in, std::int64_t patch) {
  std::int64_t total = static_cast<std::int64_t>(in.series.patches.size());
  if (in.series.series != nullptr) total = in.series.series->expected;
  return std::to_string(patch) + "/" + std::to_string(total);
}

std::string PatchLabels(const RenderInput& in,
                        const std::vector<std::int64_t>& patches) {
  std::string text;
  for (std::size_t i = 0; i < patches.size(); ++i) {
    if (i == 12) {
      text += " and " + std::to_string(patches.size() - i) + " more";
      break;
    }
    if (i > 0) text += i + 1 == patches.size() ? " and " : ", ";
    text += PatchLabel(in, patches[i]);
  }
  return text;
}

bool CoveredBefore(const RenderInput& in, std::int64_t patch) {
  const std::vector<std::int64_t>& before = in.context.covered_before;
  return std::find(before.begin(), before.end(), patch) != before.end();
}

const FindingList& FindingsOf(const RenderInput& in, std::int64_t patch) {
  static const FindingList none;
  auto found = in.by_patch.find(patch);
  return found == in.by_patch.end() ? none : found->second;
}

std::vector<std::int64_t> MissingPatches(const RenderInput& in) {
  if (in.series.series == nullptr || in.series.series->partial_reroll) {
    return {};
  }
  return in.series.series->Missing();
}

bool WholeCoverage(const RenderInput& in) {
  if (in.series.patches.empty() || !MissingPatches(in).empty()) return false;
  if (!in.engine.coverage.missed.empty()) return false;
  for (const auto& [number, patch] : in.series.patches) {
    if (CoveredBefore(in, number)) continue;
    auto whole = in.engine.coverage.whole.find(number);
    if (whole == in.engine.coverage.whole.end() || !whole->second) return false;
  }
  return true;
}

bool NothingRead(const RenderInput& in) {
  for (const auto& [number, whole] : in.engine.coverage.whole) {
    if (whole) return false;
  }
  // A patch that was read in part is named in `missed` as one that was.
  for (const auto& [number, patch] : in.series.patches) {
    if (in.engine.coverage.whole.count(number) != 0 && !patch->diff.empty()) {
      return false;
    }
  }
  return true;
}

Lines Opening(const RenderInput& in) {
  std::string text = "This is an automatic review by patchmilter, engine \"" +
                     CleanLine(in.engine.engine, 40) +
                     "\". No person has checked it.";
  return WrapWords(text, kMailColumns);
}

std::size_t LineBudget(const RenderInput& in) {
  return static_cast<std::size_t>(
      std::max<std::int64_t>(in.context.max_mail_lines, 40));
}

std::string BodyOf(const Lines& body, const Lines& footer) {
  std::string text;
  for (const std::string& line : body) {
    // Quotes are the mail's own lines; all else passes the last net.
    if (line.substr(0, 1) != ">" && ForbiddenLine(line)) continue;
    text += line;
    text += '\n';
  }
  text += '\n';
  for (const std::string& line : footer) {
    text += line;
    text += '\n';
  }
  return text;
}

void AddBlock(const Lines& more, Lines* lines) {
  if (more.empty()) return;
  if (!lines->empty() && !lines->back().empty()) lines->emplace_back();
  lines->insert(lines->end(), more.begin(), more.end());
}

void AddWrapped(const std::string& text, Lines* lines) {
  AddBlock(WrapWords(text, kMailColumns), lines);
}

std::string Plural(std::size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

}  // namespace patchmilter::review
