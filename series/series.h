// Series as data: what series/grouper.h makes of mails.
// Pure: no I/O, no clock of its own. Threads: values.
#ifndef PATCHMILTER_SERIES_SERIES_H_
#define PATCHMILTER_SERIES_SERIES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "mime/patch_mail.h"

namespace patchmilter::series {

// A mail's row id in the store (or its place in a file): unique, never reused,
// growing in the order of arrival.
using MailId = std::int64_t;

// What grouping needs of a mail: small, so that months of a list fit in memory.
struct MailFacts {
  MailId id = 0;
  std::string message_id;
  std::string content_hash;
  std::string list;  // The watched list's name, of the first match.
  mime::MailKind kind = mime::MailKind::kOther;
  mime::Backport backport = mime::Backport::kNone;
  mime::Subject subject;
  mime::Address author;
  mime::Address from;
  UnixSeconds date = 0;     // The Date header's, or the arrival where none.
  UnixSeconds arrival = 0;  // Ours: when the mail came.
  std::vector<std::string> in_reply_to;
  std::vector<std::string> references;
  std::string change_id;
  std::string patch_id;  // Stable patch-id; "" where no diff.
  bool has_diff = false;
  // Bytes of the decoded text: of two copies of one mail the longer one has
  // had something added to it by a list.
  std::uint32_t text_size = 0;
};

MailFacts FactsOf(const mime::PatchMail& patch, MailId id, std::string list,
                  UnixSeconds arrival);

// The mail that founded it: the least id of its mails (cover, patches, and
// further copies of them). So it is told by the members alone, whatever the
// order of feeding: mails that join are younger; when series merge the older
// one's id stays; what is split off bears the id of its own first mail.
using SeriesId = MailId;

struct Series {
  SeriesId id = 0;
  std::string list;
  std::int64_t version = 1;
  std::int64_t expected = 1;  // n of k/n; 1 for a single patch.
  std::optional<MailId> cover;
  std::map<std::int64_t, MailId> patches;  // By number, from 1.
  mime::Address author;
  std::string title;  // The cover's, else patch 1's, else any.
  UnixSeconds first_date = 0;
  UnixSeconds newest_date = 0;
  UnixSeconds newest_arrival = 0;  // Of its cover and patches.
  bool rfc = false;
  bool resend = false;
  // The revision before this one in the series chain, and the one after it. A
  // partial re-roll has a `previous`, which it does not supersede: the other
  // patches still stand there.
  std::optional<SeriesId> previous;
  std::optional<SeriesId> superseded_by;
  // A re-roll of some patches only: the others stand in `previous`.
  bool partial_reroll = false;
  // The newest arrival of a partial re-roll of it that may yet grow to a whole
  // revision; 0 for none. Not stored: it is in ReadyAt() when that is.
  UnixSeconds reroll_arrival = 0;
  std::vector<std::string> notes;  // In words: how it came to be.

  // All of 1..expected are there (a patch 4/3 does not stand for a missing
  // 3/3). A partial re-roll is never complete by itself.
  bool complete() const;
  // Numbers of 1..expected that have no patch; at most 1,000 are named.
  std::vector<std::int64_t> Missing() const;
  // The cover, else the first patch there is.
  MailId root() const;
};

// Seconds, all counted from arrivals, not from Dates: a moderator lets mails
// out that were posted long ago.
struct ReadinessPolicy {
  Seconds settle = 60;  // After the newest mail of a complete series.
  Seconds wait = 7200;  // After the newest mail of an incomplete one.
  // After the newest mail of a cover that is alone. Of 1,309 real series the
  // slowest took 8.6 days from the first mail to the last.
  Seconds give_up = Seconds{14} * 86400;
};

// When `series` may be reviewed: a time that may lie in the past. Incomplete is
// also what has more patches than it counts, and still lacks one (4/3 without
// 3/3), and each partial re-roll.
//
// A series that is re-rolled in part is waited with as long as the re-roll is:
// it may be the first patch of a whole new revision, which then supersedes.
//
// A cover alone (no patch) is never ready: nothing is returned. See GiveUpAt.
std::optional<UnixSeconds> ReadyAt(const Series& series,
                                   const ReadinessPolicy& policy);

// When a series that never gets ready is set aside, because only its cover has
// come. Nothing where ReadyAt() gives a time. A patch that comes later makes
// it ready as if nothing had been.
std::optional<UnixSeconds> GiveUpAt(const Series& series,
                                    const ReadinessPolicy& policy);

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_SERIES_H_
