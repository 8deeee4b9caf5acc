#include "review/check.h"

#include <algorithm>
#include <utility>

#include "review/checks/all.h"

namespace patchmilter::review {

namespace {

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

const std::vector<Check>& AllChecks() {
  static const std::vector<Check> checks = {
      NumberingCheck(),    DoesNotApplyCheck(),      AlreadyAppliedCheck(),
      MangledPatchCheck(), UsedBeforeDefinedCheck(), ConflictMarkersCheck(),
      WhitespaceCheck(),   SignOffCheck(),           FixesMalformedCheck(),
      FixesUnknownCheck(), FixesMismatchCheck(),     FileModeCheck(),
      BinaryFileCheck(),   StrayFileCheck(),
  };
  return checks;
}

bool KnownCheck(std::string_view name) {
  for (const Check& check : AllChecks()) {
    if (check.name == name) return true;
  }
  return false;
}

bool CheckEnabled(const Check& check, const ListConfig* list) {
  if (list != nullptr) {
    if (Contains(list->disable_checks, check.name)) return false;
    if (Contains(list->enable_checks, check.name)) return true;
  }
  return check.on_by_default;
}

Finding CheckFinding(const Check& check, std::string title,
                     std::string explanation, std::vector<Anchor> anchors) {
  Finding finding;
  finding.category = std::string(check.name);
  finding.severity = check.severity;
  finding.title = std::move(title);
  finding.explanation = std::move(explanation);
  finding.anchors = std::move(anchors);
  finding.exact = true;
  return finding;
}

std::string PatchNumbers(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < numbers.size();) {
    size_t j = i;
    while (j + 1 < numbers.size() && numbers[j + 1] == numbers[j] + 1) ++j;
    if (j >= i + 2) {
      parts.push_back(std::to_string(numbers[i]) + " to " +
                      std::to_string(numbers[j]));
      i = j + 1;
    } else {
      parts.push_back(std::to_string(numbers[i]));
      ++i;
    }
  }
  std::string text = numbers.size() == 1 ? "patch " : "patches ";
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

}  // namespace patchmilter::review
