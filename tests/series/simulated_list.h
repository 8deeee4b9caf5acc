// A mailing list made up from a seed: raw mails in order of arrival, and the
// series that stand in them.
//
// It has the habits of real lists: each way of threading and of making
// Message-IDs, revisions that answer the one before, postings by one author in
// the same second, parts that never come, partial re-rolls, resends, strangers'
// patches, moderators' bursts, copies with a footer, reviews of several stable
// trees at once, clocks that are hours wrong. Between them stand replies,
// notices and pull requests. What it makes it makes by rules that nobody's
// mails were taken for.
//
// One mail at a time, so that a list of any length fits in memory: what is
// under way is held, some thousand mails at most.
//
// Threads: one.  Tested in tests/series/simulated_list_test.cc.
#ifndef PATCHMILTER_TESTS_SERIES_SIMULATED_LIST_H_
#define PATCHMILTER_TESTS_SERIES_SIMULATED_LIST_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "tests/series/simulated_mail.h"

namespace patchmilter::simulated {

struct Options {
  std::uint64_t seed = 1;
  std::size_t mails = 1000;  // The thread under way is ended: a few more.
  UnixSeconds start = 1735776000;
  // Between the beginnings of threads, on average. One author's threads lie
  // further apart than any rule of grouping reaches.
  Seconds between = 3600;
  int odd_percent = 40;  // Threads with one of the odd habits.
  ListHabits list;
};

struct SimulatedMail {
  std::string raw;
  UnixSeconds arrival = 0;
  std::string message_id;
};

// As in a truth.json: what a grouping is measured against.
struct TrueSeries {
  std::string habit;  // What this thread is an example of.
  std::int64_t version = 1;
  std::int64_t expected = 1;
  std::optional<std::string> cover;
  std::map<std::int64_t, std::string> patches;  // To Message-IDs.
  bool complete = false;
};

class SimulatedList {
 public:
  explicit SimulatedList(const Options& options);
  ~SimulatedList();
  SimulatedList(const SimulatedList&) = delete;
  SimulatedList& operator=(const SimulatedList&) = delete;

  // Arrivals never go back. Nothing: the end.
  std::optional<SimulatedMail> Next();
  // All series of the mails so far, and of those that are under way.
  const std::vector<TrueSeries>& truth() const;
  // The names of all habits, to see that each was made.
  static std::vector<std::string> Habits();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace patchmilter::simulated

#endif  // PATCHMILTER_TESTS_SERIES_SIMULATED_LIST_H_
