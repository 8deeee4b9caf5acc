#include "series/series.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace patchmilter::series {
namespace {

constexpr std::size_t kMaxMissingNamed = 1000;

}  // namespace

MailFacts FactsOf(const mime::PatchMail& patch, MailId id, std::string list,
                  UnixSeconds arrival) {
  const mime::Mail& mail = patch.mail;
  MailFacts facts;
  facts.id = id;
  facts.message_id = mail.message_id;
  facts.content_hash = mail.content_hash;
  facts.list = std::move(list);
  facts.kind = mail.kind;
  facts.backport = mail.backport;
  facts.subject = mail.subject;
  facts.author = mail.author;
  facts.from = mail.from;
  facts.date = mail.date.value_or(arrival);
  facts.arrival = arrival;
  facts.in_reply_to = mail.in_reply_to;
  facts.references = mail.references;
  facts.change_id = patch.change_id;
  facts.has_diff = !patch.diff.empty();
  facts.text_size = static_cast<std::uint32_t>(
      std::min<std::size_t>(mail.text.size(), UINT32_MAX));
  if (facts.has_diff) facts.patch_id = patch.diff.StablePatchId();
  return facts;
}

bool Series::complete() const {
  // Not by their count: a patch 4/3 does not stand for the missing 3/3.
  const auto end = patches.upper_bound(expected);
  const auto begin = patches.lower_bound(1);
  return expected >= 1 && std::distance(begin, end) == expected;
}

std::vector<std::int64_t> Series::Missing() const {
  std::vector<std::int64_t> missing;
  auto at = patches.lower_bound(1);
  for (std::int64_t number = 1;
       number <= expected && missing.size() < kMaxMissingNamed; ++number) {
    if (at != patches.end() && at->first == number) {
      ++at;
    } else {
      missing.push_back(number);
    }
  }
  return missing;
}

MailId Series::root() const {
  if (cover) return *cover;
  return patches.empty() ? id : patches.begin()->second;
}

std::optional<UnixSeconds> ReadyAt(const Series& series,
                                   const ReadinessPolicy& policy) {
  if (series.patches.empty()) return std::nullopt;
  const bool whole = series.complete() && !series.partial_reroll;
  const UnixSeconds ready =
      series.newest_arrival + (whole ? policy.settle : policy.wait);
  if (series.reroll_arrival == 0) return ready;
  return std::max(ready, series.reroll_arrival + policy.wait);
}

std::optional<UnixSeconds> GiveUpAt(const Series& series,
                                    const ReadinessPolicy& policy) {
  if (!series.patches.empty()) return std::nullopt;
  return series.newest_arrival + policy.give_up;
}

}  // namespace patchmilter::series
