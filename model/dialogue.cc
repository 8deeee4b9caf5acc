#include "model/dialogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "base/digest.h"
#include "base/log.h"

namespace patchmilter::model {
namespace {

constexpr std::string_view kGoOn =
    "Go on with the tools; when all is reported, call the tool that finishes.";
constexpr std::string_view kTooLongAnswer =
    "That answer was cut off at its limit. Say less at once: report one "
    "finding by a tool call, or call the tool that finishes.";
constexpr std::string_view kBadCall =
    "That tool call could not be read. Call the tool again.";
constexpr std::string_view kFinishNow =
    "[Little of this conversation's budget is left. Report what you have found "
    "now, then call the tool that finishes.]";
constexpr std::string_view kLimitReached =
    "[limit reached: only reporting tools are answered now. Report what you "
    "have found, and call the tool that finishes.]";

std::string MarkOf(const WireRequest& request) {
  std::vector<std::string_view> fields = {request.path, request.body};
  for (const std::string& header : request.headers) fields.push_back(header);
  return Sha256HexOf(fields);
}

// Tokens that the results would add to a prompt.
std::uint64_t TokensOf(const Input& input) {
  std::uint64_t tokens = EstimateTokens(input.text);
  for (const ToolResult& result : input.results) {
    // What a provider's form of a result takes besides its text.
    constexpr std::uint64_t kFrame = 40;
    tokens += EstimateTokens(result.text) + kFrame;
  }
  return tokens;
}

// How near the end is.
enum class Room : std::uint8_t { kPlenty, kLittle, kNone };

class Run {
 public:
  Run(const Dialogue::Parts& parts, const std::string& name,
      Conversation::Opening opening, ToolRunner* tools,
      const DialogueLimits& limits)
      : parts_(parts),
        name_(name),
        conversation_(std::move(opening)),
        tools_(tools),
        limits_(limits),
        started_(parts.now()) {}

  Result<DialogueEnd> ToTheEnd() {
    PM_RETURN_IF_ERROR(Resume());
    while (true) {
      if (unanswered_) {
        PM_ASSIGN_OR_RETURN(const bool ended, Answer());
        if (ended) return End();
        continue;
      }
      PM_ASSIGN_OR_RETURN(const bool asked, Ask());
      if (!asked) return End();
    }
  }

 private:
  // --- Resuming ---

  Status Resume() {
    PM_ASSIGN_OR_RETURN(const std::vector<JournalEntry> entries,
                        parts_.journal->Load(name_));
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (Take(entries[i])) continue;
      log::Warning("model",
                   "conversation={} journal differs from entry {} on: cut",
                   name_, i);
      requested_ = false;
      return parts_.journal->Cut(name_, i);
    }
    return {};
  }

  bool Take(const JournalEntry& entry) {
    switch (entry.kind) {
      case JournalEntry::Kind::kRequest:
        if (unanswered_) return false;
        requested_ =
            entry.bytes == MarkOf(parts_.client->Request(conversation_));
        return requested_;
      case JournalEntry::Kind::kTurn: {
        Result<Turn> turn = DecodeTurn(entry.bytes);
        if (!turn.ok() || !requested_) return false;
        TakeTurn(*std::move(turn));
        return true;
      }
      case JournalEntry::Kind::kInput: {
        Result<Input> input = DecodeInput(entry.bytes);
        if (!input.ok() || !unanswered_) return false;
        return TakeInput(*std::move(input), entry.effects);
      }
    }
    return false;
  }

  bool TakeInput(Input input, const std::vector<std::string>& effects) {
    if (input.results.size() != last_.calls.size() ||
        effects.size() != input.results.size() ||
        input.results.empty() == input.text.empty()) {
      return false;
    }
    // Those beyond were refused without being run.
    const std::size_t ran = std::min(input.results.size(), kMaxCallsOfTurn);
    for (std::size_t i = 0; i < ran; ++i) {
      tools_->Again(last_.calls[i], {input.results[i].text,
                                     input.results[i].error, effects[i]});
    }
    NoteInput(input);
    // What was said in it of limits and nudges counts again.
    if (!input.text.empty()) ++nudges_;
    if (Says(input, kLimitReached)) ++grace_;
    if (Says(input, kFinishNow)) told_ = true;
    conversation_.Append(std::move(input));
    unanswered_ = false;
    return true;
  }

  static bool Says(const Input& input, std::string_view words) {
    return std::any_of(input.results.begin(), input.results.end(),
                       [words](const ToolResult& result) {
                         return result.text.ends_with(words);
                       });
  }

  // --- Asking ---

