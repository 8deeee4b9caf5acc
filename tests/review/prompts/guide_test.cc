// Guides made of our own words, a checkout of review-prompts (a made-up one,
// in a repository of the real git) and a site's overlay.
#include "review/prompts/guide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "tests/git/scratch_git.h"
#include "tests/review/prompts/scratch_overlay.h"

namespace patchmilter::review {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ScratchGit;
using testing::ScratchOverlay;
using ::testing::StartsWith;

constexpr std::string_view kTable =
    "| Subsystem | Triggers | File |\n"
    "|---|---|---|\n"
    "| Sound | sound/, `snd_` | sound.md |\n"
    "| Locks | mutex_* | locking.md |\n"
    "| Kconfig | Kconfig, `bool ` | kconfig.md |\n"
    "| Lost | lost/ | lost.md |\n";

// A repository that looks like review-prompts.
class GuideTest : public ::testing::Test {
 protected:
  GuideTest() {
    git_.Write("kernel/technical-patterns.md", "GENERAL\n");
    git_.Write("kernel/subsystem/subsystem.md", std::string(kTable));
    git_.Write("kernel/subsystem/sound.md", "SOUND\n");
    git_.Write("kernel/subsystem/locking.md", "LOCKING\n");
    git_.Write("kernel/subsystem/kconfig.md", "KCONFIG\n");
    commit_ = git_.Commit("one");
  }

  PromptSettings Settings() const { return {git_.work(), commit_, ""}; }
  static std::unique_ptr<Prompts> Open(const PromptSettings& settings) {
    auto prompts = Prompts::Open(settings);
    EXPECT_TRUE(prompts.ok()) << (prompts.ok() ? "" : prompts.error().message);
    return prompts.ok() ? std::move(prompts).value() : nullptr;
  }
  static Guide Get(const Prompts& prompts, std::string_view set, Role role,
                   const Touched& touched = {}) {
    auto guide = prompts.GuideFor(set, role, touched);
    EXPECT_TRUE(guide.ok());
    return std::move(guide).value();
  }
  static Touched Sound() {
    Touched touched;
    touched.files.push_back({"sound/soc/a.c", "", "\tbool on;\n"});
    return touched;
  }
  static std::vector<std::string> Names(const Guide& guide) {
    std::vector<std::string> names;
    for (const GuideFile& file : guide.files) names.push_back(file.name);
    return names;
  }

