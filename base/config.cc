#include "base/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <utility>

#include "base/config_checks.h"
#include "base/config_forms.h"
#include "base/config_table.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"

namespace patchmilter {
namespace config {
namespace {

constexpr std::uint64_t kMaxFileSize = 1 << 20;
// A file of another kind would give a fault a line.
constexpr size_t kMaxFaults = 50;

Place PlaceOf(const toml::source_region& region) {
  return {static_cast<unsigned>(region.begin.line),
          static_cast<unsigned>(region.begin.column)};
}

std::string_view TypeName(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a broken number";
    case toml::node_type::boolean:
      return "a truth value";
    default:
      return "a date or time";
  }
}

// Walks a parsed file along the table of settings. Faults are collected, and
// reading goes on with the default.
class FileReader {
 public:
  FileReader(Config* config, Places* places, std::vector<Fault>* faults)
      : config_(*config), places_(*places), faults_(*faults) {}

  void Read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const Section* section = FindSection(key.str());
      if (section == nullptr) {
        AddUnknown(key, node);
      } else if (section->repeated) {
        ReadRepeated(*section, key, node);
      } else if (node.is_table()) {
        ReadSection(*section, *node.as_table(), 0);
      } else if (node.is_array_of_tables()) {
        Add(PlaceOf(key.source()), "\"{}\" stands once: write [{}], not [[{}]]",
            section->name, section->name, section->name);
      } else {
        Add(PlaceOf(key.source()), "\"{}\" is a section: write [{}]",
            section->name, section->name);
      }
    }
  }

 private:
  template <typename... Args>
  void Add(Place place, fmt::format_string<Args...> format, Args&&... args) {
    faults_.push_back(
        {place, fmt::format(format, std::forward<Args>(args)...)});
  }

  static const Section* FindSection(std::string_view name) {
    for (const Section& section : Sections()) {
      if (section.name == name) return &section;
    }
    return nullptr;
  }

