#include "tree/questions/view.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace patchmilter::tree {
namespace {

constexpr std::string_view kBase = "base";
constexpr std::string_view kPatched = "patched";
constexpr std::string_view kPatchedK = "patched:";

// Branches that a message names.
constexpr std::size_t kNamedBranches = 5;

}  // namespace

std::string Quoted(std::string_view path) {
  return "\"" + log::Clean(path) + "\"";
}

Result<State> View::Base() {
  if (scope_.base.IsZero()) {
    return NotFound(
        "there is no tree in this conversation: only the patches can be "
        "asked for");
  }
  if (!base_tree_) {
    PM_ASSIGN_OR_RETURN(const auto commit,
                        repository_->ReadCommit(scope_.base));
    base_tree_ = commit.tree;
  }
  return State{*base_tree_, scope_.base, 0};
}

Result<State> View::Patched(std::uint64_t k) {
  PM_ASSIGN_OR_RETURN(State state, Base());
  if (k == 0) return state;
  CHECK(k <= scope_.patched.size());  // PlaceOf() has looked.
  state.patches = static_cast<std::size_t>(k);
  state.tree = scope_.patched[state.patches - 1];
  return state;
}

std::int64_t View::NumberAt(std::uint64_t k) const {
  CHECK(k >= 1 && k <= scope_.patched.size());
  return scope_.numbers.empty() ? static_cast<std::int64_t>(k)
                                : scope_.numbers[k - 1];
}

Result<std::uint64_t> View::PlaceOf(std::int64_t number) {
  if (number == 0) return std::uint64_t{0};
  for (std::uint64_t k = 1; k <= scope_.patched.size(); ++k) {
    if (NumberAt(k) == number) return k;
  }
  return NotFound("there is no tree after patch " + std::to_string(number) +
                  ": " + std::to_string(scope_.patched.size()) +
                  (scope_.patched.size() == 1 ? " patch" : " patches") +
                  " applied" +
                  (scope_.patched.empty()
                       ? ""
                       : ", up to number " +
                             std::to_string(NumberAt(scope_.patched.size()))));
}

Result<State> View::Branch(const std::string& name) {
  if (const auto known = branches_.find(name); known != branches_.end()) {
    return known->second;
  }
  PM_ASSIGN_OR_RETURN(const auto commit, repository_->ResolveName(name));
  PM_ASSIGN_OR_RETURN(const auto info, repository_->ReadCommit(commit));
  const State state{info.tree, commit, 0};
  branches_.emplace(name, state);
  return state;
}

Result<State> View::At(std::string_view at) {
  if (at.empty() || at == kPatched) return Patched(scope_.patched.size());
  if (at == kBase) return Base();
  if (at.substr(0, kPatchedK.size()) == kPatchedK) {
    const auto k = ParseUnsigned(at.substr(kPatchedK.size()));
    if (k && *k <= INT64_MAX) {
      PM_ASSIGN_OR_RETURN(const std::uint64_t place,
                          PlaceOf(static_cast<std::int64_t>(*k)));
      return Patched(place);
    }
  } else if (!scope_.history_limit) {
    const auto& names = scope_.branches;
    const auto name = std::find(names.begin(), names.end(), at);
    if (name != names.end()) return Branch(*name);
    if (const auto head = scope_.heads.find(at); head != scope_.heads.end()) {
      PM_ASSIGN_OR_RETURN(const auto commit,
                          repository_->ReadCommit(head->second));
      return State{commit.tree, head->second, 0};
    }
  }
  return InvalidInput(Quoted(at) + " names no state of the code; there are " +
                      Names());
}

std::string View::Names() const {
  std::string names = scope_.patched.empty()
                          ? "base, patched, patched:0"
                          : "base, patched, patched:0 to patched:" +
                                std::to_string(NumberAt(scope_.patched.size()));
  if (scope_.history_limit) return names;
  std::vector<std::string> branches = scope_.branches;
  for (const auto& [name, head] : scope_.heads) branches.push_back(name);
  if (branches.empty()) return names;
  names += branches.size() == 1 ? " and the branch" : " and the branches";
  for (std::size_t i = 0; i < branches.size() && i < kNamedBranches; ++i) {
    names += (i == 0 ? " " : ", ") + log::Clean(branches[i], 60);
  }
  if (branches.size() > kNamedBranches) {
    names +=
        " and " + std::to_string(branches.size() - kNamedBranches) + " more";
  }
  return names;
}

Result<std::vector<git::ObjectId>> View::Heads() {
  std::vector<git::ObjectId> heads;
  if (!scope_.base.IsZero()) heads.push_back(scope_.base);
  if (scope_.history_limit) return heads;
  for (const std::string& name : scope_.branches) {
    auto state = Branch(name);
    // A branch that is configured and was deleted hides no other.
    if (!state.ok() && state.error().kind == ErrorKind::kNotFound) continue;
    if (!state.ok()) return state.error();
    heads.push_back(state->commit);
  }
  for (const auto& [name, head] : scope_.heads) heads.push_back(head);
  return heads;
}

Result<Ancestors::Found> View::Look(const git::ObjectId& commit,
                                    const Deadline& deadline) {
  if (!ancestors_started_) {
    PM_ASSIGN_OR_RETURN(const auto heads, Heads());
    PM_RETURN_IF_ERROR(ancestors_.Start(heads));
    ancestors_started_ = true;
  }
  return ancestors_.Look(commit, deadline);
}

Result<git::ObjectId> View::Commit(std::string_view hex,
                                   const Deadline& deadline) {
  // One answer to all that may not be seen: it tells nothing of what is there.
  const auto hidden = [this, hex] {
    return NotFound(
        "the commit " + Quoted(hex) + " was not found in the " +
        (scope_.history_limit ? "base's history" : "history that may be seen") +
        " (7 to 40 hexadecimal digits of one commit's id are "
        "looked for, as long as there is time)");
  };
  auto commit = repository_->ResolveCommit(hex);
  if (!commit.ok()) {
    if (commit.error().kind != ErrorKind::kNotFound) return commit.error();
    if (scope_.history_limit) {
      const auto walked = Look(git::ObjectId(), deadline);
      if (!walked.ok()) return walked.error();
    }
    return hidden();
  }
  PM_ASSIGN_OR_RETURN(const auto found, Look(*commit, deadline));
  if (found != Ancestors::Found::kYes) return hidden();
  return commit;
}

Result<git::TreeEntry> View::Find(const State& state, std::string_view path) {
  if (path.empty()) return git::TreeEntry{"", git::kModeDirectory, state.tree};
  PM_ASSIGN_OR_RETURN(auto entry, repository_->Lookup(state.tree, path));
  if (!entry) return NotFound("there is no " + Quoted(path) + " there");
  entry->mode = git::CanonicalMode(entry->mode);
  return *std::move(entry);
}

Result<const Listing*> View::Files(const State& state) {
  std::uint64_t key = 0;
  std::memcpy(&key, state.tree.bytes.data(), sizeof(key));
  if (const Listing* kept = listings_.Find(key);
      kept != nullptr && kept->root() == state.tree) {
    return kept;
  }
  // A patched tree's differs from the one before in a few files.
  const Listing* near = listings_.Newest();
  auto made = near != nullptr ? near->Update(repository_, state.tree)
                              : Listing::Walk(repository_, state.tree);
  if (!made.ok()) return made.error();
  const Listing* listing =
      listings_.Keep(key, std::make_unique<Listing>(std::move(made).value()));
  return listing;
}

}  // namespace patchmilter::tree
