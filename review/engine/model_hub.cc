#include "review/engine/model_hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "base/check.h"

namespace patchmilter::review {
namespace {

constexpr std::chrono::milliseconds kLookForStop{200};

struct ApiName {
  std::string_view name;
  model::Api api;
  std::string_view url;
};
constexpr ApiName kApis[] = {
    {"anthropic", model::Api::kAnthropic, "https://api.anthropic.com"},
    {"responses", model::Api::kResponses, "https://api.openai.com"},
    {"chat", model::Api::kChat, ""},
    {"gemini", model::Api::kGemini,
     "https://generativelanguage.googleapis.com"},
};

struct DialectName {
  std::string_view name;
  model::Dialect dialect;
};
constexpr DialectName kDialects[] = {
    {"openai", model::Dialect::kOpenAi},
    {"vllm", model::Dialect::kVllm},
    {"llamacpp", model::Dialect::kLlamaCpp},
    {"ollama", model::Dialect::kOllama},
    {"openrouter", model::Dialect::kOpenRouter},
};

model::Endpoint EndpointOf(const ModelConfig& config) {
  model::Endpoint endpoint;
  endpoint.name = config.name;
  endpoint.url = config.url;
  for (const ApiName& each : kApis) {
    if (each.name != config.api) continue;
    endpoint.api = each.api;
    if (endpoint.url.empty()) endpoint.url = each.url;
  }
  for (const DialectName& each : kDialects) {
    if (each.name == config.dialect) endpoint.dialect = each.dialect;
  }
  while (!endpoint.url.empty() && endpoint.url.back() == '/') {
    endpoint.url.pop_back();
  }
  endpoint.model = config.model;
  endpoint.effort = config.effort;
  endpoint.service_tier = config.service_tier;
  endpoint.long_cache = config.long_cache;
  endpoint.window = static_cast<std::uint64_t>(config.window);
  endpoint.max_output = static_cast<std::uint64_t>(config.max_output);
  endpoint.stall_timeout = config.stall_timeout;
  endpoint.total_timeout = config.timeout;
  endpoint.retry_for = config.retry_for;
  return endpoint;
}

}  // namespace

bool Slots::Take(const std::function<bool()>& stop) {
  MutexLock lock(mutex_);
  while (free_ == 0) {
    if (stop && stop()) return false;
    given_.WaitUntil(mutex_, std::chrono::steady_clock::now() + kLookForStop);
  }
  --free_;
  return true;
}

void Slots::Give() {
  MutexLock lock(mutex_);
  ++free_;
  given_.NotifyAll();
}

Result<std::unique_ptr<ModelHub>> ModelHub::Open(const Config* config,
                                                 Options options) {
  std::unique_ptr<ModelHub> hub(new ModelHub(config, std::move(options)));
  const PromptsConfig& prompts = config->prompts;
  PM_ASSIGN_OR_RETURN(
      hub->prompts_,
      Prompts::Open({prompts.directory, prompts.commit, prompts.overlay}));
  if (!hub->options_.record.empty()) {
    PM_ASSIGN_OR_RETURN(hub->cassette_,
                        model::Cassette::ToRecord(hub->options_.record));
  } else if (!hub->options_.replay.empty()) {
    PM_ASSIGN_OR_RETURN(hub->cassette_,
                        model::Cassette::ToReplay(hub->options_.replay));
  }
  std::set<std::string> names = {config->review.model, config->review.verifier};
  for (const ListConfig& list : config->lists) names.insert(list.model);
  for (const ModelConfig& model : config->models) {
    if (!names.contains(model.name)) continue;
    if (const Status added = hub->Add(model); !added.ok()) {
      return added.error().Wrap(fmt::format("model \"{}\"", model.name));
    }
  }
  return hub;
}

Status ModelHub::Add(const ModelConfig& config) {
  auto model = std::make_unique<Model>();
  model->config = &config;
  model->endpoint = EndpointOf(config);
  model->slots = std::make_unique<Slots>(config.parallel);
  std::string breaker = config.api + " " + model->endpoint.url;
  if (config.api == "command") {
    if (options_.make_agent == nullptr) {
      return Permanent("no program can be run here");
    }
    PM_ASSIGN_OR_RETURN(model->agent, options_.make_agent(config));
    breaker = "command " + config.name;
  } else {
    if (!config.key_file.empty() && options_.replay.empty()) {
      PM_ASSIGN_OR_RETURN(model->endpoint.key,
                          model::ApiKey::Read(config.key_file));
      breaker += " " + model->endpoint.key->mark();
    }
    model->protocol = model::MakeProtocol(model->endpoint);
  }
  auto& shared = breakers_[breaker];
  if (shared == nullptr) shared = std::make_unique<model::Breaker>();
  model->breaker = shared.get();
  models_.emplace(config.name, std::move(model));
  return {};
}

ModelHub::Model* ModelHub::Find(const std::string& name) {
  const auto model = models_.find(name);
  return model == models_.end() ? nullptr : model->second.get();
}

ModelHub::Model* ModelHub::ReviewerOf(const ListConfig& list) {
  return Find(list.model.empty() ? config_->review.model : list.model);
}

ModelHub::Model* ModelHub::VerifierOf(const ListConfig& list) {
  if (config_->review.verifier.empty()) return ReviewerOf(list);
  return Find(config_->review.verifier);
}

std::unique_ptr<model::Client> ModelHub::NewClient(
    Model* model, const std::function<bool()>& stop) {
  CHECK(model->protocol != nullptr);
  const model::StopAsked asked = [this, stop] {
    return Stopping() || (stop && stop());
  };
  std::unique_ptr<model::Transport> transport;
  if (!options_.replay.empty()) {
    transport = cassette_->Player();
  } else {
    transport = model::MakeHttpTransport(&model->endpoint,
                                         model->protocol.get(), asked);
    if (cassette_ != nullptr) {
      transport = cassette_->Recorder(std::move(transport));
    }
  }
  return std::make_unique<model::Client>(
      &model->endpoint, model->protocol.get(), std::move(transport),
      model->breaker,
      options_.replay.empty() ? model::RealWeather(asked)
                              : model::CalmWeather(asked));
}

std::string ModelHub::StopFile() const {
  if (!config_->budget.stop_file.empty()) return config_->budget.stop_file;
  // At a desk there is no state, and no switch.
  if (config_->file.empty()) return "";
  return config_->state.directory + "/stop-models";
}

}  // namespace patchmilter::review
