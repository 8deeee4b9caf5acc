#include "tree/questions/commit_walk.h"

namespace patchmilter::tree {
namespace {

// Commits between two looks at the clock.
constexpr int kStride = 16;

}  // namespace

Status CommitWalk::Advance(std::size_t wanted, const Deadline& deadline) {
  for (int step = 1; found_.size() < wanted; ++step) {
    if (AtEnd()) {
      ended_ = true;
      return {};
    }
    PM_RETURN_IF_ERROR(Step());
    if (step % kStride == 0 && deadline.IsOver()) return {};
  }
  return {};
}

}  // namespace patchmilter::tree