  void TakeTurn(Turn turn) {
    requested_ = false;
    open_ = false;
    // It has no calls that could be answered, and so none that end the grace.
    if (grace_ > 0 && turn.stop == StopReason::kPause) ++grace_;
    end_.usage.Add(turn.usage);
    end_.cost += CostOf(*parts_.model, turn.usage);
    ++end_.turns;
    if (!turn.model.empty()) end_.model = turn.model;
    // What the provider counted is better than any estimate.
    prompt_ = turn.usage.input + turn.usage.output;
    last_ = turn;
    unanswered_ = turn.stop != StopReason::kPause;
    conversation_.Append(std::move(turn));
  }

  void NoteInput(const Input& input) { prompt_ += TokensOf(input); }

  std::uint64_t NextPrompt() const {
    if (prompt_ > 0) return prompt_;
    const Conversation::Opening& opening = conversation_.opening();
    std::uint64_t tokens = EstimateTokens(opening.system) +
                           EstimateTokens(opening.shared) +
                           EstimateTokens(opening.task);
    for (const ToolSpec& tool : opening.tools) {
      tokens += EstimateTokens(tool.description) + EstimateTokens(tool.schema);
    }
    return tokens;
  }

  // What a request may cost at most.
  Spending Estimate() const {
    Spending spending;
    spending.model = parts_.model->name;
    spending.estimated = true;
    spending.usage.input = NextPrompt();
    spending.usage.output =
        static_cast<std::uint64_t>(parts_.model->max_output);
    spending.cost = CostOf(*parts_.model, spending.usage);
    return spending;
  }

  // False where the conversation has come to its end.
  Result<bool> Ask() {
    if (Stopped()) return Ends(DialogueEnd::Kind::kStopped, "stopped");
    PM_ASSIGN_OR_RETURN(const Ledger::Left left, parts_.ledger->Remaining());
    if (!left.stopped.empty()) {
      return Ends(DialogueEnd::Kind::kStopped, left.stopped);
    }
    std::string which;
    // In the grace after a limit (whose answer had room for it) it goes on; but
    // never past the money, which is looked at before each request.
    if (grace_ > kGraceTurns ||
        (RoomFor(left, 0, &which) == Room::kNone && grace_ == 0)) {
      if (limit_.empty()) limit_ = which;
      return Ends(DialogueEnd::Kind::kLimit, LimitReason());
    }
    Status kept;
    bool over = false;
    const auto before_send = [&](const WireRequest& request, int number,
                                 const Fault* before) {
      if (Stopped()) return false;
      const Result<bool> may = BeforeSend(request, number, before);
      if (!may.ok()) kept = may.error();
      over = may.ok() && !*may;
      return may.ok() && *may;
    };
    const UnixSeconds began = parts_.now();
    sent_ = began;
    std::variant<Turn, Fault> answer =
        parts_.client->Ask(conversation_, before_send);
    weather_ += sent_ - began;
    if (!kept.ok()) return kept.error();
    if (over) return false;  // BeforeSend has said why.
    if (Fault* fault = std::get_if<Fault>(&answer)) return Failed(*fault);
    Turn turn = std::get<Turn>(std::move(answer));
    Spending spending;
    spending.model = parts_.model->name;
    spending.usage = turn.usage;
    spending.cost = CostOf(*parts_.model, turn.usage);
    PM_RETURN_IF_ERROR(parts_.journal->Append(
        name_, {JournalEntry::Kind::kTurn, EncodeTurn(turn), {}}, &spending));
    TakeTurn(std::move(turn));
    return true;
  }

  // False where nothing is to be sent: the conversation has ended then.
  Result<bool> BeforeSend(const WireRequest& request, int number,
                          const Fault* before) {
    if (number == 1 && requested_) {
      // This very request was about to be sent when a process died.
      PM_RETURN_IF_ERROR(parts_.journal->Settle(name_, Lost()));
      requested_ = false;
    } else if (number > 1) {
      PM_RETURN_IF_ERROR(SettleFault(before));
    }
    const std::string mark = MarkOf(request);
    while (true) {
      PM_ASSIGN_OR_RETURN(const Ledger::Left left, parts_.ledger->Remaining());
      if (Stopped() || !left.stopped.empty()) {
        return Ends(DialogueEnd::Kind::kStopped,
                    left.stopped.empty() ? "stopped" : left.stopped);
      }
      const Spending estimate = Estimate();
      PM_ASSIGN_OR_RETURN(
          open_,
          parts_.journal->Reserve(
              name_, {JournalEntry::Kind::kRequest, mark, {}}, estimate));
      if (open_) {
        sent_ = parts_.now();
        return true;
      }
      const bool tokens =
          estimate.Tokens() > left.review_tokens + left.held_tokens;
      const bool money =
          estimate.cost > 0 && estimate.cost > left.money + left.held;
      if (tokens || money) {
        return Ends(DialogueEnd::Kind::kLimit,
                    fmt::format("the limit of {} is reached",
                                tokens ? "budget.review_tokens" : left.which));
      }
      // The requests of others hold back more than they will cost.
      parts_.ledger->WaitForOthers();
    }
  }

