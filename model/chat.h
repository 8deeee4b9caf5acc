// What is said between us and a language model, in no provider's form.
//
// A Conversation only ever grows: what has been sent once is sent again byte
// for byte, at the same place, with the same tools (model/protocol.h says what
// that is worth). What the model said is kept as the provider wrote it
// (Turn::opaque) and never looked into again.
//
// Turns are hostile: a model repeats what mails and trees have told it.
// Threads: values. Tested in tests/model/.
#ifndef PATCHMILTER_MODEL_CHAT_H_
#define PATCHMILTER_MODEL_CHAT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace patchmilter::model {

// A tool as the model is told of it.
struct ToolSpec {
  std::string name;  // [a-z_]+
  std::string description;
  std::string schema;  // JSON Schema of its arguments, an object; as sent.

  bool operator==(const ToolSpec&) const = default;
};

struct ToolCall {
  std::string id;    // The provider's; "" where it gives none.
  std::string name;  // May name no tool of ours.
  // JSON text, complete: from a turn that ended as it should. May not be an
  // object, or not JSON.
  std::string arguments;

  bool operator==(const ToolCall&) const = default;
};

struct ToolResult {
  std::string call_id;
  std::string name;
  std::string text;
  bool error = false;

  bool operator==(const ToolResult&) const = default;
};

// Tokens of one answer, or the sum of several.
struct Usage {
  std::uint64_t input = 0;        // All of the prompt, cached parts included.
  std::uint64_t cache_read = 0;   // Of input.
  std::uint64_t cache_write = 0;  // Of input.
  std::uint64_t output = 0;       // Thinking included.

  void Add(const Usage& other);
  bool operator==(const Usage&) const = default;
};

enum class StopReason : std::uint8_t {
  kDone,         // It has said what it had to say.
  kToolUse,      // It waits for the results of its calls.
  kMaxTokens,    // Cut off: no call of this turn may be run.
  kPause,        // Send the conversation again as it is.
  kRefusal,      // It will not, or a filter has stepped in.
  kContextFull,  // The window is full.
  kMalformed,    // It tried to call a tool and failed at it.
};
std::string_view StopReasonName(StopReason reason);  // "done", "tool-use", …

// One answer of the model, taken in whole: a stream that breaks off is an
// error, and no Turn.
struct Turn {
  // As the provider wants it back: JSON, one or more elements of the
  // conversation's array, joined by commas. Spliced in as it is.
  std::string opaque;
  std::string text;  // What was said besides calls; never mailed.
  std::vector<ToolCall> calls;
  StopReason stop = StopReason::kDone;
  Usage usage;
  std::string model;       // As the provider names what has answered.
  std::string request_id;  // The provider's, for logs; may be "".
};
// A turn as one line of JSON, and back: for journals. kInvalidInput where it is
// none.
std::string EncodeTurn(const Turn& turn);
Result<Turn> DecodeTurn(std::string_view json);

// What we say after a turn: the results of all of its calls, in their order,
// or, after one that made none, a text. Never both: providers refuse a text
// behind results.
struct Input {
  std::vector<ToolResult> results;
  std::string text;

  bool operator==(const Input&) const = default;
};
std::string EncodeInput(const Input& input);
Result<Input> DecodeInput(std::string_view json);

class Conversation {
 public:
  // What a model is told before it speaks. Conversations whose system, tools
  // and shared text are the same share a provider's cache of them.
  struct Opening {
    std::string system;
    std::vector<ToolSpec> tools;
    std::string shared;  // First user text; not "".
    std::string task;    // Second user text; "" for none.
    // JSON Schema that the answer's text is to follow (structured output); ""
    // for none. An object, closed, all of its properties required: what every
    // provider takes. The answer is checked by whoever reads it.
    std::string answer_schema = {};
  };
  using Entry = std::variant<Turn, Input>;

  explicit Conversation(Opening opening) : opening_(std::move(opening)) {}

  const Opening& opening() const { return opening_; }
  // Turns and inputs by turns, beginning with a turn (two turns may follow one
  // another where the first ended in kPause).
  const std::vector<Entry>& entries() const { return entries_; }
  std::size_t turns() const { return turns_; }

  // REQUIRES: the entry before is an Input, there is none, or it is a turn that
  // paused.
  void Append(Turn turn);
  // REQUIRES: the entry before is a turn; `input` answers each of its calls,
  // or it made none and `input` has a text.
  void Append(Input input);

 private:
  Opening opening_;
  std::vector<Entry> entries_;
  std::size_t turns_ = 0;
};

// Tokens in `text`, by estimate: never an exact figure, a little high for
// English and code. Four bytes a token; other scripts are counted by character.
std::uint64_t EstimateTokens(std::string_view text);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_CHAT_H_
