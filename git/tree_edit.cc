#include "git/tree_edit.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"

namespace patchmilter::git {
namespace {

// A directory being rewritten, with what changes in it.
struct Directory {
  std::string prefix;  // "" or "a/b/".
  std::string name;    // In its parent.
  std::vector<TreeEntry> entries;
  std::map<std::string, std::optional<TreeEntry>, std::less<>> changes;
  // Names that became files while a directory of that name stands: its files
  // must all be removed by the edits that follow.
  std::set<std::string, std::less<>> must_empty;

  const TreeEntry* FindOld(std::string_view wanted) const {
    // It stands where a file or where a directory of that name would.
    for (const std::uint32_t mode : {kModeFile, kModeDirectory}) {
      const TreeEntry key{std::string(wanted), mode, {}};
      const auto place =
          std::lower_bound(entries.begin(), entries.end(), key, ComesBefore);
      if (place != entries.end() && place->name == wanted) return &*place;
    }
    return nullptr;
  }
};

class Editor {
 public:
  Editor(Repository* repository, const ObjectId& root)
      : repository_(repository), root_(root) {}

  Result<ObjectId> Run(const TreeEdits& edits) {
    PM_RETURN_IF_ERROR(Enter("", "", &root_));
    // In the map's order, all paths below one directory come together.
    for (const auto& [path, version] : edits) {
      PM_RETURN_IF_ERROR(EnterParentOf(path));
      PM_RETURN_IF_ERROR(Change(path, version));
    }
    while (stack_.size() > 1) PM_RETURN_IF_ERROR(Leave());
    return WriteTop();
  }

  const std::string& conflict() const { return conflict_; }

 private:
  Error Conflict(std::string path) {
    conflict_ = std::move(path);
    return InvalidInput(log::Clean(conflict_) +
                        " would be a file and a directory at once");
  }

  // `tree` is null for a directory that is new.
  Status Enter(std::string prefix, std::string name, const ObjectId* tree) {
    Directory directory;
    directory.prefix = std::move(prefix);
    directory.name = std::move(name);
    if (tree != nullptr) {
      PM_ASSIGN_OR_RETURN(directory.entries, repository_->ReadTree(*tree));
    }
    stack_.push_back(std::move(directory));
    return {};
  }

  Status EnterParentOf(const std::string& path) {
    while (path.compare(0, stack_.back().prefix.size(), stack_.back().prefix) !=
           0) {
      PM_RETURN_IF_ERROR(Leave());
    }
    while (true) {
      const std::size_t begin = stack_.back().prefix.size();
      const std::size_t slash = path.find('/', begin);
      if (slash == std::string::npos) return {};
      PM_RETURN_IF_ERROR(EnterChild(path.substr(begin, slash - begin)));
    }
  }

  Status EnterChild(const std::string& name) {
    const Directory& top = stack_.back();
    std::string prefix = top.prefix + name + "/";
    const TreeEntry* old = top.FindOld(name);
    const auto change = top.changes.find(name);
    const bool removed = change != top.changes.end() && !change->second;
    if (old != nullptr && old->IsDirectory()) {
      const ObjectId id = old->id;
      return Enter(std::move(prefix), name, &id);
    }
    if (old != nullptr && !removed) blocked_.insert(prefix);
    if (change != top.changes.end() && change->second) blocked_.insert(prefix);
    return Enter(std::move(prefix), name, nullptr);
  }

  Status Change(const std::string& path,
                const std::optional<FileVersion>& version) {
    Directory& top = stack_.back();
    std::string name = path.substr(top.prefix.size());
    const TreeEntry* old = top.FindOld(name);
    const bool was_directory = old != nullptr && old->IsDirectory();
    if (!version) {
      if (!was_directory) top.changes[std::move(name)] = std::nullopt;
      return {};
    }
    if (was_directory) top.must_empty.insert(name);
    TreeEntry entry{name, CanonicalMode(version->mode), version->id};
    top.changes[std::move(name)] = std::move(entry);
    return {};
  }

  // The entries of the directory on top as they shall be.
  Result<std::vector<TreeEntry>> Finish() {
    Directory& top = stack_.back();
    if (!top.must_empty.empty()) {
      return Conflict(top.prefix + *top.must_empty.begin());
    }
    std::vector<TreeEntry> result;
    result.reserve(top.entries.size() + top.changes.size());
    for (TreeEntry& entry : top.entries) {
      if (top.changes.find(entry.name) != top.changes.end()) continue;
      entry.mode = CanonicalMode(entry.mode);
      result.push_back(std::move(entry));
    }
    for (auto& [name, entry] : top.changes) {
      if (entry) result.push_back(std::move(*entry));
    }
    return result;
  }

  Status Leave() {
    PM_ASSIGN_OR_RETURN(std::vector<TreeEntry> entries, Finish());
    const std::string name = std::move(stack_.back().name);
    const std::string prefix = std::move(stack_.back().prefix);
    stack_.pop_back();
    Directory& parent = stack_.back();
    const bool is_file = blocked_.erase(prefix) > 0;
    const bool becomes_file = parent.must_empty.count(name) > 0;
    if (entries.empty()) {
      if (becomes_file) {
        parent.must_empty.erase(name);
      } else if (!is_file) {
        parent.changes[name] = std::nullopt;
      }
      return {};
    }
    if (is_file || becomes_file) {
      return Conflict(prefix.substr(0, prefix.size() - 1));
    }
    PM_ASSIGN_OR_RETURN(const ObjectId id,
                        repository_->WriteTree(std::move(entries)));
    parent.changes[name] = TreeEntry{name, kModeDirectory, id};
    return {};
  }

  Result<ObjectId> WriteTop() {
    PM_ASSIGN_OR_RETURN(std::vector<TreeEntry> entries, Finish());
    return repository_->WriteTree(std::move(entries));
  }

  Repository* repository_;
  ObjectId root_;
  std::vector<Directory> stack_;
  std::string conflict_;
  std::set<std::string> blocked_;  // Directories where a file stands.
};

}  // namespace

Result<ObjectId> EditTree(Repository* repository, const ObjectId& root,
                          const TreeEdits& edits, std::string* conflict) {
  if (edits.empty()) return root;
  Editor editor(repository, root);
  auto tree = editor.Run(edits);
  if (conflict != nullptr) *conflict = editor.conflict();
  return tree;
}

}  // namespace patchmilter::git
