// View: what a conversation may look at, and the names of it.
//
// Every question goes through At(), which is where a history limit holds: it
// gives the base, the patched trees and, without a limit, the heads that the
// scope names; nothing else has a name. A configured branch is looked up once
// and then stays where it was, so that the answers of one conversation fit
// together while the repository is fetched into.
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
#include "git/history.h"
#include "git/repository.h"
#include "tree/listing.h"
#include "tree/questions/ancestors.h"
#include "tree/questions/code.h"
#include "tree/questions/kept.h"
#include "tree/questions/meter.h"

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
      : repository_(repository),
        scope_(std::move(scope)),
        history_(repository),
        ancestors_(&history_) {}
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  git::Repository* repository() const { return repository_; }
  const CodeScope& scope() const { return scope_; }
  git::History* history() { return &history_; }

  // What `at` names. kInvalidInput for what is no name, kNotFound for a patched
  // tree that there is not.
  Result<State> At(std::string_view at);
  // The tree after patch `k`, 0 the base.
  Result<State> Patched(std::uint64_t k);
  // How many trees lie up to the one after patch `number`; 0 is the base.
  // kNotFound where that patch is not here, or did not apply.
  Result<std::uint64_t> PlaceOf(std::int64_t number);
  // The number of the patch that made the k-th tree. REQUIRES: it is there.
  std::int64_t NumberAt(std::uint64_t k) const;
  // The commit that 7 to 40 hexadecimal digits name, where it may be seen: in
  // the history of the base or, without a limit, of a branch. kNotFound for
  // every other, whether it is there or not, and where the time did not
  // suffice to tell. With a limit the same is read for what is hidden and for
  // what is not there: how long it takes tells nothing either.
  Result<git::ObjectId> Commit(std::string_view hex, const Deadline& deadline);

  // What stands at `path` of a state; "" is the root. kNotFound where nothing
  // does.
  Result<git::TreeEntry> Find(const State& state, std::string_view path);
  // All files of a state. Made by a walk of its tree the first time, by what
  // differs from another's then. Stays until the next call.
  Result<const Listing*> Files(const State& state);

 private:
  Result<State> Base();
  Result<State> Branch(const std::string& name);
  // "; there are base, …": what At() takes.
  std::string Names() const;
  // Whether `commit` lies in the history that may be seen.
  Result<Ancestors::Found> Look(const git::ObjectId& commit,
                                const Deadline& deadline);
  // The commits whose history may be seen.
  Result<std::vector<git::ObjectId>> Heads();

  // What differs little from another shares its memory.
  static constexpr std::size_t kKeptListings = 8;

  git::Repository* repository_;
  CodeScope scope_;
  std::optional<git::ObjectId> base_tree_;
  std::map<std::string, State, std::less<>> branches_;
  git::History history_;
  Ancestors ancestors_;
  bool ancestors_started_ = false;
  Kept<Listing> listings_{kKeptListings};
};

// `path` as a question's answer may print it.
std::string Quoted(std::string_view path);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_VIEW_H_
