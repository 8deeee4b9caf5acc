// Revisions: which series is the next version of which.
//
// Keeps an index of all series that stand and, when one comes, changes or
// goes, works out anew `previous`, `superseded_by` and `partial_reroll` of
// those that it may touch, and of no others. The answer depends on what stands,
// not on the order in which it came.
//
// A series is a revision of another that bears its change-id, or that the same
// poster sent under the same title (the cover's or the first patch's), or in
// whose thread the same poster sent it; with a lower version, or, under the
// same title and tags, sent earlier. Of several the newest is `previous`.
//
// Private to series/. Bounded by the kMax… limits. Threads: one.
// Tested in tests/series/grouper_test.cc.
#ifndef PATCHMILTER_SERIES_REVISIONS_H_
#define PATCHMILTER_SERIES_REVISIONS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "series/series.h"
#include "series/standing.h"

namespace patchmilter::series {

// What Revisions works out for a series.
struct Links {
  std::optional<SeriesId> previous;
  std::optional<SeriesId> superseded_by;
  bool partial_reroll = false;
  bool operator==(const Links&) const = default;
};
Links LinksOf(const Series& series);

class Revisions {
 public:
  // Of a bucket (one title, one change-id), of the series that answer one mail,
  // and of a series' own ancestors, so many are looked at.
  static constexpr std::size_t kMaxLookedAt = 16;
  static constexpr std::size_t kMaxWaiting = 64;

  // Nothing where it does not stand.
  const Standing* Find(SeriesId id) const;
  const std::map<SeriesId, Standing>& all() const { return all_; }

  // Takes out and puts in (in place of what stood under that id). Answers all
  // that were put in or that were linked anew, each with the links that it had
  // before. Links in `put` are ignored.
  std::map<SeriesId, Links> Update(const std::vector<SeriesId>& removed,
                                   std::vector<Standing> put);

 private:
  struct Order {
    std::int64_t version = 0;
    UnixSeconds date = 0;
    std::string root;
    SeriesId id = 0;
    auto operator<=>(const Order&) const = default;
  };
  static Order OrderOf(const Standing& standing);

  void Touch(const Standing& standing, std::set<SeriesId>* touched) const;
  void Insert(Standing standing);
  void Erase(SeriesId id);
  // Puts `now` in the place of `old`, at the cost of what differs.
  void Replace(Standing* old, Standing now);
  // Sets `previous` and `partial_reroll`. True where it changed something.
  bool LinkBack(Standing* standing);
  bool LinkForward(Standing* standing);

  std::map<SeriesId, Standing> all_;
  std::unordered_map<std::uint32_t, std::set<Order>> buckets_;
  std::unordered_map<std::uint32_t, std::set<SeriesId>> by_node_;
  std::unordered_map<std::uint32_t, std::set<SeriesId>> waiting_;
  std::unordered_map<SeriesId, std::set<SeriesId>> next_;
};

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_REVISIONS_H_
