#include "git/repository.h"

#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "git/git_handles.h"
#include "git/memory_objects.h"

namespace patchmilter::git {
namespace {

// Before the repository's own objects, which are asked only after it.
constexpr int kMemoryPriority = 10;

constexpr std::size_t kMinAbbreviation = 7;
constexpr std::size_t kMinBlobAbbreviation = 4;  // As git's own.

constexpr std::uint64_t kMaxShallowFile = 64ULL << 20;

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const char lower = ToLowerAscii(c);
    return IsDigitAscii(c) || (lower >= 'a' && lower <= 'f');
  });
}

// What libgit2 does not read: said when opening, not met later as damage.
Status CheckFormat(git_repository* repository) {
  git_config* raw = nullptr;
  int code = git_repository_config_snapshot(&raw, repository);
  if (code < 0) return GitError("reading its configuration", code);
  const ConfigHandle config(raw);
  constexpr std::pair<const char*, std::string_view> kNeeded[] = {
      {"extensions.objectformat", "sha1"}, {"extensions.refstorage", "files"}};
  for (const auto& [key, needed] : kNeeded) {
    const char* value = nullptr;
    code = git_config_get_string(&value, raw, key);
    if (code == GIT_ENOTFOUND) continue;
    if (code < 0) return GitError(key, code);
    if (!EqualsIgnoreCase(value, needed)) {
      return Permanent(std::string(key) + " is " + log::Clean(value) +
                       "; only " + std::string(needed) + " can be read");
    }
  }
  return {};
}

// gitrepository-layout(5): one full id a line. No file, none.
Result<std::vector<ObjectId>> ReadShallowFile(const std::string& path) {
  std::vector<ObjectId> commits;
  const auto bytes = ReadFile(path, kMaxShallowFile);
  if (!bytes.ok()) {
    if (bytes.error().kind == ErrorKind::kNotFound) return commits;
    return bytes.error();
  }
  LineReader lines(*bytes);
  std::string_view line;
  while (lines.Next(&line)) {
    const auto id = ObjectId::FromHex(Trim(line));
    if (id) commits.push_back(*id);
  }
  return commits;
}

// What CollectObject gathers: the first few are enough to be ambiguous.
struct ObjectsWithPrefix {
  git_odb* odb;
  git_object_t wanted;
  git_oid prefix;
  size_t digits;
  std::vector<ObjectId> found;
};

int CollectObject(const git_oid* oid, void* payload) noexcept {
  auto* all = static_cast<ObjectsWithPrefix*>(payload);
  if (git_oid_ncmp(&all->prefix, oid, all->digits) != 0) return 0;
  const ObjectId id = FromOid(*oid);
  size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  if (git_odb_read_header(&size, &type, all->odb, oid) < 0 ||
      type != all->wanted) {
    return 0;
  }
  // An object may be there twice, loose and in a pack.
  if (!all->found.empty() && all->found.back() == id) return 0;
  all->found.push_back(id);
  return all->found.size() > 8 ? 1 : 0;
}

std::string OctalMode(std::uint32_t mode) {
  std::string digits;
  for (; mode != 0; mode >>= 3) {
    digits.insert(digits.begin(), static_cast<char>('0' + (mode & 7)));
  }
  return digits;
}

}  // namespace

bool ComesBefore(const TreeEntry& a, const TreeEntry& b) {
  const std::size_t common = std::min(a.name.size(), b.name.size());
  const int order = a.name.compare(0, common, b.name, 0, common);
  if (order != 0) return order < 0;
  const auto next = [common](const TreeEntry& entry) -> unsigned char {
    if (common < entry.name.size()) {
      return static_cast<unsigned char>(entry.name[common]);
    }
    return entry.IsDirectory() ? '/' : '\0';
  };
  return next(a) < next(b);
}

std::uint32_t CanonicalMode(std::uint32_t mode) {
  switch (mode & kModeTypeMask) {
    case kModeSymlink:
      return kModeSymlink;
    case kModeSubmodule:
      return kModeSubmodule;
    case kModeDirectory:
      return kModeDirectory;
    default:
      return (mode & 0100) != 0 ? kModeExecutable : kModeFile;
  }
}

