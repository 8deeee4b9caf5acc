#include "base/config_forms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace patchmilter {
namespace {

using config::Form;

TEST(ParseDuration, TakesOneUnitOrNone) {
  const struct {
    const char* text;
    Seconds want;
  } cases[] = {{"0", 0},
               {"90", 90},
               {"2s", 2},
               {"15min", 900},
               {"12h", 43200},
               {"3d", 259200},
               {"15 min", 900},
               {"007s", 7},
               {"9223372036854775807", std::numeric_limits<Seconds>::max()}};
  for (const auto& [text, want] : cases) {
    const Result<Seconds> got = ParseDuration(text);
    ASSERT_TRUE(got.ok()) << text;
    EXPECT_EQ(*got, want) << text;
  }
  for (const char* bad :
       {"", " ", "s", "min", "2 ", " 2", "-2s", "+2", "2m", "2S", "2sec",
        "1h30min", "2.5h", "2  s", "0x2", "1e3", "9223372036854775808",
        "106751991167301d", "99999999999999999999d"}) {
    const Result<Seconds> got = ParseDuration(bad);
    ASSERT_FALSE(got.ok()) << bad;
    EXPECT_EQ(got.error().kind, ErrorKind::kInvalidInput);
    EXPECT_THAT(got.error().message, ::testing::HasSubstr("min"));
  }
}

TEST(ParseSize, TakesBinaryAndDecimalUnits) {
  const struct {
    const char* text;
    std::uint64_t want;
  } cases[] = {{"4096", 4096},        {"4096B", 4096},
               {"10kB", 10000},       {"64MiB", 64ULL << 20},
               {"1 GiB", 1ULL << 30}, {"2TiB", 2ULL << 40},
               {"3MB", 3000000},      {"3GB", 3000000000},
               {"1KiB", 1024},        {"16777215TiB", 16777215ULL << 40}};
  for (const auto& [text, want] : cases) {
    const Result<std::uint64_t> got = ParseSize(text);
    ASSERT_TRUE(got.ok()) << text;
    EXPECT_EQ(*got, want) << text;
  }
  for (const char* bad : {"", "MiB", "1K", "1k", "1M", "1mb", "1 ", "-1",
                          "1.5GiB", "16777216TiB", "18446744073709551616"}) {
    EXPECT_FALSE(ParseSize(bad).ok()) << bad;
  }
}

TEST(DomainOf, IsWhatStandsAfterTheLastAt) {
  EXPECT_EQ(DomainOf("a@Example.ORG"), "example.org");
  EXPECT_EQ(DomainOf("A B <a@example.org>"), "example.org");
  EXPECT_EQ(DomainOf("\"x@y\" <a@example.org> "), "example.org");
  EXPECT_EQ(DomainOf("a@b@c"), "c");
  EXPECT_EQ(DomainOf("a"), "");
  EXPECT_EQ(DomainOf("a@"), "");
  EXPECT_EQ(DomainOf(""), "");
}

struct FormCase {
  Form form;
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

class ConfigForm : public ::testing::TestWithParam<FormCase> {};

TEST_P(ConfigForm, TakesTheGoodAndSaysWhatIsRightForTheBad) {
  config::Setting setting;
  setting.form = GetParam().form;
  setting.choices = {"low", "high"};
  for (const std::string& text : GetParam().good) {
    EXPECT_EQ(config::CheckForm(setting, text), "") << text;
  }
  for (const std::string& text : GetParam().bad) {
    EXPECT_NE(config::CheckForm(setting, text), "") << text;
  }
  for (const std::string text : {"a\nb", "\x01", "a\x7f"}) {
    EXPECT_THAT(config::CheckForm(setting, text),
                ::testing::HasSubstr("one line"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ConfigForm,
    ::testing::Values(
        FormCase{Form::kLine, {"", "x", "\xc3\xa4 \"q\""}, {}},
        FormCase{
            Form::kName,
            {"a", "A-b_c.1", "0", std::string(64, 'a')},
            {"", "-a", ".a", "a b", "a/b", "\xc3\xa4", std::string(65, 'a')}},
        FormCase{Form::kChoice, {"low", "high"}, {"", "LOW", "lo"}},
        FormCase{Form::kPath, {"/", "/a b"}, {"", "a", "./a", "~/a"}},
        FormCase{
            Form::kSocket,
            {"unix:/a", "inet:0@localhost", "inet:8895@127.0.0.1",
             "inet6:1@::1", "fd:3", "unix:/" + std::string(106, 'a')},
            {"", "unix:", "unix:a", "/a", "inet:1", "inet:@h", "inet:h@1",
             "inet:65536@h", "inet:1@", "fd:", "fd:x", "fd:-1", "fd:9999999",
             "local:/a", "tcp:1", "unix:/" + std::string(107, 'a')}},
        FormCase{Form::kMode,
                 {"0660", "660", "0000"},
                 {"", "66", "0888", "1660", "06600", "rw"}},
        FormCase{
            Form::kMailbox,
            {"a@b", "A B <a@b.c>", "\"A, B\" <a@b>", "<a@b>", "\xc3\x84 <a@b>"},
            {"", "A B", "A B <a>", "A, B <a@b>", "<a@b> x", "A <a@b",
             "a@b <a@b>", "\"A\"B\" <a@b>", "<>", ">"}},
        FormCase{Form::kAddress,
                 {"a@b", "a.b+c@d-e.f", "o'x@y", std::string(64, 'a') + "@b"},
                 {"", "a", "@b", "a@", "a@b.", "a@.b", "a@-b", "a..b@c", ".a@b",
                  "a.@b", "a b@c", "<a@b>", "a@b@c", "\"a b\"@c", "a@[1.2.3.4]",
                  "\xc3\xa4@b", "a@\xc3\xa4.b", std::string(65, 'a') + "@b",
                  "a@" + std::string(64, 'a')}},
        FormCase{Form::kDomain,
                 {"localhost", "a.b", "1.2.3.4"},
                 {"", ".", "a..b", "a_b", "a.", "-a.b"}},
        FormCase{Form::kListId,
                 {"a.b", "x-y.example.org"},
                 {"", "a", "<a.b>", "a b.c", "a@b.c"}},
        FormCase{Form::kSmtpUrl,
                 {"smtp://h", "smtp://127.0.0.1:25", "smtps://[::1]:465"},
                 {"", "h", "http://h", "smtp://", "smtp://h:0",
                  "smtp://h:99999", "smtp://u:p@h", "smtp://h/x",
                  "smtp://h:", "smtp://[::1", "smtp://[]"}},
        FormCase{Form::kWebUrl,
                 {"http://h", "https://h:8080/a/?b#c"},
                 {"", "h", "ftp://h", "https://", "https://h/a b",
                  "https://h/<x>", "https://u@h/", "https:///x"}},
        FormCase{Form::kBranch,
                 {"", "main", "users/x/y", "v1.2"},
                 {"-x", "/x", "x/", "a..b", "a//b", "a b", "a~1", "a^", "a:b",
                  "x.lock", "@{u}", ".x", "a/.b", "x."}}));

TEST(NearestName, OnlyWhatMayBeMeant) {
  const std::vector<std::string> known = {"archive", "reviews", "a"};
  EXPECT_EQ(config::NearestName("archvie", known), "archive");
  EXPECT_EQ(config::NearestName("review", known), "reviews");
  EXPECT_EQ(config::NearestName("something-else", known), "");
  EXPECT_EQ(config::NearestName("x", {}), "");
  EXPECT_EQ(config::NearestName(std::string(200, 'x'), known), "");
}

TEST(Exact, TextsAreReadBackExactly) {
  for (const Seconds each : {0L, 1L, 60L, 61L, 86400L, 1L << 62}) {
    EXPECT_EQ(*ParseDuration(config::ExactDuration(each)), each);
  }
  for (const std::uint64_t each :
       {0UL, 1UL, 1000UL, 1024UL, 1536UL, 1UL << 40, ~0UL}) {
    EXPECT_EQ(*ParseSize(config::ExactSize(each)), each);
  }
  EXPECT_EQ(config::ExactDuration(259200), "3d");
  EXPECT_EQ(config::ExactSize(64 << 20), "64MiB");
}

}  // namespace
}  // namespace patchmilter
