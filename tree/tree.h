// Tree: a git repository that reviews look into, without a checkout.
//
// A bare repository (often another user's: the mirror's) opened by exact path;
// nothing is ever written to it. Patches are hostile: paths are checked, sizes
// bounded, results kept in memory.
// Threads: one Tree per thread.  Tested in tests/tree/.
#ifndef PATCHMILTER_TREE_TREE_H_
#define PATCHMILTER_TREE_TREE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/config.h"
#include "base/result.h"
#include "diff/diff.h"
#include "tree/questions/code.h"

namespace patchmilter::tree {

// One patch of a series, in order.
struct PatchInput {
  std::int64_t number = 1;
  const diff::Diff* diff = nullptr;
};

// How much may be done to make a patch apply.
enum class ApplyLevel : std::uint8_t {
  kPlain,     // As git am --no-3way decides.
  kThreeWay,  // As git am -3: by the blobs that "index" lines name, else.
};

struct SeriesInput {
  std::vector<PatchInput> patches;
  std::string base_commit;  // As stated in the mails; "" where not.
  UnixSeconds date = 0;     // Of the series: branches may be newer.
  // What the subjects' brackets say besides ("net-next", "6.12.y"): a branch
  // of that name is tried first.
  std::vector<std::string> tree_hints;
  // Stable patch-ids of what must be there, as git format-patch --base says.
  std::vector<std::string> prerequisite_patch_ids;
  ApplyLevel level = ApplyLevel::kPlain;
  // The configured branches as they stand are the only bases, whatever the
  // mails say and whenever they were sent: a person named them.
  bool as_configured = false;
};

// A patch as it was sent, for finding it in a history.
struct SentPatch {
  std::int64_t number = 1;
  const diff::Diff* diff = nullptr;
  // Its mail's, and the date that it gives the commit.
  std::vector<UnixSeconds> dates;
  // Names and addresses of who wrote and who sent it.
  std::vector<std::string> people;
  // Commits that the mail names: 7 or more digits of each, lower case.
  std::vector<std::string> named;
  bool backport = false;  // It says that another branch has it.
};

struct SentSeries {
  std::vector<SentPatch> patches;  // In order.
  UnixSeconds date = 0;
  std::vector<std::string> tree_hints;  // SeriesInput::tree_hints.
};

// What the first digits of a commit's id name.
struct NamedCommit {
  enum class Kind : std::uint8_t {
    kNone,    // No commit.
    kOne,     // The one below.
    kUnsure,  // Several commits, or a tag.
  };
  Kind kind = Kind::kNone;
  std::string id;       // Full.
  std::string subject;  // As the commit has it: any bytes.
};

enum class HowApplied : std::uint8_t {
  kExact,         // Each hunk at the line that it names.
  kOffset,        // Some hunk at another line.
  kThreeWay,      // By a merge with the version that it was made for.
  kAlreadyThere,  // The same, and the tree had all of it already.
};
// "exact", "offset", "3way", "already there".
std::string_view HowAppliedName(HowApplied how);

enum class ApplyStatus : std::uint8_t {
  kApplied,    // All patches applied to `base`.
  kPartial,    // Patches 1..applied did, the next did not.
  kReference,  // None did: the tree is read as it stands at `base`.
  kNoTree,     // No tree is configured, or none could be opened.
};

// Why a patch did not apply, in its own terms.
struct ApplyFailure {
  std::int64_t patch = 0;  // The patch's number.
  std::string path;
  std::optional<std::uint32_t> hunk;  // Index in the file; none for the file.
  std::string reason;                 // In words.
};

// A hunk that stands nowhere in its file, and what is nearest to it.
struct HunkFailure {
  std::string path;
  std::optional<std::uint32_t> hunk;  // Index in the file; none for the file.
  std::string reason;
  std::uint32_t lines = 0;       // That must stand: context and removed.
  std::uint32_t matched = 0;     // Of these, at the nearest place; 0: none.
  std::uint32_t first_line = 0;  // Of the nearest place; 1 is the first.
  std::uint32_t last_line = 0;
  // The first line there that differs, 0 where none does (it may not match
  // for where it stands), and both texts, cut at kMaxShownLine bytes.
  std::uint32_t differs_at = 0;
  std::string wanted;
  std::string found;  // "" also behind the end of the file.
};
inline constexpr std::size_t kMaxHunkFailures = 50;
inline constexpr std::size_t kMaxShownLine = 200;

// A patch that must be there before the series, and whether it is.
struct Prerequisite {
  std::string patch_id;
  // The commit behind the base that has it, full id; "" where none was found.
  std::string commit;
  // Else one of the configured branches' that has it. Looked for only where
  // the series does not apply to the base that it states.
  std::string elsewhere;
};

struct ApplyReport {
  ApplyStatus status = ApplyStatus::kNoTree;
  std::string tree;                // The configured tree's name.
  std::string base;                // Full commit id; "" for kNoTree.
  std::string base_reason;         // In words: "base-commit", "branch master".
  bool stated_base_known = false;  // The stated base-commit is in the tree,
  bool on_stated_base = false;     // and `base` is it.
  bool with_offset = false;        // Some hunk applied at another line.
  std::size_t applied = 0;         // Patches that applied.
  std::size_t total = 0;
  std::optional<ApplyFailure> failure;
  std::vector<std::string> result_trees;  // Tree ids after each patch.
  std::vector<HowApplied> how;            // Of each patch that applied.
  // Of the patch in `failure`, each hunk that fails, in order, at most
  // kMaxHunkFailures. Plain application, also where a merge was tried.
  std::vector<HunkFailure> hunks;
  // Where a patch needed a merge: why the first such does not apply plainly.
  std::optional<ApplyFailure> plain_failure;
  std::vector<HunkFailure> plain_hunks;  // Of that patch, as `hunks`.
  std::vector<Prerequisite> prerequisites;
};

// What a conversation about the code may see; see tree/questions/code.h.
struct QuestionScope {
  std::map<std::int64_t, std::string> patches;  // CodeScope::patches.
  bool history_limit = true;
  bool hide_people = false;  // CodeScope::hide_people.
  // At a desk: without a limit every branch of the repository may be named, not
  // the configured ones alone, up to kMaxHeads of them; and HEAD.
  bool every_branch = false;
};
inline constexpr std::size_t kMaxHeads = 1'000;

// How well a series fits a tree, for the choice among several.
struct TreeFit {
  // The subject's hints: the place of the one that names the tree or one of
  // its branches (0: the first), or none; and whether the whole name is it.
  std::optional<std::size_t> hint;
  bool exact = false;
  bool by_name = false;  // Of the tree itself.
};

// How much of a project's history a tree has.
struct HistoryExtent {
  UnixSeconds newest = 0;  // Committer's date of its latest branch.
  bool shallow = false;    // It does not reach back to the beginning.
};

class Tree {
 public:
  static Result<std::unique_ptr<Tree>> Open(const TreeConfig& config);
  virtual ~Tree() = default;

