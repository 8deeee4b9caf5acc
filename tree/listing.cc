#include "tree/listing.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace patchmilter::tree {
namespace {

using git::ObjectId;
using git::TreeEntry;

// Canonical modes in one byte; 0 is none.
constexpr std::uint32_t kModes[] = {0, git::kModeFile, git::kModeExecutable,
                                    git::kModeSymlink, git::kModeSubmodule};

std::uint8_t ModeByte(std::uint32_t mode) {
  for (std::size_t i = 1; i < std::size(kModes); ++i) {
    if (kModes[i] == mode) return static_cast<std::uint8_t>(i);
  }
  return 1;
}

// A listing that differs by more than this share of its files from what it
// shares is one of its own.
constexpr std::size_t kSharedShare = 8;

// Of all paths of directories that a walk goes through.
constexpr std::uint64_t kMaxWalkedBytes = 4ULL << 30;

// A directory on either side of a difference; a zero id for none.
struct Sides {
  ObjectId from;
  ObjectId to;
};

// One pair of directories after the other, off a stack: trees are hostile.
class Difference {
 public:
  explicit Difference(git::Repository* repository) : repository_(repository) {}

  Result<std::vector<FileChange>> Between(const ObjectId& from,
                                          const ObjectId& to) {
    if (from != to) directories_.push_back({"", {from, to}});
    while (!directories_.empty()) {
      const auto [path, ids] = std::move(directories_.back());
      directories_.pop_back();
      waiting_bytes_ -= path.size();
      PM_RETURN_IF_ERROR(Compare(path, ids));
    }
    std::sort(changes_.begin(), changes_.end(),
              [](const FileChange& a, const FileChange& b) {
                return a.path < b.path;
              });
    return std::move(changes_);
  }

 private:
  using Names = std::vector<std::pair<std::string_view, const TreeEntry*>>;

  Result<std::vector<TreeEntry>> Read(const ObjectId& directory) {
    if (directory.IsZero()) return std::vector<TreeEntry>();
    if (++read_ > kMaxDirectories) {
      return InvalidInput("tree " + directory.Hex() + ": more than " +
                          std::to_string(kMaxDirectories) + " directories");
    }
    return repository_->ReadTree(directory);
  }

  // By name alone; of equal names the first: what Lookup would most likely
  // find, and the same in each listing.
  static Names ByName(const std::vector<TreeEntry>& entries) {
    Names names;
    names.reserve(entries.size());
    for (const TreeEntry& entry : entries) {
      // No file can be at such a name, and "a//b" must not look like "a/b".
      if (entry.name.empty() || entry.name.find('/') != std::string::npos) {
        continue;
      }
      names.emplace_back(entry.name, &entry);
    }
    const auto before = [](const auto& a, const auto& b) {
      return a.first < b.first;
    };
    if (!std::is_sorted(names.begin(), names.end(), before)) {
      std::stable_sort(names.begin(), names.end(), before);
    }
    names.erase(std::unique(names.begin(), names.end(),
                            [](const auto& a, const auto& b) {
                              return a.first == b.first;
                            }),
                names.end());
    return names;
  }

  Status Compare(const std::string& path, const Sides& ids) {
    PM_ASSIGN_OR_RETURN(const std::vector<TreeEntry> from, Read(ids.from));
    PM_ASSIGN_OR_RETURN(const std::vector<TreeEntry> to, Read(ids.to));
    const Names from_names = ByName(from);
    const Names to_names = ByName(to);
    auto a = from_names.begin();
    auto b = to_names.begin();
    while (a != from_names.end() || b != to_names.end()) {
      const TreeEntry* before = nullptr;
      const TreeEntry* after = nullptr;
      if (b == to_names.end() ||
          (a != from_names.end() && a->first <= b->first)) {
        before = a->second;
      }
      if (a == from_names.end() ||
          (b != to_names.end() && b->first <= a->first)) {
        after = b->second;
      }
      if (before != nullptr) ++a;
      if (after != nullptr) ++b;
      PM_RETURN_IF_ERROR(Note(path, before, after));
    }
    return {};
  }

  Status Note(const std::string& directory, const TreeEntry* before,
              const TreeEntry* after) {
    if (before != nullptr && after != nullptr && before->id == after->id &&
        git::CanonicalMode(before->mode) == git::CanonicalMode(after->mode)) {
      return {};
    }
    const std::string& name = (before != nullptr ? before : after)->name;
    std::string path = directory;
    if (!path.empty()) path += '/';
    path += name;
    if (path.size() > kMaxListedPath) {
      return InvalidInput("a path of " + std::to_string(path.size()) +
                          " bytes in a tree");
    }
    Sides below;
    if (before != nullptr && before->IsDirectory()) below.from = before->id;
    if (after != nullptr && after->IsDirectory()) below.to = after->id;
    const bool was_file = before != nullptr && !before->IsDirectory();
    const bool is_file = after != nullptr && !after->IsDirectory();
    if (was_file || is_file) {
      if (changes_.size() >= kMaxListedFiles ||
          (path_bytes_ += path.size()) > kMaxListedPathBytes) {
        return InvalidInput("a tree of more than " +
                            std::to_string(kMaxListedFiles) +
                            " files, or of too long paths");
      }
      FileChange change{path, 0, {}};
      if (is_file) {
        change.mode = git::CanonicalMode(after->mode);
        change.blob = after->id;
      }
      changes_.push_back(std::move(change));
    }
    if (below.from != below.to) {
      // What waits is bounded, and the work: directories that name one another
      // twice on every level, paths that grow with each.
      waiting_bytes_ += path.size();
      walked_bytes_ += path.size();
      if (directories_.size() >= kMaxDirectories ||
          waiting_bytes_ > kMaxListedPathBytes ||
          walked_bytes_ > kMaxWalkedBytes) {
        return InvalidInput("a tree of too many directories");
      }
      directories_.push_back({std::move(path), below});
    }
    return {};
  }

