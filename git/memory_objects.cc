#include "git/memory_objects.h"

#include <git2/sys/odb_backend.h>

#include <cstring>
#include <new>
#include <utility>

namespace patchmilter::git {
namespace {

// What libgit2 holds: its own structure first, as it casts between the two.
struct BackendState {
  git_odb_backend backend{};
  std::shared_ptr<const MemoryObjects> objects;
};

const MemoryObjects::Object* FindIn(git_odb_backend* backend,
                                    const git_oid* oid) noexcept {
  const auto* state = reinterpret_cast<const BackendState*>(backend);
  return state->objects->Find(FromOid(*oid));
}

int Read(void** bytes, size_t* size, git_object_t* type,
         git_odb_backend* backend, const git_oid* oid) noexcept {
  const MemoryObjects::Object* object = FindIn(backend, oid);
  if (object == nullptr) return GIT_ENOTFOUND;
  // One byte more: no call with a size of 0, whose answer may be null.
  void* copy = git_odb_backend_data_alloc(backend, object->bytes.size() + 1);
  if (copy == nullptr) return GIT_ERROR;
  std::memcpy(copy, object->bytes.data(), object->bytes.size());
  static_cast<char*>(copy)[object->bytes.size()] = '\0';
  *bytes = copy;
  *size = object->bytes.size();
  *type = object->type;
  return GIT_OK;
}

int ReadHeader(size_t* size, git_object_t* type, git_odb_backend* backend,
               const git_oid* oid) noexcept {
  const MemoryObjects::Object* object = FindIn(backend, oid);
  if (object == nullptr) return GIT_ENOTFOUND;
  *size = object->bytes.size();
  *type = object->type;
  return GIT_OK;
}

int Exists(git_odb_backend* backend, const git_oid* oid) noexcept {
  return FindIn(backend, oid) != nullptr ? 1 : 0;
}

// None of them: who asks for all ids wants the repository's (and libgit2 calls
// this whether it is there or not).
int ForEach(git_odb_backend* /*backend*/, git_odb_foreach_cb /*each*/,
            void* /*payload*/) noexcept {
  return GIT_OK;
}

void Free(git_odb_backend* backend) noexcept {
  delete reinterpret_cast<BackendState*>(backend);
}

}  // namespace

void MemoryObjects::Add(const ObjectId& id, git_object_t type,
                        std::string bytes) {
  const std::size_t size = bytes.size();
  if (objects_.try_emplace(id, Object{type, std::move(bytes)}).second) {
    bytes_ += size;
  }
}

const MemoryObjects::Object* MemoryObjects::Find(
    const ObjectId& id) const noexcept {
  const auto found = objects_.find(id);
  return found == objects_.end() ? nullptr : &found->second;
}

std::vector<ObjectId> MemoryObjects::BlobsWith(std::string_view prefix) const {
  std::vector<ObjectId> found;
  for (const auto& [id, object] : objects_) {
    if (object.type != GIT_OBJECT_BLOB || !id.Hex().starts_with(prefix)) {
      continue;
    }
    found.push_back(id);
    if (found.size() == 2) break;
  }
  return found;
}

void MemoryObjects::Clear() {
  objects_.clear();
  bytes_ = 0;
}

git_odb_backend* MemoryObjects::Backend(
    std::shared_ptr<const MemoryObjects> objects) noexcept {
  auto* state = new (std::nothrow) BackendState;
  if (state == nullptr) return nullptr;
  git_odb_init_backend(&state->backend, GIT_ODB_BACKEND_VERSION);
  state->objects = std::move(objects);
  state->backend.read = Read;
  state->backend.read_header = ReadHeader;
  state->backend.exists = Exists;
  state->backend.foreach = ForEach;
  state->backend.free = Free;
  return &state->backend;
}

}  // namespace patchmilter::git
