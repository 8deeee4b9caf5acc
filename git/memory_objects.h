// MemoryObjects: objects that exist in memory only, in front of a repository.
//
// What reviews make (blobs and trees of patched trees) goes here and nowhere
// else; libgit2 sees it through Backend(), so that whatever reads objects reads
// these too. Threads: one, that of the repository.
// Tested in tests/git/repository_test.cc.
#ifndef PATCHMILTER_GIT_MEMORY_OBJECTS_H_
#define PATCHMILTER_GIT_MEMORY_OBJECTS_H_

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "git/git_handles.h"
#include "git/object_id.h"

namespace patchmilter::git {

class MemoryObjects {
 public:
  struct Object {
    git_object_t type = GIT_OBJECT_INVALID;
    std::string bytes;
  };

  void Add(const ObjectId& id, git_object_t type, std::string bytes);
  const Object* Find(const ObjectId& id) const noexcept;
  // The blobs whose ids begin with the hexadecimal digits `prefix`, at most
  // two.
  std::vector<ObjectId> BlobsWith(std::string_view prefix) const;
  void Clear();
  std::size_t bytes() const { return bytes_; }

  // A backend that reads `objects` and cannot write, for git_odb_add_backend,
  // which takes it over. nullptr where memory is short.
  static git_odb_backend* Backend(
      std::shared_ptr<const MemoryObjects> objects) noexcept;

 private:
  std::unordered_map<ObjectId, Object> objects_;
  std::size_t bytes_ = 0;
};

}  // namespace patchmilter::git

#endif  // PATCHMILTER_GIT_MEMORY_OBJECTS_H_
