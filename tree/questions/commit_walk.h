// CommitWalk: the commits that a log shows, found while they are asked for.
//
// Stays where it is between two answers, so that a log can go on without
// walking again. Memory: 20 bytes for each commit found, some 60 for each that
// was seen, and what git/history.h keeps.
// Errors: those of the repository; the walk stays where it was.
// Threads: the repository's. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_COMMIT_WALK_H_
#define PATCHMILTER_TREE_QUESTIONS_COMMIT_WALK_H_

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/history.h"
#include "tree/questions/line_ranges.h"
#include "tree/questions/meter.h"

namespace patchmilter::tree {

class CommitWalk {
 public:
  virtual ~CommitWalk() = default;

  // Walks until there are `wanted` commits, the history ends or the time does.
  // At least one commit is looked at.
  Status Advance(std::size_t wanted, const Deadline& deadline);

  // In the order in which they are shown.
  const std::vector<git::ObjectId>& found() const { return found_; }
  bool ended() const { return ended_; }
  // The walk came to where a shallow clone ends.
  bool shallow() const { return shallow_; }

 protected:
  virtual bool AtEnd() const = 0;
  // Looks at one commit. REQUIRES: !AtEnd().
  virtual Status Step() = 0;

  void Show(const git::ObjectId& commit) { found_.push_back(commit); }
  void SayShallow() { shallow_ = true; }

 private:
  std::vector<git::ObjectId> found_;
  bool ended_ = false;
  bool shallow_ = false;
};

// As `git log HEAD -- PATH`: history simplified at each merge to a parent that
// has the same content there. "" shows every commit.
Result<std::unique_ptr<CommitWalk>> WalkPath(git::Repository* repository,
                                             git::History* history,
                                             const git::ObjectId& head,
                                             const std::string& path);

// As `git log -L FIRST,LAST:PATH`: the commits that touched the lines, through
// renames. Where branches meet, in order of dates, not of topology.
Result<std::unique_ptr<CommitWalk>> WalkLines(git::Repository* repository,
                                              git::History* history,
                                              const git::ObjectId& head,
                                              const std::string& path,
                                              const LineRanges& lines);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_COMMIT_WALK_H_
