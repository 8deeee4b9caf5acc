#include "tree/index/code_index.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "tree/index/ctags.h"
#include "tree/index/index_files.h"
#include "tree/index/tree_file.h"
#include "tree/questions/file_lines.h"

namespace patchmilter::tree {
namespace {

constexpr std::size_t kTreesKept = 24;

struct AddedDocument {
  git::ObjectId id;
  std::string text;
  bool binary = false;
  std::vector<Trigram> trigrams;  // Ascending.
  std::vector<Symbol> symbols;
};

// What stands in the directory, as far as its names tell.
struct Names {
  std::vector<std::string> segments;  // Ascending.
  std::vector<std::string> trees;
  friend bool operator==(const Names&, const Names&) = default;
};

Names NamesIn(const std::string& directory) {
  Names names;
  for (IndexFile& file : IndexFilesIn(directory)) {
    if (file.kind == IndexFileKind::kSegment) {
      names.segments.push_back(std::move(file.name));
    } else if (file.kind == IndexFileKind::kTree) {
      names.trees.push_back(std::move(file.name));
    }
  }
  return names;
}

// When a directory was last changed; nothing where there is none.
std::optional<std::pair<std::int64_t, std::int64_t>> ChangedAt(
    const std::string& directory) {
  struct stat info {};
  if (directory.empty() || ::stat(directory.c_str(), &info) != 0) {
    return std::nullopt;
  }
  return std::pair<std::int64_t, std::int64_t>(
      info.st_mtim.tv_sec, static_cast<std::int64_t>(info.st_mtim.tv_nsec) ^
                               static_cast<std::int64_t>(info.st_ino << 32));
}

class DirectoryIndex final : public CodeIndex {
 public:
  explicit DirectoryIndex(std::string directory)
      : directory_(std::move(directory)) {
    Refresh();
  }

  std::string Missing() const override {
    if (documents() > 0) return "";
    return directory_.empty()
               ? "no index is configured for this repository"
               : "there is no index yet (patchmilter index makes it)";
  }

  Result<std::shared_ptr<const IndexedTree>> TreeOf(
      git::Repository* repository, const git::ObjectId& root) override {
    Refresh();
    return Tree(repository, root);
  }

  Status AddTrees(git::Repository* repository,
                  std::span<const git::ObjectId> roots,
                  const std::string& ctags) override;

  Document DocumentOf(const git::ObjectId& blob) const override {
    const auto added = added_by_id_.find(blob);
    if (added != added_by_id_.end()) return added->second;
    for (const Part& part : parts_) {
      if (part.segment->damaged()) continue;
      const auto number = part.segment->Find(blob);
      if (number.has_value()) return part.first + *number;
    }
    return kNoDocument;
  }

  AtomsFound Find(const std::vector<std::vector<Trigram>>& atoms) override;

  std::size_t documents() const override {
    return first_added_ + added_.size();
  }
  bool IsBinary(Document document) const override {
    if (document >= first_added_) return Added(document).binary;
    const Part& part = PartOf(document);
    return part.segment->IsBinary(document - part.first);
  }
  std::uint64_t Size(Document document) const override {
    if (document >= first_added_) return Added(document).text.size();
    const Part& part = PartOf(document);
    return part.segment->Size(document - part.first);
  }
  bool IsTooLong(Document document) const override {
    if (document >= first_added_) return false;
    const Part& part = PartOf(document);
    return !part.segment->HasText(document - part.first) &&
           !part.segment->IsBinary(document - part.first);
  }
  std::optional<std::string_view> Text(Document document,
                                       BlockReader* reader) const override {
    if (document >= first_added_) return Added(document).text;
    const Part& part = PartOf(document);
    return part.segment->Text(document - part.first, reader);
  }
  // What was added in memory is one chunk each.
  Chunks ChunksOf(Document document) const override {
    if (document >= first_added_) {
      const std::uint32_t chunk =
          first_added_chunk_ + (document - first_added_);
      return {chunk, chunk + 1};
    }
    const Part& part = PartOf(document);
    const auto [first, last] = part.segment->ChunksOf(document - part.first);
    return {part.first_chunk + first, part.first_chunk + last};
  }
  Chunk ChunkAt(Document document, std::uint32_t chunk) const override {
    if (document >= first_added_) {
      return {static_cast<std::uint32_t>(Added(document).text.size()), 0};
    }
    const Part& part = PartOf(document);
    return part.segment->ChunkAt(chunk - part.first_chunk);
  }
  std::optional<std::string_view> ChunkText(
      Document document, std::uint32_t chunk,
      BlockReader* reader) const override {
    if (document >= first_added_) return Added(document).text;
    const Part& part = PartOf(document);
    return part.segment->ChunkText(chunk - part.first_chunk, reader);
  }

