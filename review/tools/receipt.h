// CoverageReceipt: which bytes of which patch were given to a reviewer.
//
// "No issues found" may be said only of what was delivered whole. Counted in
// bytes of the patch as it was received, message and diff; what was delivered
// twice counts once.
// Threads: one; guard it where several share it.
// Tested in tests/review/tools/receipt_test.cc.
#ifndef PATCHMILTER_REVIEW_TOOLS_RECEIPT_H_
#define PATCHMILTER_REVIEW_TOOLS_RECEIPT_H_

#include <cstdint>
#include <map>

namespace patchmilter::review {

class CoverageReceipt {
 public:
  // `bytes` of patch `number` from `offset` on were delivered; it has `total`.
  // What would lie behind the end is not counted.
  void Add(std::int64_t number, std::uint64_t offset, std::uint64_t bytes,
           std::uint64_t total);

  std::uint64_t Delivered(std::int64_t number) const;
  // Every byte of it. False of a patch that was never asked for.
  bool Whole(std::int64_t number) const;
  // Every byte of [begin, end) of it. True of nothing at all.
  bool Covers(std::int64_t number, std::uint64_t begin,
              std::uint64_t end) const;
  // What another receipt has.
  void Add(const CoverageReceipt& other);

 private:
  struct Patch {
    std::uint64_t total = 0;
    std::map<std::uint64_t, std::uint64_t> parts;  // Begin to end, apart.
  };
  std::map<std::int64_t, Patch> patches_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_TOOLS_RECEIPT_H_
