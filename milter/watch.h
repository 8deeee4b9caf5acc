// Which lists are watched, compiled from the configuration for quick questions.
//
// Lists stand in the order of the configuration; where several match, the
// first has the mail: each question answers with the smallest list number, and
// a session keeps the smallest of all answers.
// Threads: immutable; shared by all sessions. A reload makes a new one.
// Tested in tests/milter/watch_test.cc.
#ifndef PATCHMILTER_MILTER_WATCH_H_
#define PATCHMILTER_MILTER_WATCH_H_

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/config.h"

namespace patchmilter::milter {

inline constexpr size_t kNoList = std::numeric_limits<size_t>::max();

class Watch {
 public:
  explicit Watch(const Config& config);

  // The number of the first list with this envelope recipient, List-Id, or
  // To/Cc address; kNoList for none. Case does not matter.
  size_t ByRecipient(std::string_view address) const;
  size_t ByListId(std::string_view id) const;
  size_t ByAddress(std::string_view address) const;
  const std::string& Name(size_t list) const { return names_[list]; }

  // No list can match but by its recipients: the answer is known at DATA.
  bool recipients_only() const {
    return list_ids_.empty() && addresses_.empty();
  }
  bool has_list_ids() const { return !list_ids_.empty(); }
  bool has_addresses() const { return !addresses_.empty(); }
  // A mail can be let go at DATA.
  bool decides_at_data() const {
    return recipients_only() || !destinations_.empty();
  }
  // The address of one of our own destinations (reviews are sent there).
  bool IsDestination(std::string_view address) const;
  size_t size() const { return names_.size(); }

 private:
  using Index = std::unordered_map<std::string, size_t>;
  static size_t Find(const Index& index, std::string_view key);

  std::vector<std::string> names_;
  Index recipients_;
  Index list_ids_;
  Index addresses_;
  std::unordered_set<std::string> destinations_;
};

}  // namespace patchmilter::milter

#endif  // PATCHMILTER_MILTER_WATCH_H_
