// Grouper: mails in, series out: an incremental state machine.
//
// Feed it each mail's facts once; it answers what has changed. The order of
// feeding does not matter to what stands in the end, each mail keeping its
// arrival. Pure: no I/O, no clock. State is rebuilt by feeding the same facts
// again (from the store, at start).
//
// Input: facts of hostile mails. Every loop is bounded; no recursion.
// Threads: one.  Tested in tests/series/grouper_test.cc.
#ifndef PATCHMILTER_SERIES_GROUPER_H_
#define PATCHMILTER_SERIES_GROUPER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "series/change.h"
#include "series/series.h"

namespace patchmilter::series {

struct GrouperOptions {
  // Off: each mail's cluster is partitioned anew, however plain it is. What
  // stands is the same (a test holds it to that), at square cost.
  bool shortcuts = true;
};

class Grouper {
 public:
  explicit Grouper(GrouperOptions options = {});
  ~Grouper();
  Grouper(const Grouper&) = delete;
  Grouper& operator=(const Grouper&) = delete;

  // What this mail changed: each series once at most, those that are gone
  // first, else by id. A mail that is no part of any series changes nothing. A
  // second feed of the same (message_id, content_hash) changes nothing but the
  // arrival, where it came earlier.
  std::vector<Change> Add(const MailFacts& facts);

  // Why the mail stands where it stands, in words, one line each.
  std::vector<std::string> Explain(MailId mail) const;

  // As it stands now, until the next Add; nothing where it does not.
  const Series* Find(SeriesId series) const;
  // The series in which `mail` is a patch or the cover.
  std::optional<SeriesId> SeriesOf(MailId mail) const;
  // All series that stand, by id.
  std::vector<const Series*> All() const;

  // Parts and links that were looked at so far: what the work is measured by,
  // whatever the machine. Bounded for each mail (see docs/series.md, Limits).
  std::uint64_t Work() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_GROUPER_H_
