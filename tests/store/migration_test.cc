// A state.db of each older version opens, with all that it held.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/log.h"
#include "store/codec.h"
#include "store/store.h"
#include "tests/store/schema_1.h"
#include "tests/store/schema_4.h"

namespace patchmilter::store {
namespace {

constexpr UnixSeconds kNow = 1'800'000'000;

std::string Hex(const std::string& bytes) {
  std::string hex = "X'";
  for (const char c : bytes) {
    hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  }
  return hex + "'";
}

series::MailFacts Facts(MailId id) {
  series::MailFacts facts;
  facts.id = id;
  facts.message_id = fmt::format("{}@example.org", id);
  facts.list = "dri-devel";
  facts.arrival = kNow + id;
  return facts;
}

std::string Patch(MailId id) {
  mime::PatchMail patch;
  patch.mail.message_id = fmt::format("{}@example.org", id);
  patch.message = fmt::format("message of {}", id);
  WireWriter out;
  mime::EncodePatchMail(patch, &out);
  return out.Take();
}

class MigrationTest : public testing::Test {
 protected:
  MigrationTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "pm-migrate-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~MigrationTest() override { std::filesystem::remove_all(directory_); }

  std::string File() const { return directory_ + "/state.db"; }

  void Run(const std::string& sql) {
    std::ofstream(directory_ + "/sql") << sql;
    ASSERT_EQ(::system(fmt::format("sqlite3 -bail {} < {}/sql > {}/out", File(),
                                   directory_, directory_)
                           .c_str()),
              0);
  }

