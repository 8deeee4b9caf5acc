#include "tree/apply/text_apply.h"

#include <utility>
#include <vector>

#include "tree/apply/hunk_place.h"
#include "tree/apply/line_image.h"

namespace patchmilter::tree {

TextResult ApplyHunks(std::string_view bytes, const diff::Diff& diff,
                      const diff::File& file, Work* work) {
  TextResult result;
  const auto fail = [&](std::size_t hunk, std::string_view reason) {
    result.failed_hunk = static_cast<std::uint32_t>(hunk);
    result.reason = work->exhausted() ? kTooMuchWork : reason;
    return std::move(result);
  };
  if (!work->SpendBytes(bytes.size())) return fail(0, kTooMuchWork);
  LineImage image(bytes);
  for (std::size_t i = 0; i < file.hunks.size(); ++i) {
    const diff::Hunk& hunk = file.hunks[i];
    const Sides sides = TakeSides(diff, hunk);
    if (!work->Spend(hunk.lines.size())) return fail(i, kTooMuchWork);
    // The new side's line: earlier hunks have moved what follows them.
    const std::size_t said = hunk.new_start > 0 ? hunk.new_start - 1 : 0;
    const auto place = FindPlace(image, hunk, sides, work);
    if (!place) {
      return fail(i, WhyNowhere(hunk, sides));
    }
    if (*place != said) result.with_offset = true;
    if (!image.Replace(*place, sides.before.size(), sides.after, work)) {
      return fail(i, kTooMuchWork);
    }
  }
  result.bytes = image.Bytes();
  return result;
}

}  // namespace patchmilter::tree
