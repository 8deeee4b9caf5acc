// Recall: defects that are put into clean series, one each, are all found,
// each by its check and at its place. And the clean series give nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/text.h"
#include "mime/mail.h"
#include "review/anchor.h"
#include "review/check.h"
#include "review/checks_engine.h"
#include "review/gates.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

void ReplaceFirst(std::string* text, std::string_view from,
                  std::string_view to) {
  std::size_t at = text->find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text->replace(at, from.size(), to);
}

struct Defect {
  std::string name;
  std::string check;
  std::int64_t patch;  // Where it is said; 0: of the series.
  std::string quoted;  // The first quoted line; "" for none.
  std::function<void(SeriesFixture*)> make;
  std::size_t findings = 1;
};

std::string& DiffOf(SeriesFixture* fixture, std::size_t patch) {
  return fixture->texts().at(patch - 1).diff;
}
std::string& MessageOf(SeriesFixture* fixture, std::size_t patch) {
  return fixture->texts().at(patch - 1).message;
}

std::vector<Defect> Defects() {
  std::vector<Defect> d;
  auto add = [&d](std::string name, std::string check, std::int64_t patch,
                  std::string quoted,
                  std::function<void(SeriesFixture*)> make) {
    d.push_back({std::move(name), std::move(check), patch, std::move(quoted),
                 std::move(make)});
  };
  add("hole", "numbering", 0, "", [](SeriesFixture* f) { f->Total(4); });
  add("beyond_the_length", "numbering", 0, "", [](SeriesFixture* f) {
    f->texts()[2].tag = "PATCH 4/3";
    f->texts()[2].number = 4;
    f->Total(3);
  });
  add("two_lengths", "numbering", 0, "",
      [](SeriesFixture* f) { f->texts()[1].tag = "PATCH 2/5"; });
  add("mixed_versions", "numbering", 0, "",
      [](SeriesFixture* f) { f->texts()[1].tag = "PATCH v2 2/3"; });
  add("wrapped_line", "mangled-patch", 2, "\twhile (lamp->level != level)",
      [](SeriesFixture* f) {
        ReplaceFirst(&DiffOf(f, 2), "!= level) {", "!= level)\n{");
      });
  add("hunk_counts", "mangled-patch", 2, "\t\t\treturn ret;",
      [](SeriesFixture* f) {
        ReplaceFirst(&DiffOf(f, 2), "@@ -40,6 +40,18 @@", "@@ -40,6 +40,29 @@");
      });
  d.back().quoted.clear();  // Anywhere in the hunk.
  add("cut_in_the_middle", "mangled-patch", 3, "", [](SeriesFixture* f) {
    std::string& diff = DiffOf(f, 3);
    diff.resize(diff.find("+\treturn lamp_fade_to"));
  });
  add("tabs_to_spaces", "mangled-patch", 2, "", [](SeriesFixture* f) {
    std::string& diff = DiffOf(f, 2);
    for (std::size_t at; (at = diff.find('\t')) != std::string::npos;) {
      diff.replace(at, 1, "        ");
    }
    // A second unchanged line with an indent.
    ReplaceFirst(&diff, "         struct lamp *lamp;\n",
                 "         struct lamp *lamp;\n         int ret;\n");
    ReplaceFirst(&diff, "@@ -40,6 +40,18 @@", "@@ -40,7 +40,19 @@");
  });
  add("trailing_blank", "whitespace", 3, "\treturn lamp_fade_to(lamp, 0); ",
      [](SeriesFixture* f) {
        ReplaceFirst(&DiffOf(f, 3), "fade_to(lamp, 0);\n",
                     "fade_to(lamp, 0); \n");
      });
  add("trailing_tab", "whitespace", 2, "\t\t",
      [](SeriesFixture* f) { ReplaceFirst(&DiffOf(f, 2), "+\n", "+\t\t\n"); });
  d.back().quoted.clear();
  add("space_before_tab", "whitespace", 2, " \t\t\treturn ret;",
      [](SeriesFixture* f) {
        ReplaceFirst(&DiffOf(f, 2), "+\t\t\treturn", "+ \t\t\treturn");
      });
  add("blank_line_at_eof", "whitespace", 1, "#endif", [](SeriesFixture* f) {
    ReplaceFirst(&DiffOf(f, 1), "+#endif\n", "+#endif\n+\n");
    ReplaceFirst(&DiffOf(f, 1), "+1,8 @@", "+1,9 @@");
  });
  add("conflict_ours", "conflict-markers", 3, "<<<<<<< HEAD",
      [](SeriesFixture* f) {
        ReplaceFirst(&DiffOf(f, 3), "+\treturn", "+<<<<<<< HEAD\n+\treturn");
        ReplaceFirst(&DiffOf(f, 3), "+90,7", "+90,8");
      });
  add("conflict_theirs", "conflict-markers", 3, ">>>>>>> 1234567 (dark)",
      [](SeriesFixture* f) {
        ReplaceFirst(&DiffOf(f, 3), "+\treturn",
                     "+>>>>>>> 1234567 (dark)\n+\treturn");
        ReplaceFirst(&DiffOf(f, 3), "+90,7", "+90,8");
      });
  add("no_sign_off", "sign-off", 2, "One step at a time.",
      [](SeriesFixture* f) { MessageOf(f, 2) = "One step at a time.\n"; });
  add("no_sign_off_anywhere", "sign-off", 0, "", [](SeriesFixture* f) {
    for (PatchText& text : f->texts()) text.message = "Better so.\n";
  });
  add("another_authors_sign_off", "sign-off", 2,
      "Signed-off-by: Bob Smith <bob@example.com>", [](SeriesFixture* f) {
        ReplaceFirst(&MessageOf(f, 2), "Jane Roe <jane@example.org>",
                     "Bob Smith <bob@example.com>");
      });
  add("in_body_author", "sign-off", 2,
      "Signed-off-by: Jane Roe <jane@example.org>", [](SeriesFixture* f) {
        f->texts()[1].in_body_from = "Bob Smith <bob@example.com>";
      });
  add("sender_has_not_signed", "sign-off", 2,
      "Signed-off-by: Bob Smith <bob@example.com>", [](SeriesFixture* f) {
        f->texts()[1].in_body_from = "Bob Smith <bob@example.com>";
        ReplaceFirst(&MessageOf(f, 2), "Jane Roe <jane@example.org>",
                     "Bob Smith <bob@example.com>");
      });
  add("fixes_too_short", "fixes-malformed", 1,
      "Fixes: 0123456 (\"lamp: add the driver\")", [](SeriesFixture* f) {
        ReplaceFirst(&MessageOf(f, 1), "0123456789ab", "0123456");
      });
  add("fixes_without_quotes", "fixes-malformed", 1,
      "Fixes: 0123456789ab (lamp: add the driver)", [](SeriesFixture* f) {
        ReplaceFirst(&MessageOf(f, 1), "(\"lamp: add the driver\")",
                     "(lamp: add the driver)");
      });
  add("fixes_without_subject", "fixes-malformed", 1, "Fixes: 0123456789ab",
      [](SeriesFixture* f) {
        ReplaceFirst(&MessageOf(f, 1), " (\"lamp: add the driver\")", "");
      });
  add("fixes_commit_word", "fixes-malformed", 1,
      "Fixes: commit 0123456789ab (\"lamp: add the driver\")",
      [](SeriesFixture* f) {
        ReplaceFirst(&MessageOf(f, 1), "Fixes: ", "Fixes: commit ");
      });
  add("executable_header", "file-mode", 1, "new file mode 100755",
      [](SeriesFixture* f) {
        ReplaceFirst(&DiffOf(f, 1), "100644", "100755");
      });
  add("source_becomes_executable", "file-mode", 3, "new mode 100755",
      [](SeriesFixture* f) {
        ReplaceFirst(&DiffOf(f, 3), "index 1c2d3e4f5a6b..6b5a4f3e2d1c 100644",
                     "old mode 100644\nnew mode 100755\nindex "
                     "1c2d3e4f5a6b..6b5a4f3e2d1c");
      });
  add("script_loses_its_bit", "file-mode", 3, "new mode 100644",
      [](SeriesFixture* f) {
        DiffOf(f, 3) +=
            "diff --git a/tools/lamp.sh b/tools/lamp.sh\nold mode 100755\n"
            "new mode 100644\n";
      });
  add("binary_without_contents", "binary-file", 3,
      "Binary files /dev/null and b/lamp.png differ", [](SeriesFixture* f) {
        DiffOf(f, 3) +=
            "diff --git a/lamp.png b/lamp.png\nnew file mode 100644\n"
            "index 000000000000..6b5a4f3e2d1c\n"
            "Binary files /dev/null and b/lamp.png differ\n";
      });
  add("left_over_file", "stray-file", 3, "", [](SeriesFixture* f) {
    DiffOf(f, 3) += NewFile("drivers/lamp/core.c.orig", "int x;\n");
  });
  add("function_defined_later", "used-before-defined", 2,
      "\treturn lamp_fade_to(lamp, 0);", [](SeriesFixture* f) {
        std::swap(f->texts()[1].diff, f->texts()[2].diff);
      });
  add("macro_defined_later", "used-before-defined", 1,
      "\tlevel = lamp_get(lamp, LAMP_REG_LEVEL);", [](SeriesFixture* f) {
        std::string& diff = DiffOf(f, 1);
        const std::size_t second = diff.find("diff --git a/drivers/lamp/core");
        DiffOf(f, 3) += diff.substr(0, second);
        diff.erase(0, second);
      });
  add("type_defined_later", "used-before-defined", 2,
      "\tstruct lamp_curve curve;", [](SeriesFixture* f) {
        ReplaceFirst(&DiffOf(f, 2), "+{\n",
                     "+{\n+\tstruct lamp_curve curve;\n");
        ReplaceFirst(&DiffOf(f, 2), "+40,18", "+40,19");
        DiffOf(f, 3) += NewFile("drivers/lamp/curve.h",
                                "struct lamp_curve {\n\tint points[16];\n};\n");
      });
  add("does_not_apply", "does-not-apply", 2,
      "@@ -40,6 +40,18 @@ static int lamp_set(struct lamp *lamp, int level)",
      [](SeriesFixture* f) {
        tree::ApplyReport& apply = f->apply();
        apply.status = tree::ApplyStatus::kPartial;
        apply.base = "89abcdef0123456789abcdef0123456789abcdef";
        apply.base_reason = "base-commit";
        apply.stated_base_known = true;
        apply.on_stated_base = true;
        apply.applied = 1;
        apply.total = 3;
        apply.failure =
            tree::ApplyFailure{2, "drivers/lamp/core.c", 0, "no such lines"};
      });
  // A merge has helped: it still is not the base that it was made for.
  add("applies_by_merges_only", "does-not-apply", 2,
      "@@ -40,6 +40,18 @@ static int lamp_set(struct lamp *lamp, int level)",
      [](SeriesFixture* f) {
        tree::ApplyReport& apply = f->apply();
        apply.status = tree::ApplyStatus::kApplied;
        apply.base = "89abcdef0123456789abcdef0123456789abcdef";
        apply.base_reason = "base-commit";
        apply.stated_base_known = true;
        apply.on_stated_base = true;
        apply.applied = 3;
        apply.total = 3;
        apply.how = {tree::HowApplied::kExact, tree::HowApplied::kThreeWay,
                     tree::HowApplied::kThreeWay};
        apply.plain_failure =
            tree::ApplyFailure{2, "drivers/lamp/core.c", 0, "no such lines"};
      });
  return d;
}

