#include "review/finding.h"

#include <algorithm>
#include <array>

namespace patchmilter::review {

namespace {

constexpr std::array<std::string_view, 4> kSeverities = {"low", "medium",
                                                         "high", "critical"};
constexpr std::array<std::string_view, 4> kReachabilities = {
    "unlikely", "rare", "common", "always"};
constexpr std::array<std::string_view, 5> kConsequences = {
    "cosmetic", "minor", "misbehaviour", "crash", "corruption"};
constexpr std::array<std::string_view, 6> kFates = {
    "kept", "re-routed", "merged", "pre-existing", "still-present", "dropped"};

template <typename Enum, std::size_t kSize>
std::optional<Enum> Parse(const std::array<std::string_view, kSize>& names,
                          std::string_view name) {
  for (std::size_t i = 0; i < kSize; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

template <typename Enum, std::size_t kSize>
std::string_view Name(const std::array<std::string_view, kSize>& names,
                      Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

constexpr Severity kL = Severity::kLow;
constexpr Severity kM = Severity::kMedium;
constexpr Severity kH = Severity::kHigh;
constexpr Severity kC = Severity::kCritical;

// By consequence (down) and reachability (unlikely, rare, common, always).
// "critical" is kept for damage that ordinary use does; a thing that nobody
// meets is never above medium.
constexpr std::array<std::array<Severity, 4>, 5> kTable = {{
    {kL, kL, kL, kL},  // cosmetic
    {kL, kL, kL, kM},  // minor
    {kL, kM, kM, kH},  // misbehaviour
    {kM, kM, kH, kH},  // crash
    {kM, kH, kC, kC},  // corruption
}};

}  // namespace

std::string_view SeverityName(Severity severity) {
  return Name(kSeverities, severity);
}

std::optional<Severity> ParseSeverity(std::string_view name) {
  return Parse<Severity>(kSeverities, name);
}

std::string_view ReachabilityName(Reachability value) {
  return Name(kReachabilities, value);
}

std::optional<Reachability> ParseReachability(std::string_view name) {
  return Parse<Reachability>(kReachabilities, name);
}

std::string_view ConsequenceName(Consequence value) {
  return Name(kConsequences, value);
}

std::optional<Consequence> ParseConsequence(std::string_view name) {
  return Parse<Consequence>(kConsequences, name);
}

std::string_view FateName(Fate::Kind kind) { return Name(kFates, kind); }

Severity ComputeSeverity(Reachability reachability, Consequence consequence,
                         double confidence, Severity cap) {
  Severity severity = kTable.at(static_cast<std::size_t>(consequence))
                          .at(static_cast<std::size_t>(reachability));
  // Written so that a NaN is below.
  if (!(confidence >= kSure) && severity != Severity::kLow) {
    severity = static_cast<Severity>(static_cast<int>(severity) - 1);
  }
  return std::min(severity, cap);
}

}  // namespace patchmilter::review
