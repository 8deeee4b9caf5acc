// fixes-unknown and fixes-mismatch on trees that say what a test wants.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/review/fixture.h"
#include "tree/tree.h"

namespace patchmilter::review {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr UnixSeconds kSent = 1'780'000'000;

class FakeTree : public tree::Tree {
 public:
  const std::string& name() const override { return name_; }
  Result<bool> HasStatedBase(const tree::SeriesInput&) override {
    return false;
  }
  tree::TreeFit Fit(const tree::SeriesInput&) const override { return {}; }
  Result<std::size_t> CountBlobs(const tree::SeriesInput&) override {
    return std::size_t{0};
  }
  Result<std::size_t> MatchBlobs(const tree::SeriesInput&) override {
    return std::size_t{0};
  }
  Result<tree::ApplyReport> Apply(const tree::SeriesInput&) override {
    return tree::ApplyReport{};
  }
  Result<tree::NamedCommit> FindCommit(std::string_view digits) override {
    tree::NamedCommit found;
    if (unsure.contains(std::string(digits))) {
      found.kind = tree::NamedCommit::Kind::kUnsure;
    }
    for (const auto& [id, subject] : commits) {
      if (!id.starts_with(digits)) continue;
      found.kind = tree::NamedCommit::Kind::kOne;
      found.id = id;
      found.subject = subject;
    }
    return found;
  }
  Result<std::optional<bool>> IsReachable(std::string_view) override {
    return reachable;
  }
  bool IsCalled(std::string_view hint) override { return hint == "lamps"; }
  Result<tree::HistoryExtent> Extent() override {
    return tree::HistoryExtent{kSent, false};
  }
  Result<std::map<std::int64_t, std::string>> FindInHistory(
      const tree::SentSeries&) override {
    return std::map<std::int64_t, std::string>();
  }
  Result<std::string> ReadFile(std::size_t, std::string_view) override {
    return NotFound("nothing");
  }
  std::unique_ptr<tree::Code> Questions(tree::QuestionScope) override {
    return nullptr;
  }

  std::map<std::string, std::string> commits = {
      {"0123456789abcdef0123456789abcdef01234567",
       "lamp: Remember the \"level\" of all lamps of a house"}};
  std::set<std::string> unsure;
  std::optional<bool> reachable = true;

 private:
  std::string name_ = "fake";
};

class FixesTargetTest : public ::testing::Test {
 protected:
  // The names of the two checks that speak of a patch with this line.
  std::vector<std::string> Said(const std::string& line,
                                const std::string& tag = "PATCH",
                                const std::string& behind = "") {
    SeriesFixture fixture;
    PatchText patch;
    patch.title = "lamp: do not leak";
    patch.tag = tag;
    patch.message = "It leaks.\n\n" + line +
                    "\n\nSigned-off-by: Jane Roe <jane@example.org>\n";
    patch.notes = behind;
    patch.diff = EditFile("lamp.c", 1, "", " a\n+b\n c\n");
    fixture.Patch(patch);
    fixture.Build();
    SeriesUnderReview under = fixture.Under();
    series::Series series = *under.series;
    series.newest_date = kSent;
    under.series = &series;
    under.tree = &tree_;
    under.other_trees = others_;
    under.apply.status = tree::ApplyStatus::kApplied;
    std::vector<std::string> said;
    for (const Finding& finding : CheckFindings(under)) {
      if (finding.category == "fixes-unknown" ||
          finding.category == "fixes-mismatch") {
        said.push_back(finding.category);
        text_ = finding.explanation;
      }
    }
    return said;
  }

