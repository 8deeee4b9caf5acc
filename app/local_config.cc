#include "app/local_config.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace patchmilter::app {
namespace {

// The work tree that `path` lies in, as git itself would look for it; `path`
// where it lies in none (a bare repository). A site's trees are never searched
// for: they are opened where the configuration says.
std::filesystem::path TopOfWorkTree(const std::filesystem::path& path) {
  std::error_code error;
  for (auto at = path; at != at.root_path(); at = at.parent_path()) {
    if (std::filesystem::exists(at / ".git", error)) return at;
  }
  return path;
}

}  // namespace

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

Result<TreeConfig> LocalTree(const std::string& path, const std::string& base) {
  TreeConfig tree;
  std::error_code error;
  const auto found = std::filesystem::canonical(path, error);
  if (error) return NotFound(fmt::format("{}: {}", path, error.message()));
  const std::filesystem::path top = TopOfWorkTree(found);
  tree.name = top.filename().string();
  if (tree.name == ".git") tree.name = top.parent_path().filename().string();
  tree.path = top.string();
  if (!base.empty()) tree.branches = {base};
  return tree;
}

}  // namespace patchmilter::app
