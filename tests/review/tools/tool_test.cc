#include "review/tools/tool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace patchmilter::review {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(ToolTableTest, EveryToolCanBeCalledByWhatItsSchemaSays) {
  std::set<std::string_view> names;
  for (const Tool& tool : AllTools()) {
    SCOPED_TRACE(std::string(tool.name));
    EXPECT_TRUE(names.insert(tool.name).second) << "named twice";
    EXPECT_NE(tool.run, nullptr);
    EXPECT_EQ(FindTool(tool.name), &tool);
    const auto schema = InputSchema(tool);
    EXPECT_EQ(schema["type"], "object");
    EXPECT_EQ(schema["additionalProperties"], false);
    json least = json::object();
    for (const Parameter& parameter : tool.parameters) {
      const auto& property = schema["properties"][std::string(parameter.name)];
      EXPECT_FALSE(property["description"].get<std::string>().empty());
      if (!parameter.required) continue;
      if (parameter.type == Parameter::Type::kInteger) {
        least[std::string(parameter.name)] = parameter.minimum;
      } else {
        least[std::string(parameter.name)] = "x";
      }
    }
    EXPECT_EQ(schema.contains("required") ? schema["required"].size() : 0,
              least.size());
    EXPECT_TRUE(ParseArguments(tool, least).ok());
    if (!tool.operand.empty()) {
      EXPECT_TRUE(schema["properties"].contains(std::string(tool.operand)));
    }
  }
  EXPECT_EQ(FindTool("no_such_tool"), nullptr);
}

TEST(ToolArgumentsTest, WhatIsGivenIsTaken) {
  const auto arguments = ParseArguments(
      *FindTool("search"), json::parse(R"({"pattern": "a", "regex": true,
                                           "context": 3, "path": null})"));
  ASSERT_TRUE(arguments.ok()) << arguments.error().message;
  EXPECT_EQ(arguments->Text("pattern"), "a");
  EXPECT_TRUE(arguments->Flag("regex"));
  EXPECT_FALSE(arguments->Flag("ignore_case"));
  EXPECT_EQ(arguments->Line("context"), 3u);
  EXPECT_EQ(arguments->Text("path"), "");
}

TEST(ToolArgumentsTest, AWholeNumberMayBeWrittenAsAFraction) {
  const auto arguments = ParseArguments(
      *FindTool("read_file"), json::parse(R"({"path": "a", "first": 12.0})"));
  ASSERT_TRUE(arguments.ok()) << arguments.error().message;
  EXPECT_EQ(arguments->Line("first"), 12u);
}

TEST(ToolArgumentsTest, FaultsAreRefusedByName) {
  struct Case {
    const char* tool;
    const char* arguments;
    const char* said;
  };
  const Case cases[] = {
      {"read_file", "{}", "/path: is missing"},
      {"read_file", "null", "/path: is missing"},
      {"read_file", "[]", "must be an object"},
      {"read_file", "7", "must be an object"},
      {"read_file", R"({"path": null})", "/path: must be a string"},
      {"read_file", R"({"path": 7})", "/path: must be a string"},
      {"read_file", R"({"path": "a", "first": 0})",
       "/first: must be an integer from 1 to"},
      {"read_file", R"({"path": "a", "first": -1})", "/first: must be"},
      {"read_file", R"({"path": "a", "first": 1.5})", "/first: must be"},
      {"read_file", R"({"path": "a", "first": 1e300})", "/first: must be"},
      {"read_file", R"({"path": "a", "first": 18446744073709551615})",
       "/first: must be"},
      {"read_file", R"({"path": "a", "first": "1"})", "/first: must be"},
      {"read_file", R"({"path": "a", "lines": 3})",
       "/lines: read_file has no such parameter; it has: path, at, first"},
      {"search", R"({"pattern": "a", "regex": "yes"})",
       "/regex: must be true or false"},
      {"search", R"({"pattern": "a", "context": 21})", "from 0 to 20"},
      {"show_patch", R"({"number": -1})", "/number: must be an integer"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(std::string(one.tool) + " " + one.arguments);
    const auto arguments =
        ParseArguments(*FindTool(one.tool), json::parse(one.arguments));
    ASSERT_FALSE(arguments.ok());
    EXPECT_EQ(arguments.error().kind, ErrorKind::kInvalidInput);
    EXPECT_THAT(arguments.error().message, HasSubstr(one.said));
  }
}

TEST(ToolArgumentsTest, AnEndlessTextIsRefused) {
  const auto arguments =
      ParseArguments(*FindTool("read_file"),
                     json{{"path", std::string(kMaxArgumentBytes + 1, 'a')}});
  ASSERT_FALSE(arguments.ok());
  EXPECT_THAT(arguments.error().message, HasSubstr("at most 4096 bytes"));
}

TEST(ToolArgumentsTest, AForeignNameIsShownCleaned) {
  const auto arguments =
      ParseArguments(*FindTool("read_file"), json{{"a\x1b[31m\nb", 1}});
  ASSERT_FALSE(arguments.ok());
  EXPECT_EQ(arguments.error().message.find('\x1b'), std::string::npos);
  EXPECT_EQ(arguments.error().message.find('\n'), std::string::npos);
}

TEST(ToolArgumentsTest, ValuesOfACommandLineAreCheckedTheSame) {
  const Tool& tool = *FindTool("read_file");
  const Parameter& first = tool.parameters[2];
  ASSERT_EQ(first.name, "first");
  EXPECT_EQ(std::get<std::int64_t>(*ParseValue(first, "12")), 12);
  for (const char* text : {"", "0", "-1", "1x", " 1", "1.5", "99999999999"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(ParseValue(first, text).ok());
  }
}

}  // namespace
}  // namespace patchmilter::review
