#include "tree/base/path_changes.h"

#include <utility>

#include "base/text.h"

namespace patchmilter::tree {
namespace {

// Entries that are kept, all together: some 30 MB.
constexpr std::size_t kMaxKeptEntries = 1'000'000;

}  // namespace

PathChanges::PathChanges(git::Repository* repository)
    : repository_(repository), nodes_(1) {}

std::size_t PathChanges::Add(std::string_view path) {
  std::size_t at = 0;
  for (const std::string_view part : Split(path, '/')) {
    std::string name(part);
    const auto [known, added] =
        nodes_[at].by_name.try_emplace(name, nodes_.size());
    const std::size_t next = known->second;
    if (added) {
      nodes_[at].names.push_back(std::move(name));
      nodes_[at].children.push_back(next);
      nodes_.emplace_back();
    }
    at = next;
  }
  if (nodes_[at].end == kNoEnd) nodes_[at].end = ends_++;
  return nodes_[at].end;
}

Result<std::vector<PathChanges::Entry>> PathChanges::Children(Node* node,
                                                              const Entry& at) {
  if (at.mode != git::kModeDirectory) {
    return std::vector<Entry>(node->names.size());
  }
  if (const auto known = node->kept.find(at.id); known != node->kept.end()) {
    return known->second;
  }
  PM_ASSIGN_OR_RETURN(const auto found,
                      repository_->LookupEach(at.id, node->names));
  std::vector<Entry> entries;
  entries.reserve(found.size());
  for (const auto& entry : found) {
    entries.push_back(entry ? Entry{git::CanonicalMode(entry->mode), entry->id}
                            : Entry{});
  }
  kept_ += entries.size();
  if (kept_ > kMaxKeptEntries) {
    for (Node& each : nodes_) each.kept.clear();
    kept_ = entries.size();
  }
  node->kept.emplace(at.id, entries);
  return entries;
}

Result<std::vector<std::size_t>> PathChanges::Between(
    const git::ObjectId& old_root, const git::ObjectId& new_root) {
  struct Step {
    std::size_t node;
    Entry before;
    Entry after;
  };
  std::vector<std::size_t> changed;
  std::vector<Step> stack = {
      {0, {git::kModeDirectory, old_root}, {git::kModeDirectory, new_root}}};
  while (!stack.empty()) {
    const Step step = stack.back();
    stack.pop_back();
    if (step.before == step.after) continue;
    Node& node = nodes_[step.node];
    if (node.end != kNoEnd) changed.push_back(node.end);
    if (node.children.empty()) continue;
    PM_ASSIGN_OR_RETURN(const auto before, Children(&node, step.before));
    PM_ASSIGN_OR_RETURN(const auto after, Children(&node, step.after));
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      stack.push_back({node.children[i], before[i], after[i]});
    }
  }
  return changed;
}

}  // namespace patchmilter::tree
