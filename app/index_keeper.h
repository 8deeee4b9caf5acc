// IndexKeeper: keeps the indexes of the configured trees up to date, in the
// background of the review daemon.
//
// A tree whose `index` is set is indexed at the start, and again when one of
// its branches has moved. A fault (no room, another process that writes, a
// repository that is away) is logged and tried again at the next look: searches
// work without an index, and slower.
// Threads: one. Tested in tests/app/mcp_test.py.
#ifndef PATCHMILTER_APP_INDEX_KEEPER_H_
#define PATCHMILTER_APP_INDEX_KEEPER_H_

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/config.h"

namespace patchmilter::app {

class IndexKeeper {
 public:
  // Between two looks at the branches.
  static constexpr std::chrono::seconds kPause{60};
  // Between two lines of progress in the log.
  static constexpr std::chrono::seconds kSay{10};

  // `stopping` ends the work, within a second or so; asked from this thread.
  IndexKeeper(const Config* config, std::function<bool()> stopping)
      : config_(config), stopping_(std::move(stopping)) {}

  // Looks, where it is time to, and builds what is due.
  void Run();

 private:
  void Update(const TreeConfig& tree);

  const Config* config_;
  std::function<bool()> stopping_;
  std::chrono::steady_clock::time_point next_look_;
  // By tree: the heads that its index was made of.
  std::map<std::string, std::vector<std::string>> done_;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_INDEX_KEEPER_H_
