#include "review/engine/account.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "model/journal.h"

namespace patchmilter::review {
namespace {

std::string Tokens(std::uint64_t count) {
  if (count < 10'000) return fmt::format("{}", count);
  if (count < 10'000'000) return fmt::format("{}k", count / 1000);
  return fmt::format("{:.1f}M", static_cast<double>(count) / 1e6);
}

std::string Reviewed(const Account& account) {
  if (account.patches == 1) {
    return account.whole == account.given
               ? "A language model reviewed the patch."
               : "A language model was asked, and did not review the patch to "
                 "its end.";
  }
  const std::string_view series =
      account.series_finished ? ", and the series as a whole" : "";
  if (account.whole < account.given) {
    return fmt::format(
        "A language model reviewed {} of {} patches to the end{}.",
        account.whole, account.given, series);
  }
  return fmt::format("A language model reviewed each {}patch by itself{}.",
                     account.given < account.patches ? "new " : "", series);
}

std::string Verified(const Account& account) {
  const std::size_t refuted = account.refuted;
  if (account.verified == 1) {
    return fmt::format("One finding was checked once more, and was {}.",
                       refuted == 0 ? "not refuted" : "refuted");
  }
  const std::string text =
      fmt::format("{} findings were checked once more", account.verified);
  if (refuted == 0) return text + ", and none was refuted.";
  if (refuted == account.verified) return text + ", and all were refuted.";
  return text + fmt::format("; {} of them {} refuted.", refuted,
                            refuted == 1 ? "was" : "were");
}

}  // namespace

std::vector<std::string> OverviewOf(const Account& account) {
  std::vector<std::string> sentences = {Reviewed(account)};
  if (account.verified > 0) sentences.push_back(Verified(account));
  if (account.patches > 1 && !account.series_finished) {
    sentences.emplace_back(
        "The series as a whole was not reviewed to the end.");
  }
  if (account.reference) {
    sentences.emplace_back(
        "The series did not apply; the code was read for reference alone.");
  }
  return sentences;
}

std::string CostOf(const store::Spent& spent) {
  const store::SpendingRow& sum = spent.review;
  std::string text;
  if (sum.cost > 0) {
    text = model::MoneyText(sum.cost) + " for the whole review";
  } else if (sum.input == 0 && sum.output == 0) {
    return "not known";
  } else {
    text = "no prices are known";
  }
  text += fmt::format("; {} tokens read", Tokens(sum.input));
  if (sum.input > 0) {
    text +=
        fmt::format(" ({} % of them cached)", sum.cache_read * 100 / sum.input);
  }
  return text + fmt::format(", {} written, {} request{}", Tokens(sum.output),
                            spent.requests, spent.requests == 1 ? "" : "s");
}

}  // namespace patchmilter::review
