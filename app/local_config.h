// The configuration of a person's own review or replay: what a site would have
// in its file, with one list and one destination that nothing is ever sent to.
#ifndef PATCHMILTER_APP_LOCAL_CONFIG_H_
#define PATCHMILTER_APP_LOCAL_CONFIG_H_

#include "base/config.h"

namespace patchmilter::app {

inline constexpr char kLocalName[] = "local";

Config LocalConfig();

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_LOCAL_CONFIG_H_
