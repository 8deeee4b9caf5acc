// The models of a configuration, opened as this program does it.
#ifndef PATCHMILTER_APP_MODELS_H_
#define PATCHMILTER_APP_MODELS_H_

#include <functional>
#include <memory>
#include <string>

#include "base/config.h"
#include "base/result.h"
#include "review/engine/model_hub.h"

namespace patchmilter::app {

struct ModelUse {
  std::string record;  // See review::ModelHub::Options.
  std::string replay;
  std::function<bool()> stop = nullptr;
};

// `config` is borrowed. After this the process writes no core dump: it may hold
// keys.
Result<std::unique_ptr<review::ModelHub>> OpenModels(const Config* config,
                                                     ModelUse use);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_MODELS_H_
