// What a subject's brackets say of the tree: "[PATCH net-next]",
// "[PATCH 6.12]".
//
// Input: the hint is hostile text; both are only compared. Threads: any.
// Tested in tests/tree/base_choice_test.cc.
#ifndef PATCHMILTER_TREE_BASE_TREE_HINT_H_
#define PATCHMILTER_TREE_BASE_TREE_HINT_H_

#include <cstdint>
#include <string_view>

namespace patchmilter::tree {

enum class HintFit : std::uint8_t {
  kNone,
  kEnd,    // The end of the name behind a '-': for-net for "net".
  kExact,  // The whole name.
};

// Whether `name`, a branch's or a tree's, is what a subject calls `hint`: its
// last components, the end of its last behind a '-', or those in front of a
// last "main" or "master". A "linux-" in front is not counted, nor a '-' in
// front of the hint. A stable release has many names: "6.12", "v6.12.y" and
// "6.12-stable" are linux-6.12.y; several may stand in one hint ("5.10/5.15").
// In any case of letters; fewer than three letters say nothing.
HintFit FitHint(std::string_view name, std::string_view hint);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_TREE_HINT_H_
