// Work: how much a hostile series may cost, counted down while it is applied.
//
// One Work for all patches and all bases of a series. A unit is a line compared
// or moved, or 16 bytes read: about a nanosecond or two. Threads: one.
#ifndef PATCHMILTER_TREE_APPLY_WORK_H_
#define PATCHMILTER_TREE_APPLY_WORK_H_

#include <cstdint>
#include <string_view>

namespace patchmilter::tree {

// Some seconds at the very most. The largest kernel series (hundreds of files,
// headers of 200,000 lines) take less than a hundredth of it.
inline constexpr std::uint64_t kMaxWork = 2'000'000'000;
// Of one file, before and after each patch. The largest text files of the
// kernel have 20 MB.
inline constexpr std::uint64_t kMaxFileBytes = 64ULL << 20;
// Of all that a series makes, on one base.
inline constexpr std::uint64_t kMaxSeriesBytes = 512ULL << 20;
// Files in one patch. Treewide conversions touch some thousands.
inline constexpr std::size_t kMaxPatchFiles = 50'000;

class Work {
 public:
  explicit Work(std::uint64_t units = kMaxWork) : left_(units) {}
  // False where there is not so much left; nothing is left after that.
  bool Spend(std::uint64_t units) {
    if (units > left_) {
      left_ = 0;
      return false;
    }
    left_ -= units;
    return true;
  }
  bool SpendBytes(std::uint64_t bytes) { return Spend(bytes / 16 + 1); }
  bool exhausted() const { return left_ == 0; }

 private:
  std::uint64_t left_;
};

inline constexpr std::string_view kTooMuchWork =
    "applying it takes more work than any real series (refused)";

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_WORK_H_
