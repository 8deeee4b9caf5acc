// The configuration as a whole: reading, faults, dump, sample, manual.
#include "base/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/config_table.h"
#include "base/text.h"

namespace patchmilter {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kGood[] = R"([identity]
from = "Patch Review <review@r.example>"
bounce = "bounce@r.example"

[[destination]]
name = "archive"
address = "archive@r.example"
list_id = "reviews.r.example"

[[tree]]
name = "main"
path = "/srv/git/main.git"

[[list]]
name = "devel"
list_id = ["devel.lists.example"]
recipients = ["devel@lists.example"]
destinations = ["archive"]
trees = ["main"]
)";

Config Parsed(std::string_view toml, ConfigUse use = ConfigUse::kBoth) {
  Result<Config> config = ParseConfig(toml, "f", use);
  EXPECT_TRUE(config.ok()) << config.error().message;
  return config.ok() ? *config : Config();
}

std::string FaultsOf(std::string_view toml, ConfigUse use = ConfigUse::kBoth) {
  const Result<Config> config = ParseConfig(toml, "f", use);
  EXPECT_FALSE(config.ok()) << toml;
  if (config.ok()) return "";
  EXPECT_EQ(config.error().kind, ErrorKind::kInvalidInput);
  return config.error().message;
}

// kGood with `from` replaced by `to`.
std::string Changed(std::string_view from, std::string_view to) {
  std::string toml = kGood;
  const size_t at = toml.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return toml.replace(at, from.size(), to);
}

// Two trees with one directory would take turns in removing what the other
// needs, however the directory is named.
TEST(Config, AnIndexIsOfOneTree) {
  char name[] = "/tmp/pm-config-XXXXXX";
  const std::string directory = ::mkdtemp(name);
  std::filesystem::create_directory(directory + "/a");
  std::filesystem::create_symlink("a", directory + "/link");
  const auto with = [&](const std::string& first, const std::string& second) {
    return Changed("/srv/git/main.git\"",
                   "/srv/git/main.git\"\nindex = \"" + first + "\"") +
           "[[tree]]\nname = \"next\"\npath = \"/srv/git/next.git\"\n"
           "index = \"" +
           second + "\"\n";
  };
  for (const std::string other :
       {"/a", "/a/", "//a", "/./a", "/b/../a", "/link", "/link/"}) {
    EXPECT_EQ(FaultsOf(with(directory + "/a", directory + other)),
              "f:24:9: the tree \"main\" has this directory already; give each "
              "index one of its own")
        << other;
  }
  EXPECT_EQ(FaultsOf(with("/nonexistent/a", "/nonexistent/./a/")),
            FaultsOf(with(directory + "/a", directory + "/a")));
  EXPECT_EQ(Parsed(with(directory + "/a", directory + "/b")).trees.size(), 2U);
  EXPECT_EQ(Parsed(with("", "")).trees.size(), 2U);
  std::filesystem::remove_all(directory);
}

TEST(Config, ReadsWhatIsThereAndTakesDefaultsForTheRest) {
  const Config config = Parsed(kGood);
  EXPECT_EQ(config.file, "f");
  EXPECT_EQ(config.identity.from, "Patch Review <review@r.example>");
  ASSERT_EQ(config.lists.size(), 1U);
  EXPECT_EQ(config.lists[0].list_id,
            std::vector<std::string>{"devel.lists.example"});
  EXPECT_EQ(config.milter, MilterConfig());
  EXPECT_EQ(config.review.max_age, 3 * 86400);
  EXPECT_EQ(config.FindList("devel"), &config.lists[0]);
  EXPECT_EQ(config.FindTree("main"), &config.trees[0]);
  EXPECT_EQ(config.FindDestination("archive"), &config.destinations[0]);
  EXPECT_EQ(config.FindDestination("devel"), nullptr);
}

