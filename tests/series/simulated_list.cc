#include "tests/series/simulated_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/series/simulated_posting.h"

namespace patchmilter::simulated {

class SimulatedList::Impl {
 public:
  explicit Impl(const Options& options)
      : options_(options), dice_(options.seed), desk_(&dice_) {
    now_ = options.start;
  }

  std::optional<SimulatedMail> Next() {
    // A mail may go out when no later thread can come before it.
    while (made_ < options_.mails &&
           (desk_.pending().empty() || desk_.pending().begin()->first > now_)) {
      const std::size_t before = desk_.made();
      now_ += dice_.Between(1, 2 * options_.between);
      const auto& habits = AllHabits();
      const Habit* habit = &habits[static_cast<std::size_t>(
          dice_.Below(static_cast<std::int64_t>(kPlainHabits)))];
      if (dice_.Percent(options_.odd_percent)) {
        habit = &dice_.Pick(habits);
      }
      desk_.Begin(habit->name, now_);
      habit->make(&desk_);
      made_ += desk_.made() - before;
    }
    if (desk_.pending().empty()) return std::nullopt;
    const auto first = desk_.pending().begin();
    SimulatedMail mail;
    mail.arrival = first->first;
    mail.message_id = first->second.draft.id;
    ListHabits list = options_.list;
    if (first->second.copy) {
      // By another list: this one's marks are not on it, or the other way.
      list.adds_footer = !list.adds_footer;
      list.name = "other";
      list.munges_from = first->second.munged_copy;
    }
    mail.raw = Render(first->second.draft, list, &dice_);
    desk_.pending().erase(first);
    return mail;
  }

  const std::vector<TrueSeries>& truth() const { return desk_.truth(); }

 private:
  Options options_;
  Dice dice_;
  Desk desk_;
  UnixSeconds now_ = 0;
  std::size_t made_ = 0;
};

SimulatedList::SimulatedList(const Options& options)
    : impl_(std::make_unique<Impl>(options)) {}
SimulatedList::~SimulatedList() = default;

std::optional<SimulatedMail> SimulatedList::Next() { return impl_->Next(); }

const std::vector<TrueSeries>& SimulatedList::truth() const {
  return impl_->truth();
}

std::vector<std::string> SimulatedList::Habits() {
  std::vector<std::string> names;
  for (const Habit& habit : AllHabits()) names.emplace_back(habit.name);
  return names;
}

}  // namespace patchmilter::simulated
