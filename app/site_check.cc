#include "app/site_check.h"

#include <fmt/format.h>
#include <unistd.h>

#include "app/models.h"
#include "base/text.h"
#include "model/api_key.h"
#include "review/check.h"
#include "review/review_job.h"
#include "tree/tree.h"

namespace patchmilter::app {
namespace {

// "; did you mean X?", or nothing where no check's name is near.
std::string NearestCheck(const std::string& name) {
  constexpr size_t kNear = 4;
  std::string_view nearest;
  size_t best = kNear;
  for (const review::Check& check : review::AllChecks()) {
    const size_t distance = EditDistance(name, check.name);
    if (distance < best) {
      best = distance;
      nearest = check.name;
    }
  }
  if (nearest.empty()) return " (see 'patchmilter checks')";
  return fmt::format("; did you mean \"{}\"?", nearest);
}

}  // namespace

std::vector<std::string> NameFaults(const Config& config) {
  std::vector<std::string> faults;
  for (const ListConfig& list : config.lists) {
    for (const auto* names : {&list.disable_checks, &list.enable_checks}) {
      for (const std::string& name : *names) {
        if (review::KnownCheck(name)) continue;
        faults.push_back(fmt::format("list \"{}\": no check \"{}\"{}",
                                     list.name, name, NearestCheck(name)));
      }
    }
  }
  return faults;
}

std::vector<std::string> SiteFaults(const Config& config) {
  std::vector<std::string> faults = NameFaults(config);
  for (const TreeConfig& tree : config.trees) {
    const auto opened = tree::Tree::Open(tree);
    if (!opened.ok()) {
      faults.push_back(
          fmt::format("tree \"{}\": {}", tree.name, opened.error().message));
    }
  }
  if (review::AsksModels(config)) {
    // Keys and prompts are read, and let go; nothing is asked.
    Config within_reach = config;
    for (ModelConfig& model : within_reach.models) {
      if (model::ApiKey::IsOfAUnit(model.key_file)) model.key_file.clear();
    }
    const auto models = OpenModels(&within_reach, {});
    if (!models.ok()) faults.push_back(models.error().message);
  }
  const std::string& password = config.smtp.password_file;
  if (!password.empty() && ::access(password.c_str(), R_OK) != 0) {
    faults.push_back(fmt::format(
        "smtp.password_file: {} cannot be read by this user", password));
  }
  return faults;
}

std::vector<std::string> SiteRemarks(const Config& config) {
  std::vector<std::string> remarks;
  for (const ModelConfig& model : config.models) {
    if (!model::ApiKey::IsOfAUnit(model.key_file)) continue;
    remarks.push_back(
        fmt::format("model \"{}\": {} was not looked at: systemd gives it to "
                    "the unit alone",
                    model.name, model.key_file));
  }
  return remarks;
}

}  // namespace patchmilter::app