struct Repository::State {
  std::string path;
  std::shared_ptr<MemoryObjects> memory = std::make_shared<MemoryObjects>();
  RepositoryHandle repository;
  OdbHandle odb;

  Error Fail(std::string_view what, int code) const {
    return GitError(path + ": " + std::string(what), code);
  }
  // An object that the repository's own objects name and that cannot be read.
  Error Damaged(const ObjectId& id, int code) const {
    Error error = Fail("object " + id.Hex(), code);
    if (code == GIT_ENOTFOUND) {
      error.message += " (a partial clone, or damaged: see git fsck)";
    }
    return error;
  }

  // The objects of the repository whose ids begin with `hex`: those of type
  // `wanted` where there are several, or the only one, whatever it is.
  Result<std::vector<ObjectId>> WithPrefix(const std::string& hex,
                                           git_object_t wanted) const {
    git_oid prefix;
    int code = git_oid_fromstrn(&prefix, hex.data(), hex.size());
    if (code < 0) return Fail(hex, code);
    git_oid oid;
    code = git_odb_exists_prefix(&oid, odb.get(), &prefix, hex.size());
    if (code == GIT_ENOTFOUND) return std::vector<ObjectId>();
    if (code == 0) return std::vector<ObjectId>{FromOid(oid)};
    if (code != GIT_EAMBIGUOUS) return Fail(hex, code);
    // A short id in a large repository: rare, so that a look at every id will
    // do.
    ObjectsWithPrefix all{odb.get(), wanted, prefix, hex.size(), {}};
    code = git_odb_foreach(odb.get(), CollectObject, &all);
    if (code < 0 && code != GIT_EUSER) return Fail(hex, code);
    return std::move(all.found);
  }

  // Of an object that must be of `type`.
  Result<std::uint64_t> SizeOf(const ObjectId& id, git_object_t wanted) const {
    const git_oid oid = ToOid(id);
    size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    const int code = git_odb_read_header(&size, &type, odb.get(), &oid);
    if (code < 0) return Damaged(id, code);
    if (type != wanted) {
      return NotFound(path + ": object " + id.Hex() + " is no " +
                      git_object_type2string(wanted));
    }
    return static_cast<std::uint64_t>(size);
  }

  Result<std::string> ReadBytes(const ObjectId& id, git_object_t wanted,
                                std::uint64_t max_bytes) const {
    // The size first: it stands in the header, the content may be a bomb.
    PM_ASSIGN_OR_RETURN(const std::uint64_t size, SizeOf(id, wanted));
    if (size > max_bytes) {
      return InvalidInput(path + ": object " + id.Hex() + " has " +
                          std::to_string(size) + " bytes, over the limit of " +
                          std::to_string(max_bytes));
    }
    const git_oid oid = ToOid(id);
    git_odb_object* raw = nullptr;
    const int code = git_odb_read(&raw, odb.get(), &oid);
    if (code < 0) return Damaged(id, code);
    const OdbObjectHandle object(raw);
    return std::string(static_cast<const char*>(git_odb_object_data(raw)),
                       git_odb_object_size(raw));
  }
};

