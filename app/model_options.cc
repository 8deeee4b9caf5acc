#include "app/model_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace patchmilter::app {
namespace {

bool IsAddress(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

struct Given {
  std::string_view option;
  const std::string* value;
};

// The first of them that was given.
std::optional<std::string_view> FirstGiven(
    std::initializer_list<Given> options) {
  for (const Given& given : options) {
    if (!given.value->empty()) return given.option;
  }
  return std::nullopt;
}

Result<ModelConfig> FromConfig(const ModelOptions& options, Config* config) {
  if (const auto given = FirstGiven({{"--api", &options.api},
                                     {"--dialect", &options.dialect},
                                     {"--model-name", &options.model_name},
                                     {"--key-file", &options.key_file},
                                     {"--effort", &options.effort}})) {
    return InvalidInput(fmt::format(
        "{} goes with an address (http:// or https://); of \"{}\" its "
        "[[model]] says it",
        *given, log::Clean(options.model)));
  }
  const Result<Config> loaded = LoadConfig(options.config, ConfigUse::kReview);
  if (!loaded.ok() && loaded.error().kind == ErrorKind::kNotFound) {
    return NotFound(fmt::format(
        "{}: --model {} would be a [[model]] there; -c names another "
        "configuration, and an address begins with http:// or https://",
        loaded.error().message, log::Clean(options.model)));
  }
  PM_ASSIGN_OR_RETURN(const Config site, loaded);
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

// A fault of the configuration that the options were made into, in words of
// the command line; "" for what is no fault of them.
std::string OfOptions(std::string_view line) {
  // "no [[list]]" is all that a model alone lacks; a bad address is named by
  // another line.
  for (const std::string_view passed : {"no [[list]]", " has no url"}) {
    if (line.find(passed) != std::string_view::npos) return "";
  }
  // "--model:57:7: ", the place in a file that is none.
  const std::size_t place = line.find(": ");
  if (place != std::string_view::npos) line.remove_prefix(place + 2);
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"model.url = ", "--model "},
      {"model.model = ", "--model-name "},
      {"model.key_file = ", "--key-file "},
      {"model.effort = ", "--effort "}};
  for (const auto& [setting, option] : kNames) {
    if (!line.starts_with(setting)) continue;
    return std::string(option) + std::string(line.substr(setting.size()));
  }
  return "--model: " + std::string(line);
}

Result<ModelConfig> FromAddress(const ModelOptions& options) {
  if (!options.budget.empty()) {
    return InvalidInput(
        "--budget counts by prices, and an address has none: name a [[model]] "
        "with its prices, or set a limit at the provider");
  }
  ModelConfig model;
  model.name = "desk";
  model.api = options.api.empty() ? "chat" : options.api;
  if (!options.dialect.empty()) model.dialect = options.dialect;
  model.url = options.model;
  model.model = options.model_name;
  model.key_file = options.key_file;
  model.effort = options.effort;
  // From where a person stands.
  std::error_code error;
  if (!model.key_file.empty() && !model.key_file.starts_with("credential:")) {
    model.key_file = std::filesystem::absolute(model.key_file, error).string();
    if (error) return InvalidInput("--key-file: " + error.message());
  }
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
    std::string faults;
    std::string_view rest = checked.error().message;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string fault = OfOptions(rest.substr(0, end));
      if (!fault.empty()) faults += (faults.empty() ? "" : "\n") + fault;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (!faults.empty()) return InvalidInput(faults);
  }
  return model;
}

}  // namespace

Status UseModel(const ModelOptions& options, Config* config) {
  if (options.model.empty()) {
    if (const auto given = FirstGiven({{"--record", &options.record},
                                       {"--replay", &options.replay},
                                       {"--api", &options.api},
                                       {"--dialect", &options.dialect},
                                       {"--model-name", &options.model_name},
                                       {"--key-file", &options.key_file},
                                       {"--effort", &options.effort},
                                       {"--prompts", &options.prompts},
                                       {"--budget", &options.budget}})) {
      return InvalidInput(
          fmt::format("{} goes with --model, which names one", *given));
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
