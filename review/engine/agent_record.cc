#include "review/engine/agent_record.h"

#include <utility>
#include <vector>

#include "base/digest.h"

namespace patchmilter::review {
namespace {

using model::DialogueEnd;
using model::JournalEntry;

// Ends as the record has them, in Turn::request_id of a turn without calls.
constexpr std::string_view kFinished = "finished";
constexpr std::string_view kLimit = "limit";
constexpr std::string_view kRefused = "refused";
constexpr std::string_view kSilent = "silent";

std::string_view NameOf(DialogueEnd::Kind kind) {
  switch (kind) {
    case DialogueEnd::Kind::kFinished:
      return kFinished;
    case DialogueEnd::Kind::kLimit:
      return kLimit;
    case DialogueEnd::Kind::kRefused:
      return kRefused;
    case DialogueEnd::Kind::kSilent:
      return kSilent;
    case DialogueEnd::Kind::kStopped:
    case DialogueEnd::Kind::kFault:
      break;
  }
  return "";
}

std::optional<DialogueEnd> EndOf(const model::Turn& turn) {
  DialogueEnd end;
  for (const DialogueEnd::Kind kind :
       {DialogueEnd::Kind::kFinished, DialogueEnd::Kind::kLimit,
        DialogueEnd::Kind::kRefused, DialogueEnd::Kind::kSilent}) {
    if (turn.request_id != NameOf(kind)) continue;
    end.kind = kind;
    end.reason = turn.text;
    end.model = turn.model;
    end.usage = turn.usage;
    return end;
  }
  return std::nullopt;
}

}  // namespace

AgentRecord::AgentRecord(model::Journal* journal, model::ToolRunner* tools,
                         std::string name, const std::string& prompt)
    : journal_(journal),
      tools_(tools),
      name_(std::move(name)),
      mark_(Sha256Hex(prompt)) {}

Result<std::optional<DialogueEnd>> AgentRecord::Resume() {
  PM_ASSIGN_OR_RETURN(const std::vector<JournalEntry> entries,
                      journal_->Load(name_));
  if (entries.empty()) return std::optional<DialogueEnd>();
  std::optional<DialogueEnd> end;
  const auto last = model::DecodeTurn(entries.back().bytes);
  if (entries.front().bytes == mark_ &&
      entries.back().kind == JournalEntry::Kind::kTurn && last.ok() &&
      last->calls.empty()) {
    end = EndOf(*last);
  }
  if (!end) {
    PM_RETURN_IF_ERROR(journal_->Cut(name_, 0));
    return std::optional<DialogueEnd>();
  }
  std::vector<model::ToolCall> calls;
  for (const JournalEntry& entry : entries) {
    if (entry.kind == JournalEntry::Kind::kTurn) {
      const auto turn = model::DecodeTurn(entry.bytes);
      calls = turn.ok() ? turn->calls : std::vector<model::ToolCall>();
    } else if (entry.kind == JournalEntry::Kind::kInput) {
      const auto input = model::DecodeInput(entry.bytes);
      if (!input.ok() || calls.size() != 1 || input->results.size() != 1 ||
          entry.effects.size() != 1) {
        continue;
      }
      const model::ToolResult& result = input->results.front();
      tools_->Again(calls.front(),
                    {result.text, result.error, entry.effects.front()});
    }
  }
  return end;
}

Result<bool> AgentRecord::Begin(const model::Spending& estimate) {
  return journal_->Reserve(name_, {JournalEntry::Kind::kRequest, mark_, {}},
                           estimate);
}

Status AgentRecord::Keep(const model::ToolCall& call, const Answer& answer) {
  model::Turn turn;
  turn.calls = {call};
  turn.stop = model::StopReason::kToolUse;
  PM_RETURN_IF_ERROR(journal_->Append(
      name_, {JournalEntry::Kind::kTurn, model::EncodeTurn(turn), {}},
      nullptr));
  model::Input input;
  input.results = {{call.id, call.name, answer.text, answer.error}};
  return journal_->Append(
      name_,
      {JournalEntry::Kind::kInput, model::EncodeInput(input), {answer.effect}},
      nullptr);
}

model::ToolRunner::Answer AgentRecord::Run(const model::ToolCall& call,
                                           bool limit_reached) {
  Answer answer = tools_->Run(call, limit_reached);
  if (kept_.ok()) kept_ = Keep(call, answer);
  return answer;
}

Status AgentRecord::End(const DialogueEnd& end,
                        const model::Spending& spending) {
  PM_RETURN_IF_ERROR(journal_->Settle(name_, spending));
  if (!kept_.ok()) return kept_.error();
  if (NameOf(end.kind).empty()) return {};
  model::Turn turn;
  turn.text = end.reason;
  turn.request_id = NameOf(end.kind);
  turn.model = end.model;
  turn.usage = end.usage;
  return journal_->Append(
      name_, {JournalEntry::Kind::kTurn, model::EncodeTurn(turn), {}}, nullptr);
}

}  // namespace patchmilter::review
