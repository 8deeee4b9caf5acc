#include "app/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "base/clock.h"

namespace patchmilter::app {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRedraw{200};
constexpr std::chrono::seconds kPlainEvery{10};
constexpr std::chrono::seconds kRateOver{15};
constexpr std::size_t kDefaultWidth = 80;
constexpr std::size_t kMinBar = 10;
constexpr std::size_t kMaxBar = 50;

}  // namespace

std::string Grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  for (std::size_t at = text.size(); at > sign + 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

void ProgressMeter::Add(Time now, const ProgressState& state) {
  // The newest replaces its predecessor within a moment: a thousand batches a
  // second leave some hundred samples.
  if (samples_.size() >= 2 &&
      now - samples_[samples_.size() - 2].time < kRedraw) {
    samples_.pop_back();
  }
  samples_.push_back({now, state});
  while (samples_.size() > 2 && now - samples_[1].time >= kRateOver) {
    samples_.pop_front();
  }
}

std::string ProgressMeter::Line(std::size_t width) const {
  if (samples_.empty()) return "";
  const Sample& first = samples_.front();
  const Sample& last = samples_.back();
  const double seconds =
      std::chrono::duration<double>(last.time - first.time).count();
  std::string text = Grouped(last.state.mails) + " mails";
  if (seconds > 0) {
    const double rate =
        static_cast<double>(last.state.mails - first.state.mails) / seconds;
    text += "  " + Grouped(static_cast<std::int64_t>(rate)) + "/s";
  }
  std::string bar;
  if (last.state.work_total && *last.state.work_total > 0) {
    const auto total = static_cast<double>(*last.state.work_total);
    const double done = static_cast<double>(last.state.work_done);
    const double part = std::clamp(done / total, 0.0, 1.0);
    const double gained = done - static_cast<double>(first.state.work_done);
    if (gained > 0 && seconds > 0) {
      text += fmt::format("  {} left",
                          FormatDuration(static_cast<Seconds>(
                              std::max(total - done, 0.0) * seconds / gained)));
    }
    text = fmt::format("{:3.0f} %  {}", std::floor(100 * part), text);
    // Two brackets and two blanks; and the last column stays free: some
    // terminals wrap there.
    const std::size_t taken = text.size() + 5;
    const std::size_t room = width > taken ? width - taken : 0;
    if (room >= kMinBar) {
      const std::size_t length = std::min(room, kMaxBar);
      const auto full =
          static_cast<std::size_t>(part * static_cast<double>(length));
      bar = std::string(full, '=');
      if (full < length) bar += '>';
      bar.resize(length, ' ');
      bar = "[" + bar + "]  ";
    }
  }
  std::string line = bar + text;
  if (line.size() >= width) line.resize(width > 0 ? width - 1 : 0);
  return line;
}

Progress::Progress(bool plain)
    : terminal_(::isatty(STDERR_FILENO) != 0), plain_(plain && !terminal_) {
  shown_ = steady_clock::now();
}

void Progress::Show(const ProgressState& state) {
  if (!terminal_ && !plain_) return;
  const auto now = steady_clock::now();
  meter_.Add(now, state);
  if (terminal_) {
    if (drawn_ && now - shown_ < kRedraw) return;
    Draw(meter_.Line(Width()));
  } else {
    if (now - shown_ < kPlainEvery) return;
    std::cerr << "patchmilter: " << meter_.Line(kDefaultWidth) << '\n'
              << std::flush;
  }
  shown_ = now;
}

void Progress::Say(std::string_view words) {
  if (!terminal_) return;
  Draw(words.substr(0, Width() - 1));
}

void Progress::Draw(std::string_view line) {
  std::cerr << '\r' << line << "\x1b[K" << std::flush;
  drawn_ = true;
}

void Progress::Clear() {
  if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

std::size_t Progress::Width() const {
  winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2) {
    return kDefaultWidth;
  }
  return size.ws_col;
}

}  // namespace patchmilter::app
