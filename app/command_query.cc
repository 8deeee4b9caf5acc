// patchmilter query: one question to a tree, as a reviewer's tools ask it.
#include <fmt/format.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>

#include "app/code_desk.h"
#include "app/commands.h"
#include "app/json.h"
#include "app/state_view.h"
#include "review/tools/answer_text.h"
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

// Prints an answer as its pages come: its text to standard output and its
// status to standard error, or all of it as one JSON object.
class AnswerPrinter {
 public:
  explicit AnswerPrinter(bool json) : json_(json) {}

  void Print(std::string_view text) {
    if (!json_) {
      std::cout << text;
      return;
    }
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      line_ += text.substr(0, end);
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
      PrintLine();
    }
  }

  // `cursor`: "" where it is whole.
  void End(const std::string& status, const std::string& cursor, bool whole) {
    if (!json_) {
      std::cout.flush();
      std::cerr << status << '\n';
      return;
    }
    if (!line_.empty()) PrintLine();
    if (lines_ == 0) std::cout << kBegin;
    std::cout << (lines_ == 0 ? "]" : "\n  ]");
    PrintMember("status", status);
    PrintMember("whole", whole);
    if (!cursor.empty()) PrintMember("cursor", cursor);
    std::cout << "\n}\n";
  }

 private:
  static constexpr std::string_view kBegin = "{\n  \"lines\": [";

  void PrintLine() {
    std::cout << (lines_++ == 0 ? kBegin : std::string_view(",")) << "\n    "
              << PrintableJson(Json(line_));
    line_.clear();
  }
  static void PrintMember(std::string_view name, const Json& value) {
    std::cout << ",\n  \"" << name << "\": " << PrintableJson(value);
  }

  bool json_;
  std::string line_;  // Whose end has not come.
  std::uint64_t lines_ = 0;
};

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
  AnswerPrinter printer(options.json);
  review::WholeAnswer whole;
  bool found = false;
  while (true) {
    const review::ToolSession::Reply page =
        (*desk)->session()->Call(*tool, arguments);
    if (page.error) {
      // What was printed of a JSON object is ended.
      if (options.json && found) printer.End(page.status, "", false);
      return Fail(InvalidInput(page.status));
    }
    found = found || !page.body.empty();
    if (!options.all) {
      printer.Print(page.body);
      printer.End(page.status, page.cursor, page.cursor.empty());
      break;
    }
    printer.Print(whole.Add(page));
    if (page.cursor.empty()) {
      printer.Print(whole.End());
      printer.End(whole.status(), "", true);
      break;
    }
    arguments.Set("cursor", page.cursor);
  }
  return found ? kExitDone : kExitFindings;
}

}  // namespace patchmilter::app
