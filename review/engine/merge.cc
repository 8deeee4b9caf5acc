#include "review/engine/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/text.h"
#include "review/claim.h"

namespace patchmilter::review {
namespace {

using Json = nlohmann::json;

// Words alone join from 0.51 on (review/claim.h); with a model's word less is
// enough, but not nothing.
constexpr double kSomeWords = 0.2;
// An explanation beyond this is cut for the question.
constexpr std::size_t kMaxTold = 1'500;

const std::string& PathOf(const Finding& finding) {
  static const std::string kNone;
  return finding.anchors.empty() ? kNone : finding.anchors.front().path;
}

bool MayBeOne(const Finding& a, const Finding& b) {
  if (!PathOf(a).empty() && PathOf(a) == PathOf(b) &&
      a.category == b.category) {
    return true;
  }
  return OverlapOf(ClaimWords(a.title, a.explanation),
                   ClaimWords(b.title, b.explanation)) >= kSomeWords;
}

double Weight(const Finding& finding) {
  const Severity severity =
      finding.reachability && finding.consequence
          ? ComputeSeverity(*finding.reachability, *finding.consequence,
                            finding.confidence)
          : finding.severity;
  return static_cast<double>(severity) + finding.confidence;
}

// The numbers of a group that name findings, as indices.
std::vector<std::size_t> GroupOf(const Json& json, std::size_t count) {
  std::set<std::size_t> group;
  if (!json.is_array()) return {};
  for (const Json& number : json) {
    if (!number.is_number_integer()) return {};
    const auto value = number.get<std::int64_t>();
    if (value < 1 || value > static_cast<std::int64_t>(count)) return {};
    group.insert(static_cast<std::size_t>(value - 1));
  }
  return {group.begin(), group.end()};
}

}  // namespace

std::string_view MergeSchema() {
  return R"({"type":"object","properties":{"same":{"type":"array",)"
         R"("items":{"type":"array","items":{"type":"integer"}}}},)"
         R"("required":["same"],"additionalProperties":false})";
}

std::string MergeTask(const Fence& fence,
                      const std::vector<const Finding*>& findings) {
  std::string all;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const Finding& finding = *findings[i];
    all +=
        fmt::format("finding {}, patch {}, {}, {}\n{}\n{}\n\n", i + 1,
                    finding.anchors.empty() ? 0 : finding.anchors.front().patch,
                    PathOf(finding), finding.category, finding.title,
                    CutBytes(finding.explanation, kMaxTold));
  }
  return fmt::format(
      "Task: merge findings\n\nReviewers of one series have reported these "
      "findings, and each was confirmed. Which of them are one and the same "
      "fault, told twice: one change would put both right? Faults that are "
      "only alike, or follow from one another, are several. When in doubt "
      "leave them apart.\n\nAnswer with JSON: \"same\" is a list of groups, "
      "each a list of the numbers of findings that are one; findings that "
      "stand alone are in no group.\n\n{}",
      fence.Fenced("findings of reviewers", all));
}

std::vector<std::size_t> MergedBy(std::string_view answer,
                                  const std::vector<const Finding*>& findings) {
  std::vector<std::size_t> same(findings.size());
  std::iota(same.begin(), same.end(), std::size_t{0});
  const Json json = Json::parse(answer, nullptr, false);
  if (!json.is_object() || !json.contains("same") || !json["same"].is_array()) {
    return same;
  }
  std::set<std::size_t> taken;
  for (const Json& each : json["same"]) {
    const std::vector<std::size_t> group = GroupOf(each, findings.size());
    const bool known = std::any_of(
        group.begin(), group.end(),
        [&taken](std::size_t index) { return taken.contains(index); });
    if (group.size() < 2 || known) continue;
    taken.insert(group.begin(), group.end());
    const std::size_t stays = *std::max_element(
        group.begin(), group.end(), [&findings](std::size_t a, std::size_t b) {
          return Weight(*findings[a]) < Weight(*findings[b]);
        });
    for (const std::size_t index : group) {
      if (MayBeOne(*findings[stays], *findings[index])) same[index] = stays;
    }
  }
  return same;
}

}  // namespace patchmilter::review
