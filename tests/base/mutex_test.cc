#include "base/mutex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace patchmilter {
namespace {

class Counter {
 public:
  void Add() PM_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    ++count_;
    changed_.NotifyAll();
  }
  void WaitFor(int count) PM_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    while (count_ < count) changed_.Wait(mutex_);
  }
  // Whether it had `count` before `deadline`.
  bool WaitUntil(int count, std::chrono::steady_clock::time_point deadline)
      PM_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    while (count_ < count) {
      if (!changed_.WaitUntil(mutex_, deadline)) return count_ >= count;
    }
    return true;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int count_ PM_GUARDED_BY(mutex_) = 0;
};

TEST(Mutex, ExcludesAndWakes) {
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&counter] {
      for (int k = 0; k < 1000; ++k) counter.Add();
    });
  }
  counter.WaitFor(4000);
  for (std::thread& thread : threads) thread.join();
}

TEST(CondVar, WaitUntilEndsAtTheDeadlineWithTheMutexHeld) {
  Counter counter;
  const auto now = std::chrono::steady_clock::now();
  EXPECT_FALSE(counter.WaitUntil(1, now + std::chrono::milliseconds(5)));
  EXPECT_GE(std::chrono::steady_clock::now(),
            now + std::chrono::milliseconds(5));
  counter.Add();  // Would hang, were the mutex still held.
  EXPECT_TRUE(counter.WaitUntil(1, now));
}

}  // namespace
}  // namespace patchmilter
