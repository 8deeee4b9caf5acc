// Postings: what somebody sends at once, and the habits of a simulated list
// that are made of them. Private to tests/series/simulated_list.cc.
//
// Threads: one.
#ifndef PATCHMILTER_TESTS_SERIES_SIMULATED_POSTING_H_
#define PATCHMILTER_TESTS_SERIES_SIMULATED_POSTING_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/series/simulated_list.h"
#include "tests/series/simulated_mail.h"

namespace patchmilter::simulated {

enum class Threading : std::uint8_t { kShallow, kDeep, kNone };

// What is sent at once. Entry 0 of the vectors is the cover.
struct Posting {
  Person poster;
  std::vector<Person> authors;  // Of patch k - 1, where not the poster's.
  bool authors_post = false;    // Each author stands in From (a script).
  IdStyle style = IdStyle::kSendEmail;
  Threading threading = Threading::kShallow;
  std::string topic = "topic";
  std::string scope = "net/core";
  std::int64_t version = 1;
  std::int64_t patches = 1;
  bool cover = false;
  bool numbered = true;           // A single patch: "[PATCH]" where false.
  std::int64_t cover_counts = 0;  // What the cover says, where not `patches`.
  // "PATCH", "PATCH RFC", "RFC", "PATCH i-g-t": before the version.
  std::string tag = "PATCH";
  std::string after_version;  // "RESEND"
  bool version_last = false;  // "[PATCH 1/3 v2]"
  std::vector<std::string> titles;
  UnixSeconds time = 0;     // The Date of the first mail.
  Seconds step = 1;         // Between Dates.
  Seconds clock_wrong = 0;  // Of the poster's host.
  int zone_minutes = 0;
  Seconds delay = 30;  // Until the last mail arrives, give or take.
  Seconds held = 0;    // By a moderator.
  std::string parent;  // The first mail answers this.
  std::vector<std::string> references;
  bool all_answer_parent = false;  // And so do all patches.
  std::set<std::int64_t> lost;     // Numbers that never come; 0: the cover.
  std::set<std::int64_t> without_version;  // Where it was forgotten.

  // Filled by Desk::Send.
  std::vector<std::string> ids;
};

struct Pending {
  Draft draft;
  bool copy = false;
  bool munged_copy = false;
};

// Where mails are written: holds what has not arrived, and the truth.
class Desk {
 public:
  explicit Desk(Dice* dice) : dice_(*dice) {}

  void Begin(const char* habit, UnixSeconds now) {
    habit_ = habit;
    now_ = now;
  }

  // A posting with ways of its own, by a new poster, at `now`.
  Posting Draw(std::int64_t patches, bool cover);
  // The next version of `before`, `later` after it, unthreaded.
  Posting Revise(const Posting& before, Seconds later);

  // Sends it, and notes the series that it makes. False: `note` the truth by
  // hand.
  void Send(Posting* posting, bool note = true);
  void Note(TrueSeries series);
  TrueSeries TruthOf(const Posting& posting) const;
  // Some replies to mails of `posting`.
  void Discuss(const Posting& posting, std::int64_t replies);
  void Put(Draft draft);
  void PutCopy(Draft draft, bool munged);
  // Mails of the last Send(), by number.
  const std::map<std::int64_t, Draft>& sent() const { return sent_; }

  Dice& dice() { return dice_; }
  UnixSeconds now() const { return now_; }
  std::size_t made() const { return made_; }
  std::multimap<UnixSeconds, Pending>& pending() { return pending_; }
  const std::vector<TrueSeries>& truth() const { return truth_; }

 private:
  Dice& dice_;
  std::string habit_;
  UnixSeconds now_ = 0;
  std::size_t made_ = 0;
  std::multimap<UnixSeconds, Pending> pending_;
  std::vector<TrueSeries> truth_;
  std::map<std::int64_t, Draft> sent_;
};

struct Habit {
  const char* name;
  void (*make)(Desk* desk);
};
// The first so many are ordinary.
inline constexpr std::size_t kPlainHabits = 6;
const std::vector<Habit>& AllHabits();

}  // namespace patchmilter::simulated

#endif  // PATCHMILTER_TESTS_SERIES_SIMULATED_POSTING_H_
