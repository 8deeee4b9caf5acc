// What a finding weighs, before it is compared with others: computed from
// reachability and consequence where an engine gives them, and capped where no
// user runs the code that is meant. No gate: nothing falls here.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/text.h"
#include "review/gates/walk.h"

namespace patchmilter::review {

namespace {

// Tests, debug-only code, error injection: a crash there is a nuisance.
constexpr Severity kCap = Severity::kMedium;

bool IsTestPath(std::string_view path) {
  for (const std::string_view part : Split(path, '/')) {
    for (const std::string_view name :
         {"test", "tests", "testing", "selftests", "kunit", "testsuite"}) {
      if (part == name) return true;
    }
  }
  const std::string_view file = path.substr(path.rfind('/') + 1);
  const std::string_view stem = file.substr(0, file.find('.'));
  for (const std::string_view mark :
       {"_test", "-test", "_kunit", "-kunit", "_selftest", "-selftest"}) {
    if (stem.size() >= mark.size() &&
        stem.substr(stem.size() - mark.size()) == mark) {
      return true;
    }
  }
  return stem.substr(0, 5) == "test_" || stem.substr(0, 5) == "test-" ||
         stem.substr(0, 6) == "fault-" || stem.substr(0, 6) == "kunit_";
}

// A condition that only builds for finding faults set.
bool IsDebugCondition(std::string_view line) {
  if (line.find("#if") == std::string_view::npos ||
      line.find("#ifndef") != std::string_view::npos ||
      line.find("!defined") != std::string_view::npos) {
    return false;
  }
  for (const std::string_view word :
       {"DEBUG", "KUNIT", "SELFTEST", "SELF_TEST", "FAULT_INJECT",
        "FAIL_FUNCTION", "ERROR_INJECT"}) {
    if (line.find(word) != std::string_view::npos) return true;
  }
  return false;
}

bool Starts(std::string_view line, std::string_view word) {
  line = TrimLeft(line);
  if (line.empty() || line[0] != '#') return false;
  line = TrimLeft(line.substr(1));
  return line.substr(0, word.size()) == word;
}

// Whether the anchor stands behind such a condition, as far as its hunk shows.
bool InDebugBlock(const diff::Diff& diff, const Anchor& anchor) {
  const diff::Hunk& hunk = diff.files().at(*anchor.file).hunks.at(*anchor.hunk);
  int closed = 0;
  for (std::uint32_t i = *anchor.first_line; i-- > 0;) {
    if (i >= hunk.lines.size()) continue;
    const diff::Line& line = hunk.lines[i];
    if (line.kind == diff::LineKind::kRemoved) continue;
    const std::string_view text = diff.View(line.span);
    if (Starts(text, "endif")) ++closed;
    if (closed == 0 && (Starts(text, "else") || Starts(text, "elif"))) {
      return false;  // The other branch.
    }
    if (!Starts(text, "if")) continue;
    if (closed > 0) {
      --closed;
    } else if (IsDebugCondition(text)) {
      return true;
    }
  }
  return false;
}

bool Capped(const Walk& walk, const Anchor& anchor) {
  if (IsTestPath(anchor.path)) return true;
  const diff::Diff* diff = walk.DiffOf(anchor);
  return anchor.kind == AnchorKind::kLines && diff != nullptr && anchor.file &&
         anchor.hunk && anchor.first_line && InDebugBlock(*diff, anchor);
}

}  // namespace

void SettleSeverity(Walk* walk) {
  for (Walking& walker : walk->walking) {
    Finding& finding = walker.finding;
    // A check's severity is its own: it knows what it looks at.
    if (finding.exact) continue;
    const bool capped = std::all_of(
        finding.anchors.begin(), finding.anchors.end(),
        [&](const Anchor& anchor) { return Capped(*walk, anchor); });
    const Severity cap = capped ? kCap : Severity::kCritical;
    if (finding.reachability && finding.consequence) {
      finding.severity = ComputeSeverity(
          *finding.reachability, *finding.consequence, finding.confidence, cap);
    } else {
      finding.severity = std::min(finding.severity, cap);
    }
  }
}

}  // namespace patchmilter::review