TEST(Config, ReadsEveryWayToWriteAQuantity) {
  const Config config = Parsed(std::string("[review]\nmax_age = 90\n") +
                               "wait = \"2h\"\nsettle = \"90\"\n" +
                               "[intake]\nmax_message = \"10 MB\"\n" + kGood);
  EXPECT_EQ(config.review.max_age, 90);
  EXPECT_EQ(config.review.wait, 7200);
  EXPECT_EQ(config.review.settle, 90);
  EXPECT_EQ(config.intake.max_message, 10000000U);
}

struct FaultCase {
  std::string toml;
  std::string want;  // The whole message.
};

class ConfigFault : public ::testing::TestWithParam<FaultCase> {};

TEST_P(ConfigFault, IsNamedWithItsPlaceAndRemedy) {
  EXPECT_EQ(FaultsOf(GetParam().toml), GetParam().want);
}

std::string Before(const std::string& toml) { return toml + "\n" + kGood; }

INSTANTIATE_TEST_SUITE_P(
    Names, ConfigFault,
    ::testing::Values(
        FaultCase{Before("[milter]\nsokcet = \"unix:/s\""),
                  "f:2:1: unknown setting \"milter.sokcet\"; did you mean "
                  "\"milter.socket\"?"},
        FaultCase{Before("[milter]\n  qqqqqqqq = 1"),
                  "f:2:3: unknown setting \"milter.qqqqqqqq\"; "
                  "patchmilter.toml(5) lists what there is"},
        FaultCase{Before("[milter]\nmax_patches = 1"),
                  "f:2:1: unknown setting \"milter.max_patches\"; did you mean "
                  "\"review.max_patches\"?"},
        FaultCase{Before("max_patches = 1"),
                  "f:1:1: unknown setting \"max_patches\"; did you mean "
                  "\"review.max_patches\"?"},
        FaultCase{Before("[miltre]\nsocket = \"unix:/s\""),
                  "f:1:2: unknown section \"miltre\"; did you mean [milter]?"},
        FaultCase{Before("[[lists]]\nname = \"x\""),
                  "f:1:3: unknown section \"lists\"; did you mean [[list]]?"},
        FaultCase{Before("[zzzzzzzzzz]"),
                  "f:1:2: unknown section \"zzzzzzzzzz\"; there are milter, "
                  "intake, state, identity, smtp, review, model, "
                  "agent, budget, prompts, questions, destination, tree, "
                  "list"},
        FaultCase{Before("[[milter]]"),
                  "f:1:3: \"milter\" stands once: write [milter], not "
                  "[[milter]]"},
        FaultCase{Before("milter = 3"),
                  "f:1:1: \"milter\" is a section: write [milter]"},
        FaultCase{Changed("[[tree]]", "[tree]"),
                  "f:10:2: \"tree\" may stand many times: write [[tree]]\n"
                  "f:19:10: unknown tree \"main\"; no [[tree]] has this name"},
        FaultCase{Before("[milter]\n\"soc\\u0007ket\" = 1"),
                  "f:2:1: unknown setting \"milter.soc\\x07ket\"; did you mean "
                  "\"milter.socket\"?"}));

