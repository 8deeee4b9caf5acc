#include "model/wire_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace patchmilter::model {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

TEST(JsonString, EscapesOnlyWhatMustBe) {
  EXPECT_EQ(Quoted("a/b <é> \x7f"), "\"a/b <é> \x7f\"");
  EXPECT_EQ(Quoted("\"\\\n\r\t"), R"("\"\\\n\r\t")");
  EXPECT_EQ(Quoted(std::string("\0\x1f", 2)), R"("\u0000\u001f")");
}

TEST(JsonString, WhatIsNotUtf8IsReplaced) {
  EXPECT_EQ(Quoted("a\xff"
                   "b\xc3"),
            "\"a\xef\xbf\xbd"
            "b\xef\xbf\xbd\"");
}

TEST(JsonString, EveryByteIsReadBackByAParser) {
  std::string text;
  for (int i = 0; i < 0x80; ++i) text += static_cast<char>(i);
  text += "\xe2\x82\xac\xf0\x9f\x98\x80";
  EXPECT_EQ(nlohmann::json::parse(Quoted(text)).get<std::string>(), text);
  EXPECT_EQ(JsonSlice::Of(Quoted("é\n\"")).Text(), "é\n\"");
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  JsonWriter out;
  out.BeginObject();
  out.Key("a").String("x").Key("b").BeginArray().Number(1).Bool(true);
  out.BeginObject().EndObject().Raw("null,2").EndArray();
  out.Key("c").BeginObject().Key("d").Number(18446744073709551615ULL);
  out.EndObject().EndObject();
  EXPECT_EQ(
      out.text(),
      R"({"a":"x","b":[1,true,{},null,2],"c":{"d":18446744073709551615}})");
}

TEST(JsonSlice, HandsOutWhatStandsThere) {
  const std::string text =
      " { \"a\" : 1.0e0 , \"b\":[ 1 , \"x,]}\\\"\" ,{}],\n\"c\\u0041\":"
      "123456789012345678901234567890, \"d\":{\"e\":[[]]} } ";
  const JsonSlice json = JsonSlice::Of(text);
  ASSERT_TRUE(json.IsObject());
  EXPECT_EQ(json["a"].raw(), "1.0e0");
  EXPECT_EQ(json["cA"].raw(), "123456789012345678901234567890");
  EXPECT_FALSE(json["cA"].Number().has_value());
  EXPECT_EQ(json["d"].raw(), "{\"e\":[[]]}");
  const auto elements = json["b"].Elements();
  ASSERT_EQ(elements.size(), 3U);
  EXPECT_EQ(elements[0].Number(), 1U);
  EXPECT_EQ(elements[1].Text(), "x,]}\"");
  EXPECT_EQ(elements[2].raw(), "{}");
  EXPECT_EQ(json.Members().size(), 4U);
}

TEST(JsonSlice, WhatIsMissingIsNoValue) {
  const JsonSlice json = JsonSlice::Of(R"({"a":{"b":"c"},"n":null})");
  EXPECT_FALSE(json["x"]["y"]["z"]);
  EXPECT_EQ(json["x"]["y"].Text(), "");
  EXPECT_FALSE(json["a"]["b"]["c"]);
  EXPECT_TRUE(json["a"].Elements().empty());
  EXPECT_TRUE(json["n"].IsNull());
  EXPECT_FALSE(json["n"].Number().has_value());
  EXPECT_FALSE(JsonSlice()["a"]);
}

TEST(JsonSlice, OfTwoMembersTheLastCounts) {
  EXPECT_EQ(JsonSlice::Of(R"({"a":1,"a":2})")["a"].Number(), 2U);
}

TEST(JsonSlice, RefusesWhatIsNotJson) {
  for (const std::string_view text :
       {"", " ", "{", "{}x", "{'a':1}", "[1,]", "nul", "\"a", "\"\xff\"",
        "\"\\ud800\"", "{\"a\" 1}", "01", "1e999", "\xef\xbb\xbf{}", "// x"}) {
    EXPECT_FALSE(JsonSlice::Of(text)) << text;
  }
  EXPECT_FALSE(JsonSlice::Of(std::string_view("{}\0}", 4)));
}

TEST(JsonSlice, DepthIsBounded) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(JsonSlice::Of(nested(kMaxJsonDepth)));
  EXPECT_FALSE(JsonSlice::Of(nested(kMaxJsonDepth + 1)));
  EXPECT_FALSE(JsonSlice::Of(std::string(1'000'000, '[')));
  // Brackets within a string are none.
  EXPECT_TRUE(JsonSlice::Of("\"" + std::string(1000, '[') + "\""));
}

TEST(JsonSlice, AgreesWithAParserOnEachMember) {
  const std::string text =
      R"({"a":"\u00e9\ud83d\ude00","":[],"b":{"x":-1.5,"y":[true,false,null]},)"
      R"("c":"\\\"{[,:"})";
  const auto parsed = nlohmann::json::parse(text);
  for (const JsonSlice::Member& member : JsonSlice::Of(text).Members()) {
    EXPECT_EQ(nlohmann::json::parse(member.value.raw()), parsed[member.name]);
    if (member.value.IsString()) {
      EXPECT_EQ(member.value.Text(), parsed[member.name].get<std::string>());
    }
  }
}

}  // namespace
}  // namespace patchmilter::model
