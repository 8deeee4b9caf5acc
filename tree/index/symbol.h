// Symbol: a name that a file defines, as Universal Ctags says it.
// Threads: values.
#ifndef PATCHMILTER_TREE_INDEX_SYMBOL_H_
#define PATCHMILTER_TREE_INDEX_SYMBOL_H_

#include <cstdint>
#include <string>

namespace patchmilter::tree {

struct Symbol {
  std::string name;
  std::uint32_t line = 0;  // 1 is the first; may be behind the file's end.
  std::string kind;        // "function"
  std::string scope;       // "struct:drm_device"; "" for none.
  friend bool operator==(const Symbol&, const Symbol&) = default;
};

// Longer names, kinds and scopes are no symbols.
inline constexpr std::size_t kMaxSymbolBytes = 500;

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_SYMBOL_H_
