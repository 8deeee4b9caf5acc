// Progress: how far a replay is, for who waits.
//
// On a terminal one line on standard error, rewritten a few times a second and
// never wider than the terminal:
//
//   [==========>             ]  42 %  62,806 mails  2,104/s  1min8s left
//
// The bar is left out where the terminal is narrow or the total is not known.
// Elsewhere nothing, or, where asked for, a plain line every ten seconds.
// Threads: one.  Tested in tests/app/progress_test.cc.
#ifndef PATCHMILTER_APP_PROGRESS_H_
#define PATCHMILTER_APP_PROGRESS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace patchmilter::app {

struct ProgressState {
  std::int64_t mails = 0;
  std::uint64_t work_done = 0;
  std::optional<std::uint64_t> work_total;
};

// The rate and the time left are those of the last seconds: what an earlier run
// has taken in goes by faster than what is new.
class ProgressMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // REQUIRES: `now` never goes back.
  void Add(Time now, const ProgressState& state);
  // The line for a terminal of `width` columns, shorter than it.
  std::string Line(std::size_t width) const;

 private:
  struct Sample {
    Time time;
    ProgressState state;
  };
  std::deque<Sample> samples_;
};

// "1234567" as "1,234,567".
std::string Grouped(std::int64_t number);

class Progress {
 public:
  // `plain`: a line every ten seconds where standard error is no terminal.
  explicit Progress(bool plain);
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(const ProgressState& state);
  // Words in place of the bar, for what cannot be counted; on a terminal alone.
  void Say(std::string_view words);
  // Takes the line away, so that something else can be printed.
  void Clear();

 private:
  void Draw(std::string_view line);
  std::size_t Width() const;

  bool terminal_;
  bool plain_;
  bool drawn_ = false;
  ProgressMeter meter_;
  ProgressMeter::Time shown_;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_PROGRESS_H_
