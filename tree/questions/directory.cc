#include "tree/questions/directory.h"

#include <string_view>
#include <utility>

#include "tree/questions/cursor.h"
#include "tree/questions/meter.h"

namespace patchmilter::tree {
namespace {

// What an entry costs beside its path: its mode and size, as they are printed.
constexpr std::size_t kEntryBytes = 24;

constexpr std::string_view kMissing =
    "a size could not be read (a partial clone, or damaged): it stands as 0";

bool IsFile(std::uint32_t mode) {
  return mode != git::kModeDirectory && mode != git::kModeSubmodule;
}

// Adds one entry with its size. False where there is no room.
bool AddEntry(git::Repository* repository, std::string path, std::uint32_t mode,
              const git::ObjectId& id, Meter* meter, ListAnswer* answer) {
  if (!meter->Take(path.size() + kEntryBytes)) return false;
  ListedEntry listed{std::move(path), git::CanonicalMode(mode), 0};
  if (IsFile(listed.mode)) {
    const auto size = repository->BlobSize(id);
    if (size.ok()) {
      listed.size = *size;
    } else if (answer->end.notes.empty()) {
      answer->end.notes.emplace_back(kMissing);
    }
  }
  answer->entries.push_back(std::move(listed));
  return true;
}

}  // namespace

Result<ListAnswer> ListDirectory(View* view,
                                 const ListDirectoryQuestion& question,
                                 const Bounds& bounds) {
  Meter meter(bounds);
  PM_ASSIGN_OR_RETURN(const State state, view->At(question.at));
  std::string_view path = question.path;
  if (!path.empty() && path.back() == '/') path.remove_suffix(1);
  CursorKey key("list");
  key.Add(state.tree).Add(path);
  PM_ASSIGN_OR_RETURN(std::uint64_t at, key.Parse(question.cursor));

  PM_ASSIGN_OR_RETURN(const auto directory, view->Find(state, path));
  if (!directory.IsDirectory()) {
    return InvalidInput(Quoted(path) + " is no directory");
  }
  PM_ASSIGN_OR_RETURN(const auto entries,
                      view->repository()->ReadTree(directory.id));
  const std::string prefix = path.empty() ? "" : std::string(path) + "/";
  ListAnswer answer;
  for (; at < entries.size(); ++at) {
    const git::TreeEntry& entry = entries[at];
    if (!AddEntry(view->repository(), prefix + entry.name, entry.mode, entry.id,
                  &meter, &answer)) {
      answer.end.stop = meter.stop();
      answer.end.cursor = key.At(at);
      break;
    }
  }
  return answer;
}

}  // namespace patchmilter::tree