INSTANTIATE_TEST_SUITE_P(
    Values, ConfigFault,
    ::testing::Values(
        FaultCase{Before("[milter]\nsocket = 3"),
                  "f:2:10: milter.socket is a whole number; it must be a text "
                  "in quotes"},
        FaultCase{Before("[milter]\nsocket_mode = 0o660"),
                  "f:2:15: milter.socket_mode is a whole number; it must be a "
                  "text: write it in quotes, like \"0660\""},
        FaultCase{Before("[milter]\nsocket = \"\""),
                  "f:2:10: milter.socket = \"\" is not a socket; write "
                  "unix:/path, inet:port@host, inet6:port@host or fd:N"},
        FaultCase{Before("[milter]\ndeadline = \"1min\""),
                  "f:2:12: milter.deadline is out of range; it may be 1s to "
                  "10s"},
        FaultCase{Before("[milter]\ndeadline = 0"),
                  "f:2:12: milter.deadline is out of range; it may be 1s to "
                  "10s"},
        FaultCase{Before("[milter]\ndeadline = \"2sec\""),
                  "f:2:12: milter.deadline = \"2sec\" is not a duration; write "
                  "a number and s, min, h or d, like \"15min\""},
        FaultCase{Before("[milter]\ndeadline = 2.5"),
                  "f:2:12: milter.deadline is a broken number; it must be a "
                  "duration, like \"15min\""},
        FaultCase{Before("[intake]\nmax_message = \"12 monkeys\""),
                  "f:2:15: intake.max_message = \"12 monkeys\" is not a size; "
                  "write a number and B, kB, MB, GB, KiB, MiB, GiB or TiB, "
                  "like \"64MiB\""},
        FaultCase{Before("[intake]\nmax_message = \"15000000TiB\""),
                  "f:2:15: intake.max_message is out of range; it may be 1KiB "
                  "to 2GiB"},
        FaultCase{Before("[review]\nmax_patches = \"many\""),
                  "f:2:15: review.max_patches is a text; it must be a whole "
                  "number"},
        FaultCase{Before("[review]\nmax_patches = -1"),
                  "f:2:15: review.max_patches is out of range; it may be 1 to "
                  "10000"},
        FaultCase{Before("[review]\nenabled = \"yes\""),
                  "f:2:11: review.enabled is a text; it must be true or false, "
                  "without quotes"},
        FaultCase{Before("[review]\nmin_severity = \"hi\""),
                  "f:2:16: review.min_severity = \"hi\" must be one of "
                  "\"low\", \"medium\", \"high\", \"critical\""},
        FaultCase{Before("[review]\nopt_out = \"a@b\""),
                  "f:2:11: review.opt_out is a text; it must be a list of "
                  "texts, like [\"a\", \"b\"]"},
        FaultCase{Before("[review]\nopt_out = [\n\"a@b\",\n\"A B <a@b>\"]"),
                  "f:4:1: review.opt_out = \"A B <a@b>\" must be an address "
                  "alone, like \"local@domain\""},
        FaultCase{Before("[review]\nopt_out = [1]"),
                  "f:2:12: review.opt_out is a whole number; it must be a text "
                  "in quotes"},
        FaultCase{Before("[state]\ndirectory = \"var/state\""),
                  "f:2:13: state.directory = \"var/state\" must be an absolute "
                  "path; write it from / on"},
        FaultCase{Before("[smtp]\nurl = \"http://h\""),
                  "f:2:7: smtp.url = \"http://h\" is not a server; write "
                  "smtp://host:port or smtps://host:port"},
        FaultCase{Changed("bounce@r.example", "<>"),
                  "f:3:10: identity.bounce = \"<>\" must be an address alone, "
                  "like \"local@domain\""},
        FaultCase{Changed("bounce@r.example", ""),
                  "f:3:10: identity.bounce is required: where bounces go"},
        FaultCase{Changed("Patch Review", "Patch\\nBcc: x"),
                  "f:2:8: identity.from = \"Patch\\x0aBcc: x "
                  "<review@r.example>\" must be one line without control "
                  "characters"}));

