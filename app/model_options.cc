#include "app/model_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/log.h"

namespace patchmilter::app {
namespace {

bool IsAddress(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

Result<ModelConfig> FromConfig(const ModelOptions& options, Config* config) {
  PM_ASSIGN_OR_RETURN(const Config site,
                      LoadConfig(options.config, ConfigUse::kReview));
  const ModelConfig* model = site.FindModel(options.model);
  if (model == nullptr) {
    return NotFound(fmt::format("--model: {} has no [[model]] \"{}\"",
                                options.config, log::Clean(options.model)));
  }
  config->budget = site.budget;
  config->prompts = site.prompts;
  config->review.prompts = site.review.prompts;
  config->review.hide_authors = site.review.hide_authors;
  config->review.second_pass = site.review.second_pass;
  if (const ModelConfig* verifier = site.FindModel(site.review.verifier)) {
    config->review.verifier = verifier->name;
    if (verifier->name != model->name) config->models.push_back(*verifier);
  }
  return *model;
}

Result<ModelConfig> FromAddress(const ModelOptions& options) {
  ModelConfig model;
  model.name = "desk";
  model.api = options.api;
  model.dialect = options.dialect;
  model.url = options.model;
  model.model = options.model_name;
  model.key_file = options.key_file;
  model.effort = options.effort;
  if (model.model.empty()) {
    return InvalidInput(
        "--model-name says which model is asked there, as its server names it");
  }
  // The same checks as of a site's file.
  Config probe;
  probe.models = {model};
  const Result<Config> checked =
      ParseConfig(DumpConfig(probe), "--model", ConfigUse::kMilter);
  if (!checked.ok()) {
    // "no [[list]]" is all that a model alone lacks.
    std::string faults;
    std::string_view rest = checked.error().message;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = rest.substr(0, end);
      if (line.find("no [[list]]") == std::string_view::npos) {
        faults += (faults.empty() ? "" : "\n") + std::string(line);
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (!faults.empty()) return InvalidInput(faults);
  }
  return model;
}

}  // namespace

Status UseModel(const ModelOptions& options, Config* config) {
  if (options.model.empty()) {
    for (const auto& [name, value] :
         {std::pair("--record", &options.record),
          std::pair("--replay", &options.replay),
          std::pair("--model-name", &options.model_name),
          std::pair("--key-file", &options.key_file),
          std::pair("--effort", &options.effort),
          std::pair("--prompts", &options.prompts),
          std::pair("--budget", &options.budget)}) {
      if (value->empty()) continue;
      return InvalidInput(
          fmt::format("{} goes with --model, which names one", name));
    }
    return {};
  }
  if (!options.record.empty() && !options.replay.empty()) {
    return InvalidInput("--record and --replay exclude each other");
  }
  PM_ASSIGN_OR_RETURN(ModelConfig model, IsAddress(options.model)
                                             ? FromAddress(options)
                                             : FromConfig(options, config));
  // A person waits: what does not go soon does not go.
  constexpr Seconds kPatience = 600;
  model.retry_for = std::min(model.retry_for, kPatience);
  config->review.engine = "model";
  config->review.model = model.name;
  config->models.push_back(std::move(model));
  if (!options.prompts.empty()) config->review.prompts = options.prompts;
  if (options.once) config->review.second_pass = false;
  if (!options.budget.empty()) {
    Result<MicroDollars> budget = ParseMoney(options.budget);
    if (!budget.ok()) return budget.error().Wrap("--budget");
    config->budget.review = *budget;
  }
  return {};
}

}  // namespace patchmilter::app
