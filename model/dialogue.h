// Dialogue: one conversation with a model, driven to its end: asks, has tools
// answer, keeps both in the journal, and stays within its limits.
//
// It ends when the tools say that all is said (a reporting tool was called),
// where the opening has an answer_schema with the answer, or at a limit. At
// `soft_percent` of any limit the model is told, behind the last result, to
// finish. At a limit every tool but the reporting ones answers "limit reached";
// kGraceTurns answers later the conversation ends. Limits are: turns, time,
// tokens, the window of the model (and the price cliff before it), and money.
// Of the review's money and tokens enough for the grace is kept back.
//
// Resuming: entries of the journal are taken as they are. Their calls are not
// run again (ToolRunner::Again is told of them), their requests not sent. Where
// a request would differ from the one that was sent, the journal is cut there.
// A request whose answer was lost is sent again with the same bytes.
//
// Input: hostile turns. Threads: one; any number of dialogues side by side.
// Tested in tests/model/dialogue_test.cc.
#ifndef PATCHMILTER_MODEL_DIALOGUE_H_
#define PATCHMILTER_MODEL_DIALOGUE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/config.h"
#include "base/result.h"
#include "model/chat.h"
#include "model/client.h"
#include "model/journal.h"

namespace patchmilter::model {

// Answers after a limit in which only reporting tools work.
inline constexpr int kGraceTurns = 2;
// Times that a model which ends its turn without finishing is asked to go on.
inline constexpr int kMaxNudges = 2;
// Calls of one turn that are answered; the others get an error.
inline constexpr std::size_t kMaxCallsOfTurn = 32;

// Who answers calls. Threads: that of its dialogue.
class ToolRunner {
 public:
  struct Answer {
    std::string text;
    bool error = false;
    // What it did besides, for Again(); valid UTF-8, "" for nothing.
    std::string effect;
  };
  virtual ~ToolRunner() = default;
  // Whatever `call` holds ends in an answer. `limit_reached`: only reporting
  // tools may be answered.
  virtual Answer Run(const ToolCall& call, bool limit_reached) = 0;
  // Before a crash `call` was answered with `answer`: does again what it did
  // besides (findings reported, bytes delivered).
  virtual void Again(const ToolCall& call, const Answer& answer) = 0;
  // All is said: a reporting tool has ended the conversation.
  virtual bool Finished() const = 0;
  // The model is not given what the last Run() answered (there was no room for
  // it): undoes what that did besides. The same call is run again.
  virtual void Withhold() {}
};

struct DialogueLimits {
  std::int64_t turns = 60;
  // Without what was waited for a provider that could not answer.
  Seconds time = 3600;
  std::uint64_t tokens = 3'000'000;
  std::int64_t soft_percent = 80;
  // Of the model's answers, kept free in its window.
  std::uint64_t reserve = 16'000;
};

struct DialogueEnd {
  enum class Kind : std::uint8_t {
    kFinished,  // The model said so by a tool.
    kLimit,     // `reason` says which.
    kRefused,   // The model, or a filter of its provider.
    kSilent,    // It ended without a word, also when asked to go on.
    kStopped,   // By stop(), or the kill switch: to be gone on with later.
    kFault,     // `fault`.
  };
  Kind kind = Kind::kFinished;
  std::string reason;  // In words; "" of kFinished.
  // A limit was reached before: what was asked for behind it was not given.
  bool past_limit = false;
  Fault fault;  // Of kFault.
  std::int64_t turns = 0;
  Usage usage;            // Of all turns, those of the journal included.
  MicroDollars cost = 0;  // Likewise.
  std::string model;      // As the provider named what answered last.
  // Of kFinished, where the opening asks for an answer of a schema: its text.
  std::string answer;
};

class Dialogue {
 public:
  struct Parts {
    Client* client = nullptr;
    const ModelConfig* model = nullptr;  // Window, prices.
    Journal* journal = nullptr;
    Ledger* ledger = nullptr;
    std::function<UnixSeconds()> now;
    std::function<bool()> stop;  // May be null.
  };

  // All borrowed.
  explicit Dialogue(Parts parts) : parts_(std::move(parts)) {}

  // `name` is that of the journal. The error is the journal's or the ledger's.
  Result<DialogueEnd> Run(const std::string& name,
                          Conversation::Opening opening, ToolRunner* tools,
                          const DialogueLimits& limits);

 private:
  Parts parts_;
};

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_DIALOGUE_H_
