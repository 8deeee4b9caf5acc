#include "tree/questions/meter.h"

#include <algorithm>

namespace patchmilter::tree {

Deadline Deadline::After(std::chrono::milliseconds time) {
  return Deadline(std::chrono::steady_clock::now() +
                  std::clamp(time, std::chrono::milliseconds(0),
                             std::chrono::milliseconds(std::chrono::hours(1))));
}

bool Deadline::IsOver() const {
  return time_ != SteadyTime::max() &&
         std::chrono::steady_clock::now() >= time_;
}

Meter::Meter(const Bounds& bounds)
    : lines_(std::clamp<std::size_t>(bounds.lines, 1, kMaxAnswerLines)),
      bytes_(std::min(bounds.bytes, kMaxAnswerBytes)),
      deadline_(Deadline::After(std::min(bounds.time, kMaxAnswerTime))) {}

bool Meter::Take(std::size_t bytes, std::size_t lines) {
  if (stop_ == Stop::kWhole && !empty_ && lines_ > 0) TimeIsOver();
  return TakeAfterTime(bytes, lines);
}

bool Meter::TakeAfterTime(std::size_t bytes, std::size_t lines) {
  if (stop_ != Stop::kWhole) return false;
  const std::size_t cost = bytes + lines;
  if (lines_ < lines && !empty_) {
    stop_ = Stop::kLines;
  } else if (cost > bytes_ && !empty_) {
    stop_ = Stop::kBytes;
  } else {
    empty_ = false;
    lines_ -= std::min(lines, lines_);
    bytes_ -= std::min(cost, bytes_);
    return true;
  }
  return false;
}

bool Meter::TimeIsOver() {
  if (!deadline_.IsOver()) return false;
  if (stop_ == Stop::kWhole) stop_ = Stop::kTime;
  return true;
}

Line MakeLine(std::uint32_t number, std::string_view text) {
  Line line;
  line.number = number;
  line.cut = text.size() > kMaxLineBytes;
  line.text = text.substr(0, kMaxLineBytes);
  return line;
}

}  // namespace patchmilter::tree
