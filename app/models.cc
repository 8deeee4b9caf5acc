#include "app/models.h"

#include <utility>

#include "app/agent.h"
#include "app/sandbox.h"

namespace patchmilter::app {

Result<std::unique_ptr<review::ModelHub>> OpenModels(const Config* config,
                                                     ModelUse use) {
  PM_RETURN_IF_ERROR(ForbidCoreDumps());
  review::ModelHub::Options options;
  options.record = std::move(use.record);
  options.replay = std::move(use.replay);
  options.stop = std::move(use.stop);
  options.make_agent =
      [](const ModelConfig& model) -> Result<std::unique_ptr<review::Agent>> {
    return MakeAgent(&model);
  };
  return review::ModelHub::Open(config, std::move(options));
}

}  // namespace patchmilter::app
