#include "git/merge.h"

#include "git/git_handles.h"

namespace patchmilter::git {
namespace {

git_merge_file_input InputOf(std::string_view bytes) {
  git_merge_file_input input = GIT_MERGE_FILE_INPUT_INIT;
  // xdiff wants an address, also of nothing.
  input.ptr = bytes.empty() ? "" : bytes.data();
  input.size = bytes.size();
  return input;
}

class MergedFile {
 public:
  MergedFile() = default;
  ~MergedFile() { git_merge_file_result_free(&result_); }
  MergedFile(const MergedFile&) = delete;
  MergedFile& operator=(const MergedFile&) = delete;

  git_merge_file_result* get() { return &result_; }

 private:
  git_merge_file_result result_{};
};

}  // namespace

Result<std::optional<std::string>> MergeText(std::string_view base,
                                             std::string_view ours,
                                             std::string_view theirs) {
  PM_RETURN_IF_ERROR(StartLibrary());
  const git_merge_file_input inputs[] = {InputOf(base), InputOf(ours),
                                         InputOf(theirs)};
  MergedFile merged;
  const int code =
      git_merge_file(merged.get(), &inputs[0], &inputs[1], &inputs[2], nullptr);
  if (code < 0) return GitError("merging", code);
  std::optional<std::string> bytes;
  if (merged.get()->automergeable != 0) {
    bytes.emplace();
    // No bytes have no address.
    if (merged.get()->len > 0) {
      bytes->assign(merged.get()->ptr, merged.get()->len);
    }
  }
  return bytes;
}

}  // namespace patchmilter::git
