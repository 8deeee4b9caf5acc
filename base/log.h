// The log: one line an event, to standard error, with journald's priority
// prefixes ("<6>") when standard error is not a terminal.
//
// Form: "SUBJECT: event key=value …", SUBJECT being the queue id, series id or
// part that the line is about. Never a body, a prompt or a key. Text that came
// from outside is passed through Clean() first: cut, and escaped.
//
// Threads: any. Never throws, never blocks on anything but standard error.
#ifndef PATCHMILTER_BASE_LOG_H_
#define PATCHMILTER_BASE_LOG_H_

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace patchmilter::log {

enum class Level { kDebug, kInfo, kWarning, kError };

// Of a program that a person runs: no priority prefixes.
void WithoutPriorities();

// Lines below `level` are not written. Default: kInfo.
void SetLevel(Level level);
bool Enabled(Level level);

void Write(Level level, std::string_view subject,
           std::string_view text) noexcept;

// `untrusted` on one line: at most `max` bytes, control bytes and bytes above
// 0x7e as \xNN, so that no mail can forge a log line or drive a terminal.
std::string Clean(std::string_view untrusted, size_t max = 200);

template <typename... Args>
void Debug(std::string_view subject, fmt::format_string<Args...> format,
           Args&&... args) {
  if (!Enabled(Level::kDebug)) return;
  Write(Level::kDebug, subject,
        fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void Info(std::string_view subject, fmt::format_string<Args...> format,
          Args&&... args) {
  if (!Enabled(Level::kInfo)) return;
  Write(Level::kInfo, subject,
        fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void Warning(std::string_view subject, fmt::format_string<Args...> format,
             Args&&... args) {
  Write(Level::kWarning, subject,
        fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void Err(std::string_view subject, fmt::format_string<Args...> format,
         Args&&... args) {
  Write(Level::kError, subject,
        fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace patchmilter::log

#endif  // PATCHMILTER_BASE_LOG_H_
