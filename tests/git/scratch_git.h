// ScratchGit: a directory of its own with git repositories in it, made by the
// real git in an environment that knows no other configuration. Removed at the
// end. For tests of git/ and tree/.
#ifndef PATCHMILTER_TESTS_GIT_SCRATCH_GIT_H_
#define PATCHMILTER_TESTS_GIT_SCRATCH_GIT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace patchmilter::testing {

struct CommandOutcome {
  int status = -1;  // The exit status; 128 + signal.
  std::string out;
  std::string err;
};

class ScratchGit {
 public:
  // Makes DIRECTORY/work, an empty repository with a work tree and the branch
  // "main".
  ScratchGit();
  ~ScratchGit();
  ScratchGit(const ScratchGit&) = delete;
  ScratchGit& operator=(const ScratchGit&) = delete;

  const std::string& directory() const { return directory_; }
  std::string work() const { return directory_ + "/work"; }

  // `git ARGUMENTS` in work() (or `in`), with `input` on standard input. Fails
  // the running test where git fails, and gives its output without the last
  // LF.
  std::string Git(const std::vector<std::string>& arguments,
                  const std::string& input = "", const std::string& in = "");
  // The same without asking for success.
  CommandOutcome TryGit(const std::vector<std::string>& arguments,
                        const std::string& input = "",
                        const std::string& in = "");

  // In work(); makes directories.
  void Write(const std::string& path, const std::string& bytes);
  void Remove(const std::string& path);
  // All that stands in work(), at `date`. The commit's id.
  std::string Commit(const std::string& subject,
                     std::int64_t date = 1'700'000'000);
  // `git format-patch` of BASE..HEAD: the mails, in order.
  std::vector<std::string> FormatPatches(
      const std::string& base, const std::vector<std::string>& options = {});

 private:
  std::string directory_;
  std::int64_t date_ = 1'700'000'000;
};

// Every file below `directory`: size, times, mode and content's hash. What
// reads a repository may change none of it.
std::map<std::string, std::string> Fingerprint(const std::string& directory);

}  // namespace patchmilter::testing

#endif  // PATCHMILTER_TESTS_GIT_SCRATCH_GIT_H_