  std::vector<SymbolFound> Symbols(std::string_view name) override;
  bool HasSymbols() override {
    Refresh();
    return has_added_symbols_ ||
           std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
             return part.segment->has_symbols();
           });
  }

  std::vector<SegmentAt> segments() const override {
    std::vector<SegmentAt> all;
    for (const Part& part : parts_) {
      all.push_back(
          {part.first, part.segment.get(), directory_ + "/" + part.name});
    }
    return all;
  }

 private:
  struct Part {
    Document first = 0;
    std::uint32_t first_chunk = 0;
    std::string name;
    std::shared_ptr<const Segment> segment;
  };

  // Its file is still the one that is mapped, whole.
  bool IsAsOpened(const Part& part) const {
    return CheckedFile::StampOf(directory_ + "/" + part.name) ==
           part.segment->stamp();
  }

  void Refresh();
  Result<std::shared_ptr<const IndexedTree>> Tree(git::Repository* repository,
                                                  const git::ObjectId& root);
  Result<Listing> ListingOf(git::Repository* repository,
                            const git::ObjectId& root,
                            std::shared_ptr<const IndexedTree>* near);
  std::shared_ptr<const IndexedTree> Stored(const git::ObjectId& root);
  std::shared_ptr<const IndexedTree> WithDocuments(
      Listing listing, const std::shared_ptr<const IndexedTree>& near) const;
  void ForgetDocuments();
  void NumberAdded();

  const AddedDocument& Added(Document document) const {
    return added_[document - first_added_];
  }
  const Part& PartOf(Document document) const {
    auto part = std::upper_bound(
        parts_.begin(), parts_.end(), document,
        [](Document wanted, const Part& each) { return wanted < each.first; });
    CHECK(part != parts_.begin());
    return *--part;
  }

  std::string directory_;
  std::optional<std::pair<std::int64_t, std::int64_t>> changed_at_;
  Names names_;
  std::vector<Part> parts_;  // Of the segments, by their first document.
  Document first_added_ = 0;
  std::uint32_t first_added_chunk_ = 0;
  std::deque<AddedDocument> added_;  // Documents from first_added_.
  std::unordered_map<git::ObjectId, Document> added_by_id_;
  std::size_t added_bytes_ = 0;
  bool has_added_symbols_ = false;
  // The last few trees, the last used first.
  std::deque<std::shared_ptr<const IndexedTree>> trees_;
};

// Documents have other numbers now: the files of the trees that are kept are
// still those.
void DirectoryIndex::ForgetDocuments() {
  std::map<const FileTable*, std::shared_ptr<const IndexedTree>> renewed;
  for (std::shared_ptr<const IndexedTree>& tree : trees_) {
    auto& near = renewed[tree->listing.table().get()];
    tree = WithDocuments(tree->listing, near);
    near = tree;
  }
}

