// BlameRun: who put the lines of a file there, found step by step.
//
// As git blame: lines that a parent has too are passed on to it, at a merge to
// each parent in turn, through renames of the whole file; what no parent has is
// the commit's own. Above the base stand the patches of the series, each the
// child of the one before.
//
// A step looks at one commit; what has not been settled when the time ends is
// known to be at least as old as where it was last (`settled` is false), and
// Advance() goes on from there.
// Memory: 24 bytes a line, two versions of the file.
// Errors: those of the repository, and kInvalidInput for versions that are too
// large to be compared. Threads: the repository's.
// Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_BLAME_RUN_H_
#define PATCHMILTER_TREE_QUESTIONS_BLAME_RUN_H_

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/history.h"
#include "tree/questions/meter.h"
#include "tree/questions/read_file.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {

class BlameRun {
 public:
  // Lines of `path`, a text file of `state`. REQUIRES: a range within it.
  BlameRun(View* view, const State& state, std::string path, LineRange lines);

  // At least one step, until all is settled or the time is over.
  Status Advance(const Deadline& deadline);
  bool settled() const { return suspects_.empty(); }

  struct Origin {
    git::ObjectId commit;  // Zero where it is `patch`.
    std::size_t patch = 0;
    bool settled = false;
    bool shallow = false;  // The history ends there.
  };
  // REQUIRES: a line of the range.
  Origin At(std::uint32_t line) const;

 private:
  // Lines that are looked for.
  struct Lines {
    std::uint32_t final_first = 0;  // As they are asked for.
    std::uint32_t first = 0;        // In the version that is looked at.
    std::uint32_t count = 0;
  };
  // A version of the file that may have put lines there. The order is that in
  // which they are looked at: children first, where dates are right.
  struct Suspect {
    std::size_t patch = 0;
    UnixSeconds date = 0;
    git::ObjectId commit;
    std::string path;
    bool operator<(const Suspect& other) const;
  };
  struct Version {
    Suspect suspect;
    git::ObjectId tree;
    git::PathHistory::Entry entry;
  };

  Status Step();
  Result<std::vector<Version>> Parents(const Version& child);
  // The file as a parent has it; false where it has none.
  Result<bool> FindSame(Version* parent);
  Result<bool> FindRenamed(Version* parent, const Version& child);
  // What `parent` has of `lines`, as its own; the rest stays in `lines`.
  Result<std::vector<Lines>> Pass(const Version& child, const Version& parent,
                                  std::vector<Lines>* lines);
  void Give(const Suspect& suspect, const std::vector<Lines>& lines);
  void Settle(const Suspect& suspect, const std::vector<Lines>& lines,
              bool shallow);
  Result<git::ObjectId> TreeOf(const Suspect& suspect);
  Result<std::shared_ptr<const std::string>> Text(const git::ObjectId& blob);
  git::PathHistory& AtPath(const std::string& path);

  View* view_;
  LineRange range_;
  std::map<Suspect, std::vector<Lines>> suspects_;
  std::vector<Origin> origins_;
  std::vector<std::uint32_t> by_line_;  // Index into origins_, from the first.
  std::map<std::string, git::PathHistory> paths_;
  std::deque<std::pair<git::ObjectId, std::shared_ptr<const std::string>>>
      texts_;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_BLAME_RUN_H_
