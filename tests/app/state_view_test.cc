#include "app/state_view.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace patchmilter::app {
namespace {

TEST(PrintableTest, NothingReachesTheTerminalUnseen) {
  const struct {
    const char* text;
    const char* want;
  } cases[] = {
      {"lamp: dim it", "lamp: dim it"},
      {"a\tb\nc\x1B[31m\x7F", "a b c [31m "},
      {"\xC2\x9B"
       "31m",
       "\\u{9b}31m"},  // CSI of C1.
      {"\xE2\x80\xAE"
       "cod\xE2\x80\xAC",
       "\\u{202e}cod\\u{202c}"},
      {"\xE2\x81\xA6x\xE2\x80\x8By\xEF\xBB\xBF",
       "\\u{2066}x\\u{200b}y\\u{feff}"},
      {"a\xE2\x80\xA8z\xE2\x80\xA9", "a\\u{2028}z\\u{2029}"},
      {"J\xC3\xB6rg \xE7\x8E\x8B", "J\xC3\xB6rg \xE7\x8E\x8B"},
      {"\xFF", "\xEF\xBF\xBD"},
  };
  for (const auto& c : cases) EXPECT_EQ(Printable(c.text), c.want);
}

TEST(PrintableTest, IsCutBetweenCharacters) {
  EXPECT_EQ(Printable("lamp", 4), "lamp");
  EXPECT_EQ(Printable("lamps", 4), "lamp...");
  EXPECT_EQ(Printable("lam\xC3\xB6", 4), "lam...");
}

TEST(PrintableJsonTest, NothingReachesTheTerminalUnseenAndAllIsThere) {
  const std::string text =
      "J\xC3\xB6rg\n\x1B[31m\x7F \xC2\x9B"
      "31m \xE2\x80\xAE \xE2\x80\xA8 \xF3\xA0\x81\x81 \xF0\x9F\x98\x80";
  const Json json = {{"title", text}};
  const std::string printed = PrintableJson(json);
  EXPECT_EQ(printed,
            "{\n  \"title\": \"J\xC3\xB6rg\\n\\u001b[31m\\u007f \\u009b31m "
            "\\u202e \\u2028 \\udb40\\udc41 \xF0\x9F\x98\x80\"\n}");
  EXPECT_EQ(Json::parse(printed)["title"], text);
}

constexpr UnixSeconds kNow = 1'800'000'000;
constexpr Seconds kDay = 86400;

class SpendingTest : public testing::Test {
 protected:
  void Spend(const std::string& list, series::SeriesId series,
             const std::string& model, MicroDollars cost, UnixSeconds when,
             bool estimated = false) {
    store::Spender spender;
    spender.series = series;
    spender.round = 1;
    spender.list = list;
    spender.author = "a@example.org";
    store::SpendingRow row;
    row.model = model;
    row.input = 100;
    row.cache_read = 90;
    row.output = 10;
    row.cost = cost;
    row.estimated = estimated;
    ASSERT_TRUE(
        store_->AppendJournal(spender, "a", {"turn", "", ""}, &row, when).ok());
  }

  std::unique_ptr<store::Store> store_ =
      std::move(store::Store::Open(":memory:")).value();
};

TEST_F(SpendingTest, NothingIsSaidWhereNothingWasAsked) {
  const auto spending = SpendingUntil(store_.get(), kNow);
  ASSERT_TRUE(spending.ok());
  EXPECT_TRUE(SpendingLines(*spending).empty());
  EXPECT_EQ(ToText(ToJson(*spending)),
            ToText(Json::parse(R"({"day":[],"month":[]})")));
}

TEST_F(SpendingTest, IsSaidByModelAndList) {
  Spend("netdev", 1, "large\x1b[31m", 2'500'000, kNow - 2 * kDay);
  Spend("dri-devel", 2, "small", 500'000, kNow - 3 * kDay);
  Spend("dri-devel", 3, "small", 250'000, kNow - 60);
  Spend("dri-devel", 3, "small", 250'000, kNow - 50);
  Spend("dri-devel", 3, "small", 250'000, kNow - 40, true);
  Spend("dri-devel", 4, "small", 9'000'000, kNow - 31 * kDay);
  const auto spending = SpendingUntil(store_.get(), kNow);
  ASSERT_TRUE(spending.ok());
  EXPECT_EQ(
      SpendingLines(*spending),
      (std::vector<std::string>{
          "about 0.75 USD in the last day, about 3.75 USD in 30 days",
          "large [31m on netdev: 0.00 USD (0 reviews, 0 requests), 2.50 USD"
          " (1 review, 1 request)",
          "small on dri-devel: about 0.75 USD (1 review, 3 requests), about"
          " 1.25 USD (2 reviews, 4 requests)"}));
  const Json json = ToJson(*spending);
  ASSERT_EQ(json["day"].size(), 1U);
  ASSERT_EQ(json["month"].size(), 2U);
  const Json& day = json["day"][0];
  EXPECT_EQ(day["model"], "small");
  EXPECT_EQ(day["list"], "dri-devel");
  EXPECT_EQ(day["reviews"], 1);
  EXPECT_EQ(day["requests"], 3);
  EXPECT_EQ(day["input_tokens"], 300);
  EXPECT_EQ(day["cache_read_tokens"], 270);
  EXPECT_EQ(day["output_tokens"], 30);
  EXPECT_EQ(day["micro_dollars"], 750'000);
  EXPECT_EQ(day["estimated"], true);
  EXPECT_EQ(json["month"][0]["estimated"], false);
}

TEST(EngineTextTest, HasTheVersionWhereThereIsOne) {
  store::ReviewRow review;
  review.engine = "model";
  EXPECT_EQ(EngineText(review), "model");
  review.engine_version = "kernel-1\n";
  EXPECT_EQ(EngineText(review), "model kernel-1 ");
}

}  // namespace
}  // namespace patchmilter::app
