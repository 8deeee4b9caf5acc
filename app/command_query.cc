// patchmilter query: one question to a tree, as a reviewer's tools ask it.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>

#include "app/code_desk.h"
#include "app/commands.h"
#include "app/json.h"
#include "app/state_view.h"
#include "base/text.h"
#include "review/tools/session.h"
#include "review/tools/tool.h"

namespace patchmilter::app {
namespace {

// A person who asks wants the whole answer, or as much as one screen of a pager
// holds.
review::ToolLimits LimitsOf(const QueryOptions& options) {
  review::ToolLimits limits;
  limits.calls = UINT64_MAX;
  limits.bytes = UINT64_MAX;
  limits.answer.lines = tree::kMaxAnswerLines;
  if (!options.all && options.lines > 0) {
    limits.answer.lines = static_cast<std::size_t>(options.lines);
  }
  limits.answer.bytes = tree::kMaxAnswerBytes;
  limits.answer.time = tree::kMaxAnswerTime;
  return limits;
}

void PrintJson(const review::ToolSession::Reply& reply) {
  Json json;
  Json lines = Json::array();
  LineReader reader(reply.body);
  std::string_view line;
  while (reader.Next(&line)) lines.push_back(std::string(line));
  json["lines"] = std::move(lines);
  json["status"] = reply.status;
  json["whole"] = reply.cursor.empty();
  if (!reply.cursor.empty()) json["cursor"] = reply.cursor;
  std::cout << PrintableJson(json) << '\n';
}

}  // namespace

int RunQuery(const QueryOptions& options) {
  const review::Tool* tool = review::FindTool(options.tool);
  CHECK(tool != nullptr);  // The command line's options come from the table.
  review::Arguments arguments;
  for (const review::Parameter& parameter : tool->parameters) {
    const auto given = options.arguments.find(std::string(parameter.name));
    if (given == options.arguments.end()) {
      if (!parameter.required) continue;
      return Fail(InvalidInput(
          fmt::format("--{} is missing: {}", parameter.name, parameter.help)));
    }
    const auto value = review::ParseValue(parameter, given->second);
    if (!value.ok()) {
      return Fail(InvalidInput("--" + value.error().message.substr(1)));
    }
    arguments.Set(parameter.name, *value);
  }
  if (options.code.tree.empty()) {
    return Fail(InvalidInput("--tree DIR is missing: the repository to ask"));
  }
  auto desk = CodeDesk::Open(options.code, LimitsOf(options));
  if (!desk.ok()) return Fail(desk.error());
  bool found = false;
  while (true) {
    const review::ToolSession::Reply reply =
        (*desk)->session()->Call(*tool, arguments);
    if (reply.error) return Fail(InvalidInput(reply.status));
    found = found || !reply.body.empty();
    if (options.json) {
      PrintJson(reply);
    } else {
      std::cout << reply.body;
    }
    if (!options.all || reply.cursor.empty()) {
      if (!options.json) {
        std::cout.flush();
        std::cerr << reply.status << '\n';
      }
      return found ? kExitDone : kExitFindings;
    }
    arguments.Set("cursor", reply.cursor);
  }
}

}  // namespace patchmilter::app
