// fixes-malformed: the form of a Fixes trailer.
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "review/anchor.h"
#include "review/checks/all.h"
#include "review/checks/fixes_lines.h"

namespace patchmilter::review {

namespace {

bool IsHex(char c) {
  return IsDigitAscii(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Linux, U-Boot and the like ask for 12 digits; elsewhere git's own choice of
// a length (7 or more) is the habit.
bool AsksForTwelve(const diff::Diff& diff) {
  for (const diff::File& file : diff.files()) {
    for (std::string_view top :
         {"arch/", "drivers/", "fs/", "include/linux/", "include/uapi/",
          "kernel/", "mm/", "net/", "sound/", "block/", "crypto/",
          "Documentation/devicetree/", "tools/perf/", "tools/testing/"}) {
      if (file.path().compare(0, top.size(), top) == 0) return true;
    }
  }
  return false;
}

// What is wrong with `value`, in words; "" where nothing is, or where it names
// something else than a commit (a bug's number, a link, a CVE).
std::string Fault(std::string_view value, std::size_t least) {
  value = Trim(value);
  bool word = false;
  if (StartsWithIgnoreCase(value, "commit ")) {
    value = TrimLeft(value.substr(7));
    word = true;
  }
  size_t digits = 0;
  bool letter = false;
  while (digits < value.size() && IsHex(value[digits])) {
    letter = letter || !IsDigitAscii(value[digits]);
    ++digits;
  }
  // A bare number is a bug's; "face" or "added" may be words; with a '/' or
  // the like behind it, it is a part of a name.
  if (digits < 7 ||
      (digits < value.size() &&
       (IsAlnumAscii(value[digits]) ||
        std::string_view("/._-@").find(value[digits]) != std::string::npos))) {
    return "";
  }
  std::string_view rest = Trim(value.substr(digits));
  const bool quoted = !rest.empty() && rest[0] == '(';
  if (!letter && !quoted) return "";
  if (word) return "the word \"commit\" stands before the hash";
  if (digits < least) {
    return "the hash has " + std::to_string(digits) + " digits where " +
           std::to_string(least) + " or more are asked for";
  }
  if (digits > 40) return "the hash has more than 40 digits";
  if (rest.empty()) return "the subject of the commit is missing";
  if (rest.substr(0, 2) != "(\"") {
    return "the subject does not stand in (\"...\") after the hash";
  }
  if (rest.find("\")") == std::string_view::npos) {
    return "the subject's closing quote and bracket are missing; a subject "
           "that is too long for the line must not be wrapped";
  }
  return "";
}

void Run(const SeriesUnderReview& series, const Check& self,
         std::vector<Finding>* findings) {
  for (const auto& [number, patch] : series.patches) {
    const std::size_t least = AsksForTwelve(patch->diff) ? 12 : 7;
    for (const FixesLine& line : FixesLinesOf(*patch)) {
      std::string fault = Fault(line.value, least);
      if (fault.empty()) continue;
      findings->push_back(CheckFinding(
          self, "A malformed Fixes line",
          "In this reference to the commit that is fixed, " + fault +
              ". Scripts that carry fixes to stable branches look for the hash "
              "and then (\"subject\"), on one line.",
          {AnchorMessage(number, *patch, line.text_line)}));
    }
  }
}

}  // namespace

Check FixesMalformedCheck() {
  Check check;
  check.name = "fixes-malformed";
  check.summary = "Fixes trailers that scripts cannot read";
  check.manual =
      "A Fixes trailer that begins with a commit's hash should read\n"
      "\n"
      "    Fixes: 54a4f0239f2e (\"KVM: MMU: make kvm_mmu_zap_page() return\")\n"
      "\n"
      "with the whole subject on one line, and 12 or more digits in trees that "
      "look like Linux (arch/, drivers/, fs/ and so on; elsewhere 7). It is "
      "read wherever it stands in the message, at the beginning of a line. "
      "Trailers that name something else (a bug's number, a link, a CVE) are "
      "left alone.";
  check.bad = "Fixes: 54a4f02 (KVM: MMU: make it return)\n";
  check.good = "Fixes: 54a4f0239f2e (\"KVM: MMU: make it return\")\n";
  check.severity = Severity::kLow;
  check.run = &Run;
  return check;
}

}  // namespace patchmilter::review