INSTANTIATE_TEST_SUITE_P(
    AcrossSettings, ConfigFault,
    ::testing::Values(
        FaultCase{Changed("destinations = [\"archive\"]",
                          "destinations = [\"archvie\"]"),
                  "f:18:17: unknown destination \"archvie\"; did you mean "
                  "\"archive\"?"},
        FaultCase{Changed("trees = [\"main\"]", "trees = [\"main\", \"main\"]"),
                  "f:19:18: \"main\" stands twice in list.trees"},
        FaultCase{
            std::string(kGood) + "[[tree]]\nname = \"main\"\npath = \"/x\"\n",
            "f:21:8: there are two [[tree]] of the name \"main\"; the "
            "first stands in line 11"},
        FaultCase{std::string(kGood) + "[[tree]]\nname = \"x\"\n",
                  "f:20:1: this [[tree]] has no path"},
        FaultCase{std::string(kGood) + "[[list]]\nname = \"b\"\n"
                                       "destinations = [\"archive\"]\n",
                  "f:20:1: the list \"b\" has nothing to match a mail by; give "
                  "it list_id, recipients or addresses"},
        FaultCase{std::string(kGood) + "[[list]]\nname = \"b\"\nlist_id = "
                                       "[\"x.y\", \"Devel.lists.example\"]\n"
                                       "destinations = [\"archive\"]\n",
                  "f:22:19: \"Devel.lists.example\" stands in list_id of the "
                  "list \"devel\" already, which has all its mail"},
        FaultCase{Changed("archive@r.example", "Devel@Lists.Example"),
                  "f:7:11: \"Devel@Lists.Example\" is an address of the list "
                  "\"devel\": reviews would be sent to the watched list"},
        FaultCase{Changed("recipients", "addresses") +
                      "[[destination]]\nname = \"d\"\n"
                      "address = \"devel@lists.example\"\n",
                  "f:22:11: \"devel@lists.example\" is an address of the list "
                  "\"devel\": reviews would be sent to the watched list"},
        FaultCase{Changed("reviews.r.example", "devel.lists.example"),
                  "f:8:11: the watched list \"devel\" has this list_id: "
                  "reviews would be taken for its mail"},
        FaultCase{Changed("bounce@r.example", "devel@lists.example"),
                  "f:3:10: \"devel@lists.example\" is an address of the list "
                  "\"devel\": bounces would be sent to the watched list"},
        FaultCase{Changed("bounce@r.example", "archive@r.example"),
                  "f:3:10: bounces would be sent to the destination "
                  "\"archive\"; give them an address of their own"},
        FaultCase{Changed("review@r.example", "devel@lists.example"),
                  "f:2:8: \"devel@lists.example\" is an address of the list "
                  "\"devel\": reviews would be from the watched list"},
        FaultCase{std::string(kGood) + "[[destination]]\nname = \"d\"\n"
                                       "address = \"ARCHIVE@r.example\"\n",
                  "f:22:11: the destination \"archive\" has this address "
                  "already; one address takes one destination"},
        FaultCase{Before("[smtp]\nuser = \"u\""),
                  "f:2:8: smtp.user and smtp.password_file go together"},
        FaultCase{Before("[intake]\nsegment_size = \"1GiB\"\n"
                         "max_size = \"1GiB\""),
                  "f:3:12: intake.max_size (1GiB) must hold two segments of "
                  "intake.segment_size (1GiB) at least"},
        FaultCase{Before("[intake]\nmax_message = \"2GiB\"\n"
                         "max_size = \"1GiB\""),
                  "f:3:12: intake.max_size (1GiB) must hold one mail of "
                  "intake.max_message (2GiB)"},
        FaultCase{
            Before("[state]\ndirectory = \"/var/lib/patchmilter/intake\""),
            "f:2:13: state.directory and intake.directory must differ: "
            "each daemon writes its own alone"},
        FaultCase{Changed("trees = [\"main\"]",
                          "enable_checks = [\"a\"]\ndisable_checks = [\"a\"]"),
                  "f:19:18: the check \"a\" is enabled and disabled"},
        FaultCase{Before("[review]\nmodel = \"mian\"\n"
                         "[[model]]\nname = \"main\"\nmodel = \"x\""),
                  "f:2:9: unknown model \"mian\"; did you mean \"main\"?"},
        FaultCase{Before("[review]\nengine = \"model\""),
                  "f:16:1: the list \"devel\" is reviewed by a model, and none "
                  "is named: set review.model to the name of a [[model]]"},
        FaultCase{Before("[[model]]\nname = \"m\""),
                  "f:1:1: the model \"m\" does not say which one: give it "
                  "model, as its provider names it"},
        FaultCase{Before("[[model]]\nname = \"m\"\napi = \"command\""),
                  "f:3:7: the model \"m\" of api \"command\" has no command, "
                  "and no agent_socket of who has it"},
        FaultCase{Before("[[model]]\nname = \"m\"\napi = \"command\"\n"
                         "command = [\"agent\"]"),
                  "f:4:12: the program must be named by its absolute path"},
        FaultCase{Before("[[model]]\nname = \"m\"\napi = \"command\"\n"
                         "command = [\"/a\"]\nenvironment = [\"A\"]"),
                  "f:5:16: \"A\" is no variable; write \"NAME=value\""},
        FaultCase{Before("[[model]]\nname = \"m\"\napi = \"command\"\n"
                         "command = [\"/a\"]\nenvironment = [\"HOME=/\"]"),
                  "f:5:16: HOME is a new directory for each run, and cannot be "
                  "given"},
        FaultCase{Before("[[model]]\nname = \"m\"\napi = \"command\"\n"
                         "command = [\"/a\"]\ncredential_file = \"/c\"\n"
                         "credential_name = \"a/../../c\""),
                  "f:6:19: credential_name is a path below HOME, without . and "
                  ".."},
        FaultCase{Before("[[model]]\nname = \"m\"\nmodel = \"x\"\n"
                         "api = \"chat\""),
                  "f:1:1: the model \"m\" of api \"chat\" has no url"},
        FaultCase{Before("[[model]]\nname = \"m\"\nmodel = \"x\"\n"
                         "key_file = \"credential:k\"\n"
                         "url = \"http://127.0.0.1.example.org\""),
                  "f:5:7: a key would be sent in the clear: write https://"},
        FaultCase{Before("[[model]]\nname = \"m\"\nmodel = \"x\"\n"
                         "price_input = 2.5"),
                  "f:4:15: model.price_input is a broken number; it must be an "
                  "amount of dollars in quotes, like \"2.50\""},
        FaultCase{Before("[budget]\nday = \"2.\""),
                  "f:2:7: budget.day = \"2.\" is not an amount; write dollars, "
                  "like \"2.50\", with six digits behind the point at most"},
        FaultCase{Before("[prompts]\ncommit = \"0123456789abcdef0123456789abc"
                         "def01234567\""),
                  "f:2:10: prompts.directory and prompts.commit go together"}));