Repository::Repository(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
Repository::~Repository() = default;

const std::string& Repository::path() const { return state_->path; }

Result<std::unique_ptr<Repository>> Repository::Open(const std::string& path) {
  PM_RETURN_IF_ERROR(StartLibrary());
  auto state = std::make_unique<State>();
  state->path = path;
  if (path.empty()) return InvalidInput("the path of a repository is empty");

  git_repository* repository = nullptr;
  int code = GIT_ENOTFOUND;
  for (const std::string& place : {path, path + "/.git"}) {
    code = git_repository_open_ext(
        &repository, place.c_str(),
        GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE, nullptr);
    if (code != GIT_ENOTFOUND) break;
  }
  if (code == GIT_ENOTFOUND) {
    return NotFound(path +
                    ": no git repository (name a bare repository or a work "
                    "tree that this user may read)");
  }
  if (code < 0) return state->Fail("cannot be opened", code);
  state->repository.reset(repository);
  if (Status format = CheckFormat(repository); !format.ok()) {
    return format.error().Wrap(path);
  }

  // An object database of our own: memory in front, the repository's objects
  // behind as an alternate, which libgit2 never writes.
  git_odb* odb = nullptr;
  if (code = git_odb_new(&odb); code < 0) return state->Fail("objects", code);
  state->odb.reset(odb);
  git_odb_backend* memory = MemoryObjects::Backend(state->memory);
  if (memory == nullptr) return Temporary(path + ": no memory");
  if (code = git_odb_add_backend(odb, memory, kMemoryPriority); code < 0) {
    memory->free(memory);
    return state->Fail("objects", code);
  }
  const std::string objects =
      std::string(git_repository_commondir(repository)) + "objects";
  if (code = git_odb_add_disk_alternate(odb, objects.c_str()); code < 0) {
    return state->Fail("objects", code);
  }
  if (code = git_repository_set_odb(repository, odb); code < 0) {
    return state->Fail("objects", code);
  }
  return std::unique_ptr<Repository>(new Repository(std::move(state)));
}

bool Repository::IsShallow() {
  return git_repository_is_shallow(state_->repository.get()) == 1;
}

Result<bool> Repository::HeadIsUnborn() {
  const int code = git_repository_head_unborn(state_->repository.get());
  if (code < 0) return state_->Fail("HEAD", code);
  return code == 1;
}

Result<ObjectId> Repository::ResolveName(std::string_view name) {
  const std::string wanted(name.empty() ? "HEAD" : name);
  git_object* raw = nullptr;
  int code = GIT_ENOTFOUND;
  if (wanted.find_first_of("~^@:") != std::string::npos) {
    code = git_revparse_single(&raw, state_->repository.get(), wanted.c_str());
  } else {
    // A plain name by itself: for one that is not there, git_revparse_single
    // tries a regular expression, and libgit2 1.5 leaks 20 KB each time.
    git_reference* found = nullptr;
    code = git_reference_dwim(&found, state_->repository.get(), wanted.c_str());
    if (code < 0) {
      if (auto id = ResolveCommit(wanted); id.ok()) return id;
    } else {
      const ReferenceHandle reference(found);
      code = git_reference_peel(&raw, found, GIT_OBJECT_ANY);
      if (code < 0 && git_reference_target(found) != nullptr) {
        return state_->Damaged(FromOid(*git_reference_target(found)), code);
      }
    }
  }
  if (code < 0) {
    if (code == GIT_EINVALIDSPEC) code = GIT_ENOTFOUND;
    return state_->Fail("\"" + log::Clean(wanted) + "\"", code);
  }
  const ObjectHandle named(raw);
  git_object* peeled = nullptr;
  code = git_object_peel(&peeled, named.get(), GIT_OBJECT_COMMIT);
  if (code < 0) {
    return NotFound(state_->path + ": \"" + log::Clean(wanted) +
                    "\" is no commit");
  }
  const ObjectHandle commit(peeled);
  return FromOid(*git_object_id(commit.get()));
}

Result<ObjectId> Repository::ResolveCommit(std::string_view hex) {
  if (hex.size() < kMinAbbreviation || hex.size() > kHexIdLength ||
      !IsHex(hex)) {
    return NotFound("\"" + log::Clean(hex, 60) +
                    "\" is no commit id of 7 to 40 digits");
  }
  const std::string text = ToLower(hex);
  PM_ASSIGN_OR_RETURN(const std::vector<ObjectId> found,
                      state_->WithPrefix(text, GIT_OBJECT_COMMIT));
  if (found.size() > 1) {
    return NotFound(state_->path + ": " + text + " names several commits");
  }
  if (found.empty()) {
    return NotFound(state_->path + ": commit " + text + " is not there");
  }
  // Only what its header says it is: whatever else has this id is not read.
  if (!state_->SizeOf(found.front(), GIT_OBJECT_COMMIT).ok()) {
    return NotFound(state_->path + ": " + text + " is no commit");
  }
  return found.front();
}

Result<std::map<std::string, ObjectId, std::less<>>> Repository::Branches(
    std::size_t most) {
  git_reference_iterator* raw = nullptr;
  int code = git_reference_iterator_glob_new(&raw, state_->repository.get(),
                                             "refs/heads/*");
  if (code < 0) return state_->Fail("refs/heads", code);
  const ReferenceIteratorHandle iterator(raw);
  std::map<std::string, ObjectId, std::less<>> branches;
  git_reference* next = nullptr;
  while (branches.size() < most &&
         (code = git_reference_next(&next, iterator.get())) == 0) {
    const ReferenceHandle reference(next);
    git_object* commit = nullptr;
    if (git_reference_peel(&commit, next, GIT_OBJECT_COMMIT) < 0) continue;
    const ObjectHandle handle(commit);
    branches.emplace(git_reference_shorthand(next),
                     FromOid(*git_object_id(commit)));
  }
  if (code < 0 && code != GIT_ITEROVER) return state_->Fail("branches", code);
  return branches;
}

Result<CommitInfo> Repository::ReadCommit(const ObjectId& commit) {
  const git_oid oid = ToOid(commit);
  git_commit* raw = nullptr;
  const int code = git_commit_lookup(&raw, state_->repository.get(), &oid);
  if (code < 0) return state_->Damaged(commit, code);
  const CommitHandle handle(raw);
  CommitInfo info;
  info.id = commit;
  info.tree = FromOid(*git_commit_tree_id(raw));
  const unsigned parents = git_commit_parentcount(raw);
  info.parents.reserve(parents);
  for (unsigned i = 0; i < parents; ++i) {
    info.parents.push_back(FromOid(*git_commit_parent_id(raw, i)));
  }
  info.committed = git_commit_time(raw);
  const char* summary = git_commit_summary(raw);
  if (summary != nullptr) info.subject = summary;
  return info;
}

Result<std::string> Repository::ReadCommitBytes(const ObjectId& commit) {
  return state_->ReadBytes(commit, GIT_OBJECT_COMMIT, kMaxCommitBytes);
}

Result<std::vector<ObjectId>> Repository::ShallowCommits() {
  return ReadShallowFile(
      std::string(git_repository_commondir(state_->repository.get())) +
      "shallow");
}

Result<std::vector<TreeEntry>> Repository::ReadTree(const ObjectId& tree) {
  const git_oid oid = ToOid(tree);
  git_tree* raw = nullptr;
  const int code = git_tree_lookup(&raw, state_->repository.get(), &oid);
  if (code < 0) return state_->Damaged(tree, code);
  const TreeHandle handle(raw);
  const std::size_t count = git_tree_entrycount(raw);
  std::vector<TreeEntry> entries;
  entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const git_tree_entry* entry = git_tree_entry_byindex(raw, i);
    entries.push_back(
        {git_tree_entry_name(entry),
         static_cast<std::uint32_t>(git_tree_entry_filemode_raw(entry)),
         FromOid(*git_tree_entry_id(entry))});
  }
  return entries;
}

