#include "app/agent_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "app/json.h"
#include "base/text.h"

namespace patchmilter::app {
namespace {

constexpr MicroDollars kCent = 10'000;

constexpr std::string_view kGeminiHome = "{gemini_home}";

using Values = std::array<std::pair<std::string_view, std::string>, 6>;

bool AnyHas(const std::vector<std::string>& texts, std::string_view word) {
  return std::any_of(texts.begin(), texts.end(), [word](const auto& text) {
    return text.find(word) != std::string::npos;
  });
}

// As a user's settings: those of the system must be root's, in directories that
// are root's. What is allowed in "core" outranks what is refused; everything
// else is refused, tools of servers too. No file is taken from the directories
// above, which may be anybody's.
Json GeminiSettings(const Json& server) {
  const std::string name(kAgentServer);
  Json trusted = server;
  trusted["trust"] = true;
  return {{"mcpServers", {{name, trusted}}},
          {"mcp", {{"allowed", Json::array({name})}}},
          {"tools", {{"core", Json::array({"mcp_" + name + "_*"})}}},
          {"context",
           {{"memoryBoundaryMarkers", Json::array()},
            {"includeDirectoryTree", false}}},
          {"skills", {{"enabled", false}}},
          {"hooksConfig", {{"enabled", false}}},
          {"general", {{"enableAutoUpdate", false}}},
          {"privacy", {{"usageStatisticsEnabled", false}}},
          {"security", {{"folderTrust", {{"enabled", false}}}}}};
}

// In one pass: what a value holds is not looked at again.
std::string Fill(std::string_view text, const Values& values) {
  std::string filled;
  while (!text.empty()) {
    bool found = false;
    for (const auto& [name, value] : values) {
      if (!text.starts_with(name)) continue;
      filled += value;
      text.remove_prefix(name.size());
      found = true;
      break;
    }
    if (found) continue;
    filled += text.front();
    text.remove_prefix(1);
  }
  return filled;
}

std::string Usd(MicroDollars money) {
  if (money <= 0) return std::string(kNoMostUsd);
  // Down to a cent, and never to nothing.
  const MicroDollars cents = std::max<MicroDollars>(money / kCent, 1);
  return fmt::format("{}.{:02}", cents / 100, cents % 100);
}

// A JSON string is a basic string of TOML as well.
std::string Quoted(std::string_view text) {
  return Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

Result<std::string> BridgeProgram() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return FromErrno("/proc/self/exe", error.value());
  return (self.parent_path() / "patchmilter").string();
}

Result<AgentCommand> MakeAgentCommand(const ModelConfig& model,
                                      const AgentScratch& scratch,
                                      const std::string& bridge,
                                      const AgentWish& wish) {
  const std::vector<std::string> arguments = {
      "mcp", "--connect", scratch.Path("mcp.sock"), "--token-file",
      scratch.Path("token")};
  const Json server = {{"command", bridge}, {"args", arguments}};
  const std::string name(kAgentServer);
  // Else Claude begins without the tools where they are not there at once.
  Json loaded = server;
  loaded["alwaysLoad"] = true;
  PM_RETURN_IF_ERROR(
      scratch.Write("mcp.json", ToText({{"mcpServers", {{name, loaded}}}})));
  if (AnyHas(model.command, kGeminiHome) ||
      AnyHas(model.environment, kGeminiHome)) {
    PM_RETURN_IF_ERROR(scratch.Write("home/.gemini/settings.json",
                                     ToText(GeminiSettings(server))));
  }

  std::vector<std::string> quoted;
  quoted.reserve(arguments.size());
  for (const std::string& argument : arguments) {
    quoted.push_back(Quoted(argument));
  }
  std::vector<std::string> tools;
  tools.reserve(wish.tools.size());
  for (const std::string& tool : wish.tools) {
    tools.push_back(fmt::format("mcp__{}__{}", kAgentServer, tool));
  }
  const Values values = {{
      {"{mcp_config}", scratch.Path("mcp.json")},
      {"{mcp_command}", fmt::format("{{command={},args=[{}],"
                                    "default_tools_approval_mode=\"approve\"}}",
                                    Quoted(bridge), Join(quoted, ","))},
      {kGeminiHome, scratch.Path("home")},
      {"{tools}", Join(tools, ",")},
      {"{max_turns}", std::to_string(wish.turns)},
      {"{max_usd}", Usd(wish.max_cost)},
  }};
  AgentCommand command;
  for (const std::string& argument : model.command) {
    command.arguments.push_back(Fill(argument, values));
  }
  command.environment = {
      "HOME=" + scratch.Path("home"), "TMPDIR=" + scratch.Path("tmp"),
      "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "TERM=dumb"};
  for (const std::string& variable : model.environment) {
    const std::string prefix = variable.substr(0, variable.find('=') + 1);
    std::erase_if(command.environment, [&prefix](const std::string& known) {
      return known.starts_with(prefix);
    });
    command.environment.push_back(Fill(variable, values));
  }
  return command;
}

}  // namespace patchmilter::app