void DirectoryIndex::Refresh() {
  const auto changed_at = ChangedAt(directory_);
  const bool as_they_were =
      std::all_of(parts_.begin(), parts_.end(),
                  [this](const Part& part) { return IsAsOpened(part); });
  if (changed_at == changed_at_ && as_they_were) return;
  changed_at_ = changed_at;
  Names names = changed_at.has_value() ? NamesIn(directory_) : Names();
  // One that could not be opened may be another by now.
  if (as_they_were && names.segments.size() == parts_.size() &&
      std::equal(parts_.begin(), parts_.end(), names.segments.begin(),
                 [](const Part& part, const std::string& name) {
                   return part.name == name;
                 })) {
    names_ = std::move(names);
    return;
  }
  std::vector<Part> parts;
  Document first = 0;
  std::uint32_t first_chunk = 0;
  for (const std::string& name : names.segments) {
    Part part{first, first_chunk, name, nullptr};
    for (Part& known : parts_) {
      if (known.name == name && IsAsOpened(known)) {
        part.segment = std::move(known.segment);
      }
    }
    if (part.segment == nullptr) {
      auto opened = Segment::Open(directory_ + "/" + name);
      // Deleted since, torn or damaged: as if it were not there.
      if (!opened.ok()) continue;
      part.segment = std::move(*opened);
    }
    if (part.segment->documents() > kMaxListedFiles) continue;
    first += part.segment->documents();
    first_chunk += part.segment->chunks();
    parts.push_back(std::move(part));
  }
  parts_ = std::move(parts);
  names_ = std::move(names);
  const Document shift = first - first_added_;  // Modulo 2^32.
  first_added_ = first;
  first_added_chunk_ = first_chunk;
  for (auto& [id, document] : added_by_id_) document += shift;
  ForgetDocuments();
}

std::shared_ptr<const IndexedTree> DirectoryIndex::WithDocuments(
    Listing listing, const std::shared_ptr<const IndexedTree>& near) const {
  auto tree = std::make_shared<IndexedTree>();
  tree->listing = std::move(listing);
  if (documents() == 0) return tree;
  const FileTable* table = tree->listing.table().get();
  if (near != nullptr && near->listing.table().get() == table &&
      near->documents != nullptr) {
    tree->documents = near->documents;
  } else if (table != nullptr) {
    auto numbers = std::make_shared<std::vector<Document>>();
    numbers->reserve(table->size());
    for (std::size_t i = 0; i < table->size(); ++i) {
      numbers->push_back(DocumentOf(table->blob(i)));
    }
    tree->documents = std::move(numbers);
  }
  for (const FileChange& change : tree->listing.changes()) {
    tree->changed.push_back(change.mode == 0 ? kNoDocument
                                             : DocumentOf(change.blob));
  }
  return tree;
}

std::shared_ptr<const IndexedTree> DirectoryIndex::Stored(
    const git::ObjectId& root) {
  auto stored = ReadTreeFile(directory_, root);
  if (!stored.ok()) return nullptr;
  auto tree = std::make_shared<IndexedTree>();
  std::vector<const Part*> parts;
  for (const std::uint64_t id : stored->segments) {
    const Part* found = nullptr;
    for (const Part& part : parts_) {
      if (part.segment->id() == id) found = &part;
    }
    parts.push_back(found);
  }
  auto numbers = std::make_shared<std::vector<Document>>();
  numbers->reserve(stored->table->size());
  for (std::size_t i = 0; i < stored->table->size(); ++i) {
    const std::uint8_t segment = stored->segment_of[i];
    const Part* part = segment == StoredTree::kNone ? nullptr : parts[segment];
    if (part != nullptr && !part->segment->damaged() &&
        stored->number_of[i] < part->segment->documents()) {
      numbers->push_back(part->first + stored->number_of[i]);
    } else {
      numbers->push_back(DocumentOf(stored->table->blob(i)));
    }
  }
  tree->documents = std::move(numbers);
  tree->listing = Listing::Of(std::move(stored->table), root);
  return tree;
}

Result<Listing> DirectoryIndex::ListingOf(
    git::Repository* repository, const git::ObjectId& root,
    std::shared_ptr<const IndexedTree>* near) {
  if (trees_.empty()) {
    for (const std::string& name : names_.trees) {
      const auto id = git::ObjectId::FromHex(name.substr(kTreePrefix.size()));
      auto stored = Stored(*id);
      if (stored == nullptr) continue;
      trees_.push_front(std::move(stored));
      break;
    }
  }
  if (!trees_.empty()) {
    auto updated = trees_.front()->listing.Update(repository, root);
    // An old tree may be gone from the repository: then this one is walked.
    if (updated.ok()) {
      *near = trees_.front();
      return updated;
    }
  }
  return Listing::Walk(repository, root);
}

