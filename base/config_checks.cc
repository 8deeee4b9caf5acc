#include "base/config_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "base/config_forms.h"
#include "base/text.h"

namespace patchmilter::config {
namespace {

// What a path leads to by links, as far as it is there.
std::string CanonicalPath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path canonical =
      std::filesystem::weakly_canonical(path, error);
  std::string text =
      (error ? std::filesystem::path(path).lexically_normal() : canonical)
          .string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

class Checker {
 public:
  Checker(const Config& config, const Places& places,
          std::vector<Fault>* faults)
      : config_(config), places_(places), faults_(*faults) {}

  void CheckNames() {
    CheckUnique("destination", config_.destinations);
    CheckUnique("tree", config_.trees);
    CheckUnique("list", config_.lists);
    CheckUnique("model", config_.models);
    CheckModel("review", 0, "model", config_.review.model);
    CheckModel("review", 0, "verifier", config_.review.verifier);
    for (size_t i = 0; i < config_.lists.size(); ++i) {
      const ListConfig& list = config_.lists[i];
      CheckReferences(i, "destinations", list.destinations, "destination",
                      config_.destinations);
      CheckReferences(i, "trees", list.trees, "tree", config_.trees);
      CheckModel("list", i, "model", list.model);
      CheckRepeated(i, "disable_checks", list.disable_checks);
      CheckRepeated(i, "enable_checks", list.enable_checks);
      for (size_t k = 0; k < list.enable_checks.size(); ++k) {
        for (const std::string& disabled : list.disable_checks) {
          if (disabled != list.enable_checks[k]) continue;
          Add(places_.Of("list", i, "enable_checks", k),
              "the check \"{}\" is enabled and disabled", disabled);
        }
      }
    }
  }

  void CheckMatching() {
    std::map<std::string, std::string> taken;
    for (size_t i = 0; i < config_.lists.size(); ++i) {
      const ListConfig& list = config_.lists[i];
      if (list.list_id.empty() && list.recipients.empty() &&
          list.addresses.empty()) {
        Add(places_.Of("list", i),
            "the list \"{}\" has nothing to match a mail by; give it list_id, "
            "recipients or addresses",
            list.name);
      }
      for (const auto& [setting, values] :
           {std::pair("list_id", &list.list_id),
            std::pair("recipients", &list.recipients),
            std::pair("addresses", &list.addresses)}) {
        for (size_t k = 0; k < values->size(); ++k) {
          if ((*values)[k].empty()) continue;  // A fault, said already.
          const auto [earlier, fresh] = taken.emplace(
              fmt::format("{} {}", setting, ToLower((*values)[k])), list.name);
          if (fresh) continue;
          Add(places_.Of("list", i, setting, k),
              "\"{}\" stands in {} of the list \"{}\" already, which has all "
              "its mail",
              (*values)[k], setting, earlier->second);
        }
      }
    }
  }

  // Mail to a watched list is reviewed, and reviews go to destinations: where
  // the two meet, reviews of reviews would run in circles, on the main list.
  void CheckLoops() {
    std::map<std::string, std::string> destinations;
    for (size_t i = 0; i < config_.destinations.size(); ++i) {
      const DestinationConfig& destination = config_.destinations[i];
      if (destination.address.empty()) continue;
      CheckNotListed(destination.address,
                     places_.Of("destination", i, "address"),
                     "reviews would be sent to the watched list");
      const auto [earlier, fresh] =
          destinations.emplace(ToLower(destination.address), destination.name);
      if (!fresh) {
        Add(places_.Of("destination", i, "address"),
            "the destination \"{}\" has this address already; one address "
            "takes one destination",
            earlier->second);
      }
      for (const ListConfig& list : config_.lists) {
        for (const std::string& id : list.list_id) {
          if (destination.list_id.empty() ||
              !EqualsIgnoreCase(id, destination.list_id)) {
            continue;
          }
          Add(places_.Of("destination", i, "list_id"),
              "the watched list \"{}\" has this list_id: reviews would be "
              "taken for its mail",
              list.name);
        }
      }
    }
    const IdentityConfig& identity = config_.identity;
    if (!identity.bounce.empty()) {
      const Place place = places_.Of("identity", 0, "bounce");
      CheckNotListed(identity.bounce, place,
                     "bounces would be sent to the watched list");
      const auto found = destinations.find(ToLower(identity.bounce));
      if (found != destinations.end()) {
        Add(place,
            "bounces would be sent to the destination \"{}\"; give them an "
            "address of their own",
            found->second);
      }
    }
    CheckNotListed(std::string(AddressOf(identity.from)),
                   places_.Of("identity", 0, "from"),
                   "reviews would be from the watched list");
  }

