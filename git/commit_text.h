// CommitText: what a commit object says, taken from its own bytes.
//
// The form is that of git-commit-tree(1): header lines, an empty line, the
// message. Commits are hostile (anyone's tool may have made them): what does
// not parse is left empty, only a commit without a tree is refused.
// Threads: values. Tested in tests/git/.
#ifndef PATCHMILTER_GIT_COMMIT_TEXT_H_
#define PATCHMILTER_GIT_COMMIT_TEXT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "git/object_id.h"

namespace patchmilter::git {

// "NAME <EMAIL> SECONDS +HHMM".
struct Signature {
  std::string name;
  std::string email;
  UnixSeconds time = 0;
  int offset = 0;  // Minutes east of UTC.
};

// What a walk through history needs.
struct CommitLinks {
  ObjectId tree;
  std::vector<ObjectId> parents;
  UnixSeconds committed = 0;
};

struct CommitText {
  CommitLinks links;
  Signature author;
  Signature committer;
  std::string message;  // Bytes in whatever charset, as they stand.

  // The first paragraph on one line, as git log's %s.
  std::string Subject() const;
};

// Nothing where `bytes` are no commit.
std::optional<CommitLinks> ParseCommitLinks(std::string_view bytes);
std::optional<CommitText> ParseCommitText(std::string_view bytes);

// As git log prints it by default: "Fri Nov 20 21:01:47 2026 +0100".
std::string FormatGitDate(UnixSeconds time, int offset);

}  // namespace patchmilter::git

#endif  // PATCHMILTER_GIT_COMMIT_TEXT_H_
