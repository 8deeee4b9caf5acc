// Revisions: which series is the next version of which.
//
// Keeps an index of all series that stand and, when one comes, changes or
// goes, works out anew `previous`, `superseded_by` and `partial_reroll` of
// those that it may touch, and of no others. The answer depends on what stands,
// not on the order in which it came.
//
// A series is a revision of another of the same poster that bears its
// change-id, or its title (the cover's or the first patch's), or in whose
// thread it stands; with a lower version. Under the same version it is the
// other one sent again: under the same tags, sent later, and with a patch or
// the change-id of it, or tagged RESEND (and not within the hour), or, where
// it counts several patches, as many in the same thread. Of several the newest
// is `previous`. What a stranger writes is never a revision: titles and
// change-ids are public.
//
// Private to series/. Work for one change: bounded by the kMax… limits, and
// logarithmic in what stands; how long the series is does not tell where it
// grows by a part. Threads: one.
// Tested in tests/series/grouper_test.cc, hostile_test.cc.
#ifndef PATCHMILTER_SERIES_REVISIONS_H_
#define PATCHMILTER_SERIES_REVISIONS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "series/series.h"
#include "series/standing.h"

namespace patchmilter::series {

// What Revisions works out for a series.
struct Links {
  std::optional<SeriesId> previous;
  std::optional<SeriesId> superseded_by;
  bool partial_reroll = false;
  UnixSeconds reroll_arrival = 0;
  bool operator==(const Links&) const = default;
};
Links LinksOf(const Series& series);

class Revisions {
 public:
  // Of a bucket (one title, one change-id), and of the series that hold mails
  // of one Message-ID, so many are looked at; …
  static constexpr std::size_t kMaxLookedAt = 16;
  // … of those that answer one mail, and of those that may follow a series; …
  static constexpr std::size_t kMaxWaiting = 64;
  // … of a series so many are the next; what is beyond follows none of it.
  static constexpr std::size_t kMaxNext = 256;
  // A re-roll of more patches than these is a whole revision.
  static constexpr std::size_t kMaxRerolled = 64;

  // Nothing where it does not stand.
  const Standing* Find(SeriesId id) const;
  const std::map<SeriesId, Standing>& all() const { return all_; }

  // Takes out and puts in (in place of what stood under that id). Answers all
  // that were put in or that were linked anew, each with the links that it had
  // before. Links in `put` are ignored.
  std::map<SeriesId, Links> Update(const std::vector<SeriesId>& removed,
                                   std::vector<Standing> put);
  // One that stands takes in a part (see Grow in standing.h), and keeps its id.
  std::map<SeriesId, Links> Grow(SeriesId id, const Part& part,
                                 Interner* texts);

  // Links that were looked at so far: the measure of the work.
  std::uint64_t work() const { return work_; }

 private:
  struct Order {
    std::int64_t version = 0;
    UnixSeconds date = 0;
    const MailFacts* root = nullptr;  // Ties are told by its id and content, …
    SeriesId id = 0;                  // … and so never by what was fed first.
  };
  static Order OrderOf(const Standing& standing);
  static bool Before(const Order& a, const Order& b);
  // A series under one of its keys. Must be out of the set while it changes.
  struct Entry {
    std::uint64_t key = 0;
    const Standing* standing = nullptr;
  };
  struct EntryBefore {
    bool operator()(const Entry& a, const Entry& b) const;
  };
  using Touched = std::set<SeriesId>;
  using ByNode = std::set<std::pair<std::uint32_t, SeriesId>>;

  Standing* FindMutable(SeriesId id);
  void IndexKeys(const Standing& standing);
  void DropKeys(const Standing& standing);
  void IndexNode(Standing* standing, std::uint32_t node);
  void IndexAbove(SeriesId id, const std::vector<std::uint32_t>& above);
  void Insert(Standing standing);
  void Erase(SeriesId id);
  void Replace(Standing* old, Standing now);
  void AddFollower(Standing* standing, SeriesId follower);

  // Those behind it under its keys, that may follow it now.
  void TouchBehind(const Standing& standing, Touched* touched) const;
  // Those that follow it, or stand in its thread.
  static void TouchFollowers(const Standing& standing, Touched* touched);
  void Relink(const Touched& touched, std::map<SeriesId, Links>* answer);
  const Standing* FindPrevious(const Standing& standing);
  // Sets `previous` and `partial_reroll`. True where it changed something.
  bool LinkBack(Standing* standing);
  bool LinkForward(Standing* standing);

  std::map<SeriesId, Standing> all_;
  std::set<Entry, EntryBefore> buckets_;
  ByNode by_node_;
  ByNode waiting_;
  std::uint64_t work_ = 0;
};

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_REVISIONS_H_
