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

#include "series/series.h"

namespace patchmilter::series {

struct Change {
  enum class Kind : std::uint8_t {
    kCreated,     // A new series.
    kChanged,     // Patches, cover, count or version of it changed.
    kSuperseded,  // A newer revision has come: `series.superseded_by` is set.
    kRemoved,     // It is gone: merged into another, or split up.
  };
  Kind kind = Kind::kCreated;
  Series series;  // As it stands now (as it stood last, for kRemoved).
};

class Grouper {
 public:
  Grouper();
  ~Grouper();
  Grouper(const Grouper&) = delete;
  Grouper& operator=(const Grouper&) = delete;

  // The changes that this mail made; a mail that is no part of any series
  // changes nothing. A second feed of the same (message_id, content_hash)
  // changes nothing.
  std::vector<Change> Add(const MailFacts& facts);

  // Why the mail stands where it stands, in words, one line each.
  std::vector<std::string> Explain(MailId mail) const;

  const Series* Find(SeriesId series) const;
  // The series in which `mail` is a patch or the cover.
  std::optional<SeriesId> SeriesOf(MailId mail) const;
  // All series that stand, by id.
  std::vector<const Series*> All() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_GROUPER_H_