Result<std::shared_ptr<const IndexedTree>> DirectoryIndex::Tree(
    git::Repository* repository, const git::ObjectId& root) {
  const auto kept = std::find_if(
      trees_.begin(), trees_.end(),
      [&](const auto& tree) { return tree->listing.root() == root; });
  std::shared_ptr<const IndexedTree> tree;
  if (kept != trees_.end()) {
    tree = *kept;
    trees_.erase(kept);
  } else if (std::binary_search(names_.trees.begin(), names_.trees.end(),
                                TreeFileName(root))) {
    tree = Stored(root);
  }
  if (tree == nullptr) {
    std::shared_ptr<const IndexedTree> near;
    PM_ASSIGN_OR_RETURN(Listing listing, ListingOf(repository, root, &near));
    tree = WithDocuments(std::move(listing), near);
  }
  trees_.push_front(tree);
  if (trees_.size() > kTreesKept) trees_.pop_back();
  return tree;
}

Status DirectoryIndex::AddTrees(git::Repository* repository,
                                std::span<const git::ObjectId> roots,
                                const std::string& ctags) {
  Refresh();
  std::optional<Ctags> child;
  bool is_new = false;
  if (added_bytes_ > kMaxAddedBytes) {
    added_.clear();
    added_by_id_.clear();
    added_bytes_ = 0;
    ForgetDocuments();
  }
  const FileTable* looked_at = nullptr;
  for (const git::ObjectId& root : roots) {
    PM_ASSIGN_OR_RETURN(const auto tree, Tree(repository, root));
    std::vector<ListedFile> missing;
    const auto look = [&](const ListedFile& file, Document document) {
      if ((file.mode == git::kModeFile || file.mode == git::kModeExecutable) &&
          document == kNoDocument && missing.size() <= kMaxAddedFiles) {
        missing.push_back(file);
      }
    };
    // What the trees share is looked at once.
    const FileTable* table = tree->listing.table().get();
    const std::vector<FileChange>& changes = tree->listing.changes();
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const FileChange& change = changes[i];
      look({change.path, change.mode, change.blob},
           i < tree->changed.size() ? tree->changed[i] : kNoDocument);
    }
    if (table != looked_at && table != nullptr) {
      for (std::size_t i = 0; i < table->size(); ++i) {
        look(table->at(i),
             tree->documents == nullptr ? kNoDocument : (*tree->documents)[i]);
      }
    }
    looked_at = table;
    if (missing.size() > kMaxAddedFiles) continue;
    for (const ListedFile& file : missing) {
      PM_ASSIGN_OR_RETURN(const std::uint64_t size,
                          repository->BlobSize(file.blob));
      if (size > kMaxIndexedBytes || added_bytes_ + size > 2 * kMaxAddedBytes ||
          added_by_id_.count(file.blob) != 0) {
        continue;
      }
      AddedDocument added;
      added.id = file.blob;
      PM_ASSIGN_OR_RETURN(added.text, repository->ReadBlob(file.blob));
      added.binary = LooksBinary(added.text);
      if (!added.binary) {
        added.trigrams = TrigramsOf(added.text);
        if (!ctags.empty()) {
          if (!child.has_value()) {
            child.emplace(CtagsOptions{ctags, HeadersAreC(tree->listing)});
          }
          if (auto symbols = child->Run(file.path, added.text); symbols.ok()) {
            added.symbols = std::move(*symbols);
            has_added_symbols_ = true;
          }
        }
      }
      added_bytes_ += size + added.trigrams.size() * sizeof(Trigram);
      added_by_id_[file.blob] =
          first_added_ + static_cast<Document>(added_.size());
      added_.push_back(std::move(added));
      is_new = true;
    }
  }
  if (is_new) NumberAdded();
  return {};
}

