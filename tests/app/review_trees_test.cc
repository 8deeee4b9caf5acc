// Which of a list's trees a series is reviewed on, and when merges are tried:
// plain application to any tree first, then by three-way merges.
#include <gtest/gtest.h>

#include <string>

#include "mime/mail.h"
#include "tests/app/pipeline_fixture.h"
#include "tests/git/scratch_git.h"

namespace patchmilter::app {
namespace {

constexpr UnixSeconds kOld = kNow - 100'000;

std::string Lines(const std::string& fifth, const std::string& seventh) {
  std::string text;
  for (int i = 1; i <= 20; ++i) {
    text += (i == 5   ? fifth
             : i == 7 ? seventh
                      : "line " + std::to_string(i)) +
            "\n";
  }
  return text;
}

class ReviewTreesTest : public PipelineTest {
 protected:
  // A tree "name" whose file f has these two lines.
  std::string AddTree(const std::string& name, testing::ScratchGit* git,
                      const std::string& fifth, const std::string& seventh) {
    git->Write("f", Lines(fifth, seventh));
    TreeConfig tree;
    tree.name = name;
    tree.path = git->work();
    config_.trees.push_back(tree);
    config_.lists[0].trees.push_back(name);
    return git->Commit("f as it is in " + name, kOld);
  }

  // The mail of a patch that makes line 5 "new", on a commit whose line 7 is
  // "private" and which no branch has; its blobs stay in `git`.
  std::string PatchOnAPrivateChange(testing::ScratchGit* git,
                                    const std::string& base_commit) {
    const std::string head = git->Git({"rev-parse", "HEAD"});
    git->Write("f", Lines("old", "private"));
    const std::string below = git->Commit("Private", kOld);
    git->Write("f", Lines("new", "private"));
    git->Commit("f: Be new", kOld);
    std::string mail = git->FormatPatches(below).front();
    git->Git({"reset", "-q", "--hard", head});
    if (!base_commit.empty()) mail += "base-commit: " + base_commit + "\n";
    return mail;
  }

  // What the review's series mail says, on one line.
  std::string Review(const std::string& mail,
                     const std::string& brackets = "PATCH") {
    Restart();
    const std::string diff = mail.substr(mail.find("\n---\n"));
    store::NewMail stored;
    stored.list = "dri-devel";
    stored.arrival = kNow;
    stored.raw = "From: A U Thor <author@example.org>\nSubject: [" + brackets +
                 "] f: Be new\nMessage-ID: <one@example.org>\nDate: " +
                 FormatMailDate(kNow) +
                 "\n\nIt was needed.\n\nSigned-off-by: A U Thor "
                 "<author@example.org>" +
                 diff;
    EXPECT_TRUE(store_->Ingest({stored}, "", "").ok());
    EXPECT_TRUE(pipeline_->ParsePending(10).ok());
    Work(kNow + 60);
    const auto outbox = store_->Outbox(1);
    EXPECT_TRUE(outbox.ok());
    for (const store::OutboxRow& row : *outbox) {
      if (row.mail.kind != "series") continue;
      std::string text;
      for (const char c : mime::ParseMail(row.mail.bytes).text) {
        const bool space = c == '\n' || c == ' ';
        if (!space || (!text.empty() && text.back() != ' ')) {
          text += space ? ' ' : c;
        }
      }
      return text;
    }
    ADD_FAILURE() << "no series mail";
    return "";
  }

