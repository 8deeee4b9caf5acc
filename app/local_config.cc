#include "app/local_config.h"

namespace patchmilter::app {

Config LocalConfig() {
  Config config;
  config.identity.from = "patchmilter <patchmilter@localhost>";
  config.identity.bounce = "patchmilter@localhost";
  DestinationConfig destination;
  destination.name = kLocalName;
  destination.kind = DestinationConfig::Kind::kList;
  destination.address = "review@localhost";
  config.destinations.push_back(destination);
  ListConfig list;
  list.name = kLocalName;
  list.destinations = {kLocalName};
  config.lists.push_back(std::move(list));
  return config;
}

}  // namespace patchmilter::app