Result<std::optional<TreeEntry>> Repository::Lookup(const ObjectId& root,
                                                    std::string_view path) {
  if (path.empty() || path.find('\0') != std::string_view::npos) {
    return std::optional<TreeEntry>();
  }
  ObjectId directory = root;
  std::string name;
  while (true) {
    const std::size_t slash = path.find('/');
    name = path.substr(0, slash);
    const git_oid oid = ToOid(directory);
    git_tree* raw = nullptr;
    const int code = git_tree_lookup(&raw, state_->repository.get(), &oid);
    if (code < 0) return state_->Damaged(directory, code);
    const TreeHandle tree(raw);
    const git_tree_entry* entry = git_tree_entry_byname(raw, name.c_str());
    if (entry == nullptr) return std::optional<TreeEntry>();
    TreeEntry found{
        name, static_cast<std::uint32_t>(git_tree_entry_filemode_raw(entry)),
        FromOid(*git_tree_entry_id(entry))};
    if (slash == std::string_view::npos) return std::optional(std::move(found));
    if (!found.IsDirectory()) return std::optional<TreeEntry>();
    directory = found.id;
    path.remove_prefix(slash + 1);
  }
}

Result<std::vector<std::optional<TreeEntry>>> Repository::LookupEach(
    const ObjectId& directory, const std::vector<std::string>& names) {
  const git_oid oid = ToOid(directory);
  git_tree* raw = nullptr;
  const int code = git_tree_lookup(&raw, state_->repository.get(), &oid);
  if (code < 0) return state_->Damaged(directory, code);
  const TreeHandle tree(raw);
  std::vector<std::optional<TreeEntry>> entries(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].find('\0') != std::string::npos) continue;
    const git_tree_entry* entry = git_tree_entry_byname(raw, names[i].c_str());
    if (entry == nullptr) continue;
    entries[i] = TreeEntry{
        names[i],
        static_cast<std::uint32_t>(git_tree_entry_filemode_raw(entry)),
        FromOid(*git_tree_entry_id(entry))};
  }
  return entries;
}