TEST(Config, SyntaxErrorsHaveTheirPlace) {
  EXPECT_THAT(FaultsOf("[milter]\nsocket = \"unix:/s\n"), StartsWith("f:2:"));
  EXPECT_THAT(FaultsOf("[milter]\n[milter]\n"), StartsWith("f:2:"));
  EXPECT_THAT(FaultsOf("a = 1\na = 2\n"), StartsWith("f:2:"));
  EXPECT_THAT(FaultsOf("x = \"\xff\"\n"), StartsWith("f:1:"));
  EXPECT_THAT(FaultsOf(std::string("x = 1\0", 6)), StartsWith("f:1:"));
}

TEST(Config, DeepNestingIsAnErrorNotACrash) {
  EXPECT_THAT(FaultsOf("x = " + std::string(100000, '[')), StartsWith("f:1:"));
}

TEST(Config, AllFaultsAreToldInTheOrderOfTheFile) {
  const std::string faults =
      FaultsOf("[review]\nwait = \"x\"\nmax_age = -1\n[milter]\nsokcet = 1\n");
  const std::vector<std::string_view> lines = Split(faults, '\n');
  ASSERT_EQ(lines.size(), 7U) << faults;
  EXPECT_THAT(std::string(lines[0]), StartsWith("f:2:8: review.wait"));
  EXPECT_THAT(std::string(lines[1]), StartsWith("f:3:11: review.max_age"));
  EXPECT_THAT(std::string(lines[2]), StartsWith("f:5:1: unknown setting"));
  EXPECT_EQ(lines[3], "f: no [[list]]: there is nothing to watch");
  EXPECT_THAT(std::string(lines[4]), StartsWith("f: identity.from is req"));
  EXPECT_THAT(std::string(lines[5]), StartsWith("f: identity.bounce is req"));
  EXPECT_THAT(std::string(lines[6]), StartsWith("f: no [[destination]]"));
}

TEST(Config, FaultsAreCutAfterFifty) {
  std::string toml = kGood;
  for (int i = 0; i < 60; ++i) toml += "[[tree]]\n";
  const std::string faults = FaultsOf(toml);
  EXPECT_EQ(Split(faults, '\n').size(), 51U);
  EXPECT_THAT(faults, ::testing::EndsWith("\nf: and 70 faults more"));
}

