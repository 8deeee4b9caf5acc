// patchmilter check-config and checks: what needs no state.
#include <fmt/format.h>

#include <iostream>
#include <string>

#include "app/commands.h"
#include "app/site_check.h"
#include "base/log.h"
#include "base/text.h"
#include "review/check.h"

namespace patchmilter::app {

int RunCheckConfig(const std::string& config, bool dump) {
  const Result<Config> loaded = LoadConfig(config, ConfigUse::kBoth);
  if (!loaded.ok()) {
    std::cerr << loaded.error().message << '\n';
    return kExitFailed;
  }
  if (dump) {
    std::cout << DumpConfig(*loaded);
    return kExitDone;
  }
  const std::vector<std::string> faults = SiteFaults(*loaded);
  for (const std::string& fault : faults) {
    std::cerr << config << ": " << fault << '\n';
  }
  for (const std::string& remark : SiteRemarks(*loaded)) {
    std::cerr << config << ": " << remark << '\n';
  }
  if (!faults.empty()) return kExitFailed;
  fmt::print("{}: {} list(s), {} destination(s), {} tree(s): good\n", config,
             loaded->lists.size(), loaded->destinations.size(),
             loaded->trees.size());
  return kExitDone;
}

int RunSampleConfig() {
  std::cout << SampleConfig();
  return kExitDone;
}

int RunChecks(const std::string& name) {
  if (name.empty()) {
    for (const review::Check& check : review::AllChecks()) {
      fmt::print("{:22} {:4} {}\n", check.name,
                 check.on_by_default ? "on" : "off", check.summary);
    }
    return kExitDone;
  }
  for (const review::Check& check : review::AllChecks()) {
    if (check.name != name) continue;
    fmt::print(
        "{}: {} ({} by default, severity {})\n\n{}\n\nBad:\n\n{}\n\n"
        "Good:\n\n{}\n",
        check.name, check.summary, check.on_by_default ? "on" : "off",
        review::SeverityName(check.severity), check.manual, check.bad,
        check.good);
    return kExitDone;
  }
  return Fail(NotFound(
      fmt::format("no check is called \"{}\" (see 'patchmilter checks')",
                  log::Clean(name))));
}

}  // namespace patchmilter::app
