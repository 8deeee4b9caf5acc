#include <fmt/format.h>

#include "model/journal.h"

namespace patchmilter::model {
namespace {

constexpr double kMillion = 1'000'000;

}  // namespace

MicroDollars CostOf(const ModelConfig& model, const Usage& usage) {
  const std::uint64_t cached = usage.cache_read + usage.cache_write;
  const std::uint64_t plain = usage.input > cached ? usage.input - cached : 0;
  const MicroDollars write_price =
      model.price_cache_write > 0 ? model.price_cache_write : model.price_input;
  double cost =
      static_cast<double>(plain) * static_cast<double>(model.price_input);
  cost += static_cast<double>(usage.cache_read) *
          static_cast<double>(model.price_cache_read);
  cost +=
      static_cast<double>(usage.cache_write) * static_cast<double>(write_price);
  cost += static_cast<double>(usage.output) *
          static_cast<double>(model.price_output);
  cost /= kMillion;
  if (model.price_cliff > 0 &&
      usage.input > static_cast<std::uint64_t>(model.price_cliff)) {
    cost *= static_cast<double>(model.price_cliff_percent) / 100;
  }
  // Rounded up: many small requests must not cost nothing.
  const auto whole = static_cast<MicroDollars>(cost);
  return static_cast<double>(whole) < cost ? whole + 1 : whole;
}

std::string MoneyText(MicroDollars money) {
  const double dollars = static_cast<double>(money) / kMillion;
  if (money >= 10'000 || money == 0) return fmt::format("{:.2f} USD", dollars);
  return fmt::format("{:.4f} USD", dollars);
}

}  // namespace patchmilter::model
