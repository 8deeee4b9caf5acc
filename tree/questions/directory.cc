#include "tree/questions/directory.h"

#include <string_view>
#include <utility>

#include "tree/listing.h"
#include "tree/questions/cursor.h"
#include "tree/questions/glob.h"
#include "tree/questions/meter.h"

namespace patchmilter::tree {
namespace {

// What an entry costs beside its path: its mode and size, as they are printed.
constexpr std::size_t kEntryBytes = 24;

// Paths between two looks at the clock.
constexpr std::uint64_t kStride = 256;

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
  const std::string& path = question.path;
  CursorKey key("list");
  key.Add(state.tree).Add(path);
  PM_ASSIGN_OR_RETURN(std::uint64_t at, key.Parse(question.cursor));

  PM_ASSIGN_OR_RETURN(const auto directory, view->Find(state, path));
  if (!directory.IsDirectory()) {
    return InvalidInput(Quoted(path) + " is no directory");
  }
  PM_ASSIGN_OR_RETURN(const auto entries,
                      view->repository()->ReadTree(directory.id));
  const std::string prefix = path.empty() ? "" : path + "/";
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

Result<ListAnswer> FindFiles(View* view, const FindFilesQuestion& question,
                             const Bounds& bounds) {
  Meter meter(bounds);
  PM_ASSIGN_OR_RETURN(const State state, view->At(question.at));
  PM_ASSIGN_OR_RETURN(const Glob glob, Glob::Compile(question.glob));
  CursorKey key("find");
  key.Add(state.tree).Add(question.glob);
  // Paths passed, so that going on does not match them again.
  PM_ASSIGN_OR_RETURN(const std::uint64_t passed, key.Parse(question.cursor));
  PM_ASSIGN_OR_RETURN(const Listing* listing, view->Files(state));
  ListAnswer answer;
  std::uint64_t at = 0;
  for (auto file = listing->From(glob.prefix()); file.valid();
       file.Next(), ++at) {
    if (file->path.substr(0, glob.prefix().size()) != glob.prefix()) break;
    if (at < passed) continue;
    bool room = at % kStride != kStride - 1 || !meter.TimeIsOver();
    if (room && glob.Matches(file->path)) {
      room = AddEntry(view->repository(), std::string(file->path), file->mode,
                      file->blob, &meter, &answer);
    }
    if (!room) {
      answer.end.stop = meter.stop();
      answer.end.cursor = key.At(at);
      break;
    }
  }
  return answer;
}

}  // namespace patchmilter::tree