  virtual const std::string& name() const = 0;
  // Whether the commit that the series states as its base is there.
  virtual Result<bool> HasStatedBase(const SeriesInput& series) = 0;
  // Looks at names only.
  virtual TreeFit Fit(const SeriesInput& series) const = 0;
  // Of the versions that the index lines name, how many are there at all; and
  // how many stand at the commit where most do, which takes a walk (the same
  // as Apply takes, and it is not made twice).
  virtual Result<std::size_t> CountBlobs(const SeriesInput& series) = 0;
  virtual Result<std::size_t> MatchBlobs(const SeriesInput& series) = 0;
  // Chooses a base and applies the series to it in memory.
  virtual Result<ApplyReport> Apply(const SeriesInput& series) = 0;
  // What 7 to 40 hexadecimal digits name. Takes any bytes.
  virtual Result<NamedCommit> FindCommit(std::string_view abbreviated) = 0;
  // Whether a commit (full id) is in the history of a configured branch, of
  // the last Apply's base, or of any reference; nothing where that is not
  // known within bounds (tree/base/reach.h).
  virtual Result<std::optional<bool>> IsReachable(std::string_view commit) = 0;
  // Whether a subject's word ("net-next") is the name of the tree, of its
  // directory or of a configured branch.
  virtual bool IsCalled(std::string_view hint) = 0;
  // Of the configured branches.
  virtual Result<HistoryExtent> Extent() = 0;
  // Which of the patches (by number) somebody has committed to a configured
  // branch before they were sent, and the commit's full id: see
  // tree/base/already_there.h. Goes by the last Apply, where there was one.
  virtual Result<std::map<std::int64_t, std::string>> FindInHistory(
      const SentSeries& series) = 0;
  // A file's bytes at the tree after patch k of the last Apply (0: the base).
  virtual Result<std::string> ReadFile(std::size_t patched_tree,
                                       std::string_view path) = 0;
  // Questions about the base and the patched trees of the last Apply, and,
  // without a history limit, the configured branches (HEAD, where none is
  // configured), or every branch. Good until the next
  // Apply; the Tree must outlive it. REQUIRES: an Apply that succeeded.
  virtual std::unique_ptr<Code> Questions(QuestionScope scope) = 0;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_TREE_H_
