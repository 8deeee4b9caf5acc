// What can be wrong with a configuration that base/config.h cannot know: it
// takes a look at the site, or at what other rooms can do.
#ifndef PATCHMILTER_APP_SITE_CHECK_H_
#define PATCHMILTER_APP_SITE_CHECK_H_

#include <string>
#include <vector>

#include "base/config.h"

namespace patchmilter::app {

// Names of checks that do not exist: known before anything starts.
std::vector<std::string> NameFaults(const Config& config);

// The same, and trees that cannot be opened, keys, prompts and files that
// cannot be read: each with its remedy. Changes nothing.
std::vector<std::string> SiteFaults(const Config& config);

// What SiteFaults could not look at: credentials that systemd gives to the unit
// alone.
std::vector<std::string> SiteRemarks(const Config& config);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_SITE_CHECK_H_