  void ReadRepeated(const Section& section, const toml::key& key,
                    const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr || (!array->empty() && !node.is_array_of_tables())) {
      Add(PlaceOf(key.source()), "\"{}\" may stand many times: write [[{}]]",
          section.name, section.name);
      return;
    }
    size_t number = 0;
    for (const toml::node& each : *array) {
      ReadSection(section, *each.as_table(), number++);
    }
  }

  void ReadSection(const Section& section, const toml::table& table,
                   size_t number) {
    void* object = section.open(&config_);
    places_.Set(section.name, number, "", 0, PlaceOf(table.source()));
    for (const auto& [key, node] : table) {
      const auto setting =
          std::find_if(section.settings.begin(), section.settings.end(),
                       [&name = key](const Setting& each) {
                         return each.name == name.str();
                       });
      if (setting == section.settings.end()) {
        AddUnknown(section, key);
        continue;
      }
      full_name_ = fmt::format("{}.{}", section.name, setting->name);
      places_.Set(section.name, number, setting->name, 0,
                  PlaceOf(node.source()));
      ReadSetting(*setting, node, object);
      if (const toml::array* array = node.as_array()) {
        size_t element = 0;
        for (const toml::node& each : *array) {
          places_.Set(section.name, number, setting->name, element++,
                      PlaceOf(each.source()));
        }
      }
    }
    for (const Setting& setting : section.settings) {
      if (!setting.required || table.contains(setting.name)) continue;
      Add(PlaceOf(table.source()), "this [[{}]] has no {}", section.name,
          setting.name);
    }
  }

  void ReadSetting(const Setting& setting, const toml::node& node,
                   void* object) {
    switch (setting.storage) {
      case Storage::kText:
        ReadText(setting, node, &Member<std::string>(setting, object));
        return;
      case Storage::kTexts:
        ReadTexts(setting, node,
                  &Member<std::vector<std::string>>(setting, object));
        return;
      case Storage::kInteger:
        ReadNumber(setting, node, &Member<std::int64_t>(setting, object));
        return;
      case Storage::kUnsigned: {
        std::int64_t size = 0;
        if (ReadNumber(setting, node, &size)) {
          Member<std::uint64_t>(setting, object) =
              static_cast<std::uint64_t>(size);
        }
        return;
      }
      case Storage::kBool:
        if (const auto* value = node.as_boolean()) {
          Member<bool>(setting, object) = value->get();
        } else {
          AddType(node, "true or false, without quotes");
        }
        return;
      case Storage::kKind: {
        std::string kind;
        if (!ReadText(setting, node, &kind)) return;
        Member<DestinationConfig::Kind>(setting, object) =
            kind == KindName(DestinationConfig::Kind::kList)
                ? DestinationConfig::Kind::kList
                : DestinationConfig::Kind::kArchive;
        return;
      }
    }
  }

  // Leaves `member` as it is where there is a fault.
  bool ReadText(const Setting& setting, const toml::node& node,
                std::string* member) {
    const auto* value = node.as_string();
    if (value == nullptr) {
      AddType(node, setting.form == Form::kMode
                        ? "a text: write it in quotes, like \"0660\""
                        : "a text in quotes");
      return false;
    }
    const std::string& text = value->get();
    // Where the default is empty, empty says: not set.
    const bool unset = text.empty() && member->empty() && !setting.required &&
                       setting.storage == Storage::kText;
    if (!unset) {
      const std::string wrong = CheckForm(setting, text);
      if (!wrong.empty()) {
        Add(PlaceOf(node.source()), "{} = \"{}\" {}", full_name_,
            log::Clean(text, 100), wrong);
        return false;
      }
    }
    *member = text;
    return true;
  }

  void ReadTexts(const Setting& setting, const toml::node& node,
                 std::vector<std::string>* member) {
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      AddType(node, "a list of texts, like [\"a\", \"b\"]");
      return;
    }
    member->clear();
    for (const toml::node& each : *array) {
      std::string text;
      // A fault leaves "" in its place: the numbers stay those of the file.
      ReadText(setting, each, &text);
      member->push_back(std::move(text));
    }
  }

  bool ReadNumber(const Setting& setting, const toml::node& node,
                  std::int64_t* member) {
    std::int64_t number = 0;
    if (const auto* value = node.as_integer();
        value != nullptr && setting.form != Form::kMoney) {
      number = value->get();
    } else if (const auto* text = node.as_string();
               text != nullptr && setting.form != Form::kInteger) {
      Result<std::int64_t> parsed = ParseQuantityOf(setting, text->get());
      if (!parsed.ok()) {
        Add(PlaceOf(node.source()), "{} = \"{}\" is {}", full_name_,
            log::Clean(text->get(), 100), parsed.error().message);
        return false;
      }
      number = *parsed;
    } else {
      AddType(node, WantedNumber(setting.form));
      return false;
    }
    if (number < setting.min || number > setting.max) {
      Add(PlaceOf(node.source()), "{} is out of range; it may be {} to {}",
          full_name_, FormatNumber(setting, setting.min),
          FormatNumber(setting, setting.max));
      return false;
    }
    *member = number;
    return true;
  }

  static std::string_view WantedNumber(Form form) {
    switch (form) {
      case Form::kDuration:
        return "a duration, like \"15min\"";
      case Form::kSize:
        return "a size, like \"64MiB\"";
      case Form::kMoney:
        return "an amount of dollars in quotes, like \"2.50\"";
      default:
        return "a whole number";
    }
  }

  static Result<std::int64_t> ParseQuantityOf(const Setting& setting,
                                              std::string_view text) {
    if (setting.form == Form::kDuration) return ParseDuration(text);
    if (setting.form == Form::kMoney) return ParseMoney(text);
    PM_ASSIGN_OR_RETURN(const std::uint64_t size, ParseSize(text));
    // What does not fit is out of every range.
    return size > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(size);
  }

  void AddType(const toml::node& node, std::string_view wanted) {
    Add(PlaceOf(node.source()), "{} is {}; it must be {}", full_name_,
        TypeName(node), wanted);
  }

  void AddUnknown(const toml::key& key, const toml::node& node) {
    const std::string name = log::Clean(key.str(), 100);
    if (node.is_table() || node.is_array_of_tables()) {
      std::vector<std::string> known;
      for (const Section& each : Sections()) known.emplace_back(each.name);
      const std::string nearest = NearestName(key.str(), known);
      const Section* section = FindSection(nearest);
      Add(PlaceOf(key.source()), "unknown section \"{}\"; {}", name,
          section == nullptr  ? fmt::format("there are {}", Join(known, ", "))
          : section->repeated ? fmt::format("did you mean [[{}]]?", nearest)
                              : fmt::format("did you mean [{}]?", nearest));
      return;
    }
    AddUnknownName(key, name, key.str());
  }

  void AddUnknown(const Section& section, const toml::key& key) {
    std::vector<std::string> known;
    for (const Setting& each : section.settings) {
      known.emplace_back(each.name);
    }
    const std::string name =
        fmt::format("{}.{}", section.name, log::Clean(key.str(), 100));
    const std::string nearest = NearestName(key.str(), known);
    if (nearest.empty()) {
      AddUnknownName(key, name, key.str());
    } else {
      Add(PlaceOf(key.source()),
          "unknown setting \"{}\"; did you mean \"{}.{}\"?", name, section.name,
          nearest);
    }
  }

  // Nothing near in its own section: perhaps it belongs to another.
  void AddUnknownName(const toml::key& key, std::string_view name,
                      std::string_view last) {
    std::string nearest;
    for (const Section& section : Sections()) {
      for (const Setting& setting : section.settings) {
        if (nearest.empty() && setting.name == last) {
          nearest = fmt::format("{}.{}", section.name, setting.name);
        }
      }
    }
    if (nearest.empty()) {
      std::vector<std::string> known;
      for (const Section& section : Sections()) {
        for (const Setting& setting : section.settings) {
          known.push_back(fmt::format("{}.{}", section.name, setting.name));
        }
      }
      nearest = NearestName(name, known);
    }
    Add(PlaceOf(key.source()), "unknown setting \"{}\"; {}", name,
        nearest.empty() ? std::string("patchmilter.toml(5) lists what there is")
                        : fmt::format("did you mean \"{}\"?", nearest));
  }

  Config& config_;
  Places& places_;
  std::vector<Fault>& faults_;
  std::string full_name_;  // Of the setting being read: "list.name".
};

