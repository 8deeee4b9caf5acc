// Who answers a series, as state.db knows it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "store/store.h"
#include "tests/store/store_fixture.h"

namespace patchmilter::store {
namespace {

using mime::MailKind;

class RepliesTest : public StoreTest {
 protected:
  RepliesTest() { store_ = std::move(Store::Open(":memory:")).value(); }

  // A mail NAME@example.org that answers `parents`; the series' are "0" (its
  // cover), "1" and "2".
  void Feed(const std::string& name, const std::vector<std::string>& parents,
            MailKind kind = MailKind::kReply, UnixSeconds arrival = kNow) {
    NewMail mail = Mail(name);
    if (!body_.empty()) mail.raw = body_;
    ASSERT_TRUE(store_->Ingest({mail}, "", "").ok());
    ParsedMail parsed = Parsed(++last_, name, kind);
    parsed.facts.arrival = arrival;
    parsed.facts.references = references_;
    for (const std::string& parent : parents) {
      parsed.facts.in_reply_to.push_back(parent + "@example.org");
    }
    ASSERT_TRUE(store_->CommitParsed({parsed}, {}).ok());
  }

  void MakeThread() {
    Feed("0", {}, MailKind::kCover);
    Feed("1", {"0"}, MailKind::kPatch);
    Feed("2", {"0"}, MailKind::kPatch);
    SeriesUpdate update = Update(1, {{1, 2}, {2, 3}}, 2);
    update.series.cover = 1;
    ASSERT_TRUE(store_->CommitParsed({}, {update}).ok());
  }

  // "PATCH NAME<PARENT", in their order.
  std::vector<std::string> Replies(std::int64_t limit = 100) {
    const auto rows = store_->RepliesTo(1, limit);
    EXPECT_TRUE(rows.ok()) << (rows.ok() ? "" : rows.error().message);
    std::vector<std::string> replies;
    const auto name = [](const std::string& id) {
      return id.substr(0, id.find('@'));
    };
    for (const ReplyRow& row : *rows) {
      replies.push_back(fmt::format("{} {}<{}", row.patch, name(row.message_id),
                                    name(row.in_reply_to)));
    }
    return replies;
  }

  MailId last_ = 0;
  std::string body_;
  std::vector<std::string> references_;
};

using Rows = std::vector<std::string>;

TEST_F(RepliesTest, AreFoundThroughTheWholeThread) {
  MakeThread();
  Feed("a", {"2"});
  Feed("b", {"0"});
  Feed("c", {"a"}, MailKind::kReplyWithDiff);
  Feed("d", {"c"}, MailKind::kNotice);
  Feed("else", {"unknown"});
  EXPECT_EQ(Replies(), (Rows{"2 a<2", "0 b<0", "2 c<a", "2 d<c"}));
  const auto rows = store_->RepliesTo(1, 1);
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->at(0).raw, Mail("a").raw);
  EXPECT_EQ(rows->at(0).id, 4);
  EXPECT_EQ(rows->at(0).arrival, kNow);
  EXPECT_TRUE(store_->RepliesTo(77, 10)->empty());
}

TEST_F(RepliesTest, ComeInAnyOrder) {
  Feed("b", {"a"}, MailKind::kReply, kNow + 2);
  Feed("a", {"1"}, MailKind::kReply, kNow + 1);
  Feed("1", {}, MailKind::kPatch);
  ASSERT_TRUE(store_->CommitParsed({}, {Update(1, {{1, 3}}, 1)}).ok());
  EXPECT_EQ(Replies(), (Rows{"1 a<1", "1 b<a"}));
}

TEST_F(RepliesTest, PatchesAreNone) {
  MakeThread();
  // The next revision answers this one; who answers it does not.
  Feed("v2", {"0"}, MailKind::kCover);
  Feed("v2-1", {"v2"}, MailKind::kPatch);
  Feed("a", {"v2"});
  Feed("diff", {"2"}, MailKind::kUntaggedDiff);
  EXPECT_EQ(Replies(), Rows{});
}

TEST_F(RepliesTest, MachinesAreFollowedAndNotGiven) {
  MakeThread();
  Feed("robot", {"1"}, MailKind::kAutomatic);
  Feed("own", {"2"}, MailKind::kOwn);
  Feed("spam", {"2"}, MailKind::kSpam);
  Feed("a", {"robot"});
  Feed("b", {"own"});
  Feed("c", {"spam"});
  EXPECT_EQ(Replies(), (Rows{"1 a<robot", "2 b<own"}));
}

TEST_F(RepliesTest, ALoopEnds) {
  MakeThread();
  Feed("a", {"b", "1"});
  Feed("b", {"a"});
  Feed("self", {"self"});
  Feed("cover", {"0", "2"});
  EXPECT_EQ(Replies(), (Rows{"1 a<1", "1 b<a", "2 cover<2"}));
}

TEST_F(RepliesTest, ReferencesStandForAMissingParent) {
  MakeThread();
  references_ = {"0@example.org", "2@example.org"};
  Feed("a", {});
  Feed("b", {"1"});
  EXPECT_EQ(Replies(), (Rows{"2 a<2", "1 b<1"}));
}

TEST_F(RepliesTest, OneOfAMessageId) {
  MakeThread();
  Feed("a", {"1"});
  NewMail mail = Mail("a");
  ASSERT_TRUE(store_->Ingest({mail}, "", "").ok());
  ParsedMail copy = Parsed(++last_, "a", MailKind::kReply);
  copy.facts.content_hash = "a list's footer";
  copy.facts.in_reply_to = {"1@example.org"};
  ASSERT_TRUE(store_->CommitParsed({copy}, {}).ok());
  Feed("a", {"1"});  // The same again.
  EXPECT_EQ(Replies(), Rows{"1 a<1"});
}

TEST_F(RepliesTest, AreBoundedInNumber) {
  MakeThread();
  for (std::int64_t i = 0; i < kMaxReplies + 5; ++i) {
    Feed(fmt::format("r{}", i), {"1"}, MailKind::kReply, kNow + 1000 - i);
  }
  const Rows all = Replies(1'000'000);
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kMaxReplies));
  EXPECT_EQ(all.front(), fmt::format("1 r{}<1", kMaxReplies + 4))
      << "by arrival";
  EXPECT_EQ(Replies(3).size(), 3U);
  EXPECT_TRUE(Replies(0).empty());
}

TEST_F(RepliesTest, AreBoundedInBytes) {
  MakeThread();
  Feed("a", {"1"});
  body_.assign(kMaxReplyBytes - 10, 'x');
  Feed("large", {"1"}, MailKind::kReply, kNow + 1);
  body_.clear();
  Feed("b", {"1"}, MailKind::kReply, kNow + 2);
  EXPECT_EQ(Replies(), (Rows{"1 a<1", "1 b<1"}));
}

TEST_F(RepliesTest, ALongChainIsCutAndDoesNoHarm) {
  MakeThread();
  std::string parent = "1";
  for (std::size_t i = 0; i < kMaxThreadMails + 50; ++i) {
    const std::string name = fmt::format("r{}", i);
    Feed(name, {parent}, MailKind::kAutomatic);
    parent = name;
  }
  Feed("end", {parent});
  EXPECT_EQ(Replies(), Rows{});
}

}  // namespace
}  // namespace patchmilter::store
