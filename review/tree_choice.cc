#include "review/tree_choice.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include "base/log.h"

namespace patchmilter::review {
namespace {

// Applied is best, then the most patches, then any base at all.
int Rank(const tree::ApplyReport& report) {
  switch (report.status) {
    case tree::ApplyStatus::kApplied:
      return 1'000'000;
    case tree::ApplyStatus::kPartial:
      return 1 + static_cast<int>(report.applied);
    case tree::ApplyStatus::kReference:
      return 1;
    case tree::ApplyStatus::kNoTree:
      return 0;
  }
  return 0;
}

// What cannot be read says so when it is tried.
std::size_t OrZero(const Result<std::size_t>& count) {
  return count.ok() ? *count : 0;
}

// Less comes first.
std::pair<std::size_t, bool> HintOrder(const tree::TreeFit& fit) {
  return {fit.hint.value_or(std::numeric_limits<std::size_t>::max()),
          !fit.exact};
}

}  // namespace

Result<tree::Tree*> TreeSet::Find(const std::string& name) {
  const auto known = trees_.find(name);
  if (known != trees_.end()) return known->second.get();
  const TreeConfig* config = config_->FindTree(name);
  if (config == nullptr) return NotFound("no tree " + name);
  PM_ASSIGN_OR_RETURN(auto tree, tree::Tree::Open(*config));
  return trees_.emplace(name, std::move(tree)).first->second.get();
}

void TreeChoice::Complain(const std::string& name, const Error& error) {
  log::Warning("review", "tree={} cannot be read: {}", name, error.message);
  if (std::find(unreadable_.begin(), unreadable_.end(), name) ==
      unreadable_.end()) {
    unreadable_.push_back(name);
  }
}

TreeChoice::Candidates TreeChoice::Open(const tree::SeriesInput& input) {
  Candidates all;
  for (const std::string& name : names_) {
    const Result<tree::Tree*> tree = trees_->Find(name);
    if (!tree.ok()) {
      Complain(name, tree.error());
      continue;
    }
    all.push_back({name, *tree, {}, 0});
    if (!input.as_configured) all.back().fit = (*tree)->Fit(input);
  }
  return all;
}

void TreeChoice::KeepThoseWithTheStatedBase(const tree::SeriesInput& input,
                                            Candidates* all) {
  Candidates having;
  for (const Candidate& candidate : *all) {
    const Result<bool> has = candidate.tree->HasStatedBase(input);
    if (!has.ok()) Complain(candidate.name, has.error());
    if (has.ok() && *has) having.push_back(candidate);
  }
  if (!having.empty()) *all = std::move(having);
}

void TreeChoice::SortByIndexLines(const tree::SeriesInput& input,
                                  Candidates::iterator begin,
                                  Candidates::iterator end) {
  if (end - begin < 2) return;
  std::vector<Candidate*> by_count;
  for (auto it = begin; it != end; ++it) {
    it->versions = OrZero(it->tree->CountBlobs(input));
    by_count.push_back(&*it);
  }
  std::stable_sort(by_count.begin(), by_count.end(),
                   [](const Candidate* a, const Candidate* b) {
                     return a->versions > b->versions;
                   });
  const Candidate* best = nullptr;
  for (Candidate* candidate : by_count) {
    // As many in an earlier tree are better, in a later one worse.
    const bool may_be_better =
        candidate->versions > 0 &&
        (best == nullptr || candidate->versions > best->versions ||
         (candidate->versions == best->versions && candidate < best));
    if (!may_be_better) continue;
    candidate->versions = OrZero(candidate->tree->MatchBlobs(input));
    if (best == nullptr || candidate->versions > best->versions ||
        (candidate->versions == best->versions && candidate < best)) {
      best = candidate;
    }
  }
  std::stable_sort(begin, end, [](const Candidate& a, const Candidate& b) {
    return a.versions > b.versions;
  });
}

bool TreeChoice::Try(const tree::SeriesInput& input,
                     const Candidate& candidate) {
  Result<tree::ApplyReport> report = candidate.tree->Apply(input);
  if (!report.ok()) {
    Complain(candidate.name, report.error());
    return false;
  }
  if (best_.tree != nullptr && Rank(*report) <= Rank(best_.apply)) return false;
  best_.tree = candidate.tree;
  best_.apply = *std::move(report);
  std::string& reason = best_.apply.base_reason;
  if (names_.size() > 1 && candidate.fit.by_name &&
      !best_.apply.stated_base_known &&
      reason.find("(the subject says ") == std::string::npos) {
    reason += " (the subject says " +
              log::Clean(input.tree_hints[*candidate.fit.hint], 60) + ")";
  }
  return best_.apply.status == tree::ApplyStatus::kApplied;
}

TreeChoice::Chosen TreeChoice::Choose(tree::SeriesInput input) {
  best_ = {};
  best_.apply.total = input.patches.size();
  Candidates all = Open(input);
  const bool stated = !input.as_configured && !input.base_commit.empty();
  if (stated && all.size() > 1) KeepThoseWithTheStatedBase(input, &all);
  std::stable_sort(all.begin(), all.end(),
                   [](const Candidate& a, const Candidate& b) {
                     return HintOrder(a.fit) < HintOrder(b.fit);
                   });
  // Where no tree takes the series as it stands, merges are tried.
  const bool many = all.size() > 1;
  input.level = many ? tree::ApplyLevel::kPlain : tree::ApplyLevel::kThreeWay;
  for (auto begin = all.begin(); begin != all.end();) {
    auto end = begin;
    while (end != all.end() && HintOrder(end->fit) == HintOrder(begin->fit)) {
      ++end;
    }
    if (!input.as_configured) SortByIndexLines(input, begin, end);
    for (; begin != end; ++begin) {
      if (Try(input, *begin)) return best_;
    }
  }
  if (!many || best_.tree == nullptr) return best_;
  const auto most = std::find_if(
      all.begin(), all.end(),
      [this](const Candidate& one) { return one.tree == best_.tree; });
  std::rotate(all.begin(), most, std::next(most));
  input.level = tree::ApplyLevel::kThreeWay;
  best_.tree = nullptr;
  best_.apply = {};
  best_.apply.total = input.patches.size();
  for (const Candidate& candidate : all) {
    if (Try(input, candidate)) break;
  }
  return best_;
}

}  // namespace patchmilter::review
