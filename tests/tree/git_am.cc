#include "tests/tree/git_am.h"

#include <filesystem>

#include "base/files.h"
#include "base/text.h"

namespace patchmilter::testing {

std::string AsMail(const std::string& patch) {
  return "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 "
         "2001\nFrom: A U Thor <author@example.org>\n"
         "Date: Fri, 20 Nov 2026 21:00:00 +0000\nSubject: [PATCH] change\n\n"
         "Why.\n---\n" +
         patch + "\n";
}

AmDecision AskGitAm(ScratchGit* git, const std::string& base,
                    const std::vector<std::string>& mails, bool three_way) {
  git->Git({"checkout", "-q", "--force", "--detach", base});
  std::string mbox;
  for (const std::string& mail : mails) mbox += mail;
  const CommandOutcome outcome =
      git->TryGit({"am", three_way ? "-3" : "--no-3way", "-"}, mbox);
  AmDecision decision;
  decision.output = outcome.out + outcome.err;
  decision.applied = mails.size();
  const std::string state = git->work() + "/.git/rebase-apply";
  if (outcome.status != 0) {
    decision.applied = 0;
    // The number of the mail that it stands at.
    const auto next = ReadFile(state + "/next");
    if (next.ok()) {
      decision.applied = ParseUnsigned(TrimRight(*next)).value_or(1) - 1;
    }
  }
  decision.tree = git->Git({"rev-parse", "HEAD^{tree}"});
  std::filesystem::remove_all(state);
  git->Git({"reset", "-q", "--hard"});
  git->Git({"clean", "-q", "-ffdx"});
  return decision;
}

}  // namespace patchmilter::testing
