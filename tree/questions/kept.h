// Kept: what was worked out for the last few questions, for their cursors.
//
// A walk through history or a long diff is made while it is asked for; what
// has been made stays here, so that going on by a cursor does not begin anew.
// It is only ever a matter of time: without it the same answer is made again
// from the cursor alone. Threads: one. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_KEPT_H_
#define PATCHMILTER_TREE_QUESTIONS_KEPT_H_

#include <cstdint>
#include <list>
#include <memory>
#include <utility>

namespace patchmilter::tree {

template <typename T>
class Kept {
 public:
  explicit Kept(std::size_t most) : most_(most) {}

  // What was kept under `key`; nullptr where nothing is.
  T* Find(std::uint64_t key) {
    for (auto at = kept_.begin(); at != kept_.end(); ++at) {
      if (at->first != key) continue;
      kept_.splice(kept_.begin(), kept_, at);
      return kept_.front().second.get();
    }
    return nullptr;
  }
  // The one that was asked for last; nullptr where there is none.
  T* Newest() { return kept_.empty() ? nullptr : kept_.front().second.get(); }
  // The one that was asked for longest ago goes, where there are too many.
  T* Keep(std::uint64_t key, std::unique_ptr<T> value) {
    Drop(key);
    kept_.emplace_front(key, std::move(value));
    if (kept_.size() > most_) kept_.pop_back();
    return kept_.front().second.get();
  }
  void Drop(std::uint64_t key) {
    kept_.remove_if([key](const auto& pair) { return pair.first == key; });
  }

 private:
  std::size_t most_;
  std::list<std::pair<std::uint64_t, std::unique_ptr<T>>> kept_;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_KEPT_H_