TEST(Config, WhatRunsAgentsNeedsACommandAndNoList) {
  const std::string toml =
      "[[model]]\nname = \"a\"\napi = \"command\"\ncommand = [\"/bin/a\"]\n";
  EXPECT_EQ(Parsed(toml, ConfigUse::kAgent).models.size(), 1U);
  EXPECT_THAT(FaultsOf("", ConfigUse::kAgent),
              HasSubstr("there is nothing to run"));
}

TEST(Config, AMilterNeedsAListAndNoIdentity) {
  const std::string toml = "[[list]]\nname = \"a\"\nlist_id = [\"a.b\"]\n";
  EXPECT_EQ(Parsed(toml, ConfigUse::kMilter).lists.size(), 1U);
  EXPECT_THAT(FaultsOf("", ConfigUse::kMilter), HasSubstr("no [[list]]"));
  for (const ConfigUse use : {ConfigUse::kReview, ConfigUse::kBoth}) {
    const std::string faults = FaultsOf(toml, use);
    EXPECT_THAT(faults, HasSubstr("identity.from is required"));
    EXPECT_THAT(faults, HasSubstr("identity.bounce is required"));
    EXPECT_THAT(faults, HasSubstr("no [[destination]]"));
    EXPECT_THAT(faults, HasSubstr("f:1:1: the list \"a\" has no destinations"));
  }
}

// A Config in which no setting has its default, with characters in the texts
// that TOML has to escape.
Config NothingDefault() {
  Config config;
  config.milter = {"inet:0@localhost", "0600", "postfix", 3};
  config.intake = {"/a\"b\\c", 1 << 20, 1 << 29, 1 << 21};
  config.state = {"/var/lib/\xc3\xa4/state"};
  config.identity = {"\"A, B\" <a@b.example>", "bounce@b.example",
                     "Re <r@b.example>", "ids.b.example", "Say \"no\" \\ #1"};
  config.smtp = {"smtps://[::1]:465", "u\"ser", "/etc/secret", 61, 86401};
  config.review = {"model",
                   "m1",
                   "m2",
                   "drm",
                   false,
                   false,
                   3,
                   1,
                   2,
                   3,
                   4,
                   5,
                   6 * 7,
                   8,
                   9,
                   "critical",
                   10,
                   "mail",
                   {"x@y.example", "z@y.example"},
                   true,
                   false};
  config.agent = {"/run/a.sock", "someone", 7};
  config.budget = {1, 2,   3000, 4,    5000, 6,
                   7, 810, 920,  1000, 11,   "/run/\"stop\""};
  config.prompts = {"/srv/prompts", "0123456789abcdef0123456789abcdef01234567",
                    "/etc/words"};
  config.models = {{"m1",      "chat",
                    "vllm",    "http://127.0.0.1:1/x",
                    "big",     "credential:key",
                    "high",    "flex",
                    true,      9000,
                    1001,      3,
                    4,         5,
                    6,         7,
                    8,         1'000'000,
                    1'500'001, 10,
                    150},
                   {.name = "m2",
                    .api = "command",
                    .command = {"/usr/bin/agent", "-p", "a \"b\""},
                    .environment = {"A=b", "C=\"d\""},
                    .agent_socket = "/run/agent.sock",
                    .credential_file = "/etc/agent.json",
                    .credential_name = ".agent/auth.json"}};
  config.destinations = {
      {"one", DestinationConfig::Kind::kList, "one@b.example", "one.b.example",
       "https://b.example/one/"},
      {"two", DestinationConfig::Kind::kArchive, "two@b.example", "", ""}};
  config.trees = {{"t1", "/srv/t1.git", {"main", ""}}, {"t2", "/srv/t2", {}}};
  config.lists = {
      {"l1",
       {"l1.b.example"},
       {"l1@b.example"},
       {"l1a@b.example", "l1b@b.example"},
       {"one", "two"},
       {"t2", "t1"},
       {"whitespace"},
       {"bisect"},
       "high",
       11,
       12,
       "drop",
       "checks",
       "m2",
       "generic-c"},
      {"l2", {"l2.b.example"}, {}, {}, {"two"}, {}, {}, {}, "", -1, -1, ""}};
  config.file = "f";
  return config;
}

