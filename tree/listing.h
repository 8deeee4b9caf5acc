// Listing: every file of a tree, by path, without a checkout.
//
// Walked from tree objects once (Walk), then carried over to other trees by
// reading only the directories whose ids differ (Update): the listing of a
// patched tree costs what the patch touched. What did not change is shared
// between listings, so ten patched trees take little more than one.
//
// Files, executables, symbolic links and submodules, in byte order of their
// paths from the root; directories are not listed. Trees are hostile: any depth
// (no recursion), names in any order or twice (the first of equal paths stays),
// bounded by kMaxListedFiles, kMaxListedPathBytes and kMaxDirectories.
// Memory: 25 bytes and the path's length a file: 5 MB for 80,000 files.
// Errors: those of the Repository, kInvalidInput past a bound.
// Threads: values; a listing may be read by several threads.
// Tested in tests/tree/listing_test.cc.
#ifndef PATCHMILTER_TREE_LISTING_H_
#define PATCHMILTER_TREE_LISTING_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/object_id.h"
#include "git/repository.h"

namespace patchmilter::tree {

inline constexpr std::size_t kMaxListedFiles = 4'000'000;
inline constexpr std::size_t kMaxListedPathBytes = 256 << 20;  // All together.
inline constexpr std::size_t kMaxListedPath = 64 << 10;        // One.
inline constexpr std::size_t kMaxDirectories = 2'000'000;  // Read in a walk.

struct ListedFile {
  std::string_view path;   // Borrowed from the listing.
  std::uint32_t mode = 0;  // Canonical, never a directory's.
  git::ObjectId blob;      // Of a submodule its commit.
};

// The files of one tree in arrays, sorted by path: what listings share.
class FileTable {
 public:
  // Appends; paths strictly ascend.
  void Add(std::string_view path, std::uint32_t mode,
           const git::ObjectId& blob);
  void ShrinkToFit();
  void Reserve(std::size_t files, std::size_t path_bytes);

  std::size_t size() const { return ids_.size(); }
  std::string_view path(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(paths_).substr(begin, ends_[i] - begin);
  }
  std::uint32_t mode(std::size_t i) const;
  const git::ObjectId& blob(std::size_t i) const { return ids_[i]; }
  ListedFile at(std::size_t i) const { return {path(i), mode(i), blob(i)}; }
  // The first whose path is not before `path`.
  std::size_t LowerBound(std::string_view path) const;
  std::size_t path_bytes() const { return paths_.size(); }

 private:
  std::string paths_;
  std::vector<std::uint32_t> ends_;
  std::vector<std::uint8_t> modes_;
  std::vector<git::ObjectId> ids_;
};

// What stands at a path in one tree and not, or otherwise, in another.
struct FileChange {
  std::string path;
  std::uint32_t mode = 0;  // 0: nothing stands there any more.
  git::ObjectId blob;
};

class Listing {
 public:
  Listing() = default;  // Of no files.

  static Result<Listing> Walk(git::Repository* repository,
                              const git::ObjectId& root);
  // A listing whose files are known already: those of tree `root`.
  static Listing Of(std::shared_ptr<const FileTable> table,
                    const git::ObjectId& root);

  // The listing of `root`, from this one.
  Result<Listing> Update(git::Repository* repository,
                         const git::ObjectId& root) const;

  const git::ObjectId& root() const { return root_; }
  std::size_t size() const { return size_; }
  std::optional<ListedFile> Find(std::string_view path) const;

  // for (Listing::Position at = listing.From(""); at.valid(); at.Next())
  class Position {
   public:
    bool valid() const { return valid_; }
    const ListedFile& operator*() const { return file_; }
    const ListedFile* operator->() const { return &file_; }
    // Where in table() the file stands; nothing where it differs from that.
    std::optional<std::size_t> in_table() const { return in_table_; }
    // Else where it stands in changes().
    std::optional<std::size_t> in_changes() const {
      if (in_table_.has_value()) return std::nullopt;
      return change_at_;
    }
    void Next();

   private:
    friend class Listing;
    void Settle();
    const Listing* listing_ = nullptr;
    std::size_t table_at_ = 0;
    std::size_t change_at_ = 0;
    bool valid_ = false;
    ListedFile file_;
    std::optional<std::size_t> in_table_;
  };
  // The first file whose path is not before `path`. The listing must outlive
  // the position.
  Position From(std::string_view path) const;

  // What this listing shares, and how it differs from that, sorted by path.
  const std::shared_ptr<const FileTable>& table() const { return table_; }
  const std::vector<FileChange>& changes() const { return changes_; }

 private:
  git::ObjectId root_;
  git::ObjectId table_root_;
  std::shared_ptr<const FileTable> table_;
  std::vector<FileChange> changes_;
  std::size_t size_ = 0;
};

// How the files below `to` differ from those below `from`, sorted by path: only
// directories with different ids are read. A zero id is a tree without files.
Result<std::vector<FileChange>> DiffFiles(git::Repository* repository,
                                          const git::ObjectId& from,
                                          const git::ObjectId& to);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_LISTING_H_
