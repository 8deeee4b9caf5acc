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
#include "git/repository_state.h"

namespace patchmilter::git {
namespace {

// Before the repository's own objects, which are asked only after it.
constexpr int kMemoryPriority = 10;

constexpr std::size_t kMinBlobAbbreviation = 4;  // As git's own.

constexpr std::uint64_t kMaxShallowFile = 64ULL << 20;

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