TEST(ConfigTable, DumpAndParseGiveTheSameConfig) {
  const Config config = NothingDefault();
  const std::string dump = DumpConfig(config);
  EXPECT_EQ(Parsed(dump), config) << dump;
  EXPECT_EQ(DumpConfig(Parsed(dump)), dump);
}

TEST(ConfigTable, DumpOfDefaultsAndALittleParses) {
  const Config config = Parsed(kGood);
  EXPECT_EQ(Parsed(DumpConfig(config)), config);
}

TEST(ConfigTable, QuantitiesAreDumpedExactly) {
  Config config = Parsed(kGood);
  for (const Seconds wait : {0L, 1L, 59L, 60L, 61L, 3600L, 90061L, 86400L}) {
    config.review.wait = wait;
    EXPECT_EQ(Parsed(DumpConfig(config)).review.wait, wait);
  }
  for (const std::uint64_t size : {1024UL, 1025UL, 1000000UL, 1UL << 30}) {
    config.intake.max_message = size;
    EXPECT_EQ(Parsed(DumpConfig(config)).intake.max_message, size);
  }
}

// How many members an aggregate has: the most initializers that it takes.
struct Anything {
  template <typename T>
  operator T() const;  // NOLINT: implicit, never defined.
};

template <typename T, typename... Args>
constexpr size_t CountMembers() {
  if constexpr (requires { T{Args()..., Anything()}; }) {
    return CountMembers<T, Args..., Anything>();
  } else {
    return sizeof...(Args);
  }
}

TEST(ConfigTable, HasEveryMemberOfEveryStruct) {
  const std::vector<std::pair<std::string, size_t>> want = {
      {"milter", CountMembers<MilterConfig>()},
      {"intake", CountMembers<IntakeConfig>()},
      {"state", CountMembers<StateConfig>()},
      {"identity", CountMembers<IdentityConfig>()},
      {"smtp", CountMembers<SmtpConfig>()},
      {"review", CountMembers<ReviewConfig>()},
      {"model", CountMembers<ModelConfig>()},
      {"agent", CountMembers<AgentConfig>()},
      {"budget", CountMembers<BudgetConfig>()},
      {"prompts", CountMembers<PromptsConfig>()},
      {"questions", CountMembers<QuestionsConfig>()},
      {"destination", CountMembers<DestinationConfig>()},
      {"tree", CountMembers<TreeConfig>()},
      {"list", CountMembers<ListConfig>()},
  };
  // And `file`, which is no section.
  EXPECT_EQ(CountMembers<Config>(), want.size() + 1);
  Config config;
  std::vector<std::pair<std::string, size_t>> got;
  for (const config::Section& section : config::Sections()) {
    void* object = section.open(&config);
    std::set<void*> members;
    for (const config::Setting& setting : section.settings) {
      members.insert(setting.at(object));
    }
    EXPECT_EQ(members.size(), section.settings.size())
        << section.name << " names a member twice";
    got.emplace_back(section.name, section.settings.size());
  }
  EXPECT_EQ(got, want);
}

TEST(ConfigTable, DefaultsLieInTheirRangesAndEverySettingHasHelp) {
  Config config;
  for (const config::Section& section : config::Sections()) {
    EXPECT_THAT(std::string(section.help), ::testing::EndsWith("."));
    void* object = section.open(&config);
    for (const config::Setting& setting : section.settings) {
      SCOPED_TRACE(std::string(section.name) + "." + std::string(setting.name));
      EXPECT_THAT(std::string(setting.help), ::testing::EndsWith("."));
      std::int64_t value = 0;
      if (setting.storage == config::Storage::kInteger) {
        value = config::Member<std::int64_t>(setting, object);
      } else if (setting.storage == config::Storage::kUnsigned) {
        value = static_cast<std::int64_t>(
            config::Member<std::uint64_t>(setting, object));
      } else {
        continue;
      }
      EXPECT_LT(setting.min, setting.max);
      EXPECT_GE(value, setting.min);
      EXPECT_LE(value, setting.max);
    }
  }
}