  git::Repository* repository_;
  std::vector<std::pair<std::string, Sides>> directories_;  // To be read.
  std::vector<FileChange> changes_;
  std::size_t read_ = 0;
  std::size_t path_bytes_ = 0;     // Of changes_.
  std::size_t waiting_bytes_ = 0;  // Of directories_.
  std::uint64_t walked_bytes_ = 0;
};

}  // namespace

void FileTable::Add(std::string_view path, std::uint32_t mode,
                    const ObjectId& blob) {
  CHECK(ids_.empty() || this->path(size() - 1) < path);
  // Two differences' worth at most (Update): bounded by kMaxListedPathBytes.
  CHECK(paths_.size() + path.size() < UINT32_MAX);
  paths_ += path;
  ends_.push_back(static_cast<std::uint32_t>(paths_.size()));
  modes_.push_back(ModeByte(mode));
  ids_.push_back(blob);
}

void FileTable::Reserve(std::size_t files, std::size_t path_bytes) {
  paths_.reserve(path_bytes);
  ends_.reserve(files);
  modes_.reserve(files);
  ids_.reserve(files);
}

void FileTable::ShrinkToFit() {
  paths_.shrink_to_fit();
  ends_.shrink_to_fit();
  modes_.shrink_to_fit();
  ids_.shrink_to_fit();
}

std::uint32_t FileTable::mode(std::size_t i) const { return kModes[modes_[i]]; }

std::size_t FileTable::LowerBound(std::string_view path) const {
  std::size_t first = 0;
  std::size_t count = size();
  while (count > 0) {
    const std::size_t half = count / 2;
    if (this->path(first + half) < path) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return first;
}

Result<std::vector<FileChange>> DiffFiles(git::Repository* repository,
                                          const ObjectId& from,
                                          const ObjectId& to) {
  return Difference(repository).Between(from, to);
}

Listing Listing::Of(std::shared_ptr<const FileTable> table,
                    const ObjectId& root) {
  Listing listing;
  listing.root_ = root;
  listing.table_root_ = root;
  listing.size_ = table == nullptr ? 0 : table->size();
  listing.table_ = std::move(table);
  return listing;
}

Result<Listing> Listing::Walk(git::Repository* repository,
                              const ObjectId& root) {
  PM_ASSIGN_OR_RETURN(const std::vector<FileChange> files,
                      DiffFiles(repository, ObjectId{}, root));
  auto table = std::make_shared<FileTable>();
  for (const FileChange& file : files) {
    table->Add(file.path, file.mode, file.blob);
  }
  table->ShrinkToFit();
  return Of(std::move(table), root);
}

Result<Listing> Listing::Update(git::Repository* repository,
                                const ObjectId& root) const {
  if (root == root_) return *this;
  PM_ASSIGN_OR_RETURN(std::vector<FileChange> changes,
                      DiffFiles(repository, table_root_, root));
  Listing updated;
  updated.root_ = root;
  updated.table_root_ = table_root_;
  updated.table_ = table_;
  updated.changes_ = std::move(changes);
  updated.size_ = table_ == nullptr ? 0 : table_->size();
  for (const FileChange& change : updated.changes_) {
    bool was_there = false;
    if (table_ != nullptr) {
      const std::size_t at = table_->LowerBound(change.path);
      was_there = at < table_->size() && table_->path(at) == change.path;
    }
    if (was_there) --updated.size_;
    if (change.mode != 0) ++updated.size_;
  }
  if (updated.changes_.size() * kSharedShare < updated.size_) return updated;
  auto table = std::make_shared<FileTable>();
  for (Position at = updated.From(""); at.valid(); at.Next()) {
    table->Add(at->path, at->mode, at->blob);
  }
  table->ShrinkToFit();
  return Of(std::move(table), root);
}

std::optional<ListedFile> Listing::Find(std::string_view path) const {
  const Position at = From(path);
  if (!at.valid() || at->path != path) return std::nullopt;
  return *at;
}

Listing::Position Listing::From(std::string_view path) const {
  Position at;
  at.listing_ = this;
  at.table_at_ = table_ == nullptr ? 0 : table_->LowerBound(path);
  at.change_at_ = static_cast<std::size_t>(
      std::lower_bound(changes_.begin(), changes_.end(), path,
                       [](const FileChange& change, std::string_view wanted) {
                         return change.path < wanted;
                       }) -
      changes_.begin());
  at.Settle();
  return at;
}

void Listing::Position::Next() {
  CHECK(valid_);
  // Whichever of the two stands there; both where a change replaces a file.
  if (in_table_.has_value()) {
    ++table_at_;
  } else {
    ++change_at_;
  }
  Settle();
}

void Listing::Position::Settle() {
  const FileTable* table = listing_->table_.get();
  const std::size_t in_table = table == nullptr ? 0 : table->size();
  const std::vector<FileChange>& changes = listing_->changes_;
  while (true) {
    const bool has_change = change_at_ < changes.size();
    if (table_at_ < in_table) {
      const int order =
          has_change ? table->path(table_at_).compare(changes[change_at_].path)
                     : -1;
      if (order < 0) {
        file_ = table->at(table_at_);
        in_table_ = table_at_;
        valid_ = true;
        return;
      }
      if (order == 0) ++table_at_;
    }
    in_table_.reset();
    valid_ = has_change;
    if (!has_change) return;
    const FileChange& change = changes[change_at_];
    if (change.mode != 0) {
      file_ = {change.path, change.mode, change.blob};
      return;
    }
    ++change_at_;
  }
}

}  // namespace patchmilter::tree
