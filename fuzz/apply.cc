// A hostile diff onto a small tree in memory, plainly, and by a merge onto one
// that has moved on. Whatever it holds: no crash, and either a reason in words
// or a tree that is sound, the same each time. What fails can be explained.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "git/repository.h"
#include "git/tree_edit.h"
#include "tree/apply/nearest_match.h"
#include "tree/apply/patch_apply.h"
#include "tree/apply/path_rules.h"
#include "tree/apply/three_way.h"

namespace patchmilter {
namespace {

namespace fs = std::filesystem;

// An empty bare repository: all objects are in memory.
class EmptyRepository {
 public:
  EmptyRepository() {
    std::string path = fs::temp_directory_path() / "patchmilter-fuzz-XXXXXX";
    CHECK(mkdtemp(path.data()) != nullptr);
    path_ = path;
    fs::create_directories(path_ / "objects/pack");
    fs::create_directories(path_ / "refs/heads");
    std::ofstream(path_ / "HEAD") << "ref: refs/heads/main\n";
    std::ofstream(path_ / "config")
        << "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";
    auto opened = git::Repository::Open(path);
    CHECK(opened.ok());
    repository_ = std::move(opened).value();
  }
  ~EmptyRepository() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  EmptyRepository(const EmptyRepository&) = delete;
  EmptyRepository& operator=(const EmptyRepository&) = delete;

  git::Repository* get() { return repository_.get(); }

 private:
  fs::path path_;
  std::unique_ptr<git::Repository> repository_;
};

// `moved`: as it stands some commits later.
git::ObjectId MakeTree(git::Repository* repository, bool moved) {
  git::TreeEdits edits;
  const auto put = [&](const std::string& path, std::uint32_t mode,
                       std::string_view bytes) {
    edits[path] = {mode, repository->WriteBlob(bytes).value()};
  };
  constexpr std::string_view kLines =
      "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";
  const git::ObjectId lines = repository->WriteBlob(kLines).value();
  edits["a"] = {git::kModeFile, lines};
  if (moved) put("a", git::kModeFile, "one\ntwo\nthree\nfour\nfive\nsix\n7\n");
  put(moved ? "dir/renamed" : "dir/b", git::kModeExecutable,
      "{\n\tint a;\n\n}\n{\n\tint a;\n\n}");
  put("dir/sub/c", git::kModeFile, "");
  put("bin", git::kModeFile, std::string_view("\0abc", 4));
  put("link", git::kModeSymlink, "dir");
  edits["module"] = {git::kModeSubmodule,
                     *git::ObjectId::FromHex(std::string(40, 'a'))};
  const auto empty = repository->WriteTree({});
  return git::EditTree(repository, empty.value(), edits).value();
}

// All paths below `root` obey the rules.
void CheckTree(git::Repository* repository, const git::ObjectId& root) {
  std::vector<std::pair<std::string, git::ObjectId>> left = {{"", root}};
  while (!left.empty()) {
    const auto [prefix, id] = left.back();
    left.pop_back();
    const auto entries = repository->ReadTree(id);
    CHECK(entries.ok());
    for (const git::TreeEntry& entry : *entries) {
      const std::string path = prefix + entry.name;
      CHECK(!tree::PathRefusal(path, entry.mode));
      if (entry.IsDirectory()) {
        left.emplace_back(path + "/", entry.id);
      } else if (entry.mode != git::kModeSubmodule) {
        CHECK(repository->ReadBlob(entry.id).ok());
      }
    }
  }
}

// What came of it, and a look at the tree that did.
std::string Judge(git::Repository* repository,
                  const Result<tree::PatchOutcome>& outcome) {
  CHECK(outcome.ok());
  if (outcome->failure) {
    CHECK(!outcome->failure->reason.empty());
    return outcome->failure->reason;
  }
  CheckTree(repository, outcome->tree);
  return outcome->tree.Hex();
}

std::string ApplyOnce(git::Repository* repository, const diff::Diff& diff) {
  repository->DropWritten();
  const tree::PatchText patch(diff);
  std::string all;
  for (const bool moved : {false, true}) {
    const git::ObjectId root = MakeTree(repository, moved);
    tree::Work work(50'000'000);
    tree::Consulted consulted;
    const auto plain =
        tree::ApplyPatch(repository, root, patch, &work, &consulted);
    all += Judge(repository, plain) + "\n";
    if (!plain->failure) continue;
    all +=
        Judge(repository, tree::ApplyThreeWay(repository, root, patch, &work)) +
        "\n";
    const auto hunks = tree::ExplainPatch(repository, root, patch, &work);
    CHECK(hunks.ok() && hunks->size() <= tree::kMaxHunkFailures);
    for (const tree::HunkFailure& hunk : *hunks) {
      CHECK(hunk.matched <= hunk.lines && hunk.first_line <= hunk.last_line);
    }
  }
  return all;
}

}  // namespace
}  // namespace patchmilter

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static patchmilter::EmptyRepository repository;
  const auto diff = patchmilter::diff::Diff::Parse(
      std::string(reinterpret_cast<const char*>(data), size));
  const std::string first = patchmilter::ApplyOnce(repository.get(), diff);
  CHECK(first == patchmilter::ApplyOnce(repository.get(), diff));
  return 0;
}
