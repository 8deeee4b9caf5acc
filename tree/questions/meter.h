// Meter: what is left of the bounds of one answer.
//
// Counts lines, bytes and time while an answer is put together, and says which
// of them ended it. The first line always has room, and the first step always
// has time, so that an answer and its cursor get on under any bounds.
// Threads: one. Tested in tests/tree/questions/.
#ifndef PATCHMILTER_TREE_QUESTIONS_METER_H_
#define PATCHMILTER_TREE_QUESTIONS_METER_H_

#include <chrono>
#include <string>
#include <string_view>

#include "tree/questions/question.h"

namespace patchmilter::tree {

// A point in time to end at. Far enough away never comes.
class Deadline {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  static Deadline After(std::chrono::milliseconds time);
  static Deadline Never() { return Deadline(SteadyTime::max()); }

  bool IsOver() const;
  SteadyTime time() const { return time_; }

 private:
  explicit Deadline(SteadyTime time) : time_(time) {}
  SteadyTime time_;
};

class Meter {
 public:
  // Starts the time. Bounds over the kMaxAnswer… are taken as those, fewer
  // than one line as one.
  explicit Meter(const Bounds& bounds);

  // Takes one line of `bytes` (without its LF) into the answer, with `lines` -
  // 1 others that come with it. False where there is no room for it: stop()
  // says why, and so does every later call.
  bool Take(std::size_t bytes, std::size_t lines = 1);
  // The same without a look at the time: what it bounds is over.
  bool TakeAfterTime(std::size_t bytes, std::size_t lines = 1);
  // The time is over: stop() is kTime from now on, if nothing stopped before.
  bool TimeIsOver();

  Stop stop() const { return stop_; }
  const Deadline& deadline() const { return deadline_; }
  std::size_t lines_left() const { return lines_; }
  std::size_t bytes_left() const { return bytes_; }

 private:
  std::size_t lines_;
  std::size_t bytes_;
  Deadline deadline_;
  bool empty_ = true;
  Stop stop_ = Stop::kWhole;
};

// `text` as a line of an answer: cut at kMaxLineBytes.
Line MakeLine(std::uint32_t number, std::string_view text);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_METER_H_
