// MergeText: the three-way merge of one text file, as git's merge makes it.
//
// The very algorithm of git (libgit2 carries git's xdiff: myers, conflicts
// refined by line): what merges cleanly there merges here, to the same bytes.
// Whether a file is text is the caller's to know. Hostile bytes are fine; the
// cost is that of a diff, so the caller bounds sizes.
// Threads: any. Tested in tests/git/merge_test.cc.
#ifndef PATCHMILTER_GIT_MERGE_H_
#define PATCHMILTER_GIT_MERGE_H_

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace patchmilter::git {

// The merged bytes; nothing where both sides changed the same lines. Errors
// are short memory alone.
Result<std::optional<std::string>> MergeText(std::string_view base,
                                             std::string_view ours,
                                             std::string_view theirs);

}  // namespace patchmilter::git

#endif  // PATCHMILTER_GIT_MERGE_H_
