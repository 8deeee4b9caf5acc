// ModelHub: the models of a configuration, as one process uses them: where
// they are, their keys, how many conversations each may have at once, and which
// of them is not to be asked now.
//
// Opened once; shared by all reviews. Keys are read here, and nowhere else.
// Threads: any, once opened. Tested in tests/review/engine/model_hub_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_MODEL_HUB_H_
#define PATCHMILTER_REVIEW_ENGINE_MODEL_HUB_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/config.h"
#include "base/mutex.h"
#include "base/result.h"
#include "model/breaker.h"
#include "model/cassette.h"
#include "model/client.h"
#include "model/endpoint.h"
#include "model/protocol.h"
#include "review/engine/agent.h"
#include "review/prompts/guide.h"

namespace patchmilter::review {

// So many at once, and no more.
class Slots {
 public:
  explicit Slots(std::int64_t count) : free_(count) {}
  // Waits for a free one; false where `stop` said so first.
  bool Take(const std::function<bool()>& stop);
  void Give();

 private:
  Mutex mutex_;
  CondVar given_;
  std::int64_t free_ PM_GUARDED_BY(mutex_);
};

class ModelHub {
 public:
  struct Options {
    std::string record;  // A directory for cassettes; "" for none.
    std::string replay;  // Likewise; then no key is read and nothing is sent.
    std::function<bool()> stop;  // The process ends. May be null.
    // Makes what runs the program of a model of api "command"; null: there is
    // no such thing here.
    std::function<Result<std::unique_ptr<Agent>>(const ModelConfig&)>
        make_agent;
  };

  // One model. Lives as long as the hub.
  struct Model {
    const ModelConfig* config = nullptr;
    model::Endpoint endpoint;
    std::unique_ptr<model::Protocol> protocol;  // Null of a command.
    model::Breaker* breaker = nullptr;
    std::unique_ptr<Slots> slots;
    std::unique_ptr<Agent> agent;  // Of a command; else null.
    // It has given a turn since this process began, or before in a review that
    // is gone on with: so its settings are right.
    std::atomic<bool> answered{false};
  };

  // `config` is borrowed. Opens the models that its reviews may ask. Errors
  // name the setting.
  static Result<std::unique_ptr<ModelHub>> Open(const Config* config,
                                                Options options);

  // nullptr for none.
  Model* Find(const std::string& name);
  // The one that reviews `list`'s series, and the one that verifies.
  Model* ReviewerOf(const ListConfig& list);
  Model* VerifierOf(const ListConfig& list);
  // For one conversation.
  std::unique_ptr<model::Client> NewClient(Model* model,
                                           const std::function<bool()>& stop);

  const Prompts& prompts() const { return *prompts_; }
  const Config& config() const { return *config_; }
  bool Stopping() const { return options_.stop && options_.stop(); }
  // See BudgetConfig::stop_file.
  std::string StopFile() const;

 private:
  ModelHub(const Config* config, Options options)
      : config_(config), options_(std::move(options)) {}
  Status Add(const ModelConfig& config);

  const Config* config_;
  const Options options_;
  std::unique_ptr<Prompts> prompts_;
  std::shared_ptr<model::Cassette> cassette_;
  std::map<std::string, std::unique_ptr<Model>> models_;
  // By server and key: who shares those shares their weather.
  std::map<std::string, std::unique_ptr<model::Breaker>> breakers_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_MODEL_HUB_H_