  // Each index keeps what its own tree needs, and nothing else.
  void CheckIndexes() {
    std::map<std::string, std::string> taken;
    for (size_t i = 0; i < config_.trees.size(); ++i) {
      const TreeConfig& tree = config_.trees[i];
      if (!tree.index.starts_with('/')) continue;  // None, or said already.
      const auto [earlier, fresh] =
          taken.emplace(CanonicalPath(tree.index), tree.name);
      if (fresh) continue;
      Add(places_.Of("tree", i, "index"),
          "the tree \"{}\" has this directory already; give each index one "
          "of its own",
          earlier->second);
    }
  }

  void CheckSizes() {
    const IntakeConfig& intake = config_.intake;
    if (intake.max_size < 2 * intake.segment_size) {
      Add(places_.Of("intake", 0, "max_size"),
          "intake.max_size ({}) must hold two segments of "
          "intake.segment_size ({}) at least",
          ExactSize(intake.max_size), ExactSize(intake.segment_size));
    }
    if (intake.max_size < intake.max_message) {
      Add(places_.Of("intake", 0, "max_size"),
          "intake.max_size ({}) must hold one mail of intake.max_message ({})",
          ExactSize(intake.max_size), ExactSize(intake.max_message));
    }
    if (config_.intake.directory == config_.state.directory) {
      Add(places_.Of("state", 0, "directory"),
          "state.directory and intake.directory must differ: each daemon "
          "writes its own alone");
    }
    if (config_.smtp.user.empty() != config_.smtp.password_file.empty()) {
      Add(places_.Of("smtp", 0,
                     config_.smtp.user.empty() ? "password_file" : "user"),
          "smtp.user and smtp.password_file go together");
    }
  }

  void CheckCommand(size_t i, const ModelConfig& model) {
    if (!model.command.empty() && !model.command.front().starts_with('/')) {
      Add(places_.Of("model", i, "command"),
          "the program must be named by its absolute path");
    }
    for (const std::string& variable : model.environment) {
      const size_t equals = variable.find('=');
      const std::string name = variable.substr(0, equals);
      if (equals == std::string::npos || name.empty()) {
        Add(places_.Of("model", i, "environment"),
            "\"{}\" is no variable; write \"NAME=value\"", variable);
      } else if (name == "HOME" || name == "TMPDIR") {
        Add(places_.Of("model", i, "environment"),
            "{} is a new directory for each run, and cannot be given", name);
      }
    }
    const std::string& name = model.credential_name;
    const std::string parts = "/" + name + "/";
    if (!name.empty() && (parts.find("//") != std::string::npos ||
                          parts.find("/../") != std::string::npos ||
                          parts.find("/./") != std::string::npos)) {
      Add(places_.Of("model", i, "credential_name"),
          "credential_name is a path below HOME, without . and ..");
    }
  }

