#include "milter/watch.h"

#include "base/text.h"

namespace patchmilter::milter {

Watch::Watch(const Config& config) {
  for (const ListConfig& list : config.lists) {
    const size_t number = names_.size();
    names_.push_back(list.name);
    // emplace keeps what is there: the first list of the configuration.
    for (const std::string& id : list.list_id) {
      list_ids_.emplace(ToLower(id), number);
    }
    for (const std::string& address : list.recipients) {
      recipients_.emplace(ToLower(address), number);
    }
    for (const std::string& address : list.addresses) {
      addresses_.emplace(ToLower(address), number);
    }
  }
  for (const DestinationConfig& destination : config.destinations) {
    destinations_.insert(ToLower(destination.address));
  }
}

size_t Watch::Find(const Index& index, std::string_view key) {
  if (index.empty()) return kNoList;
  const auto found = index.find(ToLower(key));
  return found == index.end() ? kNoList : found->second;
}

size_t Watch::ByRecipient(std::string_view address) const {
  return Find(recipients_, address);
}

size_t Watch::ByListId(std::string_view id) const {
  return Find(list_ids_, id);
}

size_t Watch::ByAddress(std::string_view address) const {
  return Find(addresses_, address);
}

bool Watch::IsDestination(std::string_view address) const {
  return !destinations_.empty() && destinations_.contains(ToLower(address));
}

}  // namespace patchmilter::milter
