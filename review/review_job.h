// ReviewRunner: one job from lease to commit.
//
// Loads the series from the store, applies it to the list's trees, has the
// engine review it, passes the findings through the gates, renders the mails
// for each destination of the list, and commits findings, outbox and the job's
// end in one transaction. The attempt is counted before anything is tried: a
// job that kills its process is set aside after review.max_attempts.
//
// Threads: one.  Tested in tests/app/pipeline_test.cc and, killed at each step,
// in tests/integration/.
#ifndef PATCHMILTER_REVIEW_REVIEW_JOB_H_
#define PATCHMILTER_REVIEW_REVIEW_JOB_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/config.h"
#include "base/result.h"
#include "review/engine.h"
#include "review/gates.h"
#include "review/render.h"
#include "review/tree_choice.h"
#include "store/store.h"
#include "tree/tree.h"

namespace patchmilter::review {

class ModelHub;  // review/engine/model_hub.h

class ReviewRunner {
 public:
  // All borrowed; must outlive it.
  ReviewRunner(const Config* config, store::Store* store, Engine* engine)
      : config_(config), store_(store), engine_(engine), trees_(config) {}

  // Takes the next job that is due at `now` and runs it to its end, whatever
  // that is. False where no job was due. The error is the store's.
  Result<bool> RunNext(UnixSeconds now);

  // Outbox rows are held: nothing is ever sent.
  void HoldMails() { hold_ = true; }

  // Series are applied to the trees' branches, whatever base the mails state.
  void IgnoreStatedBase() { ignore_stated_base_ = true; }

  // The mails are at hand, not on a list: a person asks for this review, and
  // none follows by itself.
  void AtDesk() { at_desk_ = true; }

  // Reads what was answered in a thread: bytes of a hostile mail. Without it no
  // replies are read.
  using MailReader =
      std::function<Result<mime::PatchMail>(std::string_view raw)>;
  void ReadRepliesWith(MailReader reader) { reader_ = std::move(reader); }

  // Asked while a review runs, from any thread: true ends it early, and the job
  // waits for the next start.
  void StopWhen(std::function<bool()> stop) { stop_ = std::move(stop); }

  // Called when a review cannot be made now, for no fault of its own, with the
  // reason: its job waits.
  void WatchPauses(std::function<void(const std::string& reason)> watcher) {
    pause_watcher_ = std::move(watcher);
  }

  // Called with what the gates made of each series, before it is rendered.
  using GatesWatcher =
      std::function<void(const SeriesUnderReview&, const GatedReview&)>;
  void WatchGates(GatesWatcher watcher) { watcher_ = std::move(watcher); }

 private:
  struct Loaded;

  Result<std::unique_ptr<Loaded>> Load(const store::Job& job);
  void ApplyToTrees(Loaded* loaded);
  Status RunJob(const store::Job& job, UnixSeconds now);
  // True where the job was cancelled because a newer revision has come.
  Result<bool> CancelIfSuperseded(const store::Job& job, UnixSeconds now);
  Result<store::ReviewRecord> Finish(const store::Job& job,
                                     const Loaded& loaded,
                                     const EngineResult& engine,
                                     UnixSeconds now);
  Status AddMails(const Loaded& loaded, const EngineResult& engine,
                  const GatedReview& review,
                  const std::vector<PreviousFate>& fates,
                  const DestinationConfig& destination, UnixSeconds now,
                  store::ReviewRecord* record);
  Status Failed(const store::Job& job, const Error& error, UnixSeconds now);
  Status Paused(const store::Job& job, const EngineResult& engine,
                UnixSeconds now);
  Status LoadReplies(Loaded* loaded);
  // How long a job may be silent before it counts as dead.
  Seconds Lease() const;

  const Config* config_;
  store::Store* store_;
  Engine* engine_;
  TreeSet trees_;
  bool hold_ = false;
  bool ignore_stated_base_ = false;
  bool at_desk_ = false;
  GatesWatcher watcher_;
  MailReader reader_;
  std::function<bool()> stop_;
  std::function<void(const std::string&)> pause_watcher_;
};

// The engine of a configuration: for each series the one of its list. `hub` may
// be null where no list is reviewed by a model; both are borrowed, and so is
// `store`, in which a model's journal is kept: the runner's.
std::unique_ptr<Engine> MakeEngine(const Config* config, ModelHub* hub,
                                   store::Store* store);

// Whether any list's series are reviewed by a model.
bool AsksModels(const Config& config);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_REVIEW_JOB_H_
