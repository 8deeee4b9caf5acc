// Made-up people, Message-IDs, patch texts and raw mails, for a list that is
// simulated (tests/series/simulated_list.h). All from one seed: the same seed
// gives the same bytes on every machine.
//
// Threads: one.
#ifndef PATCHMILTER_TESTS_SERIES_SIMULATED_MAIL_H_
#define PATCHMILTER_TESTS_SERIES_SIMULATED_MAIL_H_

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace patchmilter::simulated {

// The standard's distributions differ from library to library; these do not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  // 0 to `bound` - 1. REQUIRES: bound > 0.
  std::int64_t Below(std::int64_t bound);
  // `low` to `high`, both included.
  std::int64_t Between(std::int64_t low, std::int64_t high);
  bool Percent(int percent) { return Below(100) < percent; }
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(
        Below(static_cast<std::int64_t>(from.size())))];
  }
  template <typename T>
  void Shuffle(std::vector<T>* values) {
    for (std::size_t i = values->size(); i > 1; --i) {
      std::swap((*values)[i - 1], (*values)[static_cast<std::size_t>(
                                      Below(static_cast<std::int64_t>(i)))]);
    }
  }
  // `count` characters of `alphabet`.
  std::string Text(std::size_t count, std::string_view alphabet);
  std::string Hex(std::size_t count) { return Text(count, "0123456789abcdef"); }

 private:
  std::mt19937_64 engine_;
};

struct Person {
  std::string name;
  std::string email;
};
Person MakePerson(Dice* dice);

// How the ids of one posting look.
enum class IdStyle : std::uint8_t {
  kSendEmail,     // "20250102030405.123456-2-ann@a.example"
  kOldSendEmail,  // "1735787045-4711-2-git-send-email-ann@a.example"
  kTopic,         // "20250102-topic-v2-1-0123456789ab@a.example"
  kHash,          // "<40 hex>.1735787045.git.ann@a.example", "cover.1735…"
  kNumberFirst,   // "2-v1-0123456789ab+1c3-topic_ann@a.example"
  kStack,         // "173578704512.4711.1234567890123456789.stgit@a.example"
  kQuilt,         // "20250102030405.086014500@a.example"
  kRandom,        // "Z3aBcDeFgHiJkLmN@a.example"
  kRelay,         // Rewritten: the patches answer ids that nobody sees.
};

// The ids of the mails 0 (cover) to `last` of one posting at `time`. Where the
// posting has no cover, entry 0 names no mail, and git counts from the first
// patch.
std::vector<std::string> MakeIds(IdStyle style, const Person& poster,
                                 std::string_view topic, std::int64_t version,
                                 std::size_t last, bool cover, UnixSeconds time,
                                 Dice* dice);

// "scope: verb the thing", not often the same twice.
std::string MakeTitle(std::string_view scope, Dice* dice);
std::string MakeScope(Dice* dice);
// A commit message, its sign-off, a diffstat and a diff that git can read.
std::string MakePatchText(const Person& author, Dice* dice);
std::string MakeCoverText(std::int64_t patches, Dice* dice);
std::string MakeReplyText(std::string_view answered, Dice* dice);

struct Draft {
  Person from;
  std::string subject;
  std::string id;
  std::string parent;                   // "" for none.
  std::vector<std::string> references;  // Oldest first.
  UnixSeconds date = 0;
  int zone_minutes = 0;
  UnixSeconds arrival = 0;
  std::string text;
  std::vector<std::string> headers;  // More of them, without line ends.
};

// What a list does to what passes through it.
struct ListHabits {
  std::string name = "dev";
  bool tags_subjects = false;  // "[Dev] " in front.
  bool munges_from = false;    // "X via Dev <dev@…>", X in Reply-To.
  bool adds_footer = false;
};

// The raw mail as a subscriber's host has it, with the trace and signature
// headers that are more than half of a real mail's bytes. LF line ends.
std::string Render(const Draft& draft, const ListHabits& list, Dice* dice);

}  // namespace patchmilter::simulated

#endif  // PATCHMILTER_TESTS_SERIES_SIMULATED_MAIL_H_
