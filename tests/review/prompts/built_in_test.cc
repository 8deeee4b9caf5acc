// The words that are compiled in: they are the files of prompts/, short enough,
// and say what they must.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/files.h"
#include "base/text.h"
#include "review/prompts/embedded.h"
#include "review/prompts/guide.h"
#include "review/tools/tool.h"

namespace patchmilter::review {
namespace {

constexpr Role kRoles[] = {Role::kSeries, Role::kPatch, Role::kVerifier,
                           Role::kSecondPass};

std::string SystemOf(std::string_view set, Role role) {
  auto prompts = Prompts::Open({});
  EXPECT_TRUE(prompts.ok());
  auto guide = (*prompts)->GuideFor(set, role, {});
  EXPECT_TRUE(guide.ok());
  return guide->system;
}

TEST(BuiltIn, AreTheFilesOfTheSource) {
  std::set<std::string> names;
  for (const EmbeddedFile& file : EmbeddedPrompts()) {
    names.insert(std::string(file.name));
    const auto source =
        ReadFile(std::string(PATCHMILTER_SOURCE_DIR "/prompts/") +
                 std::string(file.name));
    ASSERT_TRUE(source.ok()) << file.name;
    EXPECT_EQ(*source, file.text) << file.name;
  }
  for (const auto& entry :
       std::filesystem::directory_iterator(PATCHMILTER_SOURCE_DIR "/prompts")) {
    EXPECT_EQ(names.count(entry.path().filename()), 1U) << entry.path();
  }
}

TEST(BuiltIn, EverySetFitsItsBudget) {
  for (std::string_view set : Prompts::SetNames()) {
    for (Role role : kRoles) {
      EXPECT_LE(EstimateTokens(SystemOf(set, role)), kMaxBuiltInTokens)
          << set << " " << RoleName(role);
    }
  }
}

TEST(BuiltIn, ThereAreThreeSets) {
  EXPECT_EQ(Prompts::SetNames(),
            (std::vector<std::string_view>{"kernel", "drm", "generic-c"}));
  auto prompts = Prompts::Open({});
  ASSERT_TRUE(prompts.ok());
  const auto none = (*prompts)->GuideFor("rust", Role::kPatch, {});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().kind, ErrorKind::kInvalidInput);
}

// The classes of fault that each set is there for.
TEST(BuiltIn, SetsNameTheirFaults) {
  const std::map<std::string_view, std::vector<std::string_view>> kFaults = {
      {"kernel",
       {"**Locking.**", "**Sleeping in atomic context.**",
        "**Lifetime and references.**", "**Error paths.**", "**devm.**",
        "**Integers, sizes, units.**", "**User space.**", "**uAPI.**",
        "**DMA and barriers.**", "**RCU.**", "**Runtime PM.**"}},
      {"drm",
       {"**Locking.**", "**RCU.**", "**Atomic.**", "**Commits and events.**",
        "**Connectors, bridges, panels.**", "**GEM and dma-buf.**",
        "**Fences and reservations.**", "**Scheduler.**", "**uAPI.**"}},
      {"generic-c",
       {"**Memory.**", "**Bounds and sizes.**", "**Integers and units.**",
        "**Errors.**", "**Concurrency.**", "**Interfaces.**"}}};
  for (const auto& [set, faults] : kFaults) {
    const std::string system = SystemOf(set, Role::kPatch);
    for (std::string_view fault : faults) {
      EXPECT_NE(system.find(fault), std::string::npos) << set << fault;
    }
  }
  EXPECT_EQ(SystemOf("kernel", Role::kPatch).find("**Atomic.**"),
            std::string::npos);
  EXPECT_EQ(SystemOf("generic-c", Role::kPatch).find("Runtime PM"),
            std::string::npos);
}

// A tool that is named to a model must be one that it has.
TEST(BuiltIn, NameToolsThatThereAre) {
  for (const EmbeddedFile& file : EmbeddedPrompts()) {
    const std::string text(file.text);
    for (const char* tool :
         {"show_patch", "function_change", "find_references", "find_definition",
          "search", "blame", "log", "show_commit"}) {
      if (text.find(std::string("`") + tool + "`") != std::string::npos) {
        EXPECT_NE(FindTool(tool), nullptr) << file.name << ": " << tool;
      }
    }
  }
  const std::string system = SystemOf("drm", Role::kPatch);
  for (const char* name :
       {"`show_patch`", "`function_change`", "`report_finding`",
        "`finish_review`", "`patched:K`"}) {
    EXPECT_NE(system.find(name), std::string::npos) << name;
  }
}

// The names and values that docs/findings.schema.json has.
TEST(BuiltIn, NameTheFieldsOfAFinding) {
  const auto schema =
      ReadFile(PATCHMILTER_SOURCE_DIR "/docs/findings.schema.json");
  ASSERT_TRUE(schema.ok());
  const std::string system = SystemOf("kernel", Role::kPatch);
  for (const char* name :
       {"patch",       "file",       "lines",        "title",
        "explanation", "suggestion", "category",     "reachability",
        "consequence", "confidence", "pre_existing", "fixed_by_patch",
        "places",      "always",     "common",       "rare",
        "unlikely",    "cosmetic",   "minor",        "misbehaviour",
        "crash",       "corruption"}) {
    EXPECT_NE(system.find("`" + std::string(name) + "`"), std::string::npos)
        << name;
    EXPECT_NE(schema->find("\"" + std::string(name) + "\""), std::string::npos)
        << name;
  }
}

TEST(BuiltIn, RolesDifferAndShareTheirBeginning) {
  auto prompts = Prompts::Open({});
  ASSERT_TRUE(prompts.ok());
  std::set<std::string> systems;
  std::string shared;
  for (Role role : kRoles) {
    const auto guide = (*prompts)->GuideFor("drm", role, {});
    ASSERT_TRUE(guide.ok());
    systems.insert(guide->system);
    ASSERT_LT(guide->shared, guide->system.size());
    const std::string own = guide->system.substr(0, guide->shared);
    if (shared.empty()) shared = own;
    EXPECT_EQ(own, shared) << RoleName(role);
  }
  EXPECT_EQ(systems.size(), 4U);
}

TEST(BuiltIn, AreOfPlainAsciiAndNameNobody) {
  for (const EmbeddedFile& file : EmbeddedPrompts()) {
    for (char c : file.text) {
      EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << file.name;
    }
    EXPECT_EQ(file.text.find("http"), std::string_view::npos) << file.name;
    EXPECT_EQ(file.text.find('@'), std::string_view::npos) << file.name;
  }
}

TEST(BuiltIn, TheVersionIsOfTheContent) {
  auto prompts = Prompts::Open({});
  ASSERT_TRUE(prompts.ok());
  std::vector<std::string_view> fields;
  for (const EmbeddedFile& file : EmbeddedPrompts()) {
    fields.push_back(file.name);
    fields.push_back(file.text);
  }
  EXPECT_EQ((*prompts)->version(), Sha256HexOf(fields).substr(0, 12));
  const auto guide = (*prompts)->GuideFor("kernel", Role::kSeries, {});
  ASSERT_TRUE(guide.ok());
  EXPECT_EQ(guide->version, (*prompts)->version());
  std::vector<std::string> names;
  for (const GuideFile& file : guide->files) {
    names.push_back(file.name);
    const auto source =
        ReadFile(PATCHMILTER_SOURCE_DIR "/prompts/" + file.name);
    ASSERT_TRUE(source.ok());
    EXPECT_EQ(file.sha256, Sha256Hex(*source)) << file.name;
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"work.md", "evidence.md", "report.md",
                                      "kernel.md", "role-series.md"}));
}

