// View: what a conversation may look at, and the names of it.
//
// Every question goes through At(), which is where a history limit holds: it
// gives the base, the patched trees and, without a limit, the heads of the
// branches that the site has configured; nothing else has a name. A branch is
// looked up once and then stays where it was, so that the answers of one
// conversation fit together while the repository is fetched into.
//
// Input: names are hostile. Errors: as Code says.
// Threads: the repository's. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_VIEW_H_
#define PATCHMILTER_TREE_QUESTIONS_VIEW_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "tree/questions/code.h"

namespace patchmilter::tree {

// A state of the code.
struct State {
  git::ObjectId tree;
  git::ObjectId commit;     // Where its history begins.
  std::size_t patches = 0;  // Of the series, on top of `commit`.
};

class View {
 public:
  // `repository` is borrowed.
  View(git::Repository* repository, CodeScope scope)
      : repository_(repository), scope_(std::move(scope)) {}

  git::Repository* repository() const { return repository_; }
  const CodeScope& scope() const { return scope_; }

  // What `at` names. kInvalidInput for what is no name, kNotFound for a patched
  // tree that there is not.
  Result<State> At(std::string_view at);
  // The tree after patch `k`, 0 the base.
  Result<State> Patched(std::uint64_t k);
  // The commits whose history may be seen.
  Result<std::vector<git::ObjectId>> Heads();

  // What stands at `path` of a state; "" is the root. kNotFound where nothing
  // does.
  Result<git::TreeEntry> Find(const State& state, std::string_view path);

 private:
  Result<State> Base();
  Result<State> Branch(const std::string& name);

  git::Repository* repository_;
  CodeScope scope_;
  std::optional<git::ObjectId> base_tree_;
  std::map<std::string, State, std::less<>> branches_;
};

// `path` as a question's answer may print it.
std::string Quoted(std::string_view path);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_VIEW_H_
