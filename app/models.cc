#include "app/models.h"

#include <sys/resource.h>

#include <cerrno>
#include <utility>

namespace patchmilter::app {

Result<std::unique_ptr<review::ModelHub>> OpenModels(const Config* config,
                                                     ModelUse use) {
  const struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) {
    return FromErrno("setrlimit RLIMIT_CORE", errno);
  }
  review::ModelHub::Options options;
  options.record = std::move(use.record);
  options.replay = std::move(use.replay);
  options.stop = std::move(use.stop);
  return review::ModelHub::Open(config, std::move(options));
}

}  // namespace patchmilter::app
