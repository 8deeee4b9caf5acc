#include "review/tools/tool.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.h"

namespace patchmilter::review {
namespace {

std::string Wanted(const Parameter& parameter) {
  switch (parameter.type) {
    case Parameter::Type::kString:
      return fmt::format("a string of at most {} bytes", kMaxArgumentBytes);
    case Parameter::Type::kInteger:
      return fmt::format("an integer from {} to {}", parameter.minimum,
                         parameter.maximum);
    case Parameter::Type::kBoolean:
      return "true or false";
  }
  return "";
}

Error Refused(const Parameter& parameter) {
  return InvalidInput(
      fmt::format("/{}: must be {}", parameter.name, Wanted(parameter)));
}

Result<Arguments::Value> Checked(const Parameter& parameter,
                                 const nlohmann::json& json) {
  switch (parameter.type) {
    case Parameter::Type::kString: {
      const auto* text = json.get_ptr<const std::string*>();
      if (text == nullptr || text->size() > kMaxArgumentBytes) break;
      return Arguments::Value(*text);
    }
    case Parameter::Type::kInteger: {
      // Models write 3.0 for 3 now and then.
      std::int64_t number = 0;
      if (json.is_number_unsigned()) {
        const auto large = json.get<std::uint64_t>();
        if (large > INT64_MAX) break;
        number = static_cast<std::int64_t>(large);
      } else if (json.is_number_integer()) {
        number = json.get<std::int64_t>();
      } else if (json.is_number_float()) {
        const double real = json.get<double>();
        if (!(real >= -1e15 && real <= 1e15)) break;
        number = static_cast<std::int64_t>(real);
        if (static_cast<double>(number) != real) break;
      } else {
        break;
      }
      if (number < parameter.minimum || number > parameter.maximum) break;
      return Arguments::Value(number);
    }
    case Parameter::Type::kBoolean:
      if (!json.is_boolean()) break;
      return Arguments::Value(json.get<bool>());
  }
  return Refused(parameter);
}

const Parameter* FindParameter(const Tool& tool, std::string_view name) {
  const auto found = std::find_if(
      tool.parameters.begin(), tool.parameters.end(),
      [name](const Parameter& parameter) { return parameter.name == name; });
  return found == tool.parameters.end() ? nullptr : &*found;
}

std::string ParameterNames(const Tool& tool) {
  std::string names;
  for (const Parameter& parameter : tool.parameters) {
    if (!names.empty()) names += ", ";
    names += parameter.name;
  }
  return names.empty() ? "none" : names;
}

}  // namespace

std::string Arguments::Text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return "";
  return std::get<std::string>(found->second);
}

std::int64_t Arguments::Number(std::string_view name,
                               std::int64_t missing) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return missing;
  return std::get<std::int64_t>(found->second);
}

std::uint32_t Arguments::Line(std::string_view name,
                              std::uint32_t missing) const {
  return static_cast<std::uint32_t>(Number(name, missing));
}

bool Arguments::Flag(std::string_view name) const {
  const auto found = values_.find(name);
  return found != values_.end() && std::get<bool>(found->second);
}

const Tool* FindTool(std::string_view name) {
  for (const Tool& tool : AllTools()) {
    if (tool.name == name) return &tool;
  }
  return nullptr;
}

nlohmann::ordered_json InputSchema(const Tool& tool) {
  nlohmann::ordered_json schema;
  schema["type"] = "object";
  auto& properties = schema["properties"];
  properties = nlohmann::ordered_json::object();
  auto required = nlohmann::ordered_json::array();
  for (const Parameter& parameter : tool.parameters) {
    auto& property = properties[std::string(parameter.name)];
    switch (parameter.type) {
      case Parameter::Type::kString:
        property["type"] = "string";
        break;
      case Parameter::Type::kInteger:
        property["type"] = "integer";
        property["minimum"] = parameter.minimum;
        property["maximum"] = parameter.maximum;
        break;
      case Parameter::Type::kBoolean:
        property["type"] = "boolean";
        break;
    }
    property["description"] = std::string(parameter.help);
    if (parameter.required) required.push_back(std::string(parameter.name));
  }
  if (!required.empty()) schema["required"] = std::move(required);
  schema["additionalProperties"] = false;
  return schema;
}

Result<Arguments> ParseArguments(const Tool& tool, const nlohmann::json& json) {
  Arguments arguments;
  if (!json.is_null() && !json.is_object()) {
    return InvalidInput("the arguments must be an object");
  }
  for (const auto& [name, value] : json.items()) {
    const Parameter* parameter = FindParameter(tool, name);
    if (parameter == nullptr) {
      return InvalidInput(
          fmt::format("/{}: {} has no such parameter; it has: {}",
                      log::Clean(std::string_view(name).substr(0, 64)),
                      tool.name, ParameterNames(tool)));
    }
    if (value.is_null() && !parameter->required) continue;
    PM_ASSIGN_OR_RETURN(auto checked, Checked(*parameter, value));
    arguments.Set(name, std::move(checked));
  }
  for (const Parameter& parameter : tool.parameters) {
    if (!parameter.required ||
        (json.is_object() && json.contains(std::string(parameter.name)))) {
      continue;
    }
    return InvalidInput(fmt::format("/{}: is missing; {} needs it: {}",
                                    parameter.name, tool.name,
                                    Wanted(parameter)));
  }
  return arguments;
}

Result<Arguments::Value> ParseValue(const Parameter& parameter,
                                    const std::string& text) {
  switch (parameter.type) {
    case Parameter::Type::kString:
      return Checked(parameter, text);
    case Parameter::Type::kInteger: {
      std::int64_t number = 0;
      const char* end = text.data() + text.size();
      const auto [stopped, fault] = std::from_chars(text.data(), end, number);
      if (fault != std::errc() || stopped != end) return Refused(parameter);
      return Checked(parameter, number);
    }
    case Parameter::Type::kBoolean:
      break;
  }
  return Checked(parameter, text == "true");
}

}  // namespace patchmilter::review
