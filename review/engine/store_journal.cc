#include "review/engine/store_journal.h"

#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace patchmilter::review {
namespace {

using model::JournalEntry;

std::string_view KindName(JournalEntry::Kind kind) {
  switch (kind) {
    case JournalEntry::Kind::kRequest:
      return "request";
    case JournalEntry::Kind::kTurn:
      return "turn";
    case JournalEntry::Kind::kInput:
      return "input";
  }
  return "request";
}

std::optional<JournalEntry::Kind> ParseKind(std::string_view name) {
  for (const JournalEntry::Kind kind :
       {JournalEntry::Kind::kRequest, JournalEntry::Kind::kTurn,
        JournalEntry::Kind::kInput}) {
    if (KindName(kind) == name) return kind;
  }
  return std::nullopt;
}

store::SpendingRow RowOf(const model::Spending& spending) {
  return {spending.model,
          spending.usage.input,
          spending.usage.cache_read,
          spending.usage.cache_write,
          spending.usage.output,
          spending.cost,
          spending.estimated};
}

std::vector<std::string> ParseEffects(const std::string& text) {
  std::vector<std::string> effects;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array()) return effects;
  for (const auto& effect : json) {
    effects.push_back(effect.is_string() ? effect.get<std::string>() : "");
  }
  return effects;
}

}  // namespace

StoreJournal::StoreJournal(store::Store* store, const BudgetConfig* budget,
                           store::Spender spender, std::string stop_file,
                           std::function<UnixSeconds()> now,
                           std::function<Result<bool>()> still_wanted)
    : budget_(budget),
      spender_(std::move(spender)),
      stop_file_(std::move(stop_file)),
      now_(std::move(now)),
      still_wanted_(std::move(still_wanted)),
      store_(store) {}

Result<std::vector<JournalEntry>> StoreJournal::Load(
    const std::string& conversation) {
  const MutexLock lock(mutex_);
  PM_ASSIGN_OR_RETURN(
      std::vector<store::JournalRow> rows,
      store_->LoadJournal(spender_.series, spender_.round, conversation));
  std::vector<JournalEntry> entries;
  for (store::JournalRow& row : rows) {
    const auto kind = ParseKind(row.kind);
    // Of a newer version: what follows is not ours to go on with.
    if (!kind) break;
    entries.push_back({*kind, std::move(row.bytes), ParseEffects(row.effects)});
  }
  return entries;
}

void StoreJournal::Note(const std::string& conversation,
                        const model::Spending& spending) {
  if (spending.estimated) {
    held_[conversation] = {spending.cost, spending.Tokens()};
  } else if (held_.erase(conversation) > 0) {
    settled_.NotifyAll();
  }
}

Status StoreJournal::Add(const std::string& conversation,
                         const JournalEntry& entry,
                         const model::Spending* spending) {
  store::JournalRow row{std::string(KindName(entry.kind)), entry.bytes, ""};
  if (!entry.effects.empty()) {
    row.effects =
        nlohmann::json(entry.effects)
            .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  store::SpendingRow spent;
  if (spending != nullptr) spent = RowOf(*spending);
  PM_RETURN_IF_ERROR(
      store_->AppendJournal(spender_, conversation, row,
                            spending == nullptr ? nullptr : &spent, now_()));
  if (spending != nullptr) Note(conversation, *spending);
  return {};
}

Status StoreJournal::Append(const std::string& conversation,
                            const JournalEntry& entry,
                            const model::Spending* spending) {
  const MutexLock lock(mutex_);
  return Add(conversation, entry, spending);
}

Result<bool> StoreJournal::Reserve(const std::string& conversation,
                                   const JournalEntry& entry,
                                   const model::Spending& estimate) {
  const MutexLock lock(mutex_);
  PM_ASSIGN_OR_RETURN(const Left left, LeftNow());
  if (estimate.cost > 0 && estimate.cost > left.money) return false;
  if (estimate.Tokens() > 0 && estimate.Tokens() > left.review_tokens) {
    return false;
  }
  PM_RETURN_IF_ERROR(Add(conversation, entry, &estimate));
  return true;
}

Status StoreJournal::Settle(const std::string& conversation,
                            const model::Spending& spending) {
  const MutexLock lock(mutex_);
  PM_RETURN_IF_ERROR(
      store_->SettleSpending(spender_, conversation, RowOf(spending), now_()));
  Note(conversation, spending);
  return {};
}

Status StoreJournal::Cut(const std::string& conversation, std::size_t keep) {
  const MutexLock lock(mutex_);
  return store_->CutJournal(spender_.series, spender_.round, conversation,
                            static_cast<std::int64_t>(keep));
}

Result<store::Spent> StoreJournal::Spent() {
  const MutexLock lock(mutex_);
  return store_->SpentBy(spender_, now_());
}

void StoreJournal::WaitForOthers() {
  constexpr std::chrono::milliseconds kLongest{200};
  MutexLock lock(mutex_);
  settled_.WaitUntil(mutex_, std::chrono::steady_clock::now() + kLongest);
}

Result<model::Ledger::Left> StoreJournal::Remaining() {
  Left left;
  if (!stop_file_.empty() && access(stop_file_.c_str(), F_OK) == 0) {
    left.stopped = "models are stopped (" + stop_file_ + ")";
    return left;
  }
  const MutexLock lock(mutex_);
  // It reads the series and writes the job: not at each turn of each
  // conversation. What is unwanted stays so.
  if (still_wanted_ && wanted_ && now_() >= wanted_asked_ + kAskWanted) {
    PM_ASSIGN_OR_RETURN(wanted_, still_wanted_());
    wanted_asked_ = now_();
  }
  if (!wanted_) {
    left.stopped = "a newer revision has come";
    return left;
  }
  return LeftNow();
}

Result<model::Ledger::Left> StoreJournal::LeftNow() {
  Left left;
  for (const auto& [conversation, held] : held_) {
    left.held += held.cost;
    left.held_tokens += held.tokens;
  }
  PM_ASSIGN_OR_RETURN(const store::Spent spent,
                      store_->SpentBy(spender_, now_()));
  struct Budget {
    const char* name;
    MicroDollars most;
    MicroDollars used;
  };
  const Budget budgets[] = {
      {"budget.review", budget_->review, spent.review.cost},
      {"budget.author_day", budget_->author_day, spent.author_day},
      {"budget.list_day", budget_->list_day, spent.list_day},
      {"budget.day", budget_->day, spent.day},
      {"budget.month", budget_->month, spent.month},
  };
  bool first = true;
  for (const Budget& budget : budgets) {
    const MicroDollars rest = budget.most - budget.used;
    if (!first && rest >= left.money) continue;
    first = false;
    left.money = rest;
    left.which = budget.name;
  }
  left.review_tokens =
      budget_->review_tokens -
      static_cast<std::int64_t>(spent.review.input + spent.review.output);
  return left;
}

}  // namespace patchmilter::review
