// Journal and Ledger: what model/ wants to have kept, and does not keep itself;
// review/ keeps it in the store.
//
// Before a request is sent, and before the results of tools are used, the
// journal has them: a process that is killed anywhere goes on with the same
// bytes. What a request costs is written in the transaction of its entry: first
// an estimate, then, with the answer, what it was; so that a process that dies
// again and again still comes to the end of its budget.
//
// Errors are the store's. Threads: each implementation says.
#ifndef PATCHMILTER_MODEL_JOURNAL_H_
#define PATCHMILTER_MODEL_JOURNAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "model/chat.h"

namespace patchmilter::model {

// What one request cost.
struct Spending {
  std::string model;  // The [[model]]'s name.
  Usage usage;
  MicroDollars cost = 0;
  bool estimated = false;  // Its answer has not come (yet).

  std::int64_t Tokens() const {  // Of prompt and answer.
    return static_cast<std::int64_t>(usage.input + usage.output);
  }
};

struct JournalEntry {
  enum class Kind : std::uint8_t {
    kRequest,  // `bytes`: the SHA-256 of all that is about to be sent, in hex.
    kTurn,     // `bytes`: EncodeTurn.
    kInput,    // `bytes`: EncodeInput.
  };
  Kind kind = Kind::kRequest;
  std::string bytes;
  // Of kInput: what each result did besides being said (ToolRunner::Again), as
  // its runner wrote it; as many as results.
  std::vector<std::string> effects;
};

class Journal {
 public:
  virtual ~Journal() = default;
  // The entries of the conversation of this name, in their order.
  virtual Result<std::vector<JournalEntry>> Load(
      const std::string& conversation) = 0;
  // Adds an entry behind the last. `spending` of a kRequest is what it may cost
  // at most, and of a kTurn what its request did cost, in the place of that.
  virtual Status Append(const std::string& conversation,
                        const JournalEntry& entry,
                        const Spending* spending) = 0;
  // Adds a kRequest, where the budgets have room for all that it may cost;
  // false, and nothing, where they have not. What others reserve meanwhile is
  // not overlooked.
  virtual Result<bool> Reserve(const std::string& conversation,
                               const JournalEntry& entry,
                               const Spending& estimate) = 0;
  // The last entry is a kRequest, and this is what became of its cost: nothing
  // where the provider has refused it.
  virtual Status Settle(const std::string& conversation,
                        const Spending& spending) = 0;
  // Keeps the first `keep` entries: what followed was made by another version
  // of this program, or for another state of the series. Its cost stays.
  virtual Status Cut(const std::string& conversation, std::size_t keep) = 0;
};

class Ledger {
 public:
  struct Left {
    MicroDollars money = 0;  // The least that any budget leaves; may be < 0.
    std::string which;       // Whose: "budget.review", "budget.list_day", …
    std::int64_t review_tokens = 0;  // That budget.review_tokens leaves.
    // Of what `money` and `review_tokens` lack, what requests of this review
    // that are under way hold back: the most that they may cost.
    MicroDollars held = 0;
    std::int64_t held_tokens = 0;
    // Requests are not to be sent now: the kill switch; "" where they may.
    std::string stopped;
  };

  virtual ~Ledger() = default;
  // Of the review that this ledger belongs to.
  virtual Result<Left> Remaining() = 0;
  // Waits until `held` may have become less, and not for long.
  virtual void WaitForOthers() {}
};

// What `usage` costs by the price table of `model`. A prompt beyond
// price_cliff costs price_cliff_percent of all of it.
MicroDollars CostOf(const ModelConfig& model, const Usage& usage);

// "1.23 USD" with as many digits as say something; "0.004 USD".
std::string MoneyText(MicroDollars money);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_JOURNAL_H_