  static bool Has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  testing::ScratchGit one_;
  testing::ScratchGit two_;
};

TEST_F(ReviewTreesTest, AMergeIsTriedWhereNothingAppliesPlainly) {
  AddTree("one", &one_, "old", "line 7");
  const std::string text = Review(PatchOnAPrivateChange(&one_, ""));
  EXPECT_TRUE(Has(text, "applies by a three-way merge only.")) << text;
  EXPECT_TRUE(Has(text, ", applied by three-way merge ")) << text;
  EXPECT_FALSE(Has(text, "does-not-apply")) << text;
}

TEST_F(ReviewTreesTest, AnotherTreeThatTakesItPlainlyGoesBefore) {
  AddTree("one", &one_, "old", "line 7");
  AddTree("two", &two_, "old", "private");
  const std::string text = Review(PatchOnAPrivateChange(&one_, ""));
  EXPECT_TRUE(Has(text, "tree \"two\")")) << text;
  EXPECT_TRUE(Has(text, ", applied ")) << text;
  EXPECT_FALSE(Has(text, "merge")) << text;
}

TEST_F(ReviewTreesTest, OfSeveralTheOneWhoseBlobsItWasMadeFor) {
  AddTree("two", &two_, "old", "another");
  AddTree("one", &one_, "old", "line 7");
  const std::string text = Review(PatchOnAPrivateChange(&one_, ""));
  EXPECT_TRUE(Has(text, "tree \"one\")")) << text;
  EXPECT_TRUE(Has(text, ", applied by three-way merge ")) << text;
}

// The stated base is in one tree, where it does not apply: that it merges with
// another does not hide that.
TEST_F(ReviewTreesTest, TheTreeOfTheStatedBaseIsNotLeftForAMerge) {
  const std::string stated = AddTree("one", &one_, "quite", "another");
  AddTree("two", &two_, "old", "line 7");
  std::string mail = PatchOnAPrivateChange(&two_, stated);
  const std::string text = Review(mail);
  EXPECT_TRUE(Has(text, "tree \"one\")")) << text;
  EXPECT_TRUE(Has(text, "The series does not apply to " + stated.substr(0, 12)))
      << text;
  EXPECT_TRUE(Has(text, "not applied")) << text;
}

TEST_F(ReviewTreesTest, WhatTheTreeHasAlreadyIsSaid) {
  AddTree("one", &one_, "new", "line 7");
  const std::string text = Review(PatchOnAPrivateChange(&one_, ""));
  EXPECT_TRUE(Has(text, "changes nothing: the tree has it already.")) << text;
}

// A patch that both trees take is taken by the one where it belongs.
class WhereItBelongsTest : public ReviewTreesTest {
 protected:
  void SetUp() override {
    ReviewTreesTest::SetUp();
    AddTree("net", &one_, "old", "line 7");
    // The same but for its end.
    two_.Write("f", Lines("old", "line 7") + "more\n");
    stated_ = two_.Commit("More", kOld);
    config_.trees.push_back({"net-next", two_.work(), {}, ""});
    config_.lists[0].trees.emplace_back("net-next");
    two_.Write("f", Lines("new", "line 7") + "more\n");
    two_.Commit("f: Be new", kOld);
    mail_ = two_.FormatPatches(stated_).front();
    two_.Git({"reset", "-q", "--hard", stated_});
  }

  static std::string WithoutIndex(std::string mail) {
    const std::size_t at = mail.find("\nindex ");
    return mail.erase(at, mail.find('\n', at + 1) - at);
  }

  std::string stated_;
  std::string mail_;
};

TEST_F(WhereItBelongsTest, TheTreeThatHasTheStatedBase) {
  const std::string text =
      Review(WithoutIndex(mail_) + "base-commit: " + stated_ + "\n");
  EXPECT_TRUE(Has(text, "(base-commit, tree \"net-next\")")) << text;
}

TEST_F(WhereItBelongsTest, TheTreeThatTheSubjectSays) {
  std::string text = Review(WithoutIndex(mail_), "PATCH net-next");
  EXPECT_TRUE(Has(text,
                  "(HEAD (the subject says net-next), tree "
                  "\"net-next\")"))
      << text;
}

TEST_F(WhereItBelongsTest, TheTreeWithABranchThatTheSubjectSays) {
  two_.Git({"branch", "bpf/master"});
  config_.trees.back().branches = {"main", "bpf/master"};
  const std::string text = Review(WithoutIndex(mail_), "PATCH bpf");
  EXPECT_TRUE(Has(text,
                  "(branch bpf/master (the subject says bpf), tree "
                  "\"net-next\")"))
      << text;
}

TEST_F(WhereItBelongsTest, TheTreeThatHasTheVersionOfTheIndexLines) {
  std::string text = Review(mail_);
  EXPECT_TRUE(Has(text, "by index lines of 1 of 1 files, tree \"net-next\")"))
      << text;
}

TEST_F(WhereItBelongsTest, ElseTheFirst) {
  const std::string text = Review(WithoutIndex(mail_));
  EXPECT_TRUE(Has(text, "tree \"net\")")) << text;
}

TEST_F(WhereItBelongsTest, TheSubjectIsMoreThanTheIndexLines) {
  const std::string text = Review(mail_, "PATCH net");
  EXPECT_TRUE(Has(text, "tree \"net\")")) << text;
}

// It applies to another tree plainly; what its author has said stands.
TEST_F(ReviewTreesTest, TheTreeOfTheStatedBaseIsNotLeftForAnother) {
  const std::string stated = AddTree("one", &one_, "quite", "another");
  AddTree("two", &two_, "old", "private");
  const std::string text = Review(PatchOnAPrivateChange(&two_, stated));
  EXPECT_TRUE(Has(text, "The series does not apply to " + stated.substr(0, 12)))
      << text;
  EXPECT_TRUE(Has(text, "1 finding (medium)")) << text;
}

}  // namespace
}  // namespace patchmilter::app