std::string Describe(std::vector<Fault> faults, const std::string& name) {
  // By line; those of the file as a whole last.
  std::stable_sort(faults.begin(), faults.end(),
                   [](const Fault& a, const Fault& b) {
                     if ((a.place.line == 0) != (b.place.line == 0)) {
                       return b.place.line == 0;
                     }
                     return a.place < b.place;
                   });
  std::string text;
  for (size_t i = 0; i < faults.size(); ++i) {
    if (i == kMaxFaults) {
      text += fmt::format("\n{}: and {} faults more", name, faults.size() - i);
      break;
    }
    if (i > 0) text += '\n';
    const Place place = faults[i].place;
    text += place.line == 0 ? fmt::format("{}: {}", name, faults[i].text)
                            : fmt::format("{}:{}:{}: {}", name, place.line,
                                          place.column, faults[i].text);
  }
  return text;
}

}  // namespace
}  // namespace config

Result<Config> ParseConfig(std::string_view toml, const std::string& name,
                           ConfigUse use) {
  Config config;
  config.file = name;
  config::Places places;
  std::vector<config::Fault> faults;
  try {
    const toml::table root = toml::parse(toml, name);
    config::FileReader(&config, &places, &faults).Read(root);
  } catch (const toml::parse_error& error) {
    const config::Fault fault{config::PlaceOf(error.source()),
                              log::Clean(error.description(), 300)};
    return InvalidInput(config::Describe({fault}, name));
  }
  config::CheckConfig(config, use, places, &faults);
  if (!faults.empty()) {
    return InvalidInput(config::Describe(std::move(faults), name));
  }
  return config;
}

Result<Config> LoadConfig(const std::string& path, ConfigUse use) {
  PM_ASSIGN_OR_RETURN(const std::string toml,
                      ReadFile(path, config::kMaxFileSize));
  return ParseConfig(toml, path, use);
}

const DestinationConfig* Config::FindDestination(std::string_view name) const {
  for (const DestinationConfig& each : destinations) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

const TreeConfig* Config::FindTree(std::string_view name) const {
  for (const TreeConfig& each : trees) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

const ModelConfig* Config::FindModel(std::string_view name) const {
  for (const ModelConfig& each : models) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

const ListConfig* Config::FindList(std::string_view name) const {
  for (const ListConfig& each : lists) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

}  // namespace patchmilter