class RecallTest : public testing::TestWithParam<Defect> {
 protected:
  static void SetUpTestSuite() { mime::InitMime(); }
};

TEST_P(RecallTest, IsFoundAtItsPlace) {
  const Defect& defect = GetParam();
  SeriesFixture fixture = CleanSeries();
  defect.make(&fixture);
  fixture.Build();
  SeriesUnderReview under = fixture.Under();
  GatedReview review = CheckAndGate(under);
  std::vector<const Finding*> found;
  for (const Finding& finding : review.kept) {
    if (finding.category == defect.check) {
      found.push_back(&finding);
    } else {
      ADD_FAILURE() << "also said: " << finding.category << ": "
                    << finding.explanation;
    }
  }
  ASSERT_EQ(found.size(), defect.findings);
  const Anchor& anchor = found.front()->anchors.front();
  EXPECT_EQ(anchor.patch, defect.patch);
  if (!defect.quoted.empty()) {
    ASSERT_FALSE(anchor.quoted.empty());
    EXPECT_EQ(anchor.quoted.front(), defect.quoted);
  }
  for (const Dropped& drop : review.dropped) {
    ADD_FAILURE() << "dropped at " << drop.gate << ": " << drop.reason;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeded, RecallTest, testing::ValuesIn(Defects()),
                         [](const auto& each) { return each.param.name; });

class CleanTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { mime::InitMime(); }

  static std::vector<std::string> Said(SeriesFixture fixture) {
    fixture.Build();
    std::vector<std::string> said;
    for (const Finding& finding : CheckFindings(fixture.Under())) {
      said.push_back(finding.category + ": " + finding.explanation);
    }
    return said;
  }
};

