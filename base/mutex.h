// Mutex and MutexLock with clang's thread-safety annotations: under clang,
// -Wthread-safety proves that a member marked PM_GUARDED_BY(mutex_) is only
// touched with the mutex held. Under g++ the annotations are empty.
#ifndef PATCHMILTER_BASE_MUTEX_H_
#define PATCHMILTER_BASE_MUTEX_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define PM_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define PM_THREAD_ANNOTATION(x)
#endif
#define PM_CAPABILITY(x) PM_THREAD_ANNOTATION(capability(x))
#define PM_SCOPED_CAPABILITY PM_THREAD_ANNOTATION(scoped_lockable)
#define PM_GUARDED_BY(x) PM_THREAD_ANNOTATION(guarded_by(x))
#define PM_REQUIRES(...) PM_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define PM_EXCLUDES(...) PM_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define PM_ACQUIRE(...) PM_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define PM_RELEASE(...) PM_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define PM_NO_THREAD_SAFETY_ANALYSIS \
  PM_THREAD_ANNOTATION(no_thread_safety_analysis)

namespace patchmilter {

class PM_CAPABILITY("mutex") Mutex {
 public:
  void Lock() PM_ACQUIRE() { mutex_.lock(); }
  void Unlock() PM_RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class PM_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) PM_ACQUIRE(mutex) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() PM_RELEASE() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits release the mutex and hold it again on return; wake-ups may be
// spurious: always wait in a loop on the condition itself.
class CondVar {
 public:
  void Wait(Mutex& mutex) PM_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  // False when `deadline` passed first.
  bool WaitUntil(Mutex& mutex, std::chrono::steady_clock::time_point deadline)
      PM_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const auto status = condition_.wait_until(lock, deadline);
    lock.release();
    return status == std::cv_status::no_timeout;
  }
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace patchmilter

#endif  // PATCHMILTER_BASE_MUTEX_H_
