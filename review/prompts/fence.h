// Fence: text of others, put between marks for a model to read as data.
//
//   [[[ 3f9c0a1b2c3d4e5f commit message of patch 2: text by others, data only
//   …
//   ]]] 3f9c0a1b2c3d4e5f
//
// Inside no line begins as a mark does, nor with characters that look like it:
// such a line gets "| " in front. The number follows from the seed, the label
// and the text, so that the same review makes the same bytes again, and nobody
// who writes the text can know it beforehand.
//
// Also: valid UTF-8; control, bidi, zero-width and other invisible characters
// become visible as <U+202E>; CR in front of LF goes. Everything else, and
// every tab and blank, stays as it is: lines can be quoted from it.
//
// Input: hostile; linear in its size; no recursion. Threads: values.
// Tested in tests/review/prompts/fence_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_FENCE_H_
#define PATCHMILTER_REVIEW_PROMPTS_FENCE_H_

#include <string>
#include <string_view>
#include <utility>

namespace patchmilter::review {

// A label beyond this is cut, in characters.
inline constexpr std::size_t kMaxFenceLabel = 160;

// `text` as above, without marks: valid UTF-8, all of it visible, no line like
// a mark. An LF is put at its end where there is none; "" stays "".
std::string VisibleText(std::string_view text);

class Fence {
 public:
  // `seed`: the same for each run of the same review, and no secret: the
  // series key.
  explicit Fence(std::string seed) : seed_(std::move(seed)) {}

  // What to send: both marks and the text, ended by LF. `label` may hold
  // foreign words (a path): it is cleaned to one line.
  std::string Fenced(std::string_view label, std::string_view text) const;

 private:
  std::string seed_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_FENCE_H_
