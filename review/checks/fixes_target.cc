// fixes-unknown and fixes-mismatch: Fixes lines against the tree.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "review/anchor.h"
#include "review/checks/all.h"
#include "review/checks/fixes_lines.h"

namespace patchmilter::review {

namespace {

// Fewer digits name a commit only where its subject stands behind them.
constexpr std::size_t kSureDigits = 12;
// A beginning of a subject that is shorter may be that of another.
constexpr std::size_t kSureBeginning = 12;

// What two ways of writing one subject have in common: neither blanks (it may
// be wrapped anywhere), case, dashes nor quotes count, nor dots at the end.
std::string Comparable(std::string_view subject) {
  constexpr std::string_view kIgnored[] = {
      "\"",     "'",      "`",      "\\",     "-",      "\u2018",
      "\u2019", "\u201c", "\u201d", "\u2013", "\u2014", "\u00a0"};
  std::string text;
  while (!subject.empty()) {
    std::size_t skip = IsSpaceAscii(subject[0]) ? 1 : 0;
    for (const std::string_view ignored : kIgnored) {
      if (subject.starts_with(ignored)) skip = ignored.size();
    }
    if (skip == 0) text += ToLowerAscii(subject[0]);
    subject.remove_prefix(std::max<std::size_t>(skip, 1));
  }
  while (text.ends_with('.') || text.ends_with("\u2026")) {
    text.resize(text.size() - (text.ends_with('.') ? 1 : 3));
  }
  return text;
}

// A mail may leave out what is in [], and git itself does.
std::string WithoutTags(std::string subject) {
  while (subject.starts_with('[')) {
    const std::size_t end = subject.find(']');
    if (end == std::string::npos) break;
    subject.erase(0, end + 1);
  }
  return subject;
}

// Whether `said` is meant for `there`: it may be cut short.
bool SameSubject(const std::string& said, const std::string& there) {
  const std::string a = WithoutTags(Comparable(said));
  const std::string b = WithoutTags(Comparable(there));
  return a == b || (a.size() >= kSureBeginning && b.starts_with(a));
}

// Mailman puts "[NAME]" in front of each subject of a list.
bool IsListTag(const mime::Mail& mail, const std::string& hint) {
  if (!StartsWithIgnoreCase(mail.subject.text, "[" + hint + "]")) return false;
  const auto is_first_part = [&hint](std::string_view name, char separator) {
    return EqualsIgnoreCase(name.substr(0, name.find(separator)), hint);
  };
  for (const std::string& id : mail.list_ids) {
    if (is_first_part(id, '.')) return true;
  }
  for (const auto* addresses : {&mail.to, &mail.cc}) {
    for (const mime::Address& address : *addresses) {
      if (is_first_part(address.email, '@')) return true;
    }
  }
  return false;
}

// Whether the mail says that it is for another tree: by a word of its subject
// that is no name of this one, or by a base that is not in it.
bool IsForAnother(const mime::PatchMail& patch, tree::Tree* tree) {
  for (const std::string& hint : patch.mail.subject.hints) {
    if (EqualsIgnoreCase(hint, "rft") || EqualsIgnoreCase(hint, "wip")) {
      continue;
    }
    if (!tree->IsCalled(hint) && !IsListTag(patch.mail, hint)) return true;
  }
  if (patch.base_commit.empty()) return false;
  const auto base = tree->FindCommit(patch.base_commit);
  return !base.ok() || base->kind != tree::NamedCommit::Kind::kOne;
}

// Whether the tree would have the commit, had it been written rightly: it is
// as new as the mail, has its whole history, no mail says that it is for
// another one, and the series applies to it, not only by a merge, which it may
// also do to a tree that it is not meant for.
bool WouldHaveIt(const SeriesUnderReview& series) {
  if (series.apply.status != tree::ApplyStatus::kApplied ||
      series.apply.plain_failure.has_value()) {
    return false;
  }
  if (series.cover != nullptr && IsForAnother(*series.cover, series.tree)) {
    return false;
  }
  for (const auto& [number, patch] : series.patches) {
    if (IsForAnother(*patch, series.tree)) return false;
  }
  const auto extent = series.tree->Extent();
  return extent.ok() && !extent->shallow &&
         extent->newest >= series.series->newest_date;
}

// Whether another tree of the list may have it.
bool MayBeElsewhere(const SeriesUnderReview& series, const std::string& id) {
  for (tree::Tree* other : series.other_trees) {
    if (other == nullptr) return true;
    const auto found = other->FindCommit(id);
    if (!found.ok() || found->kind != tree::NamedCommit::Kind::kNone) {
      return true;
    }
  }
  return false;
}

// Runs `look` over each commit that a Fixes line names.
template <typename Look>
void EachTarget(const SeriesUnderReview& series, const Look& look) {
  if (series.tree == nullptr) return;
  for (const auto& [number, patch] : series.patches) {
    for (const FixesLine& line : FixesLinesOf(*patch)) {
      for (const FixesTarget& target : FixesTargets(line.whole)) {
        if (target.id.size() < kSureDigits && !target.quoted) continue;
        look(target, AnchorMessage(number, *patch, line.text_line));
      }
    }
  }
}

void RunUnknown(const SeriesUnderReview& series, const Check& self,
                std::vector<Finding>* findings) {
  std::optional<bool> would_have_it;
  EachTarget(series, [&](const FixesTarget& target, Anchor anchor) {
    const auto found = series.tree->FindCommit(target.id);
    if (!found.ok() || found->kind == tree::NamedCommit::Kind::kUnsure) return;
    if (!would_have_it) would_have_it = WouldHaveIt(series);
    if (!*would_have_it) return;
    std::string text;
    if (found->kind == tree::NamedCommit::Kind::kNone) {
      text = "No commit begins with " + target.id +
             " in the tree that the series applies to. Is the hash that of "
             "another tree, or of a commit that was rewritten since?";
    } else {
      const auto reachable = series.tree->IsReachable(found->id);
      if (!reachable.ok() || *reachable != false) return;
      text = "Commit " + target.id.substr(0, kSureDigits) +
             " is in no branch of the tree that the series applies to, though "
             "the object is still there. Was it rewritten since?";
    }
    if (MayBeElsewhere(series, target.id)) return;
    findings->push_back(CheckFinding(self,
                                     "An unknown commit is said to be fixed",
                                     std::move(text), {std::move(anchor)}));
  });
}

void RunMismatch(const SeriesUnderReview& series, const Check& self,
                 std::vector<Finding>* findings) {
  EachTarget(series, [&](const FixesTarget& target, Anchor anchor) {
    if (target.subjects.empty()) return;
    const auto found = series.tree->FindCommit(target.id);
    if (!found.ok() || found->kind != tree::NamedCommit::Kind::kOne ||
        !IsValidUtf8(found->subject)) {
      return;
    }
    for (const std::string& subject : target.subjects) {
      if (SameSubject(subject, found->subject)) return;
    }
    findings->push_back(
        CheckFinding(self, "The commit that is fixed has another subject",
                     "In the tree, commit " + target.id.substr(0, kSureDigits) +
                         " is called \"" + found->subject +
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
      "A Fixes line with 12 or more digits of a hash, or 7 or more and a "
      "(\"subject\") behind them, that no commit of the tree begins with; or "
      "whose commit is an object that no branch, no tag and not the base leads "
      "to any more, as far as 20,000 commits tell. It is read wherever it "
      "stands in the message, at the beginning of a line.\n"
      "\n"
      "Silent where the tree may just not have it: it is older than the mail, "
      "it is shallow, the series does not apply to it, states a base that is "
      "not in it, or names another tree in a subject; or another tree of the "
      "list has it. Left alone are digits without a letter among them (a bug's "
      "number), and digits that several objects begin with. Needs a tree.";
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
      "A Fixes line whose commit is in the tree and has another subject. "
      "Blanks, case, quotes, tags in [] in front and dots at the end do not "
      "count, nor that a long subject is cut short or wrapped. Several commits "
      "on one line are looked at one by one.\n"
      "\n"
      "Left alone: lines of another form (see fixes-malformed), fewer than 7 "
      "digits, digits that several objects begin with, subjects that are not "
      "UTF-8. Needs a tree.";
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