  std::string directory_;
};

TEST_F(MigrationTest, FromTheFirstVersion) {
  std::string sql = kSchema1;
  struct Row {
    const char* state;
    const char* kind;
    const char* fed;  // The patch was parsed before the cover.
  };
  const Row kRows[] = {{"parsed", "cover", "2"},
                       {"parsed", "patch", "1"},
                       {"parsed", "reply", "3"},
                       {"unreadable", "", "NULL"},
                       {"new", "", "NULL"}};
  MailId id = 0;
  for (const Row& row : kRows) {
    ++id;
    const bool parsed = std::string(row.state) == "parsed";
    sql += fmt::format(
        "INSERT INTO mails(id, list, queue_id, sender, recipients, client,"
        " arrival, truncated, source, size, state, kind, message_id, fed)"
        " VALUES({0}, 'dri-devel', '', '', '', '', {1}, 0, 'test', 3, '{2}',"
        " '{3}', '{4}', {5});\n"
        "INSERT INTO mail_bytes VALUES({0}, {6}, {7}, {8});\n",
        id, kNow + id, row.state, row.kind,
        parsed ? Facts(id).message_id : std::string(), row.fed,
        Hex(fmt::format("raw\r\n{}", id)),
        parsed ? Hex(EncodeFacts(Facts(id))) : "NULL",
        parsed ? Hex(Patch(id)) : "NULL");
  }
  // The cover has been waiting for ever.
  sql += fmt::format(
      "INSERT INTO series(id, list, version, expected, author_name,"
      " author_email, title, first_date, newest_date, newest_arrival, rfc,"
      " resend, partial_reroll, notes, state) VALUES(1, 'dri-devel', 1, 1, '',"
      " '', '', 0, 0, {0}, 0, 0, 0, '', 'waiting');\n"
      "INSERT INTO series_mails VALUES(1, 0, 1);\n"
      "INSERT INTO reviews VALUES(1, 1, 'checks', '1', 'findings', '', '',"
      " 'no-tree', {0});\n"
      "INSERT INTO findings VALUES(1, 1, 1, 2, 'a.c', 3, 'low', 'whitespace',"
      " 'Blanks', '0123456789abcdef', '', '');\n"
      "INSERT INTO meta VALUES('cursor:intake', '1:4096');\n",
      kNow);
  Run(sql);

  // Not for who only looks: it must not be changed behind a running daemon.
  const auto looking = Store::OpenReadOnly(File());
  ASSERT_FALSE(looking.ok());
  EXPECT_NE(looking.error().message.find("has schema 1"), std::string::npos);

  for (int opened = 1; opened <= 2; ++opened) {
    const auto result = Store::Open(File());
    ASSERT_TRUE(result.ok()) << result.error().message;
    const auto& store = *result;
    for (MailId mail = 1; mail <= 5; ++mail) {
      EXPECT_EQ(*store->LoadRaw(mail), fmt::format("raw\r\n{}", mail));
    }
    std::vector<MailId> fed;
    ASSERT_TRUE(store
                    ->ForEachFacts([&](const series::MailFacts& facts) {
                      fed.push_back(facts.id);
                      EXPECT_EQ(facts.arrival, kNow + facts.id);
                    })
                    .ok());
    EXPECT_EQ(fed, (std::vector<MailId>{2, 1, 3}));
    EXPECT_EQ(store->LoadPatchMail(1)->message, "message of 1");
    EXPECT_EQ(store->LoadPatchMail(2)->message, "message of 2");
    EXPECT_FALSE(store->LoadPatchMail(3).ok());  // A reply.
    EXPECT_EQ(store->PendingMails(10, 1 << 20)->size(), 1U);
    EXPECT_EQ(*store->NextReadyAt(), kNow);
    EXPECT_EQ(store->LoadSeries(1)->series.cover, 1);
    EXPECT_EQ(*store->Cursor("intake"), "1:4096");
    // A finding of before the memory of findings: said, and not remembered.
    const auto reviews = store->Reviews(1);
    ASSERT_EQ(reviews->size(), 1U);
    ASSERT_EQ(reviews->at(0).findings.size(), 1U);
    EXPECT_EQ(reviews->at(0).findings[0].title, "Blanks");
    EXPECT_EQ(reviews->at(0).findings[0].fate, "");
    EXPECT_EQ(reviews->at(0).findings[0].mark, "");
    EXPECT_EQ(reviews->at(0).engine_version, "1");
    EXPECT_EQ(reviews->at(0).cost, "");
    // Nothing told of it by other mails, until some are read.
    EXPECT_EQ(store->ToldOf(1)->size(), opened == 1 ? 0U : 1U);
    ToldMail told;
    told.message_id = "pm-0123456789abcd-r1-s@example.net";
    told.answers = "1@example.org";
    EXPECT_EQ(*store->AddTold({told}), opened == 1 ? 1 : 0);
    EXPECT_TRUE(Store::OpenReadOnly(File()).ok());
  }
  // What comes next is fed after what was.
  const auto store = std::move(Store::Open(File())).value();
  ParsedMail next;
  next.id = 5;
  next.readable = true;
  next.facts = Facts(5);
  ASSERT_TRUE(store->CommitParsed({next}, {}).ok());
  MailId last = 0;
  ASSERT_TRUE(store
                  ->ForEachFacts(
                      [&](const series::MailFacts& facts) { last = facts.id; })
                  .ok());
  EXPECT_EQ(last, 5);
  Run("PRAGMA integrity_check; PRAGMA foreign_key_check;");
  std::ifstream out(directory_ + "/out");
  std::string text((std::istreambuf_iterator<char>(out)), {});
  EXPECT_EQ(text, "ok\n");
}

TEST_F(MigrationTest, FromTheFourthVersion) {
  std::string sql = std::string(kSchema1) + kFrom1To4;
  for (MailId id = 1; id <= 3; ++id) {
    series::MailFacts facts = Facts(id);
    if (id == 2) facts.in_reply_to = {"1@example.org"};
    if (id == 2) facts.kind = mime::MailKind::kReply;
    sql += fmt::format(
        "INSERT INTO mails(id, list, queue_id, sender, recipients, client,"
        " arrival, truncated, source, size, state, kind, message_id)"
        " VALUES({0}, 'dri-devel', '', '', '', '', {1}, 0, 'test', 3, '{2}',"
        " '{3}', '{4}');\n"
        "INSERT INTO mail_raw VALUES({0}, x'0a');\n",
        id, kNow + id, id == 3 ? "new" : "parsed",
        id == 3   ? ""
        : id == 1 ? "patch"
                  : "reply",
        id == 3 ? "" : facts.message_id);
    if (id == 3) continue;
    sql += fmt::format("INSERT INTO mail_facts(facts) VALUES({});\n",
                       Hex(EncodeFacts(facts)));
  }
  sql += fmt::format(
      "INSERT INTO series(id, list, version, expected, author_name,"
      " author_email, title, first_date, newest_date, newest_arrival, rfc,"
      " resend, partial_reroll, notes, state, rounds) VALUES(1, 'dri-devel',"
      " 1, 1, '', '', '', 0, 0, {0}, 0, 0, 0, '', 'queued', 1);\n"
      "INSERT INTO series_mails VALUES(1, 1, 1);\n"
      "INSERT INTO reviews VALUES(1, 1, 'checks', '7', 'clean', '', '',"
      " 'no-tree', {0});\n"
      "INSERT INTO jobs(series, round, state, next_try, created, updated)"
      " VALUES(1, 2, 'queued', {0}, {0}, {0});\n",
      kNow);
  Run(sql);
  const auto looking = Store::OpenReadOnly(File());
  ASSERT_FALSE(looking.ok());
  EXPECT_NE(looking.error().message.find("has schema 4"), std::string::npos);

  auto store = std::move(Store::Open(File())).value();
  ASSERT_EQ(store->Reviews(1)->size(), 1U);
  EXPECT_EQ(store->Reviews(1)->at(0).engine_version, "7");
  EXPECT_EQ(store->Reviews(1)->at(0).cost, "");
  // Answers are known from now on.
  EXPECT_TRUE(store->RepliesTo(1, 10)->empty());
  ParsedMail reply;
  reply.id = 3;
  reply.readable = true;
  reply.facts = Facts(3);
  reply.facts.kind = mime::MailKind::kReply;
  reply.facts.in_reply_to = {"1@example.org"};
  ASSERT_TRUE(store->CommitParsed({reply}, {}).ok());
  ASSERT_EQ(store->RepliesTo(1, 10)->size(), 1U);
  EXPECT_EQ(store->RepliesTo(1, 10)->at(0).id, 3);
  // Its job goes on, with a journal and a ledger.
  const Job job = **store->LeaseJob(kNow, 100);
  const Spender spender{1, job.round, "dri-devel", "a@example.org"};
  const SpendingRow spending{"large", 1, 0, 0, 1, 5, false};
  ASSERT_TRUE(
      store->AppendJournal(spender, "a", {"turn", "x", ""}, &spending, kNow)
          .ok());
  ReviewRecord record;
  record.job = job;
  record.cost = "0.000005 USD";
  EXPECT_TRUE(*store->CommitReview(record, kNow));
  store = std::move(Store::Open(File())).value();
  EXPECT_EQ(store->Reviews(1)->at(1).cost, record.cost);
  EXPECT_EQ(store->SpentBy(spender, kNow)->month, 5);
  store.reset();
  Run("PRAGMA integrity_check; PRAGMA foreign_key_check;");
  std::ifstream out(directory_ + "/out");
  std::string text((std::istreambuf_iterator<char>(out)), {});
  EXPECT_EQ(text, "ok\n");
}

}  // namespace
}  // namespace patchmilter::store
