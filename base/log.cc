#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <memory>

namespace patchmilter::log {
namespace {

std::atomic<Level> g_level{Level::kInfo};
std::atomic<bool> g_priorities{true};

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// sd-daemon(3): the priorities that journald reads from a line's start.
const char* Priority(Level level) {
  switch (level) {
    case Level::kDebug:
      return "<7>";
    case Level::kInfo:
      return "<6>";
    case Level::kWarning:
      return "<4>";
    case Level::kError:
      return "<3>";
  }
  return "<3>";
}

struct Sink {
  bool terminal = ::isatty(STDERR_FILENO) != 0;
  std::shared_ptr<spdlog::logger> logger;

  Sink()
      : logger(std::make_shared<spdlog::logger>(
            "patchmilter", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
    logger->set_pattern(terminal ? "%H:%M:%S.%e %L %v" : "%v");
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
  }
};

Sink& TheSink() {
  // Never destroyed: threads of C libraries may log while the program ends.
  static Sink& sink = *new Sink;
  return sink;
}

}  // namespace

void SetLevel(Level level) { g_level.store(level, std::memory_order_relaxed); }

void WithoutPriorities() {
  g_priorities.store(false, std::memory_order_relaxed);
}

bool Enabled(Level level) {
  return level >= g_level.load(std::memory_order_relaxed);
}

void Write(Level level, std::string_view subject,
           std::string_view text) noexcept {
  if (!Enabled(level)) return;
  try {
    Sink& sink = TheSink();
    const bool prefix =
        !sink.terminal && g_priorities.load(std::memory_order_relaxed);
    sink.logger->log(ToSpdlog(level), "{}{}: {}", prefix ? Priority(level) : "",
                     subject, text);
  } catch (const std::exception&) {
    // A log that cannot be written must not stop a mail.
    return;
  }
}

std::string Clean(std::string_view untrusted, size_t max) {
  std::string clean;
  const std::string_view cut = untrusted.substr(0, max);
  clean.reserve(cut.size());
  for (const char c : cut) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '\\') {
      clean += fmt::format("\\x{:02x}", byte);
    } else {
      clean += c;
    }
  }
  if (untrusted.size() > max) clean += "...";
  return clean;
}

}  // namespace patchmilter::log
