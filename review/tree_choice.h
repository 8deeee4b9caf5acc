// Which of a list's trees a series is reviewed on.
//
// As a base is chosen within one (tree/base/base_choice.h): the trees that have
// the stated base-commit, and no other; else those whose name, or a branch's,
// the subject says; then those in which most of the versions stand that the
// index lines name; then as they are configured. The first that takes the whole
// series plainly is taken; where none does, merges are tried, on what took most
// first. Cheap where it can be: history is walked only in trees that could have
// more of the versions than the one that is known to have most.
// Threads: one. Tested in tests/app/review_trees_test.cc.
#ifndef PATCHMILTER_REVIEW_TREE_CHOICE_H_
#define PATCHMILTER_REVIEW_TREE_CHOICE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "tree/tree.h"

namespace patchmilter::review {

// The trees of the configuration, each opened when it is first asked for.
class TreeSet {
 public:
  explicit TreeSet(const Config* config) : config_(config) {}
  // The open tree of that name. Errors name the path; they are not kept, so
  // that a tree that comes back is used again.
  Result<tree::Tree*> Find(const std::string& name);

 private:
  const Config* config_;
  std::map<std::string, std::unique_ptr<tree::Tree>> trees_;
};

class TreeChoice {
 public:
  // `names`: the list's trees. Both borrowed.
  TreeChoice(TreeSet* trees, const std::vector<std::string>* names)
      : trees_(trees), names_(*names) {}

  // `tree` is null where none could be read. Of a tree that is not null, this
  // is the last Apply.
  struct Chosen {
    tree::Tree* tree = nullptr;
    tree::ApplyReport apply;
  };
  // `input.level` is set here.
  Chosen Choose(tree::SeriesInput input);

  // Trees that could not be read; the log says why.
  const std::vector<std::string>& unreadable() const { return unreadable_; }

 private:
  struct Candidate {
    std::string name;
    tree::Tree* tree = nullptr;
    tree::TreeFit fit;
    std::size_t versions = 0;  // That the index lines name: at most so many.
  };
  using Candidates = std::vector<Candidate>;

  Candidates Open(const tree::SeriesInput& input);
  void KeepThoseWithTheStatedBase(const tree::SeriesInput& input,
                                  Candidates* all);
  static void SortByIndexLines(const tree::SeriesInput& input,
                               Candidates::iterator begin,
                               Candidates::iterator end);
  // True where the whole series applies.
  bool Try(const tree::SeriesInput& input, const Candidate& candidate);
  void Complain(const std::string& name, const Error& error);

  TreeSet* trees_;
  const std::vector<std::string>& names_;
  std::vector<std::string> unreadable_;
  Chosen best_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_TREE_CHOICE_H_