  void CheckModels() {
    for (size_t i = 0; i < config_.models.size(); ++i) {
      const ModelConfig& model = config_.models[i];
      const bool command = model.api == "command";
      if (command && model.command.empty() && model.agent_socket.empty()) {
        Add(places_.Of("model", i, "api"),
            "the model \"{}\" of api \"command\" has no command, and no "
            "agent_socket of who has it",
            model.name);
      }
      if (command) CheckCommand(i, model);
      if (!command && model.model.empty()) {
        Add(places_.Of("model", i),
            "the model \"{}\" does not say which one: give it model, as its "
            "provider names it",
            model.name);
      }
      if (!command && !model.command.empty()) {
        Add(places_.Of("model", i, "command"),
            "only a model of api \"command\" has a command");
      }
      if (command && !model.key_file.empty()) {
        Add(places_.Of("model", i, "key_file"),
            "a command gets no key of ours; name its own file in "
            "credential_file");
      }
      if (model.api == "chat" && model.url.empty()) {
        Add(places_.Of("model", i),
            "the model \"{}\" of api \"chat\" has no url", model.name);
      }
      if (model.max_output >= model.window) {
        Add(places_.Of("model", i, "max_output"),
            "max_output ({}) must leave room for a prompt in window ({})",
            model.max_output, model.window);
      }
      if (!model.key_file.empty() && model.url.starts_with("http://") &&
          !IsLoopback(model.url)) {
        Add(places_.Of("model", i, "url"),
            "a key would be sent in the clear: write https://");
      }
      if (model.credential_file.empty() != model.credential_name.empty()) {
        Add(places_.Of("model", i),
            "credential_file and credential_name go together");
      }
    }
    for (size_t i = 0; i < config_.lists.size(); ++i) {
      const ListConfig& list = config_.lists[i];
      const std::string& engine =
          list.engine.empty() ? config_.review.engine : list.engine;
      if (engine != "model" || !list.model.empty() ||
          !config_.review.model.empty()) {
        continue;
      }
      Add(places_.Of("list", i),
          "the list \"{}\" is reviewed by a model, and none is named: set "
          "review.model to the name of a [[model]]",
          list.name);
    }
    const std::string& directory = config_.prompts.directory;
    if (directory.empty() != config_.prompts.commit.empty()) {
      Add(places_.Of("prompts", 0, directory.empty() ? "commit" : "directory"),
          "prompts.directory and prompts.commit go together");
    }
  }

  void CheckRequired(ConfigUse use) {
    if (use == ConfigUse::kAgent) {
      for (const ModelConfig& model : config_.models) {
        if (model.api == "command" && !model.command.empty()) return;
      }
      Add({},
          "no [[model]] of api \"command\" with a command: there is "
          "nothing to run");
      return;
    }
    if (config_.lists.empty()) {
      Add({}, "no [[list]]: there is nothing to watch");
    }
    if (use == ConfigUse::kMilter) return;
    if (config_.identity.from.empty() && !Said("identity", "from")) {
      Add(places_.Of("identity", 0, "from"),
          "identity.from is required: who review mails are from");
    }
    if (config_.identity.bounce.empty() && !Said("identity", "bounce")) {
      Add(places_.Of("identity", 0, "bounce"),
          "identity.bounce is required: where bounces go");
    }
    if (config_.destinations.empty()) {
      Add({}, "no [[destination]]: there is nowhere to send reviews to");
    }
    for (size_t i = 0; i < config_.lists.size(); ++i) {
      if (!config_.lists[i].destinations.empty()) continue;
      Add(places_.Of("list", i),
          "the list \"{}\" has no destinations; name one or more in "
          "destinations",
          config_.lists[i].name);
    }
  }

 private:
  template <typename... Args>
  void Add(Place place, fmt::format_string<Args...> format, Args&&... args) {
    faults_.push_back(
        {place, fmt::format(format, std::forward<Args>(args)...)});
  }

  // The setting is there, and its form is at fault.
  bool Said(std::string_view section, std::string_view setting) const {
    const Place place = places_.Of(section, 0, setting);
    if (place == places_.Of(section)) return false;
    return std::any_of(
        faults_.begin(), faults_.end(),
        [&place](const Fault& fault) { return fault.place == place; });
  }

