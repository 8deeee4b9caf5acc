// The configuration of a person's own review or replay: what a site would have
// in its file, with one list and one destination that nothing is ever sent to.
#ifndef PATCHMILTER_APP_LOCAL_CONFIG_H_
#define PATCHMILTER_APP_LOCAL_CONFIG_H_

#include <string>

#include "base/config.h"
#include "base/result.h"

namespace patchmilter::app {

inline constexpr char kLocalName[] = "local";

Config LocalConfig();

// The tree that a person names: the repository that `path` lies in, as git
// itself would look for it, named by its directory. `base`, where it is not "",
// is its one branch. kNotFound where there is no such directory.
Result<TreeConfig> LocalTree(const std::string& path, const std::string& base);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_LOCAL_CONFIG_H_
