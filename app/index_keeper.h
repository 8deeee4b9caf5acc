// IndexKeeper: keeps the indexes of the configured trees up to date, in the
// background of the review daemon.
//
// A tree whose `index` is set is indexed at the start, again when one of its
// branches has moved, and when a file of the index is not there any more. A
// fault (no room, another process that writes, a repository that is away) is
// logged once, and tried again after a minute, two, four, up to an hour;
// at once when a branch has moved. Searches work without an index, and slower.
// Threads: one. Tested in tests/app/index_keeper_test.cc and
// tests/app/mcp_test.py.
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
  using Time = std::chrono::steady_clock::time_point;
  // Between two looks at the branches, and after a first fault.
  static constexpr std::chrono::seconds kPause{60};
  static constexpr std::chrono::seconds kLongestPause{3'600};
  // Between two lines of progress in the log.
  static constexpr std::chrono::seconds kSay{10};

  // `stopping` ends the work, within a second or so, while a large segment is
  // written within some more; asked from this thread.
  IndexKeeper(const Config* config, std::function<bool()> stopping,
              std::function<Time()> now = std::chrono::steady_clock::now)
      : config_(config), stopping_(std::move(stopping)), now_(std::move(now)) {}

  // Looks, where it is time to, and builds what is due.
  void Run();

 private:
  // What is known of a tree's index.
  struct Kept {
    std::vector<std::string> heads;  // Of the last build, done or not.
    bool done = false;               // It was; then there
    std::vector<std::string> files;  // were these.
    std::string fault;               // The last, as the log has it.
    std::chrono::seconds pause{0};   // After a build that failed,
    Time again;                      // until then.
  };
  void Update(const TreeConfig& tree, Kept* kept);
  // Logs a fault, where it was not the last one.
  static void Say(const TreeConfig& tree, const std::string& why, Kept* kept);

  const Config* config_;
  std::function<bool()> stopping_;
  std::function<Time()> now_;
  Time next_look_;
  std::map<std::string, Kept> kept_;  // By tree.
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_INDEX_KEEPER_H_