TEST_F(CleanTest, CleanSeriesGiveNothing) {
  EXPECT_THAT(Said(CleanSeries()), testing::IsEmpty());
}

// Each of these looks like a defect to a check that is not careful.
TEST_F(CleanTest, WhatOnlyLooksLikeADefectGivesNothing) {
  struct Case {
    const char* name;
    std::function<void(SeriesFixture*)> make;
  };
  const std::vector<Case> cases = {
      {"markdown ends lines in two blanks",
       [](SeriesFixture* f) {
         DiffOf(f, 3) += NewFile("README.md", "one  \ntwo\n");
       }},
      {"a recorded patch holds what patches hold",
       [](SeriesFixture* f) {
         DiffOf(f, 3) += NewFile("t/one.patch", "+ \t\n \n");
       }},
      {"a heading of seven = is no conflict",
       [](SeriesFixture* f) {
         DiffOf(f, 3) += NewFile("doc/lamp.rst", "Lamps 1\n=======\n");
       }},
      {"an executable script",
       [](SeriesFixture* f) {
         DiffOf(f, 3) += NewFile("tools/lamp.sh", "true\n", "100755");
       }},
      {"Fixes that names a bug",
       [](SeriesFixture* f) {
         ReplaceFirst(&MessageOf(f, 1),
                      "Fixes: 0123456789ab (\"lamp: add the driver\")",
                      "Fixes: #1234567");
       }},
      {"a note behind the subject of Fixes",
       [](SeriesFixture* f) {
         ReplaceFirst(&MessageOf(f, 1), "driver\")", "driver\") # v6.1");
       }},
      {"a backport's remark between the sign-offs",
       [](SeriesFixture* f) {
         MessageOf(f, 2) =
             "One step at a time.\n\nSigned-off-by: Jane Roe "
             "<jane@example.org>\n\n[ Bob: for the old lamps ]\n\n"
             "Signed-off-by: Bob Smith <bob@example.com>\n";
       }},
      {"two addresses of one person",
       [](SeriesFixture* f) {
         ReplaceFirst(&MessageOf(f, 1), "Jane Roe <jane@example.org>",
                      "Jane Roe <jane.roe@work.example>");
       }},
      {"family name first",
       [](SeriesFixture* f) {
         f->texts()[1].from = "\"Roe, Jane\" <jroe@work.example>";
       }},
      {"declared before it is defined",
       [](SeriesFixture* f) {
         std::swap(f->texts()[1].diff, f->texts()[2].diff);
         DiffOf(f, 1) += NewFile("drivers/lamp/fade.h",
                                 "int lamp_fade_to(struct lamp *l, int v);\n");
       }},
      {"a definition that only moves",
       [](SeriesFixture* f) {
         std::swap(f->texts()[1].diff, f->texts()[2].diff);
         DiffOf(f, 3) += EditFile("drivers/lamp/old.c", 7, "",
                                  " \n-int lamp_fade_to(struct lamp *l, int "
                                  "v)\n \n \n");
       }},
      {"a static namesake in another file",
       [](SeriesFixture* f) {
         DiffOf(f, 3) += NewFile("drivers/bulb/core.c",
                                 "static int lamp_step(int x)\n{\n\treturn "
                                 "x;\n}\n");
       }},
      {"a pointer to a type that comes later",
       [](SeriesFixture* f) {
         ReplaceFirst(&DiffOf(f, 2), "+{\n",
                      "+{\n+\tstruct lamp_curve *curve;\n");
         ReplaceFirst(&DiffOf(f, 2), "+40,18", "+40,19");
         DiffOf(f, 3) +=
             NewFile("drivers/lamp/curve.h",
                     "struct lamp_curve {\n\tint points[16];\n};\n");
       }},
      {"named in a comment and a string only",
       [](SeriesFixture* f) {
         ReplaceFirst(&DiffOf(f, 1), "+\tlevel = lamp_get",
                      "+\t/* lamp_fade_to() */ say(\"lamp_fade_to()\");\n"
                      "+\tlevel = lamp_get");
         ReplaceFirst(&DiffOf(f, 1), "+12,6", "+12,7");
       }},
      {"a new file that indents by eight blanks",
       [](SeriesFixture* f) {
         DiffOf(f, 3) = NewFile("src/eight.c",
                                "int f(void)\n{\n        if (a)\n"
                                "                b();\n        c();\n"
                                "        return 0;\n}\n");
       }},
      {"does not apply, and no base is stated",
       [](SeriesFixture* f) {
         f->apply().status = tree::ApplyStatus::kReference;
         f->apply().base = "89abcdef0123456789abcdef0123456789abcdef";
         f->apply().failure = tree::ApplyFailure{1, "x.c", 0, "no"};
       }},
      {"a re-roll of one patch",
       [](SeriesFixture* f) {
         f->Total(4);
         f->series().partial_reroll = true;
       }},
  };
  for (const Case& each : cases) {
    SeriesFixture fixture = CleanSeries();
    each.make(&fixture);
    const bool partial = fixture.series().partial_reroll;
    fixture.Build();
    fixture.series().partial_reroll = partial;
    std::vector<std::string> said;
    for (const Finding& finding : CheckFindings(fixture.Under())) {
      said.push_back(finding.category + ": " + finding.explanation);
    }
    EXPECT_THAT(said, testing::IsEmpty()) << each.name;
  }
}

