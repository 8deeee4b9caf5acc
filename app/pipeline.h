// Pipeline: what happens to a mail between the intake and a review's job.
//
//   Ingest (stored) → ParsePending (parsed, grouped) → Schedule (a job, or the
//   reason why there is none)
//
// Each step is a transaction of the store; a process that dies between two of
// them goes on where it was. The grouper's state is rebuilt from the store.
//
// Threads: one, with a store of its own.  Tested in tests/app/.
#ifndef PATCHMILTER_APP_PIPELINE_H_
#define PATCHMILTER_APP_PIPELINE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/parser.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/result.h"
#include "series/grouper.h"
#include "store/store.h"

namespace patchmilter::app {

struct PipelineOptions {
  // A person asks for a review of these mails: age, opt-out, tag and the
  // number of reviews a day do not count.
  bool review_everything = false;
  // Called with a mail's arrival before it is grouped: a replay lets the
  // reviews run that were due until then.
  std::function<Status(UnixSeconds)> before_feeding;
};

class Pipeline {
 public:
  // All borrowed; must outlive it.
  Pipeline(const Config* config, store::Store* store, MailParser* parser,
           PipelineOptions options);
  ~Pipeline();

  // Rebuilds the grouper from the store. Call first, and after an error of
  // ParsePending.
  Status Load();

  // Parses and groups what is new, at most `limit` mails and 16 MiB (but one
  // mail), in one transaction; returns how many.
  // A mail whose arrival is not known (0) is given that of its topmost
  // Received header, else its Date, and never one before the last mail's.
  Result<std::int64_t> ParsePending(std::int64_t limit);

  // Makes a job of each series that is ready at `now`, or says in its row why
  // it is not reviewed (review/eligibility.h; a cover whose patches have not
  // come within ReadinessPolicy::give_up: that; a patch that comes later wakes
  // it). A series that has been reviewed stays that. Returns how many series it
  // looked at.
  Result<std::int64_t> Schedule(UnixSeconds now);

  const series::Grouper& grouper() const { return *grouper_; }
  UnixSeconds last_arrival() const { return last_arrival_; }

 private:
  // What was parsed and grouped, and is not in the store yet.
  struct Batch;
  Status ParseBatch(const std::vector<store::PendingMail>& pending);
  Status TakeAnswer(const store::PendingMail& mail, ParserAnswer answer,
                    Batch* batch);
  Status CommitBatch(Batch* batch);
  // When Schedule looks at the series: when it is ready, or is given up.
  std::optional<UnixSeconds> WakeAt(const series::Series& series) const;

  const Config* config_;
  store::Store* store_;
  MailParser* parser_;
  PipelineOptions options_;
  std::unique_ptr<series::Grouper> grouper_;
  UnixSeconds last_arrival_ = 0;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_PIPELINE_H_
