#include "review/series_input.h"

#include <algorithm>

namespace patchmilter::review {
namespace {

std::string TextOf(const mime::PatchMail& patch) {
  return "Subject: " + patch.mail.subject.text + "\n\n" + patch.mail.text;
}

// What one mail says of where the series belongs, once each.
void AddStatements(const mime::PatchMail& patch, tree::SeriesInput* input) {
  const auto add = [](const std::vector<std::string>& from,
                      std::vector<std::string>* to) {
    for (const std::string& text : from) {
      if (std::find(to->begin(), to->end(), text) == to->end()) {
        to->push_back(text);
      }
    }
  };
  add(patch.mail.subject.hints, &input->tree_hints);
  add(patch.prerequisite_patch_ids, &input->prerequisite_patch_ids);
}

}  // namespace

tree::SeriesInput InputOf(const SeriesUnderReview& series) {
  tree::SeriesInput input;
  if (series.cover != nullptr) AddStatements(*series.cover, &input);
  for (const auto& [number, patch] : series.patches) {
    input.patches.push_back({number, &patch->diff_to_apply()});
    AddStatements(*patch, &input);
    if (input.base_commit.empty()) input.base_commit = patch->base_commit;
  }
  if (series.cover != nullptr && !series.cover->base_commit.empty()) {
    input.base_commit = series.cover->base_commit;
  }
  input.date =
      std::min(series.series->newest_date, series.series->newest_arrival);
  return input;
}

std::map<std::int64_t, std::string> PatchTextsOf(
    const SeriesUnderReview& series) {
  std::map<std::int64_t, std::string> texts;
  if (series.cover != nullptr) texts.emplace(0, TextOf(*series.cover));
  for (const auto& [number, patch] : series.patches) {
    texts.emplace(number, TextOf(*patch));
  }
  return texts;
}

}  // namespace patchmilter::review