// Documents that there were keep their numbers: only files without one are
// looked up.
void DirectoryIndex::NumberAdded() {
  std::map<const std::vector<Document>*,
           std::shared_ptr<const std::vector<Document>>>
      renewed;
  for (std::shared_ptr<const IndexedTree>& tree : trees_) {
    auto numbered = std::make_shared<IndexedTree>();
    numbered->listing = tree->listing;
    const FileTable* table = numbered->listing.table().get();
    // Without documents there is no telling trees apart by them.
    std::shared_ptr<const std::vector<Document>> none;
    auto& documents =
        tree->documents == nullptr ? none : renewed[tree->documents.get()];
    if (documents == nullptr && table != nullptr) {
      auto numbers = std::make_shared<std::vector<Document>>();
      if (tree->documents != nullptr) {
        *numbers = *tree->documents;
      } else {
        numbers->assign(table->size(), kNoDocument);
      }
      for (std::size_t i = 0; i < table->size(); ++i) {
        if ((*numbers)[i] != kNoDocument) continue;
        const auto added = added_by_id_.find(table->blob(i));
        if (added != added_by_id_.end()) (*numbers)[i] = added->second;
      }
      documents = std::move(numbers);
    }
    numbered->documents = documents;
    for (const FileChange& change : numbered->listing.changes()) {
      numbered->changed.push_back(change.mode == 0 ? kNoDocument
                                                   : DocumentOf(change.blob));
    }
    tree = std::move(numbered);
  }
}

AtomsFound DirectoryIndex::Find(
    const std::vector<std::vector<Trigram>>& atoms) {
  AtomsFound found;
  if (atoms.empty()) return found;
  found.atoms.resize(first_added_chunk_ + added_.size());
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (atoms[i].empty()) {
      for (std::uint64_t& chunk : found.atoms) chunk |= bit;
      continue;
    }
    for (const Part& part : parts_) {
      const auto numbers = part.segment->Match(atoms[i]);
      if (numbers.has_value()) {
        for (const std::uint32_t number : *numbers) {
          found.atoms[part.first_chunk + number] |= bit;
        }
        continue;
      }
      // Damaged: all of it is looked at.
      for (std::uint32_t n = 0; n < part.segment->chunks(); ++n) {
        found.atoms[part.first_chunk + n] |= bit;
      }
    }
    for (std::size_t n = 0; n < added_.size(); ++n) {
      if (std::includes(added_[n].trigrams.begin(), added_[n].trigrams.end(),
                        atoms[i].begin(), atoms[i].end())) {
        found.atoms[first_added_chunk_ + n] |= bit;
      }
    }
  }
  return found;
}

std::vector<SymbolFound> DirectoryIndex::Symbols(std::string_view name) {
  std::vector<SymbolFound> found;
  BlockReader reader;
  for (const Part& part : parts_) {
    std::vector<SymbolFound> here;
    const bool whole = part.segment->Symbols(
        name, &reader,
        [&](std::uint32_t number, Symbol symbol,
            std::optional<std::string_view> line) {
          here.push_back({part.first + number, std::move(symbol), {}});
          if (line.has_value()) here.back().line.emplace(*line);
        });
    if (whole) std::move(here.begin(), here.end(), std::back_inserter(found));
  }
  for (std::size_t n = 0; n < added_.size(); ++n) {
    for (const Symbol& symbol : added_[n].symbols) {
      if (symbol.name == name) {
        found.push_back({first_added_ + static_cast<Document>(n), symbol, {}});
      }
    }
  }
  return found;
}

}  // namespace

bool HeadersAreC(const Listing& listing) {
  std::size_t c = 0;
  std::size_t cpp = 0;
  for (Listing::Position at = listing.From(""); at.valid(); at.Next()) {
    if (at->path.ends_with(".c")) ++c;
    if (at->path.ends_with(".cc") || at->path.ends_with(".cpp") ||
        at->path.ends_with(".cxx")) {
      ++cpp;
    }
  }
  return c > cpp;
}

Result<std::unique_ptr<CodeIndex>> CodeIndex::Open(
    const std::string& directory) {
  return std::unique_ptr<CodeIndex>(
      std::make_unique<DirectoryIndex>(directory));
}

}  // namespace patchmilter::tree
