#include "review/engine/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "model/chat.h"

namespace patchmilter::review {
namespace {

std::uint64_t RoomFor(const ModelConfig& model, std::uint64_t opening) {
  auto window = static_cast<std::uint64_t>(model.window);
  if (model.price_cliff > 0) {
    window = std::min(window, static_cast<std::uint64_t>(model.price_cliff));
  }
  const auto output = static_cast<std::uint64_t>(model.max_output);
  const std::uint64_t taken = opening + output;
  const std::uint64_t room = window > taken ? window - taken : 0;
  return static_cast<std::uint64_t>(static_cast<double>(room) * kShareOfWindow);
}

std::uint64_t TokensOf(const PatchView& view, std::size_t begin,
                       std::size_t end) {
  return model::EstimateTokens(
      std::string_view(view.text).substr(begin, end - begin));
}

// Files that follow one another, together at most `room`.
std::vector<PlannedPatch> Split(const PatchView& view, std::int64_t number,
                                std::string_view prefix, std::uint64_t room) {
  std::vector<PlannedPatch> parts;
  std::uint64_t used = 0;
  for (const FileView& file : view.files) {
    const std::uint64_t tokens = TokensOf(view, file.begin, file.end);
    if (parts.empty() || used + tokens > room) {
      PlannedPatch part;
      part.name = fmt::format("{}/{}.{}", prefix, number, parts.size() + 1);
      part.patch = number;
      parts.push_back(std::move(part));
      used = 0;
    }
    used += tokens;
    parts.back().files.insert(file.path);
    parts.back().too_large = parts.back().too_large || tokens > room;
  }
  return parts;
}

}  // namespace

std::vector<PlannedPatch> PlanPatches(
    const std::map<std::int64_t, PatchView>& views, std::string_view prefix,
    const ModelConfig& model, std::uint64_t opening) {
  const std::uint64_t room = RoomFor(model, opening);
  std::vector<PlannedPatch> plan;
  for (const auto& [number, view] : views) {
    if (number == 0) continue;
    const std::uint64_t tokens = TokensOf(view, 0, view.text.size());
    if (tokens > room && view.files.size() > 1) {
      for (PlannedPatch& part : Split(view, number, prefix, room)) {
        plan.push_back(std::move(part));
      }
      continue;
    }
    plan.push_back(
        {fmt::format("{}/{}", prefix, number), number, {}, tokens > room});
  }
  return plan;
}

model::DialogueLimits LimitsOf(const BudgetConfig& budget,
                               const ModelConfig& model) {
  model::DialogueLimits limits;
  limits.turns = budget.turns;
  limits.time = budget.time;
  limits.tokens = static_cast<std::uint64_t>(budget.tokens);
  limits.soft_percent = budget.soft_percent;
  // An answer seldom needs all that it may have; a quarter of the window is
  // the most that is kept back.
  limits.reserve =
      static_cast<std::uint64_t>(std::min(model.max_output, model.window / 4));
  return limits;
}

}  // namespace patchmilter::review