TEST(SampleConfig, Parses) {
  const Config config = Parsed(SampleConfig());
  EXPECT_EQ(config.lists.size(), 1U);
  EXPECT_EQ(config.milter, MilterConfig());
  EXPECT_EQ(config.review, ReviewConfig());
}

TEST(SampleConfig, HasEverySettingAndParsesWithAllOfThemSet) {
  std::string all;
  size_t settings = 0;
  const std::string sample = SampleConfig();
  LineReader lines(sample);
  for (std::string_view line; lines.Next(&line);) {
    EXPECT_LE(line.size(), 80U) << line;
    if (line.starts_with('#') && !line.starts_with("# ")) {
      line.remove_prefix(1);
    }
    if (line.find(" = ") != std::string_view::npos && line[0] != '#') {
      ++settings;
    }
    all += line;
    all += '\n';
  }
  size_t want = 0;
  for (const config::Section& section : config::Sections()) {
    want += section.settings.size();
  }
  EXPECT_EQ(settings, want);
  const Config parsed = Parsed(all);
  EXPECT_EQ(parsed, Parsed(sample));
}

TEST(ConfigManual, IsMdocAndNamesEverySetting) {
  const std::string manual = ConfigManual();
  size_t items = 0;
  size_t depth = 0;
  LineReader lines(manual);
  for (std::string_view line; lines.Next(&line);) {
    ASSERT_FALSE(line.empty());
    if (line.starts_with(".It Ic ")) ++items;
    if (line.starts_with(".Bl ")) ++depth;
    if (line.starts_with(".El")) --depth;
    if (line[0] == '.') {
      EXPECT_THAT(std::string(line),
                  ::testing::MatchesRegex(
                      "\\.(Ss|Bl|It|El|br)( .*)?|\\.Ss \\[\\[?[a-z]+\\]\\]?"));
    }
    EXPECT_EQ(line.find('"'), std::string_view::npos) << line;
  }
  EXPECT_EQ(depth, 0U);
  size_t want = 0;
  for (const config::Section& section : config::Sections()) {
    want += section.settings.size();
  }
  EXPECT_EQ(items, want);
}

class ConfigFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string form = ::testing::TempDir() + "config-XXXXXX";
    ASSERT_NE(::mkdtemp(form.data()), nullptr);
    directory_ = form;
  }
  void TearDown() override {
    ::unlink((directory_ + "/c.toml").c_str());
    ::rmdir(directory_.c_str());
  }
  std::string Write(std::string_view toml) {
    const std::string path = directory_ + "/c.toml";
    std::ofstream(path) << toml;
    return path;
  }
  std::string directory_;
};

TEST_F(ConfigFile, IsLoadedAndNamedInFaults) {
  const std::string path = Write(kGood);
  const Result<Config> config = LoadConfig(path, ConfigUse::kBoth);
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->file, path);
  Write("[milter]\nx = 1\n");
  const Result<Config> bad = LoadConfig(path, ConfigUse::kMilter);
  ASSERT_FALSE(bad.ok());
  EXPECT_THAT(bad.error().message, StartsWith(path + ":2:1: "));
}

TEST_F(ConfigFile, NotThereADirectoryOrTooLarge) {
  const Result<Config> none =
      LoadConfig(directory_ + "/none.toml", ConfigUse::kBoth);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(none.error().message, HasSubstr("/none.toml: No such file"));
  const Result<Config> directory = LoadConfig(directory_, ConfigUse::kBoth);
  ASSERT_FALSE(directory.ok());
  EXPECT_THAT(directory.error().message, HasSubstr("is a directory"));
  const std::string path = Write(std::string(2 << 20, '#'));
  const Result<Config> large = LoadConfig(path, ConfigUse::kBoth);
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().kind, ErrorKind::kInvalidInput);
}

}  // namespace
}  // namespace patchmilter
