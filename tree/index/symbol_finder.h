// SymbolFinder: children of ctags that work on texts beside who builds an
// index, and what they found.
//
// Memory: kWaitingText of texts that wait for a child; past it Ask waits.
// Threads: made, asked and destroyed by one; makes some of its own. Whoever
// waits asks `go_on` several times a second, in its own thread: where that says
// no, the wait ends, and so do the children with the finder, at once.
// Tested in tests/tree/index/symbol_finder_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_SYMBOL_FINDER_H_
#define PATCHMILTER_TREE_INDEX_SYMBOL_FINDER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "tree/index/ctags.h"
#include "tree/index/symbol.h"

namespace patchmilter::tree {

class SymbolFinder {
 public:
  static constexpr std::size_t kWaitingText = 64 << 20;

  SymbolFinder(const CtagsOptions& options, unsigned children,
               std::function<bool()> go_on);
  ~SymbolFinder();
  SymbolFinder(const SymbolFinder&) = delete;
  SymbolFinder& operator=(const SymbolFinder&) = delete;

  // False where `go_on` says to stop. Does nothing once there is an error().
  [[nodiscard]] bool Ask(std::uint32_t document, std::string path,
                         std::string text);

  struct Found {
    std::uint32_t document = 0;
    std::vector<Symbol> symbols;
  };
  // What is there by now; with `all`, waits for everything that was asked.
  // Nothing where `go_on` says to stop.
  std::optional<std::vector<Found>> Take(bool all);

  // Bytes of text that have no answer yet.
  std::size_t waiting_bytes();
  // Texts that a child crashed or hung on.
  std::size_t failed();
  // Why the program cannot be used, or not any more; "" where it can.
  std::string error();

 private:
  struct Text {
    std::uint32_t document = 0;
    std::string path;
    std::string text;
  };
  void Work(const CtagsOptions& options);
  void GiveUp(std::string why) PM_REQUIRES(mutex_);
  // Waits a little; false where to stop.
  bool WaitOn();

  std::function<bool()> go_on_;
  std::chrono::steady_clock::time_point asked_;  // `go_on_`.
  std::atomic<bool> stopping_ = false;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Text> waiting_ PM_GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ PM_GUARDED_BY(mutex_) = 0;
  std::size_t busy_ PM_GUARDED_BY(mutex_) = 0;
  bool ending_ PM_GUARDED_BY(mutex_) = false;
  std::vector<Found> found_ PM_GUARDED_BY(mutex_);
  std::size_t failed_ PM_GUARDED_BY(mutex_) = 0;
  std::string error_ PM_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_SYMBOL_FINDER_H_
