// Journal and ledger of one review, in the store.
//
// The store's connection is the review's own and shared by its conversations:
// every use is guarded, `still_wanted`, which uses it too, included.
// A reservation is looked at and made in one go: among the conversations of a
// review none overlooks another's. (Reviews that run beside one another share
// the budgets of days and months, and may overlook one request of each other.)
// Threads: any. Tested in tests/review/engine/model_hub_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_STORE_JOURNAL_H_
#define PATCHMILTER_REVIEW_ENGINE_STORE_JOURNAL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/mutex.h"
#include "model/journal.h"
#include "store/store.h"

namespace patchmilter::review {

// How often `still_wanted` is asked at most.
inline constexpr Seconds kAskWanted = 5;

class StoreJournal : public model::Journal, public model::Ledger {
 public:
  // Pointers are borrowed. `stop_file`: see BudgetConfig; "" for none.
  // `still_wanted`: SeriesUnderReview::still_wanted; may be null.
  StoreJournal(store::Store* store, const BudgetConfig* budget,
               store::Spender spender, std::string stop_file,
               std::function<UnixSeconds()> now,
               std::function<Result<bool>()> still_wanted);

  Result<std::vector<model::JournalEntry>> Load(
      const std::string& conversation) override;
  Status Append(const std::string& conversation,
                const model::JournalEntry& entry,
                const model::Spending* spending) override;
  Result<bool> Reserve(const std::string& conversation,
                       const model::JournalEntry& entry,
                       const model::Spending& estimate) override;
  Status Settle(const std::string& conversation,
                const model::Spending& spending) override;
  Status Cut(const std::string& conversation, std::size_t keep) override;
  Result<Left> Remaining() override;
  void WaitForOthers() override;

  series::SeriesId series() const { return spender_.series; }
  // All that the review has cost so far.
  Result<store::Spent> Spent();

 private:
  const BudgetConfig* budget_;
  const store::Spender spender_;
  const std::string stop_file_;
  const std::function<UnixSeconds()> now_;
  const std::function<Result<bool>()> still_wanted_;
  Result<Left> LeftNow() PM_REQUIRES(mutex_);
  Status Add(const std::string& conversation, const model::JournalEntry& entry,
             const model::Spending* spending) PM_REQUIRES(mutex_);
  void Note(const std::string& conversation, const model::Spending& spending)
      PM_REQUIRES(mutex_);

  Mutex mutex_;
  bool wanted_ PM_GUARDED_BY(mutex_) = true;
  UnixSeconds wanted_asked_ PM_GUARDED_BY(mutex_) = 0;
  CondVar settled_;
  store::Store* store_ PM_GUARDED_BY(mutex_);
  // Of this process: what it has died over is spent, as far as we know.
  struct Held {
    MicroDollars cost = 0;
    std::int64_t tokens = 0;
  };
  std::map<std::string, Held> held_ PM_GUARDED_BY(mutex_);
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_STORE_JOURNAL_H_