  ScratchGit git_;
  std::string commit_;
};

TEST_F(GuideTest, ACheckoutGivesTheGuidesThatAreCalledFor) {
  const auto prompts = Open(Settings());
  ASSERT_NE(prompts, nullptr);
  const Guide guide = Get(*prompts, "kernel", Role::kPatch, Sound());
  EXPECT_THAT(
      Names(guide),
      ElementsAre("work.md", "evidence.md", "report.md",
                  "review-prompts/kernel/technical-patterns.md",
                  "review-prompts/kernel/subsystem/sound.md", "role-patch.md"));
  EXPECT_THAT(guide.system, HasSubstr("\nGENERAL\n"));
  EXPECT_THAT(guide.system, HasSubstr("\nSOUND\n"));
  EXPECT_THAT(guide.system, Not(HasSubstr("LOCKING")));
  // "bool " is a word of C, too.
  EXPECT_THAT(guide.system, Not(HasSubstr("KCONFIG")));
  // The collection stands in the place of our own words.
  EXPECT_THAT(guide.system, Not(HasSubstr("What goes wrong in kernel code")));
  EXPECT_EQ(guide.files[4].sha256, Sha256Hex("SOUND\n"));
  EXPECT_THAT(guide.warnings, IsEmpty());
}

TEST_F(GuideTest, ASetOfOtherCodeTakesNothingFromIt) {
  const auto prompts = Open(Settings());
  ASSERT_NE(prompts, nullptr);
  const Guide guide = Get(*prompts, "generic-c", Role::kPatch, Sound());
  EXPECT_THAT(guide.system, Not(HasSubstr("SOUND")));
  EXPECT_THAT(guide.system, HasSubstr("What goes wrong in C\n"));
}

TEST_F(GuideTest, TheCommitIsReadAndNotTheWorkTree) {
  git_.Write("kernel/subsystem/sound.md", "EDITED\n");
  const auto before = testing::Fingerprint(git_.directory());
  const auto prompts = Open(Settings());
  ASSERT_NE(prompts, nullptr);
  EXPECT_THAT(Get(*prompts, "kernel", Role::kPatch, Sound()).system,
              HasSubstr("\nSOUND\n"));
  const std::string second = git_.Commit("two");
  EXPECT_THAT(Get(*Open(Settings()), "kernel", Role::kPatch, Sound()).system,
              HasSubstr("\nSOUND\n"));
  EXPECT_THAT(
      Get(*Open({git_.work(), second, ""}), "kernel", Role::kPatch, Sound())
          .system,
      HasSubstr("\nEDITED\n"));
}

TEST_F(GuideTest, ReadingChangesNothingThere) {
  const auto before = testing::Fingerprint(git_.directory());
  const auto prompts = Open(Settings());
  (void)Get(*prompts, "kernel", Role::kPatch, Sound());
  EXPECT_EQ(testing::Fingerprint(git_.directory()), before);
}

TEST_F(GuideTest, MissingGuidesAreWarnedOf) {
  const auto prompts = Open(Settings());
  ASSERT_NE(prompts, nullptr);
  EXPECT_THAT(prompts->warnings(),
              ElementsAre(HasSubstr("kernel/subsystem/lost.md")));
  Touched touched;
  touched.files.push_back({"lost/a.c", "", ""});
  EXPECT_THAT(Get(*prompts, "kernel", Role::kPatch, touched).warnings,
              ElementsAre(HasSubstr("kernel/subsystem/lost.md")));
}

TEST_F(GuideTest, WhatIsNotThereIsAnError) {
  const std::string other(40, '1');
  const auto kind = [](const PromptSettings& settings) {
    const auto prompts = Prompts::Open(settings);
    EXPECT_FALSE(prompts.ok());
    return prompts.ok() ? ErrorKind::kTemporary : prompts.error().kind;
  };
  EXPECT_EQ(kind({git_.work(), other, ""}), ErrorKind::kNotFound);
  EXPECT_EQ(kind({git_.work() + "/none", commit_, ""}), ErrorKind::kNotFound);
  EXPECT_EQ(kind({git_.work(), "", ""}), ErrorKind::kInvalidInput);
  EXPECT_EQ(kind({git_.work(), "main", ""}), ErrorKind::kInvalidInput);
  EXPECT_EQ(kind({git_.work(), commit_.substr(0, 12), ""}),
            ErrorKind::kInvalidInput);
  EXPECT_EQ(kind({"", commit_, ""}), ErrorKind::kInvalidInput);
  git_.Remove("kernel/subsystem/subsystem.md");
  EXPECT_EQ(kind({git_.work(), git_.Commit("no table"), ""}),
            ErrorKind::kNotFound);
  git_.Write("kernel/subsystem/subsystem.md", "no table\n");
  EXPECT_EQ(kind({git_.work(), git_.Commit("an empty one"), ""}),
            ErrorKind::kInvalidInput);
}

TEST_F(GuideTest, ALinkInTheCommitIsNoGuide) {
  git_.Remove("kernel/subsystem/sound.md");
  std::filesystem::create_symlink("/etc/passwd",
                                  git_.work() + "/kernel/subsystem/sound.md");
  const auto prompts = Open({git_.work(), git_.Commit("link"), ""});
  ASSERT_NE(prompts, nullptr);
  EXPECT_THAT(prompts->warnings(),
              Contains(HasSubstr("kernel/subsystem/sound.md")));
}

TEST_F(GuideTest, TheWholeTextIsBoundedAndTheLeastTellingGoFirst) {
  // Each some 26,000 tokens: one fits beside the rest.
  std::string words;
  for (int i = 0; i < 4'400; ++i) words += "one two three four five\n";
  ASSERT_GT(EstimateTokens(words), 26'000U);
  git_.Write("kernel/subsystem/locking.md", "LOCKING\n" + words);
  git_.Write("kernel/subsystem/sound.md", "SOUND\n" + words);
  const auto prompts = Open({git_.work(), git_.Commit("long"), ""});
  ASSERT_NE(prompts, nullptr);
  Touched touched = Sound();
  touched.files[0].lines = "mutex_lock(&m);\n";
  for (int role = 0; role <= static_cast<int>(kLastRole); ++role) {
    const Guide guide =
        Get(*prompts, "kernel", static_cast<Role>(role), touched);
    EXPECT_THAT(guide.system, HasSubstr("SOUND"));
    EXPECT_THAT(guide.system, Not(HasSubstr("LOCKING")));
    EXPECT_THAT(guide.warnings,
                ElementsAre(HasSubstr("kernel/subsystem/locking.md: is called "
                                      "for and left out")));
    EXPECT_LE(EstimateTokens(guide.system), kMaxSystemTokens);
  }
}

TEST_F(GuideTest, AGuideLargerThanABoundIsAnError) {
  git_.Write("kernel/subsystem/sound.md", std::string(kMaxPromptFile + 1, 'a'));
  const auto prompts =
      Prompts::Open({git_.work(), git_.Commit("too long"), ""});
  ASSERT_FALSE(prompts.ok());
  EXPECT_EQ(prompts.error().kind, ErrorKind::kInvalidInput);
}

TEST_F(GuideTest, TextsAreTheSameBytesWheneverAndForEachPatch) {
  ScratchOverlay overlay;
  overlay.Write("work.append.md", "OURS\n");
  PromptSettings settings = Settings();
  settings.overlay = overlay.directory();
  const auto one = Open(settings);
  const auto two = Open(settings);
  Touched touched = Sound();
  touched.files.push_back({"a.c", "", "mutex_lock(x);\n"});
  const Guide first = Get(*one, "drm", Role::kPatch, touched);
  (void)Get(*one, "kernel", Role::kVerifier, {});
  EXPECT_EQ(Get(*one, "drm", Role::kPatch, touched).system, first.system);
  EXPECT_EQ(Get(*two, "drm", Role::kPatch, touched).system, first.system);
  EXPECT_EQ(Get(*two, "drm", Role::kPatch, touched).version, first.version);
  // The order of the files does not matter.
  std::swap(touched.files[0], touched.files[1]);
  EXPECT_EQ(Get(*two, "drm", Role::kPatch, touched).system, first.system);
  // All roles begin alike.
  for (int role = 0; role <= static_cast<int>(kLastRole); ++role) {
    const Guide guide = Get(*one, "drm", static_cast<Role>(role), touched);
    EXPECT_EQ(guide.shared, first.shared);
    EXPECT_EQ(guide.system.substr(0, guide.shared),
              first.system.substr(0, first.shared));
  }
}

TEST_F(GuideTest, TheOverlayReplacesAndAdds) {
  ScratchOverlay overlay;
  overlay.Write("kernel.md", "OWN KERNEL\n");
  overlay.Write("report.append.md", "OWN REPORT\n");
  overlay.Write("role-patch.append.md", "OWN ROLE\n");
  overlay.Write("kernal.md", "MISTYPED\n");
  const auto prompts = Open({"", "", overlay.directory()});
  ASSERT_NE(prompts, nullptr);
  const Guide guide = Get(*prompts, "drm", Role::kPatch);
  EXPECT_THAT(Names(guide),
              ElementsAre("work.md", "evidence.md", "report.md",
                          "site/report.append.md", "site/kernel.md", "drm.md",
                          "role-patch.md", "site/role-patch.append.md"));
  EXPECT_THAT(guide.system, HasSubstr("\nOWN KERNEL\n"));
  EXPECT_THAT(guide.system, Not(HasSubstr("What goes wrong in kernel code")));
  EXPECT_EQ(guide.files[4].sha256, Sha256Hex("OWN KERNEL\n"));
  EXPECT_THAT(guide.system, Not(HasSubstr("MISTYPED")));
  EXPECT_THAT(prompts->warnings(), ElementsAre(HasSubstr("kernal.md")));
  // What is added to a role is not shared.
  EXPECT_THAT(guide.system.substr(0, guide.shared), Not(HasSubstr("OWN ROLE")));
}

TEST_F(GuideTest, TheSitesOwnWordsStandBesideACheckout) {
  ScratchOverlay overlay;
  overlay.Write("drm.append.md", "OWN DRM\n");
  PromptSettings settings = Settings();
  settings.overlay = overlay.directory();
  const auto prompts = Open(settings);
  ASSERT_NE(prompts, nullptr);
  const Guide guide = Get(*prompts, "drm", Role::kPatch, Sound());
  EXPECT_THAT(guide.system, HasSubstr("\nOWN DRM\n"));
  EXPECT_THAT(guide.system, HasSubstr("\nSOUND\n"));
}

TEST_F(GuideTest, AnOverlayThatIsTooLongIsAnError) {
  ScratchOverlay overlay;
  std::string words;
  while (words.size() < kMaxPromptFile - 100) words += "one two three four\n";
  overlay.Write("work.md", words);
  const auto prompts = Prompts::Open({"", "", overlay.directory()});
  ASSERT_FALSE(prompts.ok());
  EXPECT_EQ(prompts.error().kind, ErrorKind::kInvalidInput);
}

TEST_F(GuideTest, TheVersionNamesEachPart) {
  ScratchOverlay overlay;
  const std::string built_in = Open({})->version();
  EXPECT_EQ(built_in.size(), 12U);
  PromptSettings settings = Settings();
  EXPECT_EQ(Open(settings)->version(),
            built_in + "+rp@" + commit_.substr(0, 12));
  settings.overlay = overlay.directory();
  EXPECT_EQ(Open(settings)->version(),
            built_in + "+rp@" + commit_.substr(0, 12));
  overlay.Write("work.append.md", "one\n");
  const std::string one = Open(settings)->version();
  EXPECT_THAT(one,
              StartsWith(built_in + "+rp@" + commit_.substr(0, 12) + "+site@"));
  EXPECT_LE(one.size(), 42U);
  overlay.Write("work.append.md", "two\n");
  EXPECT_NE(Open(settings)->version(), one);
}

// A text that is under review cannot bring words of its own: names are looked
// up in the table and never taken from a path.
TEST_F(GuideTest, PathsOfThePatchNameNoGuide) {
  const auto prompts = Open(Settings());
  ASSERT_NE(prompts, nullptr);
  Touched touched;
  touched.files.push_back(
      {"kernel/subsystem/locking.md", "", "review-prompts locking.md\n"});
  touched.files.push_back({"../../prompts/work.md", "", "site/work.md\n"});
  EXPECT_EQ(Get(*prompts, "kernel", Role::kPatch, touched).system,
            Get(*prompts, "kernel", Role::kPatch, {}).system);
}

}  // namespace
}  // namespace patchmilter::review
