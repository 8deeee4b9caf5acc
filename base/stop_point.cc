#include "base/stop_point.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

#include "base/log.h"

namespace patchmilter {
namespace {

const std::string& WantedPoint() {
  static const std::string wanted = [] {
    const char* value = std::getenv("PATCHMILTER_TEST_STOP_AT");
    return std::string(value == nullptr ? "" : value);
  }();
  return wanted;
}

}  // namespace

void StopPoint(std::string_view name) noexcept {
  static std::atomic<bool> stopped{false};
  if (WantedPoint().empty() || name != WantedPoint()) return;
  if (stopped.exchange(true)) return;
  log::Write(log::Level::kWarning, "stop-point", name);
  std::raise(SIGSTOP);
}

}  // namespace patchmilter