  Status SettleFault(const Fault* fault) {
    const bool lost = fault != nullptr && fault->MayBeCharged();
    const Spending nothing{parts_.model->name, {}, 0, false};
    open_ = false;
    return parts_.journal->Settle(name_, lost ? Lost() : nothing);
  }

  // What a request whose answer did not come is taken to have cost: its prompt
  // was read, we suppose.
  Spending Lost() const {
    Spending lost = Estimate();
    lost.usage.output = 0;
    lost.cost = CostOf(*parts_.model, lost.usage);
    lost.estimated = false;
    return lost;
  }

  Result<bool> Failed(const Fault& fault) {
    // Where nothing was sent, what an earlier process has sent stays as it is.
    if (open_) PM_RETURN_IF_ERROR(SettleFault(&fault));
    if (Stopped()) return Ends(DialogueEnd::Kind::kStopped, "stopped");
    if (fault.kind == FaultKind::kTooLong) {
      // The server's words are for the log; a reason may be mailed.
      log::Warning("model", "conversation={} {}", name_, fault.message);
      return Ends(DialogueEnd::Kind::kLimit, "the model's window is full");
    }
    end_.fault = fault;
    return Ends(DialogueEnd::Kind::kFault, fault.message);
  }

  // --- Limits ---

  bool Stopped() const { return parts_.stop && parts_.stop(); }

  // The limit that is nearest, with `more` tokens still to be added to the
  // next prompt.
  Room RoomFor(const Ledger::Left& left, std::uint64_t more,
               std::string* which) const {
    struct Limit {
      std::string_view name;
      double used;
      double most;
    };
    const std::uint64_t next = NextPrompt() + more;
    const auto window = static_cast<double>(Window());
    const double tokens =
        static_cast<double>(end_.usage.input + end_.usage.output);
    // Enough for the answers after the limit must be there.
    const double money = static_cast<double>(end_.cost);
    const Spending estimate = Estimate();
    const double back = static_cast<double>(estimate.cost) * kGraceTurns;
    const double back_tokens =
        static_cast<double>(next + estimate.usage.output) * kGraceTurns;
    const Limit all[] = {
        {"turns", static_cast<double>(end_.turns),
         static_cast<double>(limits_.turns)},
        {"time", static_cast<double>(parts_.now() - started_ - weather_),
         static_cast<double>(limits_.time)},
        {"tokens", tokens + static_cast<double>(next),
         static_cast<double>(limits_.tokens)},
        {"the model's window", static_cast<double>(next + limits_.reserve),
         window},
        {"budget.review_tokens", tokens + back_tokens,
         tokens + static_cast<double>(left.review_tokens + left.held_tokens)},
        {left.which, money + back,
         money + static_cast<double>(left.money + left.held) +
             (back == 0 ? 1 : 0)},
    };
    Room room = Room::kPlenty;
    for (const Limit& limit : all) {
      if (limit.used >= limit.most) {
        *which = fmt::format("the limit of {} is reached", limit.name);
        return Room::kNone;
      }
      if (limit.used * 100 >=
          limit.most * static_cast<double>(limits_.soft_percent)) {
        room = Room::kLittle;
      }
    }
    return room;
  }

  std::uint64_t Window() const {
    auto window = static_cast<std::uint64_t>(parts_.model->window);
    const auto cliff = static_cast<std::uint64_t>(parts_.model->price_cliff);
    if (cliff > 0) window = std::min(window, cliff + limits_.reserve);
    return window;
  }

  // --- Answering ---

  // Of the last turn. True where the conversation has come to its end.
  Result<bool> Answer() {
    switch (last_.stop) {
      case StopReason::kRefusal:
        return Over(DialogueEnd::Kind::kRefused, "the model refused");
      case StopReason::kContextFull:
        return Over(DialogueEnd::Kind::kLimit, "the model's window is full");
      case StopReason::kMaxTokens:
        return Nudge(kTooLongAnswer, DialogueEnd::Kind::kLimit,
                     "the model's answers were cut off at max_output");
      case StopReason::kMalformed:
        return Nudge(kBadCall, DialogueEnd::Kind::kSilent,
                     "the model's tool calls could not be read");
      case StopReason::kPause:
      case StopReason::kDone:
      case StopReason::kToolUse:
        break;
    }
    if (last_.calls.empty() && !conversation_.opening().answer_schema.empty()) {
      end_.answer = last_.text;
      return Over(DialogueEnd::Kind::kFinished, "");
    }
    if (last_.calls.empty()) {
      return Nudge(kGoOn, DialogueEnd::Kind::kSilent,
                   "the model ended without finishing");
    }
    return RunCalls();
  }