Result<std::uint64_t> Repository::BlobSize(const ObjectId& blob) {
  return state_->SizeOf(blob, GIT_OBJECT_BLOB);
}

Result<std::string> Repository::ReadBlob(const ObjectId& blob,
                                         std::uint64_t max_bytes) {
  return state_->ReadBytes(blob, GIT_OBJECT_BLOB, max_bytes);
}

Result<std::optional<ObjectId>> Repository::FindBlob(std::string_view hex) {
  std::optional<ObjectId> none;
  if (hex.size() < kMinBlobAbbreviation || hex.size() > kHexIdLength ||
      !IsHex(hex)) {
    return none;
  }
  const std::string text = ToLower(hex);
  PM_ASSIGN_OR_RETURN(std::vector<ObjectId> found,
                      state_->WithPrefix(text, GIT_OBJECT_BLOB));
  for (const ObjectId& made : state_->memory->BlobsWith(text)) {
    found.push_back(made);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  if (found.size() != 1) return none;
  if (!state_->SizeOf(found.front(), GIT_OBJECT_BLOB).ok()) return none;
  return std::optional(found.front());
}

bool Repository::Has(const ObjectId& id) {
  const git_oid oid = ToOid(id);
  return git_odb_exists(state_->odb.get(), &oid) == 1;
}

ObjectId Repository::HashBlob(std::string_view bytes) {
  git_oid oid{};
  CHECK(StartLibrary().ok());
  CHECK(git_odb_hash(&oid, bytes.data(), bytes.size(), GIT_OBJECT_BLOB) == 0);
  return FromOid(oid);
}

Result<ObjectId> Repository::WriteBlob(std::string_view bytes) {
  const ObjectId id = HashBlob(bytes);
  // git_odb_write would do, but freshens the time stamp of an object that the
  // repository has. A look at the packs as they were is enough: an object
  // twice does no harm.
  const git_oid oid = ToOid(id);
  if (git_odb_exists_ext(state_->odb.get(), &oid, GIT_ODB_LOOKUP_NO_REFRESH) !=
      1) {
    state_->memory->Add(id, GIT_OBJECT_BLOB, std::string(bytes));
  }
  return id;
}

Result<ObjectId> Repository::WriteTree(std::vector<TreeEntry> entries) {
  std::sort(entries.begin(), entries.end(), ComesBefore);
  std::string bytes;
  for (const TreeEntry& entry : entries) {
    CHECK(!entry.name.empty() && entry.name.find_first_of(std::string_view(
                                     "/\0", 2)) == std::string::npos);
    bytes += OctalMode(entry.mode);
    bytes += ' ';
    bytes += entry.name;
    bytes += '\0';
    bytes.append(entry.id.bytes.begin(), entry.id.bytes.end());
  }
  git_oid oid{};
  const int code =
      git_odb_hash(&oid, bytes.data(), bytes.size(), GIT_OBJECT_TREE);
  if (code < 0) return state_->Fail("tree", code);
  if (git_odb_exists_ext(state_->odb.get(), &oid, GIT_ODB_LOOKUP_NO_REFRESH) !=
      1) {
    state_->memory->Add(FromOid(oid), GIT_OBJECT_TREE, std::move(bytes));
  }
  return FromOid(oid);
}

std::size_t Repository::written_bytes() const {
  return state_->memory->bytes();
}

void Repository::DropWritten() { state_->memory->Clear(); }

}  // namespace patchmilter::git
