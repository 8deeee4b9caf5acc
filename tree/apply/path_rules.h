// Which paths of a hostile patch may name a file of a tree.
//
// The rules are those of git's index (verify_path, with core.protectNTFS and
// core.protectHFS in force): no absolute path, no empty, "." or ".." component,
// no ".git" in any case or disguise (NTFS's git~1 and trailing dots, HFS's
// ignored code points), no link named ".gitmodules". Nothing here opens a file.
// Threads: any. Tested in tests/tree/path_rules_test.cc.
#ifndef PATCHMILTER_TREE_APPLY_PATH_RULES_H_
#define PATCHMILTER_TREE_APPLY_PATH_RULES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace patchmilter::tree {

inline constexpr std::size_t kMaxPathBytes = 4096;

// Why `path` is refused, in words; nothing where it is fine. `mode` is that of
// the file that stands or shall stand there.
std::optional<std::string> PathRefusal(std::string_view path,
                                       std::uint32_t mode);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_APPLY_PATH_RULES_H_