  Result<bool> Nudge(std::string_view words, DialogueEnd::Kind kind,
                     std::string_view reason) {
    // A turn without content cannot stand in a conversation.
    if (nudges_ >= kMaxNudges || last_.opaque.empty() || !last_.calls.empty()) {
      return Over(kind, reason);
    }
    Input input;
    input.text = words;
    return Keep(std::move(input), {});
  }

  Result<bool> RunCalls() {
    PM_ASSIGN_OR_RETURN(const Ledger::Left left, parts_.ledger->Remaining());
    // A pause is no limit: the calls are answered when it is over.
    if (!left.stopped.empty()) {
      return Over(DialogueEnd::Kind::kStopped, left.stopped);
    }
    std::string which;
    bool over = RoomFor(left, 0, &which) == Room::kNone || grace_ > 0;
    Input input;
    std::vector<std::string> effects;
    for (std::size_t i = 0; i < last_.calls.size(); ++i) {
      const ToolCall& call = last_.calls[i];
      ToolRunner::Answer answer;
      if (i >= kMaxCallsOfTurn) {
        answer = {fmt::format("at most {} calls at once are answered",
                              kMaxCallsOfTurn),
                  true, ""};
      } else {
        answer = tools_->Run(call, over);
        // What does not fit is not given, whoever asked for it.
        const std::uint64_t more =
            TokensOf(input) + EstimateTokens(answer.text);
        if (!over && RoomFor(left, more, &which) == Room::kNone) {
          over = true;
          tools_->Withhold();
          answer = tools_->Run(call, true);
        }
      }
      input.results.push_back(
          {call.id, call.name, std::move(answer.text), answer.error});
      effects.push_back(std::move(answer.effect));
    }
    if (tools_->Finished()) return Over(DialogueEnd::Kind::kFinished, "");
    if (over) {
      if (limit_.empty()) limit_ = which;
      ++grace_;
      if (grace_ > kGraceTurns) {
        return Over(DialogueEnd::Kind::kLimit, LimitReason());
      }
      AddNotice(kLimitReached, &input);
    } else if (!told_ &&
               RoomFor(left, TokensOf(input), &which) != Room::kPlenty) {
      told_ = true;
      AddNotice(kFinishNow, &input);
    }
    return Keep(std::move(input), std::move(effects));
  }

  static void AddNotice(std::string_view words, Input* input) {
    std::string& text = input->results.back().text;
    if (!text.empty() && text.back() != '\n') text += '\n';
    text += '\n';
    text += words;
  }

  Result<bool> Keep(Input input, std::vector<std::string> effects) {
    PM_RETURN_IF_ERROR(parts_.journal->Append(
        name_,
        {JournalEntry::Kind::kInput, EncodeInput(input), std::move(effects)},
        nullptr));
    if (!input.text.empty()) ++nudges_;
    NoteInput(input);
    conversation_.Append(std::move(input));
    unanswered_ = false;
    return false;
  }

  // --- Ending ---

  bool Over(DialogueEnd::Kind kind, std::string_view reason) {
    end_.kind = kind;
    end_.reason = reason;
    return true;
  }
  // For Ask(), whose false is the end.
  bool Ends(DialogueEnd::Kind kind, std::string_view reason) {
    return !Over(kind, reason);
  }

  // Which one it was, a process that has died may have known alone.
  std::string LimitReason() const {
    return limit_.empty() ? "a limit was reached" : limit_;
  }

  Result<DialogueEnd> End() {
    end_.past_limit = grace_ > 0;
    return end_;
  }

  const Dialogue::Parts& parts_;
  const std::string& name_;
  Conversation conversation_;
  ToolRunner* tools_;
  const DialogueLimits& limits_;
  const UnixSeconds started_;
  UnixSeconds sent_ = 0;  // The last request.
  Seconds weather_ = 0;   // Spent on requests before the one that was answered.
  DialogueEnd end_;
  Turn last_;
  bool unanswered_ = false;  // last_ waits for its input.
  bool requested_ = false;   // The journal has the request, and no turn.
  bool open_ = false;        // A request of ours waits for what it did cost.
  bool told_ = false;        // To finish.
  int nudges_ = 0;
  int grace_ = 0;
  std::string limit_;         // The one that was reached first.
  std::uint64_t prompt_ = 0;  // Tokens of all that was said; 0: not known.
};

}  // namespace

Result<DialogueEnd> Dialogue::Run(const std::string& name,
                                  Conversation::Opening opening,
                                  ToolRunner* tools,
                                  const DialogueLimits& limits) {
  return model::Run(parts_, name, std::move(opening), tools, limits).ToTheEnd();
}

}  // namespace patchmilter::model
