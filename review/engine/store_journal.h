// Journal and ledger of one review, in the store.
//
// The store's connection is the review's own and shared by its conversations:
// every use is guarded, `still_wanted`, which uses it too, included.
// Threads: any. Tested in tests/review/engine/model_hub_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_STORE_JOURNAL_H_
#define PATCHMILTER_REVIEW_ENGINE_STORE_JOURNAL_H_

#include <functional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/mutex.h"
#include "model/journal.h"
#include "store/store.h"

namespace patchmilter::review {

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
  Status Settle(const std::string& conversation,
                const model::Spending& spending) override;
  Status Cut(const std::string& conversation, std::size_t keep) override;
  Result<Left> Remaining() override;

  // All that the review has cost so far.
  Result<store::Spent> Spent();

 private:
  const BudgetConfig* budget_;
  const store::Spender spender_;
  const std::string stop_file_;
  const std::function<UnixSeconds()> now_;
  const std::function<Result<bool>()> still_wanted_;
  Mutex mutex_;
  store::Store* store_ PM_GUARDED_BY(mutex_);
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_STORE_JOURNAL_H_
