// Who answers whom, in state.db.
#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "store/database.h"
#include "store/store.h"

namespace patchmilter::store {
namespace {

// A Message-ID of the thread, and the patch that it belongs to.
struct Place {
  std::string message_id;
  std::int64_t patch = 0;
};

Result<std::deque<Place>> MailsOf(Database* database, SeriesId id) {
  // The cover last: who answers both a patch and it speaks of the patch.
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database->Prepare("SELECT m.message_id, s.number FROM series_mails s"
                        " JOIN mails m ON m.id = s.mail WHERE s.series = ?1 AND"
                        " m.message_id <> '' ORDER BY s.number = 0, s.number"));
  select.Int(id);
  std::deque<Place> places;
  while (true) {
    PM_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return places;
    places.push_back({select.ColumnText(0), select.ColumnInt(1)});
  }
}

bool IsOfPeople(std::string_view kind) {
  return kind != mime::MailKindName(mime::MailKind::kOwn) &&
         kind != mime::MailKindName(mime::MailKind::kAutomatic);
}

// What is found before its bytes are read.
struct Found {
  ReplyRow reply;
  std::int64_t size = 0;
  bool given = false;
};

}  // namespace

Status Store::InsertAnswers(const ParsedMail& mail) {
  const series::MailFacts& facts = mail.facts;
  if (facts.kind == mime::MailKind::kSpam) return {};
  std::vector<std::string> answered = facts.in_reply_to;
  if (answered.empty() && !facts.references.empty()) {
    answered.push_back(facts.references.back());
  }
  for (const std::string& message_id : answered) {
    if (message_id.empty() || message_id == facts.message_id) continue;
    PM_ASSIGN_OR_RETURN(
        Statement insert,
        database_->Prepare("INSERT OR IGNORE INTO answers VALUES(?1, ?2)"));
    PM_RETURN_IF_ERROR(insert.Text(message_id).Int(mail.id).Run());
  }
  return {};
}

Result<std::vector<ReplyRow>> Store::RepliesTo(SeriesId id,
                                               std::int64_t limit) {
  PM_ASSIGN_OR_RETURN(std::deque<Place> places, MailsOf(database_.get(), id));
  // By levels: a mail that is reached twice belongs to what it is nearest to.
  std::set<std::string, std::less<>> seen;
  for (const Place& place : places) seen.insert(place.message_id);
  std::set<MailId> ids;
  std::vector<Found> found;
  for (; !places.empty() && found.size() < kMaxThreadMails;
       places.pop_front()) {
    const Place& place = places.front();
    PM_ASSIGN_OR_RETURN(
        Statement select,
        database_->Prepare(
            "SELECT m.id, m.message_id, m.kind, m.arrival, m.size FROM"
            " answers a JOIN mails m ON m.id = a.mail WHERE a.answered = ?1"
            " ORDER BY a.mail LIMIT ?2"));
    select.Text(place.message_id)
        .Int(static_cast<std::int64_t>(kMaxThreadMails - found.size()));
    while (true) {
      PM_ASSIGN_OR_RETURN(const bool row, select.Step());
      if (!row) break;
      Found mail;
      mail.reply.id = select.ColumnInt(0);
      mail.reply.message_id = select.ColumnText(1);
      mail.reply.patch = place.patch;
      mail.reply.in_reply_to = place.message_id;
      mail.reply.arrival = select.ColumnInt(3);
      mail.size = select.ColumnInt(4);
      mail.given = IsOfPeople(select.ColumnText(2));
      if (!ids.insert(mail.reply.id).second) continue;
      if (!mail.reply.message_id.empty()) {
        if (!seen.insert(mail.reply.message_id).second) continue;
        places.push_back({mail.reply.message_id, place.patch});
      }
      found.push_back(std::move(mail));
    }
  }
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return std::pair(a.reply.arrival, a.reply.id) <
           std::pair(b.reply.arrival, b.reply.id);
  });
  const std::int64_t most = std::min(limit, kMaxReplies);
  std::int64_t bytes = 0;
  std::vector<ReplyRow> replies;
  for (Found& mail : found) {
    if (static_cast<std::int64_t>(replies.size()) >= most) break;
    if (!mail.given || bytes + mail.size > kMaxReplyBytes) continue;
    bytes += mail.size;
    PM_ASSIGN_OR_RETURN(mail.reply.raw, LoadRaw(mail.reply.id));
    replies.push_back(std::move(mail.reply));
  }
  return replies;
}

}  // namespace patchmilter::store
