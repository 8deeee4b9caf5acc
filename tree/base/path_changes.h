// PathChanges: which of many paths differ between two trees, asked again and
// again while a history is walked.
//
// A directory is looked into only where it differs between the two, and what
// was found in it is kept by its id: trees that follow each other in history
// share most. The paths are only compared: any bytes may be given.
// Threads: the repository's. Tested in tests/tree/patch_search_test.cc.
#ifndef PATCHMILTER_TREE_BASE_PATH_CHANGES_H_
#define PATCHMILTER_TREE_BASE_PATH_CHANGES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "git/repository.h"

namespace patchmilter::tree {

class PathChanges {
 public:
  explicit PathChanges(git::Repository* repository);

  // The path's number: the same for the same path.
  // REQUIRES: before the first Between().
  std::size_t Add(std::string_view path);
  std::size_t count() const { return ends_; }

  // The numbers of the paths at which something else stands: another file,
  // mode or directory, or none. In no order, each once.
  Result<std::vector<std::size_t>> Between(const git::ObjectId& old_root,
                                           const git::ObjectId& new_root);

 private:
  // What stands at one place; mode 0 where nothing does.
  struct Entry {
    std::uint32_t mode = 0;
    git::ObjectId id;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  // A directory of the paths, or one of them, or both.
  struct Node {
    std::vector<std::string> names;  // Of `children`, in the same order.
    std::vector<std::size_t> children;
    std::unordered_map<std::string, std::size_t> by_name;
    std::size_t end = kNoEnd;  // The number of the path that ends here.
    // By directory, what stands at each of `names`.
    std::unordered_map<git::ObjectId, std::vector<Entry>> kept;
  };
  static constexpr std::size_t kNoEnd = ~std::size_t{0};

  Result<std::vector<Entry>> Children(Node* node, const Entry& at);

  git::Repository* repository_;
  std::vector<Node> nodes_;  // The root first.
  std::size_t ends_ = 0;
  std::size_t kept_ = 0;  // Entries, in all nodes.
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_BASE_PATH_CHANGES_H_