// Counted with o200k by its published tables: a short text may differ by one
// either way, none by more than a fifth.
TEST(EstimateTokens, LiesAboveARealTokenizer) {
  struct Case {
    std::string_view text;
    std::size_t real;
  };
  const Case kCases[] = {
      {"Data that one path guards and another reads bare.\nA lock kept on an "
       "early return.\n",
       18},
      {"static int foo_probe(struct platform_device *pdev)\n{\n\tstruct foo "
       "*foo;\n\n\tfoo = devm_kzalloc(&pdev->dev, sizeof(*foo), "
       "GFP_KERNEL);\n\tif (!foo)\n\t\treturn -ENOMEM;\n\treturn 0;\n}\n",
       50},
      {"| Locking | spin_lock*, mutex_*, rwsem*, seqlock* | locking.md |\n",
       21},
      {"@@ -1024,17 +1024,19 @@ static void bar(u32 x)\n-\tx = 1234567;\n+\tx "
       "= 7654321;\n",
       35},
  };
  for (const Case& each : kCases) {
    const std::size_t got = EstimateTokens(each.text);
    EXPECT_GE(got + 1, each.real) << each.text;
    EXPECT_LE(got, each.real + each.real / 5 + 1) << each.text;
  }
  EXPECT_EQ(EstimateTokens(""), 0U);
  // Nothing is free: a long word, blanks, bytes that are no letters.
  EXPECT_GE(EstimateTokens(std::string(8000, 'a')), 1000U);
  EXPECT_GE(EstimateTokens(std::string(8000, ' ')), 500U);
  EXPECT_GE(EstimateTokens(std::string(8000, '\xE4')), 2000U);
}

}  // namespace
}  // namespace patchmilter::review
