// StoreTest: a state.db in a directory of its own, for the tests of store/.
// Threads: one.
#ifndef PATCHMILTER_TESTS_STORE_STORE_FIXTURE_H_
#define PATCHMILTER_TESTS_STORE_STORE_FIXTURE_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "store/store.h"

namespace patchmilter::store {

inline constexpr UnixSeconds kNow = 1'800'000'000;

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "pm-store-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    store_ = Reopen();
  }
  ~StoreTest() override { std::filesystem::remove_all(directory_); }

  std::string File() const { return directory_ + "/state.db"; }

  std::unique_ptr<Store> Reopen() {
    auto store = Store::Open(File());
    EXPECT_TRUE(store.ok()) << (store.ok() ? "" : store.error().message);
    return store.ok() ? std::move(store).value() : nullptr;
  }

  static NewMail Mail(const std::string& name) {
    NewMail mail;
    mail.list = "dri-devel";
    mail.arrival = kNow;
    mail.source = "test " + name;
    mail.raw = "Message-ID: <" + name + "@example.org>\r\n\r\nbody\r\n";
    return mail;
  }

  static ParsedMail Parsed(MailId id, const std::string& name,
                           mime::MailKind kind = mime::MailKind::kPatch) {
    ParsedMail parsed;
    parsed.id = id;
    parsed.readable = true;
    mime::PatchMail patch;
    patch.mail.message_id = name + "@example.org";
    patch.mail.content_hash = "hash of " + name;
    patch.mail.kind = kind;
    patch.mail.subject.text = "[PATCH] " + name;
    patch.mail.subject.patch = true;
    patch.message = "message of " + name;
    WireWriter encoded;
    mime::EncodePatchMail(patch, &encoded);
    parsed.patch = encoded.Take();
    parsed.facts.id = id;
    parsed.facts.kind = kind;
    parsed.facts.list = "dri-devel";
    parsed.facts.message_id = patch.mail.message_id;
    parsed.facts.content_hash = patch.mail.content_hash;
    parsed.facts.subject = patch.mail.subject;
    parsed.facts.arrival = kNow;
    parsed.facts.references = {"a@b", "c@d"};
    parsed.facts.has_diff = true;
    return parsed;
  }

  static SeriesUpdate Update(SeriesId id, std::map<std::int64_t, MailId> mails,
                             std::int64_t expected) {
    SeriesUpdate update;
    update.id = id;
    update.series.id = id;
    update.series.list = "dri-devel";
    update.series.expected = expected;
    update.series.patches = std::move(mails);
    update.series.newest_date = kNow;
    update.series.newest_arrival = kNow;
    update.ready_at = kNow + 60;
    return update;
  }

  // Mails 1..count stored, parsed, in one series with id 1.
  void MakeSeries(std::int64_t count, std::int64_t expected) {
    std::vector<NewMail> mails;
    std::vector<ParsedMail> parsed;
    std::map<std::int64_t, MailId> members;
    for (std::int64_t i = 1; i <= count; ++i) {
      mails.push_back(Mail(std::to_string(i)));
      parsed.push_back(Parsed(i, std::to_string(i)));
      members[i] = i;
    }
    ASSERT_TRUE(store_->Ingest(mails, "intake", "1:0").ok());
    ASSERT_TRUE(
        store_->CommitParsed(parsed, {Update(1, members, expected)}).ok());
  }

  ReviewRecord Record(const Job& job,
                      const std::map<std::int64_t, MailId>& covered) {
    ReviewRecord record;
    record.job = job;
    record.engine = "checks";
    record.verdict = "clean";
    record.finished = kNow;
    record.covered = covered;
    OutboxMail mail;
    mail.destination = "archive";
    mail.kind = "series";
    mail.message_id = "r" + std::to_string(job.round) + "@example.org";
    mail.recipient = "reviews@example.org";
    mail.bytes = "Subject: Re: x\n\nbody\n";
    mail.unique_key = mail.message_id;
    record.outbox.push_back(mail);
    return record;
  }

  SeriesState StateOf(SeriesId id) {
    auto row = store_->LoadSeries(id);
    EXPECT_TRUE(row.ok());
    return row.ok() ? row->state : SeriesState::kRemoved;
  }

  std::string directory_;
  std::unique_ptr<Store> store_;
};

}  // namespace patchmilter::store

#endif  // PATCHMILTER_TESTS_STORE_STORE_FIXTURE_H_
