#include "review/engine/facts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "review/checks_engine.h"
#include "review/engine/briefing.h"

namespace patchmilter::review {
namespace {

constexpr char kName[] = "facts";

People PeopleOf(const SeriesUnderReview& series) {
  People::Known known;
  known.authors.push_back(series.series->author);
  for (const auto& [number, patch] : series.patches) {
    known.authors.push_back(patch->commit_author);
    known.authors.push_back(patch->mail.author);
  }
  return People(known);
}

// What was told before; nothing where it was told of other mails, or never.
std::optional<std::pair<std::string, std::string>> Recorded(
    const std::vector<model::JournalEntry>& entries,
    const std::string& content) {
  if (entries.empty()) return std::nullopt;
  const auto json =
      nlohmann::json::parse(entries.front().bytes, nullptr, false);
  if (!json.is_array() || json.size() != 3 || json[0] != content ||
      !json[1].is_string() || !json[2].is_string()) {
    return std::nullopt;
  }
  return std::pair(json[1].get<std::string>(), json[2].get<std::string>());
}

}  // namespace

std::string ContentOf(const SeriesUnderReview& series) {
  std::string hashes;
  if (series.cover != nullptr) hashes += series.cover->mail.content_hash;
  for (const auto& [number, patch] : series.patches) {
    hashes += fmt::format(" {} {}", number, patch->mail.content_hash);
  }
  return Sha256Hex(hashes);
}

Result<SeriesFacts> CollectFacts(const SeriesUnderReview& series,
                                 const std::string& content, const Fence& fence,
                                 bool hide_authors, model::Journal* journal) {
  SeriesFacts facts;
  ChecksEngine checks;
  PM_ASSIGN_OR_RETURN(facts.checks, checks.Review(series));
  std::optional<People> people;
  if (hide_authors) people.emplace(PeopleOf(series));
  People* hidden = people ? &*people : nullptr;
  facts.views = ViewsOf(series, hidden);
  facts.diffs = DiffsOf(facts.views);
  std::vector<const diff::Diff*> changes;
  for (const auto& [number, patch] : series.patches) {
    changes.push_back(&patch->diff);
  }
  facts.touched = TouchedBy(changes);

  PM_ASSIGN_OR_RETURN(const auto entries, journal->Load(kName));
  if (auto told = Recorded(entries, content)) {
    facts.shared = std::move(told->first);
    facts.without_words = std::move(told->second);
    return facts;
  }
  const BriefingInput briefing{&series, &facts.views, &facts.checks.findings,
                               &fence, hidden};
  facts.shared = SharedText(briefing);
  facts.without_words = SharedWithoutWords(briefing);
  if (!entries.empty()) PM_RETURN_IF_ERROR(journal->Cut(kName, 0));
  PM_RETURN_IF_ERROR(journal->Append(
      kName,
      {model::JournalEntry::Kind::kInput,
       nlohmann::json({content, facts.shared, facts.without_words})
           .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
       {}},
      nullptr));
  return facts;
}

}  // namespace patchmilter::review
