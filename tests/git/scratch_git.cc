#include "tests/git/scratch_git.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/digest.h"
#include "base/files.h"
#include "base/handle.h"

namespace patchmilter::testing {
namespace {

namespace fs = std::filesystem;

std::string MakeDirectory() {
  const char* base = std::getenv("TMPDIR");
  std::string path =
      std::string(base != nullptr && *base != '\0' ? base : "/tmp") +
      "/patchmilter-git-XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

CommandOutcome Run(const std::vector<std::string>& arguments,
                   const std::vector<std::string>& environment,
                   const std::string& directory, const std::string& input) {
  // Through files, so that no pipe can fill while the other waits.
  const std::string stem = directory + "/command";
  CommandOutcome outcome;
  std::ofstream(stem + ".in", std::ios::binary) << input;
  std::vector<char*> argv;
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (const std::string& variable : environment) {
    envp.push_back(const_cast<char*>(variable.c_str()));
  }
  envp.push_back(nullptr);
  const UniqueFd in(open((stem + ".in").c_str(), O_RDONLY | O_CLOEXEC));
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  const UniqueFd out(open((stem + ".out").c_str(), flags, 0600));
  const UniqueFd err(open((stem + ".err").c_str(), flags, 0600));
  const pid_t child = fork();
  if (child == 0) {
    dup2(in.get(), 0);
    dup2(out.get(), 1);
    dup2(err.get(), 2);
    execvpe(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  EXPECT_GT(child, 0);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.status =
      WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = ReadFile(stem + ".out").value();
  outcome.err = ReadFile(stem + ".err").value();
  return outcome;
}

}  // namespace

ScratchGit::ScratchGit() : directory_(MakeDirectory()) {
  fs::create_directory(directory_ + "/home");
  fs::create_directory(work());
  Git({"init", "-q", "-b", "main"});
}

ScratchGit::~ScratchGit() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

CommandOutcome ScratchGit::TryGit(const std::vector<std::string>& arguments,
                                  const std::string& input,
                                  const std::string& in) {
  const char* path = std::getenv("PATH");
  const std::string date = "@" + std::to_string(date_) + " +0000";
  const std::vector<std::string> environment = {
      std::string("PATH=") + (path != nullptr ? path : "/usr/bin:/bin"),
      "HOME=" + directory_ + "/home",
      "GIT_CONFIG_NOSYSTEM=1",
      "GIT_CONFIG_GLOBAL=/dev/null",
      "GIT_TERMINAL_PROMPT=0",
      "LC_ALL=C",
      "TZ=UTC",
      "GIT_AUTHOR_NAME=An Author",
      "GIT_AUTHOR_EMAIL=author@example.org",
      "GIT_COMMITTER_NAME=A Committer",
      "GIT_COMMITTER_EMAIL=committer@example.org",
      "GIT_AUTHOR_DATE=" + date,
      "GIT_COMMITTER_DATE=" + date};
  std::vector<std::string> command = {"git", "-C", in.empty() ? work() : in,
                                      "-c", "gc.auto=0"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Run(command, environment, directory_, input);
}

std::string ScratchGit::Git(const std::vector<std::string>& arguments,
                            const std::string& input, const std::string& in) {
  CommandOutcome outcome = TryGit(arguments, input, in);
  EXPECT_EQ(outcome.status, 0) << "git " << arguments[0] << ": " << outcome.err;
  if (!outcome.out.empty() && outcome.out.back() == '\n') {
    outcome.out.pop_back();
  }
  return outcome.out;
}

void ScratchGit::Write(const std::string& path, const std::string& bytes) {
  const fs::path full = fs::path(work()) / path;
  fs::create_directories(full.parent_path());
  std::ofstream file(full, std::ios::binary | std::ios::trunc);
  file << bytes;
  EXPECT_TRUE(file.good()) << path;
}

void ScratchGit::Remove(const std::string& path) {
  fs::remove_all(fs::path(work()) / path);
}

std::string ScratchGit::Commit(const std::string& subject, std::int64_t date) {
  date_ = date;
  Git({"add", "-A"});
  Git({"commit", "-q", "--allow-empty", "-m", subject});
  return Git({"rev-parse", "HEAD"});
}

std::vector<std::string> ScratchGit::FormatPatches(
    const std::string& base, const std::vector<std::string>& options) {
  const std::string to = directory_ + "/patches";
  fs::remove_all(to);
  std::vector<std::string> arguments = {"format-patch", "-q", "-o", to};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.push_back(base + "..HEAD");
  Git(arguments);
  std::vector<std::string> names;
  if (fs::exists(to)) {
    for (const auto& entry : fs::directory_iterator(to)) {
      names.push_back(entry.path());
    }
  }
  std::sort(names.begin(), names.end());
  std::vector<std::string> mails;
  for (const std::string& name : names) {
    mails.push_back(ReadFile(name).value());
  }
  return mails;
}

std::map<std::string, std::string> Fingerprint(const std::string& directory) {
  std::map<std::string, std::string> result;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    struct stat status {};
    EXPECT_EQ(lstat(entry.path().c_str(), &status), 0);
    std::ostringstream text;
    text << std::oct << status.st_mode << std::dec << ' ' << status.st_size
         << ' ' << status.st_mtim.tv_sec << '.' << status.st_mtim.tv_nsec << ' '
         << status.st_ctim.tv_sec << '.' << status.st_ctim.tv_nsec;
    if (entry.is_regular_file()) {
      text << ' ' << Sha256Hex(ReadFile(entry.path()).value());
    }
    result[entry.path()] = text.str();
  }
  return result;
}

}  // namespace patchmilter::testing
