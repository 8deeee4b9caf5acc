// Reviewd: what patchmilter-reviewd does after it has read its configuration.
//
// Threads, each with a connection to state.db of its own: one takes mails out
// of the intake, has them parsed and grouped, and queues reviews;
// review.parallel run reviews, each with an engine and open trees of its own;
// one delivers. Another keeps the trees' indexes (app/index_keeper.h), and
// where questions.socket is set, others answer there (app/question_service.h).
// Any of them may stop at any instruction: what it was at stands in state.db,
// and the next start goes on there. A fault that may pass (disk full, database
// busy) pauses its thread with growing pauses; a fault that will not (state.db
// is not ours) ends the program.
//
// Stop() lets reviews that are at work come to their end, or to where their
// engine hears of it, and begins no other.
//
// Threads: Run() and RunUntilIdle() from one; Stop() from any.
// Tested in tests/app/reviewd_test.cc and tests/integration/.
#ifndef PATCHMILTER_APP_REVIEWD_H_
#define PATCHMILTER_APP_REVIEWD_H_

#include <functional>
#include <memory>
#include <string>

#include "app/parser.h"
#include "base/config.h"
#include "base/handle.h"
#include "base/mutex.h"
#include "base/result.h"
#include "review/engine.h"
#include "review/engine/model_hub.h"

namespace patchmilter::app {

class Reviewd {
 public:
  // Takes the state directory's lock (kTemporary where another process holds
  // it), opens or migrates state.db, releases the leases of a process that
  // died.
  static Result<std::unique_ptr<Reviewd>> Open(const Config& config);
  // The engine of one thread that runs reviews. Called from any.
  using EngineMaker = std::function<std::unique_ptr<review::Engine>()>;
  // With engines of the caller's; those of the configuration where it is null.
  static Result<std::unique_ptr<Reviewd>> Open(const Config& config,
                                               EngineMaker make_engine);
  ~Reviewd();
  Reviewd(const Reviewd&) = delete;
  Reviewd& operator=(const Reviewd&) = delete;

  // Until Stop(), or until a fault that will not pass.
  Status Run();
  // Works in this thread until nothing is due, then returns.
  Status RunUntilIdle();
  void Stop();

 private:
  Reviewd(const Config& config, EngineMaker make_engine);

  // One step of a thread: true where it did something and should be asked
  // again at once.
  using Step = std::function<Result<bool>()>;
  Result<Step> MakeIngestStep();
  Result<Step> MakeReviewStep();
  Result<Step> MakeDeliveryStep();
  Result<Step> MakeIndexStep();
  // Runs `make`'s step until Stop(); makes it anew after a fault.
  void Loop(const std::string& name, const std::function<Result<Step>()>& make);
  // False when it is time to stop.
  bool Sleep(std::int64_t millis);
  bool Stopping();

  Config config_;
  EngineMaker make_engine_;
  std::unique_ptr<review::ModelHub> models_;  // Null where none are asked.
  Mutex reply_mutex_;
  // Reads replies for the reviews; a process of its own.
  ParseWorker reply_parser_ PM_GUARDED_BY(reply_mutex_);
  UniqueFd lock_;
  Mutex mutex_;
  CondVar wake_;
  bool stopping_ PM_GUARDED_BY(mutex_) = false;
  Status fault_ PM_GUARDED_BY(mutex_);
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_REVIEWD_H_