  template <typename T>
  void CheckUnique(std::string_view section, const std::vector<T>& all) {
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].name.empty()) continue;  // Said already.
      for (size_t k = 0; k < i; ++k) {
        if (all[k].name != all[i].name) continue;
        Add(places_.Of(section, i, "name"),
            "there are two [[{}]] of the name \"{}\"; the first stands in "
            "line {}",
            section, all[i].name, places_.Of(section, k, "name").line);
        break;
      }
    }
  }

  void CheckRepeated(size_t list, std::string_view setting,
                     const std::vector<std::string>& values) {
    for (size_t i = 0; i < values.size(); ++i) {
      for (size_t k = 0; k < i; ++k) {
        if (values[k] != values[i] || values[i].empty()) continue;
        Add(places_.Of("list", list, setting, i),
            "\"{}\" stands twice in list.{}", values[i], setting);
        break;
      }
    }
  }

  template <typename T>
  void CheckReferences(size_t list, std::string_view setting,
                       const std::vector<std::string>& names,
                       std::string_view section, const std::vector<T>& all) {
    CheckRepeated(list, setting, names);
    std::vector<std::string> known;
    known.reserve(all.size());
    for (const T& each : all) known.push_back(each.name);
    for (size_t i = 0; i < names.size(); ++i) {
      bool found = names[i].empty();  // A fault of its form, said already.
      for (const std::string& name : known) found = found || name == names[i];
      if (found) continue;
      const std::string nearest = NearestName(names[i], known);
      Add(places_.Of("list", list, setting, i), "unknown {} \"{}\"; {}",
          section, names[i],
          nearest.empty() ? fmt::format("no [[{}]] has this name", section)
                          : fmt::format("did you mean \"{}\"?", nearest));
    }
  }

  void CheckModel(std::string_view section, size_t number,
                  std::string_view setting, const std::string& name) {
    if (name.empty() || config_.FindModel(name) != nullptr) return;
    std::vector<std::string> known;
    known.reserve(config_.models.size());
    for (const ModelConfig& each : config_.models) known.push_back(each.name);
    const std::string nearest = NearestName(name, known);
    Add(places_.Of(section, number, setting), "unknown model \"{}\"; {}", name,
        nearest.empty() ? std::string("no [[model]] has this name")
                        : fmt::format("did you mean \"{}\"?", nearest));
  }

  static bool IsLoopback(std::string_view url) {
    for (const std::string_view host : {"127.0.0.1", "localhost", "[::1]"}) {
      const std::string_view rest =
          url.substr(std::string_view("http://").size());
      if (!rest.starts_with(host)) continue;
      const std::string_view after = rest.substr(host.size());
      if (after.empty() || after.front() == ':' || after.front() == '/') {
        return true;
      }
    }
    return false;
  }

  void CheckNotListed(const std::string& address, Place place,
                      std::string_view consequence) {
    if (address.empty()) return;
    for (const ListConfig& list : config_.lists) {
      bool found = false;
      for (const std::vector<std::string>* addresses :
           {&list.recipients, &list.addresses}) {
        for (const std::string& each : *addresses) {
          found = found || EqualsIgnoreCase(each, address);
        }
      }
      if (!found) continue;
      Add(place, "\"{}\" is an address of the list \"{}\": {}", address,
          list.name, consequence);
    }
  }

  const Config& config_;
  const Places& places_;
  std::vector<Fault>& faults_;
};

}  // namespace

void Places::Set(std::string_view section, size_t number,
                 std::string_view setting, size_t element, Place place) {
  places_[Key(section, number, setting, element)] = place;
}

Place Places::Of(std::string_view section, size_t number,
                 std::string_view setting, size_t element) const {
  for (const Key& key :
       {Key(section, number, setting, element),
        Key(section, number, setting, 0), Key(section, number, "", 0)}) {
    const auto found = places_.find(key);
    if (found != places_.end()) return found->second;
  }
  return {};
}

void CheckConfig(const Config& config, ConfigUse use, const Places& places,
                 std::vector<Fault>* faults) {
  Checker checker(config, places, faults);
  checker.CheckNames();
  checker.CheckMatching();
  checker.CheckLoops();
  checker.CheckIndexes();
  checker.CheckSizes();
  checker.CheckModels();
  checker.CheckRequired(use);
}

}  // namespace patchmilter::config