TEST_F(CleanTest, AListSwitchesChecks) {
  SeriesFixture fixture = CleanSeries();
  fixture.texts()[1].message = "No sign.\n";
  fixture.Build();
  EXPECT_EQ(CheckFindings(fixture.Under()).size(), 1U);
  fixture.list().disable_checks = {"sign-off"};
  EXPECT_TRUE(CheckFindings(fixture.Under()).empty());
  fixture.list().enable_checks = {"sign-off"};
  EXPECT_TRUE(CheckFindings(fixture.Under()).empty()) << "disable wins";
  Check off;
  off.name = "off";
  off.on_by_default = false;
  ListConfig list;
  EXPECT_FALSE(CheckEnabled(off, &list));
  EXPECT_FALSE(CheckEnabled(off, nullptr));
  list.enable_checks = {"off"};
  EXPECT_TRUE(CheckEnabled(off, &list));
}

TEST(ChecksTest, NamesAreKnown) {
  for (const Check& check : AllChecks()) {
    EXPECT_TRUE(KnownCheck(check.name));
    EXPECT_FALSE(check.summary.empty()) << check.name;
    EXPECT_FALSE(check.manual.empty()) << check.name;
    EXPECT_FALSE(check.bad.empty()) << check.name;
    EXPECT_FALSE(check.good.empty()) << check.name;
    for (char c : check.name) {
      EXPECT_TRUE((c >= 'a' && c <= 'z') || c == '-') << check.name;
    }
  }
  EXPECT_FALSE(KnownCheck("whitespaces"));
  EXPECT_FALSE(KnownCheck(""));
}

TEST(ChecksTest, PatchNumbersReadWell) {
  EXPECT_EQ(PatchNumbers({3}), "patch 3");
  EXPECT_EQ(PatchNumbers({1, 2}), "patches 1 and 2");
  EXPECT_EQ(PatchNumbers({1, 3, 5, 6, 7}), "patches 1, 3 and 5 to 7");
}

TEST_F(CleanTest, CoverageIsWholeOnlyWhereADiffWasRead) {
  SeriesFixture fixture = CleanSeries();
  fixture.texts()[1].diff = "";
  fixture.Build();
  ChecksEngine engine;
  Result<EngineResult> result = engine.Review(fixture.Under());
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->coverage.whole.at(1));
  EXPECT_FALSE(result->coverage.whole.at(2));
  EXPECT_EQ(result->coverage.missed.count(2), 1U);
  EXPECT_EQ(result->coverage.missed.count(1), 0U);
}

}  // namespace
}  // namespace patchmilter::review