  FakeTree tree_;
  std::vector<tree::Tree*> others_;
  std::string text_;
};

TEST_F(FixesTargetTest, WhatIsNotThereIsSaid) {
  for (const std::string line :
       {"Fixes: a123456789ab", "Fixes: a123456789ab (\"x\")",
        "Fixes: a123456 (\"x\")", "Fixes: a123456789a (\"x\")",
        "fixes: commit a12345678 (\"a long\nsubject\")"}) {
    EXPECT_THAT(Said(line), ElementsAre("fixes-unknown")) << line;
  }
  for (const std::string line :
       {"Fixes: a123456", "Fixes: a123456789a", "Fixes: 202406150012 (\"x\")",
        "Fixes: deadbeefcafe/foo", "Fixes: a123456789ab12.dtsi",
        "Text: Fixes: a123456789ab (\"x\")"}) {
    EXPECT_THAT(Said(line), IsEmpty()) << line;
  }
  tree_.unsure = {"a123456"};
  EXPECT_THAT(Said("Fixes: a123456 (\"x\")"), IsEmpty());
}

TEST_F(FixesTargetTest, AnotherSubjectIsSaid) {
  const std::string id = "Fixes: 0123456789ab ";
  for (const std::string& line :
       {id + "(\"lamp: Add a lamp\")", id + "(\"lamp: wrong\") # 6.1",
        std::string("Fixes: 0123456789a (\"lamp: Add a lamp\")"),
        id + "(\"lamp: Forget\"), 0123456789ab (\"lamp: Remember the level of "
             "all lamps of a house\")"}) {
    EXPECT_THAT(Said(line), ElementsAre("fixes-mismatch")) << line;
  }
  for (const std::string& line :
       {id + "(\"lamp: Remember the \"level\" of all lamps of a house\")",
        id + "(\"lamp: Remember the \xe2\x80\x9clevel\xe2\x80\x9d of all lamps "
             "of a house.\")",
        id + "(\"[media] lamp: remember the 'level' of all\nlamps of a "
             "house\")",
        id + "(\"lamp: Remember the \"level\" of ...\")",
        id + "(\"lamp: Remember the \"level\" of all\") [v6.1 (\"a\")]",
        id + "('lamp: Add a lamp')"}) {
    EXPECT_THAT(Said(line), IsEmpty()) << line;
  }
}

TEST_F(FixesTargetTest, EachCommitOfALineIsLookedAt) {
  const std::string good =
      "0123456789ab (\"lamp: Remember the \"level\" of all lamps of a house\")";
  EXPECT_THAT(Said("Fixes: " + good + ", " + good), IsEmpty());
  EXPECT_THAT(Said("Fixes: " + good + ", a123456789ab (\"x\")"),
              ElementsAre("fixes-unknown"));
  EXPECT_THAT(
      Said("Fixes: " + good + " and 0123456789ab (\"lamp: Add a lamp\")"),
      ElementsAre("fixes-mismatch"));
}

TEST_F(FixesTargetTest, UnknownIsNotSaidOfAMailForAnotherTree) {
  const std::string line = "Fixes: a123456789ab (\"x\")";
  EXPECT_THAT(Said(line, "PATCH lamps"), ElementsAre("fixes-unknown"));
  EXPECT_THAT(Said(line, "PATCH RFT"), ElementsAre("fixes-unknown"));
  EXPECT_THAT(Said(line, "dev] [PATCH"), ElementsAre("fixes-unknown"));
  EXPECT_THAT(Said(line, "PATCH fans"), IsEmpty());
  EXPECT_THAT(Said(line, "PATCH dev"), IsEmpty());
  EXPECT_THAT(Said(line, "PATCH",
                   "base-commit: 0123456789abcdef0123456789"
                   "abcdef01234567\n"),
              ElementsAre("fixes-unknown"));
  EXPECT_THAT(Said(line, "PATCH",
                   "base-commit: b123456789abcdef0123456789"
                   "abcdef01234567\n"),
              IsEmpty());
}

TEST_F(FixesTargetTest, UnknownIsNotSaidWhereAnotherTreeOfTheListMayHaveIt) {
  const std::string line = "Fixes: a123456789ab (\"x\")";
  FakeTree other;
  others_ = {&other};
  EXPECT_THAT(Said(line), ElementsAre("fixes-unknown"));
  other.commits = {{"a123456789abcdef0123456789abcdef01234567", "x"}};
  EXPECT_THAT(Said(line), IsEmpty());
  others_ = {nullptr};
  EXPECT_THAT(Said(line), IsEmpty());
}

TEST_F(FixesTargetTest, WhatNothingLeadsToIsUnknown) {
  const std::string line =
      "Fixes: 0123456789ab (\"lamp: Remember the level of all lamps of a "
      "house\")";
  tree_.reachable = std::nullopt;
  EXPECT_THAT(Said(line), IsEmpty());
  tree_.reachable = false;
  EXPECT_THAT(Said(line), ElementsAre("fixes-unknown"));
  EXPECT_NE(text_.find("rewritten"), std::string::npos);
}

}  // namespace
}  // namespace patchmilter::review
