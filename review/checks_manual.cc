// docs/checks.md from the registry: the text cannot drift from the code.
#include "base/text.h"
#include "review/check.h"

namespace patchmilter::review {

namespace {

void AppendExample(std::string_view title, std::string_view text,
                   std::string* out) {
  *out += title;
  *out += "\n\n```\n";
  *out += text;
  if (text.empty() || text.back() != '\n') *out += '\n';
  *out += "```\n\n";
}

}  // namespace

std::string ChecksManual() {
  std::string out =
      "# Checks\n"
      "\n"
      "Made from the registry in `review/`; a test compares and writes it anew "
      "(tests/review/checks_manual_test.cc). Not to be edited.\n"
      "\n"
      "A check is a deterministic test of a series that needs no model. A list "
      "switches\n"
      "them by name: `disable_checks` and `enable_checks` of its `[[list]]` in "
      "the\nconfiguration.\n"
      "\n"
      "| check | default | severity | what it finds |\n"
      "|---|---|---|---|\n";
  for (const Check& check : AllChecks()) {
    out += "| [" + std::string(check.name) + "](#" + std::string(check.name) +
           ") | " + (check.on_by_default ? "on" : "off") + " | " +
           std::string(SeverityName(check.severity)) + " | " +
           std::string(check.summary) + " |\n";
  }
  for (const Check& check : AllChecks()) {
    out += "\n## " + std::string(check.name) + "\n\n";
    out += std::string(check.manual) + "\n\n";
    AppendExample("Bad:", check.bad, &out);
    AppendExample("Good:", check.good, &out);
    out.pop_back();
  }
  return out;
}

}  // namespace patchmilter::review
