// CodeSite: a scratch repository, and the questions asked of it.
//
// For tests of tree/questions/ with the real git as oracle.
#ifndef PATCHMILTER_TESTS_TREE_QUESTIONS_CODE_SITE_H_
#define PATCHMILTER_TESTS_TREE_QUESTIONS_CODE_SITE_H_

#include <memory>
#include <string>
#include <vector>

#include "git/repository.h"
#include "tests/git/scratch_git.h"
#include "tree/questions/code.h"

namespace patchmilter::tree {

class CodeSite {
 public:
  testing::ScratchGit git;

  git::Repository* Open();
  // Of the commit `base` ("" is HEAD), the trees of `patched` (any revisions)
  // on top of it.
  Code* Ask(const std::string& base = "",
            const std::vector<std::string>& patched = {});
  Code* Ask(CodeScope scope);
  git::ObjectId Id(const std::string& revision);

 private:
  std::unique_ptr<git::Repository> repository_;
  std::unique_ptr<Code> code_;
};

// Large enough for every answer in these tests.
Bounds Wide();

std::string Joined(const std::vector<Line>& lines);
std::string Joined(const TextAnswer& answer);
std::vector<std::string> Lines(const std::string& text);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TESTS_TREE_QUESTIONS_CODE_SITE_H_
