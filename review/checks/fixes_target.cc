// fixes-unknown and fixes-mismatch: Fixes trailers against the tree.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "review/anchor.h"
#include "review/checks/all.h"

namespace patchmilter::review {

namespace {

// Fewer digits may stand for several commits.
constexpr std::size_t kSureDigits = 12;
constexpr std::size_t kIdDigits = 40;

struct FixesTarget {
  std::string id;       // As written, lower case.
  std::string subject;  // What stands in (""); "" where it has another form.
};

bool IsHex(char c) { return IsDigitAscii(c) || (c >= 'a' && c <= 'f'); }

// Nothing for what names no commit: fixes-malformed speaks of the form.
std::optional<FixesTarget> ParseTarget(std::string_view value) {
  value = Trim(value);
  FixesTarget target;
  while (target.id.size() < value.size() &&
         IsHex(ToLowerAscii(value[target.id.size()]))) {
    target.id += ToLowerAscii(value[target.id.size()]);
  }
  if (target.id.size() < kSureDigits || target.id.size() > kIdDigits) {
    return std::nullopt;
  }
  const std::string_view rest = Trim(value.substr(target.id.size()));
  const std::size_t end = rest.rfind("\")");
  if (rest.substr(0, 2) == "(\"" && end != std::string_view::npos && end > 1) {
    target.subject = std::string(rest.substr(2, end - 2));
  }
  return target;
}

// What two ways of writing one subject have in common: blanks are one blank
// and case does not count.
std::string Comparable(std::string_view subject) {
  std::string text;
  for (std::size_t i = 0; i < subject.size(); ++i) {
    if (IsSpaceAscii(subject[i])) {
      if (!text.empty() && text.back() != ' ') text += ' ';
    } else {
      text += ToLowerAscii(subject[i]);
    }
  }
  return std::string(TrimRight(text));
}

// A mail may leave out what is in [], and git itself does.
std::string WithoutTag(const std::string& subject) {
  const std::size_t end = subject.find(']');
  if (subject.empty() || subject[0] != '[' || end == std::string::npos) {
    return subject;
  }
  return std::string(TrimLeft(std::string_view(subject).substr(end + 1)));
}

bool SameSubject(const std::string& said, const std::string& there) {
  const std::string a = WithoutTag(Comparable(said));
  const std::string b = WithoutTag(Comparable(there));
  return a == b;
}

// Whether the tree would have the commit, had it been written rightly: it is
// as new as the mail, has its whole history, and the series applies to it, not
// only by a merge, which it may also do to a tree that it is not meant for.
bool WouldHaveIt(const SeriesUnderReview& series) {
  if (series.apply.status != tree::ApplyStatus::kApplied ||
      series.apply.plain_failure.has_value()) {
    return false;
  }
  const auto extent = series.tree->Extent();
  return extent.ok() && !extent->shallow &&
         extent->newest >= series.series->newest_date;
}

// Runs `look` over each Fixes trailer that names a commit.
template <typename Look>
void EachTarget(const SeriesUnderReview& series, const Look& look) {
  if (series.tree == nullptr) return;
  for (const auto& [number, patch] : series.patches) {
    for (const mime::Trailer& trailer : patch->trailers) {
      if (!EqualsIgnoreCase(trailer.key, "Fixes")) continue;
      const auto target = ParseTarget(trailer.value);
      if (!target) continue;
      look(*target, AnchorMessage(number, *patch, trailer.text_line));
    }
  }
}

void RunUnknown(const SeriesUnderReview& series, const Check& self,
                std::vector<Finding>* findings) {
  std::optional<bool> would_have_it;
  EachTarget(series, [&](const FixesTarget& target, Anchor anchor) {
    const auto subject = series.tree->CommitSubject(target.id);
    if (subject.ok() || subject.error().kind != ErrorKind::kNotFound) return;
    if (!would_have_it) would_have_it = WouldHaveIt(series);
    if (!*would_have_it) return;
    findings->push_back(CheckFinding(
        self, "An unknown commit is said to be fixed",
        "No commit begins with " + target.id +
            " in the tree that the series "
            "applies to. Is the hash that of another tree, or of a commit that "
            "was rewritten since?",
        {std::move(anchor)}));
  });
}

void RunMismatch(const SeriesUnderReview& series, const Check& self,
                 std::vector<Finding>* findings) {
  EachTarget(series, [&](const FixesTarget& target, Anchor anchor) {
    if (target.subject.empty()) return;
    const auto subject = series.tree->CommitSubject(target.id);
    if (!subject.ok() || !IsValidUtf8(*subject)) return;
    if (SameSubject(target.subject, *subject)) return;
    findings->push_back(
        CheckFinding(self, "The commit that is fixed has another subject",
                     "In the tree, commit " + target.id.substr(0, kSureDigits) +
                         " is called \"" + *subject +
                         "\". Is the hash or the subject the wrong one?",
                     {std::move(anchor)}));
  });
}

}  // namespace

Check FixesUnknownCheck() {
  Check check;
  check.name = "fixes-unknown";
  check.summary = "Fixes trailers that name a commit that is not there";
  check.manual =
      "A Fixes trailer with 12 or more digits of a hash that no commit of the "
      "tree begins with.\n"
      "\n"
      "Silent where the tree may just not have it: it is older than the mail, "
      "it is shallow, or the series does not apply to it. Needs a tree.";
  check.bad =
      "Fixes: 54a4f0239f2e (\"KVM: MMU: make it return\")   (no such commit)\n";
  check.good =
      "Fixes: 54a4f0239f2f (\"KVM: MMU: make it return\")   (git log "
      "--oneline)\n";
  check.needs_tree = true;
  check.severity = Severity::kMedium;
  check.run = &RunUnknown;
  return check;
}

Check FixesMismatchCheck() {
  Check check;
  check.name = "fixes-mismatch";
  check.summary = "Fixes trailers whose hash and subject name two commits";
  check.manual =
      "A Fixes trailer whose commit is in the tree and has another subject. "
      "Blanks, case, and a tag in [] in front do not count.\n"
      "\n"
      "Left alone: trailers of another form (see fixes-malformed), subjects "
      "that are not UTF-8. Needs a tree.";
  check.bad =
      "Fixes: 54a4f0239f2e (\"KVM: x86: fix a leak\")   (the commit is "
      "\"KVM: MMU: make it return\")\n";
  check.good = "Fixes: 54a4f0239f2e (\"KVM: MMU: make it return\")\n";
  check.needs_tree = true;
  check.severity = Severity::kLow;
  check.run = &RunMismatch;
  return check;
}

}  // namespace patchmilter::review
